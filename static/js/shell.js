// The frame: folding rail, drawer on the phone, tabs, theme, dialogs by attribute, the wall's clock.
const root = document.documentElement;

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; the page works without.
  }
}

export function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
}

export function startShell() {
  const rail = document.getElementById("rail");
  const scrim = document.querySelector(".scrim");
  const openers = document.querySelectorAll("[data-rail-open]");
  let openedBy = null;

  function showDrawer(isOpen, opener = null) {
    rail.classList.toggle("is-open", isOpen);
    scrim.hidden = !isOpen;
    openers.forEach((button) => button.setAttribute("aria-expanded", String(isOpen)));
    if (isOpen) {
      openedBy = opener;
      rail.querySelector("a, button")?.focus();
    } else {
      openedBy?.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.(
      "[data-rail-open],[data-rail-close],[data-rail-fold],[data-theme-toggle],[data-dialog-open],[data-dialog-close]",
    );
    if (!target) {
      // A press beside an open dialog lands on the dialog itself.
      if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
      return;
    }
    if ("railOpen" in target.dataset) showDrawer(true, target);
    if ("railClose" in target.dataset) showDrawer(false);
    if ("railFold" in target.dataset) fold(target);
    if ("themeToggle" in target.dataset) nextTheme();
    if ("dialogOpen" in target.dataset) openDialog(document.getElementById(target.dataset.dialogOpen));
    if ("dialogClose" in target.dataset) target.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && rail?.classList.contains("is-open")) showDrawer(false);
  });
  document.querySelector("[data-rail-fold]")?.setAttribute("aria-expanded", String(root.dataset.rail !== "narrow"));

  // On a phone the tab of the page that is open may lie beyond the edge.
  document.querySelectorAll(".tabs .tab[aria-current]").forEach((tab) => {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });

  const clock = document.querySelector("[data-clock]");
  if (clock) {
    const tick = () => {
      clock.textContent = new Date().toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
    };
    tick();
    setInterval(tick, 10_000);
  }
}

function fold(button) {
  root.dataset.rail = root.dataset.rail === "narrow" ? "wide" : "narrow";
  remember("rail", root.dataset.rail);
  button.setAttribute("aria-expanded", String(root.dataset.rail === "wide"));
}

function nextTheme() {
  const order = ["light", "dark", "auto"];
  remember("theme", order[(order.indexOf(root.dataset.themeWish) + 1) % order.length]);
  root.dispatchEvent(new CustomEvent("theme:apply"));
}
