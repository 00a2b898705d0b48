// The wall screen: it turns to the next board by itself and never goes black. A lost network keeps what is shown.
// Space stops and starts it, the arrow turns at once, Escape leaves.
const RETRY_SECONDS = 30;
let turn;
let isStopped = false;

const board = () => document.querySelector("[data-wall-next]");

function wait(seconds) {
  clearTimeout(turn);
  document.querySelector(".wall").style.setProperty("--turn", `${seconds}s`);
  if (!isStopped) turn = setTimeout(turnOver, seconds * 1000);
}

async function turnOver() {
  clearTimeout(turn);
  const next = new URL(board().dataset.wallNext, location.href);
  try {
    const answer = await fetch(next, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.assign(next); // signed out
    if (!answer.ok) throw new Error(answer.status);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    history.replaceState(null, "", next);
    wait(Number(board().dataset.wallSeconds));
  } catch {
    wait(RETRY_SECONDS);
  }
}

function show(page) {
  const wall = page.querySelector(".wall");
  if (!wall) throw new Error("not a wall");
  const swap = () => {
    for (const part of [".wall-title", ".wall-note", ".wall-main"]) {
      document.querySelector(part).replaceWith(wall.querySelector(part));
    }
    document.title = page.title;
  };
  if (document.startViewTransition && !matchMedia("(prefers-reduced-motion: reduce)").matches) document.startViewTransition(swap);
  else swap();
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Not granted: the screen follows its own settings.
  }
}

if (board()) {
  wait(Number(board().dataset.wallSeconds));
  stayAwake();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stayAwake());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") location.assign(board().dataset.wallLeave);
    else if (event.key === "ArrowRight") turnOver();
    else if (event.key === " ") {
      event.preventDefault();
      isStopped = !isStopped;
      document.querySelector(".wall").classList.toggle("is-stopped", isStopped);
      wait(Number(board().dataset.wallSeconds));
    }
  });
}
