// The plan as a spreadsheet: sums and rests are worked out here as one types, the server judges every cell.
import { toast } from "./notices.js";
import { csrfToken } from "./requests.js";
import { childrenOf, codeOf, data, holder, keep, missing, positionsOf, round, rows, say, shown, state, sum, write } from "./targets_model.js";

// ---- columns ----
function element(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}
const icon = (name) => element("i", { class: `ti ti-${name}`, "aria-hidden": "true" });

function nameCell(cell) {
  const row = rows.get(cell.getData().key);
  const box = element("div", { class: "grid-name" });
  box.style.setProperty("--depth", row.depth);
  const hasChildren = childrenOf.get(row.key).length > 0;
  const isOpen = !state.folded.has(row.key);
  box.append(
    element(
      "button",
      { type: "button", tabindex: "-1", class: `grid-fold${hasChildren ? "" : " is-spacer"}`, "data-fold-row": row.key, "aria-expanded": hasChildren ? String(isOpen) : null, "aria-label": `${say("fold")}: ${row.name}` },
      icon(isOpen ? "chevron-down" : "chevron-right"),
    ),
    element("span", { class: "grid-name-text", title: row.name }, row.name),
  );
  if (data.isOpen && row.maySplit) box.append(element("a", { class: "grid-split", tabindex: "-1", href: splitUrl(row) }, icon("arrows-split-2"), say("split")));
  return box;
}

const splitUrl = (row) => data.split.replace("/units/0/", `/units/${row.unit}/`);

function checkCell(cell) {
  const row = rows.get(cell.getData().key);
  const rest = cell.getValue();
  if (!rest) return "";
  const text = {
    even: `✓ ${say("even")}`,
    missing: `− ${write(rest.amount)} ${say("missing")}`,
    over: `+ ${write(-rest.amount)} ${say("over")}`,
    mixed: `! ${say("mixed")}`,
  }[rest.word];
  const nobody = rest.word === "missing" && !childrenOf.get(row.key).length;
  const attributes = { class: `grid-check is-${rest.word}`, title: nobody ? say("empty") : text };
  if (data.isOpen && row.maySplit && rest.word !== "even") return element("a", { ...attributes, tabindex: "-1", href: `${splitUrl(row)}#rest` }, text);
  return element("span", attributes, text);
}

function amountCell(cell) {
  const row = rows.get(cell.getData().key);
  const positions = positionsOf(cell.getField());
  const box = cell.getElement();
  const isAbsent = positions.every((i) => row.absent.includes(i));
  box.classList.toggle("is-absent", isAbsent);
  box.classList.toggle("is-settable", isSettable(cell));
  const byHand = positions.some((i) => row.byHand.includes(i));
  box.classList.toggle("is-hand", byHand);
  if (byHand) box.title = say("hand");
  else if (isAbsent) box.title = say("absent");
  else box.removeAttribute("title");
  return isAbsent && !cell.getValue() ? "·" : write(cell.getValue());
}

function isSettable(cell) {
  const row = rows.get(cell.getData().key);
  return data.isOpen && row.maySet && !positionsOf(cell.getField()).every((i) => row.absent.includes(i));
}

