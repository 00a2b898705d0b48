// Ctrl+K: one box to everything. Results come from the server; arrow keys choose, Enter goes.
import { openDialog } from "./shell.js";
import { words } from "./words.js";

export function startPalette() {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("input[type=search]");
  const results = palette.querySelector("#palette-results");
  const rows = () => [...results.querySelectorAll("[role=option]")];

  function choose(position) {
    const all = rows();
    all.forEach((row, at) => {
      row.id ||= `palette-row-${at}`;
      row.setAttribute("aria-selected", String(at === position));
    });
    const chosen = all[position];
    if (chosen) {
      chosen.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", chosen.id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }
  const chosenAt = () => rows().findIndex((row) => row.getAttribute("aria-selected") === "true");

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-palette-open]")) open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  function open() {
    openDialog(palette);
    input.select();
    choose(0);
  }

  input.addEventListener("keydown", (event) => {
    const last = rows().length - 1;
    if (event.key === "ArrowDown") choose(chosenAt() >= last ? 0 : chosenAt() + 1);
    else if (event.key === "ArrowUp") choose(chosenAt() <= 0 ? last : chosenAt() - 1);
    else if (event.key === "Escape") palette.close(); // a search field would only empty itself
    else if (event.key === "Enter" && chosenAt() >= 0) rows()[chosenAt()].click();
    else return;
    event.preventDefault();
  });
  results.addEventListener("htmx:afterSwap", () => {
    if (rows().length === 0 && !results.textContent.trim()) {
      const empty = document.createElement("p");
      empty.className = "palette-empty";
      empty.textContent = words.noResults;
      results.replaceChildren(empty);
    }
    choose(0);
  });
}
