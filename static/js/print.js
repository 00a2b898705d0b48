// Buttons that print the page; what is folded up is printed open.
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("[data-print-open] details:not([open])")];
  opened.forEach((details) => (details.open = true));
});
addEventListener("afterprint", () => {
  opened.forEach((details) => (details.open = false));
  opened = [];
});
