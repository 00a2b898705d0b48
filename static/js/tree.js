// The tree of units: data-branch folds what is below its unit, data-tree="open" and "close" fold everything but the top.
function fold(button, isOpen) {
  button.setAttribute("aria-expanded", String(isOpen));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !isOpen;
}

document.addEventListener("click", (event) => {
  const branch = event.target.closest?.("[data-branch]");
  if (branch) fold(branch, branch.getAttribute("aria-expanded") !== "true");
  const all = event.target.closest?.("[data-tree]");
  if (!all) return;
  document.querySelectorAll("#tree [data-branch]").forEach((button, at) => fold(button, all.dataset.tree === "open" || at === 0));
});
