// The tree of units: data-tree="open" and "close" fold every branch; the browser does the single ones.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-tree]");
  if (!button) return;
  document.querySelectorAll("#tree details").forEach((branch, at) => {
    branch.open = button.dataset.tree === "open" || at === 0;
  });
});
