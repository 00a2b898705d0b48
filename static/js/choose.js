// Rows to choose in a list: [data-choose] holds the boxes, the bar shows how many and what to do with them.
function count(form) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const bar = form.querySelector("[data-choose-bar]");
  if (!bar) return;
  bar.hidden = chosen === 0;
  const said = bar.querySelector("[data-choose-count]");
  said.textContent = said.dataset.label.replace("%s", chosen);
  const all = form.querySelector("[data-choose-all]");
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-choose]");
  if (!form || event.target.type !== "checkbox") return;
  if ("chooseAll" in event.target.dataset) {
    form.querySelectorAll("tbody input[type=checkbox]").forEach((box) => (box.checked = event.target.checked));
  }
  count(form);
});