let typed = null; // the sign that opened the editor
function amountEditor(cell, onRendered, success, cancel) {
  const now = cell.getValue();
  const input = element("input", { type: "text", inputmode: "decimal", maxlength: "40", autocomplete: "off", "aria-label": `${rows.get(cell.getData().key).name} ${codeOf(cell.getField())}` });
  const failed = cell.getElement().dataset.failed;
  input.value = typed ?? failed ?? (now ? write(now) : "");
  const isReplacing = typed === null;
  typed = null;
  let isDone = false;
  function finish(step) {
    if (isDone) return;
    isDone = true;
    const text = input.value.trim();
    cancel();
    if (text !== (now ? write(now) : "")) save(cell, text);
    if (step) move(cell, step);
  }
  input.addEventListener("keydown", (event) => {
    const steps = { Enter: event.shiftKey ? [-1, 0] : [1, 0], Tab: event.shiftKey ? [0, -1] : [0, 1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    if (event.key === "Escape") {
      isDone = true;
      cancel();
    } else if (steps[event.key]) finish(steps[event.key]);
    else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => finish(null));
  onRendered(() => {
    input.focus({ preventScroll: true });
    if (isReplacing) input.select();
  });
  return input;
}

function move(cell, [down, right]) {
  const lines = table.getRows("active");
  const columns = table.getColumns().filter((column) => column.isVisible() && /^[yqm]/.test(column.getField()) && column.getField() !== "missing");
  const line = lines[lines.findIndex((row) => row === cell.getRow()) + down] ?? cell.getRow();
  const column = columns[columns.findIndex((one) => one.getField() === cell.getField()) + right] ?? cell.getColumn();
  select(line.getCell(column.getField()));
}

function select(cell) {
  const range = table.getRanges()[0];
  range?.setBounds(cell, cell);
  table.element.querySelector(".tabulator-tableholder").focus({ preventScroll: true });
  cell.getRow().scrollTo("nearest", false).catch(() => {});
}

// ---- saving: one after the other, so that two quick edits cannot pass each other ----
let queue = Promise.resolve();
function save(cell, text) {
  const line = cell.getData().key;
  const field = cell.getField();
  const box = () => table.getRow(line)?.getCell(field)?.getElement();
  box()?.classList.add("is-saving");
  queue = queue.then(async () => {
    const seen = sum(positionsOf(field).map((i) => rows.get(line).tiers[state.tier][i]));
    const body = new URLSearchParams({ key: line, period: codeOf(field), tier: state.tier, amount: text, seen });
    let answer;
    try {
      const response = await fetch(data.cells, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch" } });
      answer = response.headers.get("content-type")?.includes("json") ? await response.json() : { error: say("failed") };
    } catch {
      answer = { error: say("failed") };
    }
    const element = box();
    element?.classList.remove("is-saving");
    if (answer.error) {
      if (element) {
        element.classList.add("has-error");
        element.title = answer.error;
        element.dataset.failed = text;
        element.setAttribute("aria-invalid", "true");
      }
      toast({ text: answer.error, level: "error" });
      return;
    }
    if (element) {
      element.classList.remove("has-error");
      delete element.dataset.failed;
      element.removeAttribute("aria-invalid");
    }
    for (const [key, changed] of Object.entries(answer.rows)) Object.assign(rows.get(key), changed);
    for (const key of Object.keys(answer.rows)) refreshUpwards(key);
    refreshFigures();
    offerUndo(answer.step);
  });
}

// The two headline figures that follow every edit: what people carry, and how many cells do not add up.
function refreshFigures() {
  const tops = data.rows.filter((row) => !row.parent);
  const asked = sum(tops.map((row) => sum(row.tiers[state.tier])));
  const carried = sum(data.rows.filter((row) => row.kind === "PERSON").map((row) => sum(row.tiers[state.tier])));
  const off = sum(data.rows.filter((row) => row.kind !== "PERSON").map((row) => missing(row).off));
  const [, , people, gaps] = document.querySelectorAll(".figures .figure");
  people.querySelector(".figure-value").textContent = asked ? `${((carried / asked) * 100).toFixed(1)}%` : "—";
  gaps.querySelector(".figure-value").textContent = off;
  gaps.querySelector(".figure-foot").textContent = off ? say("cells") : say("all");
}

function refreshUpwards(key) {
  for (let row = rows.get(key); row; row = row.parent && rows.get(row.parent)) table.updateData([shown(row)]);
  table.getRow(key)?.reformat();
}

const undoForm = document.querySelector("[data-undo]");
function offerUndo(step) {
  if (!undoForm) return;
  undoForm.elements.step.value = step;
  const button = undoForm.querySelector("button");
  button.replaceChildren(element("i", { class: "ti ti-arrow-back-up me-1", "aria-hidden": "true" }), say("undo"));
  undoForm.hidden = false;
}

// ---- the table ----
const amount = { hozAlign: "right", cssClass: "num", formatter: amountCell, editor: amountEditor, editable: isSettable, headerSort: false, headerHozAlign: "right", minWidth: 96 };
const columns = [
  { title: say("check"), field: "missing", width: 150, formatter: checkCell, headerSort: false },
  { title: say("year"), field: "y", ...amount, minWidth: 112 },
  { title: say("last"), field: "last", hozAlign: "right", headerHozAlign: "right", cssClass: "num", formatter: (cell) => (cell.getValue() === null ? "—" : round(cell.getValue())), headerSort: false, minWidth: 100 },
  { title: say("growth"), field: "growth", hozAlign: "right", headerHozAlign: "right", cssClass: "num", formatter: growthCell, headerSort: false, minWidth: 78 },
];
data.quarters.forEach((quarter, number) => {
  quarter.months.forEach((month, i) => {
    columns.push({ title: month.label, field: `m${number * 3 + i}`, ...amount, visible: state.openQuarters.has(number), titleFormatter: () => monthHead(month) });
  });
  columns.push({ title: quarter.label, field: `q${number}`, ...amount, cssClass: "num is-quarter", minWidth: 112, titleFormatter: () => quarterHead(quarter, number) });
});

function growthCell(cell) {
  const value = cell.getValue();
  if (value === null) return "—";
  if (value > 999) return "> +999%"; // somebody who has only just begun
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}%`;
}

function monthHead(month) {
  return element("span", { title: `${month.days} ${say("days")}` }, month.label, element("span", { class: "grid-days" }, String(month.days)));
}

function quarterHead(quarter, number) {
  const isOpen = state.openQuarters.has(number);
  return element(
    "button",
    { type: "button", class: "grid-quarter", "data-quarter": number, "aria-expanded": String(isOpen), title: say("months") },
    icon(isOpen ? "chevron-right" : "chevron-left"),
    ` ${quarter.label}`,
  );
}

let table;
function build() {
  holder.hidden = false;
  document.getElementById("content").classList.add("is-live");
  document.querySelectorAll("[data-grid-tools]").forEach((tool) => (tool.hidden = false));
  table = new Tabulator(holder, {
    data: data.rows.map(shown),
    index: "key",
    columns,
    rowHeader: { title: say("name"), field: "name", frozen: true, width: 235, formatter: nameCell, headerSort: false, resizable: true },
    layout: "fitColumns",
    maxHeight: `max(22rem, calc(100dvh - ${Math.round(holder.getBoundingClientRect().top + scrollY)}px - ${matchMedia("(max-width: 991.98px)").matches ? 6 : 2}rem))`,
    rowHeight: 38,
    selectableRange: 1,
    selectableRangeRows: true,
    selectableRangeClearCells: false,
    editTriggerEvent: "dblclick",
    clipboard: "copy",
    clipboardCopyRowRange: "range",
    clipboardCopyConfig: { rowHeaders: false, columnHeaders: false },
    columnDefaults: { resizable: "header" },
    rowFormatter: (line) => {
      const row = rows.get(line.getData().key);
      line.getElement().classList.toggle("is-unit", row.kind !== "PERSON");
      line.getElement().classList.toggle("is-top", !row.parent);
      line.getElement().id = `grid-${row.key}`;
    },
  });
  // A finger has no double click: the second tap on a cell opens it.
  let tapped = null;
  table.on("cellClick", (event, cell) => {
    const isAgain = tapped === cell && event.pointerType === "touch";
    tapped = cell;
    if (isAgain && /^[yqm]\d*$/.test(cell.getField()) && isSettable(cell)) cell.edit();
  });
  table.on("tableBuilt", () => {
    // What scrolls can be focused, and a grid may hold nothing focusable but rows and groups of them.
    holder.querySelector(".tabulator-tableholder").setAttribute("role", "rowgroup");
    holder.querySelector(".tabulator-table").setAttribute("role", "presentation");
    applyFilter();
    const first = table.getRows("active")[0]?.getCell("y");
    if (first) table.getRanges()[0]?.setBounds(first, first);
    const wanted = location.hash.match(/^#row-(.+)$/)?.[1];
    if (wanted && rows.has(wanted)) table.scrollToRow(wanted, "top", false).catch(() => {});
  });
}

function isShown(line) {
  const row = rows.get(line.key);
  if (state.find) return hits.has(row.key);
  for (let above = row.parent; above; above = rows.get(above).parent) if (state.folded.has(above)) return false;
  return true;
}

let hits = new Set();
function applyFilter() {
  hits = new Set();
  if (state.find) {
    for (const row of data.rows) {
      if (!row.name.toLowerCase().includes(state.find)) continue;
      for (let one = row; one; one = one.parent && rows.get(one.parent)) hits.add(one.key);
    }
  }
  table.setFilter(isShown);
}

function toggleQuarter(number, isOpen) {
  state.openQuarters[isOpen ? "add" : "delete"](number);
  for (const i of [0, 1, 2]) table[isOpen ? "showColumn" : "hideColumn"](`m${number * 3 + i}`);
  const button = holder.querySelector(`[data-quarter="${number}"]`);
  button.setAttribute("aria-expanded", String(isOpen));
  button.firstElementChild.className = `ti ti-chevron-${isOpen ? "right" : "left"}`;
}

document.addEventListener("click", (event) => {
  const fold = event.target.closest("[data-fold-row]");
  const quarter = event.target.closest("[data-quarter]");
  const tier = event.target.closest("a[data-tier]");
  if (fold) {
    const key = fold.dataset.foldRow;
    state.folded[state.folded.has(key) ? "delete" : "add"](key);
    keep();
    applyFilter();
    table.getRow(key).reformat();
  } else if (quarter) {
    const number = Number(quarter.dataset.quarter);
    toggleQuarter(number, !state.openQuarters.has(number));
    keep();
    showPressed();
  } else if (tier && matchMedia("(min-width: 768px)").matches) {
    event.preventDefault();
    state.tier = tier.dataset.tier;
    document.querySelectorAll("a[data-tier]").forEach((one) => (one === tier ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
    history.replaceState(null, "", tier.href);
    table.updateData(data.rows.map(shown));
    table.getRows("visible").forEach((row) => row.reformat());
  }
});
// A press on a button in the grid is not the begin of a selection.
holder.addEventListener("mousedown", (event) => event.target.closest("button, a") && event.stopPropagation(), true);

const allMonths = document.querySelector("[data-months]");
const unitsOnly = document.querySelector("[data-fold]");
const teams = data.rows.filter((row) => childrenOf.get(row.key).some((child) => child.kind === "PERSON")).map((row) => row.key);
function showPressed() {
  allMonths.setAttribute("aria-pressed", String(state.openQuarters.size === 4));
  unitsOnly.setAttribute("aria-pressed", String(teams.length > 0 && teams.every((key) => state.folded.has(key))));
}
allMonths.addEventListener("click", () => {
  const isOpen = state.openQuarters.size < 4;
  table.blockRedraw();
  for (let number = 0; number < 4; number += 1) if (state.openQuarters.has(number) !== isOpen) toggleQuarter(number, isOpen);
  table.restoreRedraw();
  keep();
  showPressed();
});
unitsOnly.addEventListener("click", () => {
  const isFolded = unitsOnly.getAttribute("aria-pressed") !== "true";
  teams.forEach((key) => state.folded[isFolded ? "add" : "delete"](key));
  keep();
  showPressed();
  applyFilter();
  table.getRows("visible").forEach((row) => row.reformat());
});
document.querySelector("[data-find]").addEventListener("input", (event) => {
  state.find = event.target.value.trim().toLowerCase();
  applyFilter();
});

// Typing over a selected cell opens it with what was typed; Delete empties it.
holder.addEventListener("keydown", (event) => {
  if (event.target.closest("input, button, a") || event.ctrlKey || event.metaKey || event.altKey) return;
  const cell = table.getRanges()[0]?.getCells().flat()[0];
  if (cell?.getField() === "missing" && event.key === "Enter" && data.isOpen) {
    const row = rows.get(cell.getData().key);
    if (row.maySplit) location.assign(splitUrl(row));
    return;
  }
  if (!cell || !/^(y|q\d|m\d+)$/.test(cell.getField()) || !isSettable(cell)) return;
  if (/^[\d.,¥$€]$/.test(event.key)) {
    typed = event.key;
    event.preventDefault();
    cell.edit(true);
  } else if (event.key === "F2") {
    event.preventDefault();
    cell.edit(true);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    save(cell, "0");
  }
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && undoForm && !undoForm.hidden && !event.target.closest("input, textarea")) {
    event.preventDefault();
    queue.then(() => undoForm.requestSubmit());
  }
});

// Below 768 px the level view serves; a tablet that is turned gets the grid then.
const wide = matchMedia("(min-width: 768px)");
const begin = () => wide.matches && !table && (build(), showPressed());
wide.addEventListener("change", begin);
if (window.Tabulator) begin();
else addEventListener("load", begin);
