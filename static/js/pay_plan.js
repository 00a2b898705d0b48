// Forms of pay plans: fields that speak only sometimes, and tables of steps typed as rows – added, removed, pasted from a spreadsheet.

// data-when="name=VALUE|other=VALUE" shows an element while one of the fields has that value; "name!=" while it has any.
function showWhatSpeaks(form) {
  form.querySelectorAll("[data-when]").forEach((element) => {
    const speaks = element.dataset.when.split("|").some((condition) => {
      const [, name, isNot, wanted] = /^(\w+)(!?)=(.*)$/.exec(condition);
      const field = form.elements[name];
      if (!field) return false;
      return (field.value === wanted) !== Boolean(isNot);
    });
    element.hidden = !speaks;
    // What nobody sees is not sent, else it would be refused where nobody can mend it; it is still there once it speaks again.
    element.querySelectorAll("input:not([type=hidden]), select").forEach((field) => (field.disabled = !speaks));
  });
  sayUnits(form);
  const read = form.elements.steps_read;
  // Between points there are no ends; what nobody sees is not sent.
  const hasNoEnds = read?.value === "INTERPOLATED";
  form.querySelectorAll("[data-steps=RATE], [data-steps=CURVE]").forEach((table) => {
    table.classList.toggle("has-no-ends", hasNoEnds);
    table.querySelectorAll("td[data-step-end] input").forEach((field) => (field.disabled = hasNoEnds));
  });
}

function sayUnits(form) {
  const units = JSON.parse(form.dataset.metricUnits ?? "{}");
  sayUnitsOfRates(form, units);
  for (const gate of form.querySelectorAll("[data-steps^=GATE]")) {
    const ending = gate.dataset.steps.replace("GATE", "").replace(/^(?=\d)/, "_");
    const unit = form.elements[`gate_by_attainment${ending}`].checked ? "%" : units[form.elements[`gate_metric${ending}`].value];
    for (const place of ["[data-bound-head]", "th[data-step-end]"]) sayUnit(gate.querySelector(place), unit);
  }
}

function sayUnit(head, unit, otherName) {
  head.dataset.plain ??= head.textContent;
  const name = otherName || head.dataset.plain;
  head.textContent = unit ? `${name} · ${unit}` : name;
  // The cards of a narrow window say it once more.
  for (const row of head.closest("table").tBodies[0].rows) row.cells[head.cellIndex].dataset.label = head.textContent;
}

// In which units the rate table is typed: bounds in money, pieces, months or per cent, or as the metric that decides; rates in per
// cent of money or money a piece.
function sayUnitsOfRates(form, units) {
  const table = form.querySelector("[data-steps=RATE]");
  if (!table) return;
  const isCount = form.dataset.counts.split(" ").includes(form.elements.measure.value);
  const by = form.elements.chosen_by.value;
  const givesMoney = isCount || form.elements.pays.value === "AMOUNT";
  const counted = isCount ? "" : form.dataset.currency;
  const bounds = { AMOUNT: counted, TOTAL: counted, AGE: form.dataset.months, VALUE: units[form.elements.metric.value] };
  const bound = by in bounds ? bounds[by] : "%";
  const heads = [["[data-bound-head]", bound], ["th[data-step-end]", bound], ["[data-value-head]", givesMoney ? form.dataset.currency : "%"]];
  for (const [place, unit] of heads) {
    const head = table.querySelector(place);
    sayUnit(head, unit, form.elements.pays.value === "AMOUNT" && head.dataset.amount);
  }
}

function rowsOf(table) {
  return table.querySelector("[data-step-rows]");
}

function renumber(table) {
  const prefix = table.dataset.steps;
  const rows = [...rowsOf(table).children];
  rows.forEach((row, at) => {
    row.querySelectorAll("[name]").forEach((field) => {
      field.name = field.name.replace(new RegExp(`^${prefix}-\\d+-`), `${prefix}-${at}-`);
      field.id = `id_${field.name}`;
    });
  });
  table.querySelector(`[name=${prefix}-TOTAL_FORMS]`).value = rows.length;
  // All rows are new to the server: it takes what is there now.
  table.querySelector(`[name=${prefix}-INITIAL_FORMS]`).value = 0;
}

function addRow(table) {
  const rows = rowsOf(table);
  const last = rows.lastElementChild;
  const row = last.cloneNode(true);
  row.querySelectorAll(".invalid-feedback").forEach((said) => said.remove());
  row.querySelectorAll("[name]").forEach((field) => {
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
    if (field.tagName === "SELECT") field.selectedIndex = 0;
    else field.value = "";
  });
  // Another score is mostly one of the same metric.
  if (table.dataset.steps === "SCORE") row.querySelector("select").value = last.querySelector("select").value;
  rows.append(row);
  renumber(table);
  return row;
}

function removeRow(table, row) {
  if (rowsOf(table).children.length === 1) row.querySelectorAll("input").forEach((field) => (field.value = ""));
  else row.remove();
  renumber(table);
  table.dispatchEvent(new Event("change", { bubbles: true }));
}

// Cells of a spreadsheet come as lines and tabs; they fill fields to the right and below, with new rows as needed.
function paste(event) {
  const field = event.target.closest?.("[data-step-row] input");
  const text = event.clipboardData?.getData("text") ?? "";
  if (!field || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const table = field.closest("[data-steps]");
  let row = field.closest("[data-step-row]");
  const first = [...row.querySelectorAll("input")].indexOf(field);
  for (const line of text.replace(/\r/g, "").replace(/\n+$/, "").split("\n")) {
    row ??= addRow(table);
    const fields = [...row.querySelectorAll("input")];
    line.split("\t").forEach((cell, at) => {
      if (fields[first + at]) fields[first + at].value = cell.trim();
    });
    row = row.nextElementSibling;
  }
  table.dispatchEvent(new Event("change", { bubbles: true }));
}

function press(event) {
  const field = event.target.closest?.("[data-step-row] input");
  if (!field || event.key !== "Enter") return;
  // Enter goes on to the next row, as in a spreadsheet; the form is sent by its button.
  event.preventDefault();
  const row = field.closest("[data-step-row]");
  const at = [...row.querySelectorAll("input")].indexOf(field);
  const next = row.nextElementSibling ?? addRow(row.closest("[data-steps]"));
  next.querySelectorAll("input")[at].focus();
}

function click(event) {
  const button = event.target.closest?.("[data-step-add],[data-step-remove],[data-step-groups]");
  if (!button) return;
  const table = button.closest("[data-steps]");
  if ("stepAdd" in button.dataset) addRow(table).querySelector("input, select").focus();
  else if ("stepRemove" in button.dataset) removeRow(table, button.closest("[data-step-row]"));
  else {
    table.classList.remove("has-no-groups");
    button.hidden = true;
  }
}

for (const form of document.querySelectorAll("#component-form, #plan-start")) {
  form.addEventListener("change", () => showWhatSpeaks(form));
  form.addEventListener("paste", paste);
  form.addEventListener("keydown", press);
  form.addEventListener("click", click);
  form.querySelectorAll("[data-step-add],[data-step-remove]").forEach((button) => (button.hidden = false));
  form.querySelectorAll(".has-no-groups [data-step-groups]").forEach((button) => (button.hidden = false));
  form.querySelectorAll("details.plan-more").forEach((fold) => fold.querySelector(".is-invalid, .invalid-feedback") && (fold.open = true));
  // Columns that say nothing yet are folded away only where they can be unfolded.
  form.querySelectorAll(".has-no-groups").forEach((table) => table.classList.add("is-foldable"));
  showWhatSpeaks(form);
}
