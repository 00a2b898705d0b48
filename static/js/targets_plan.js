// The plan as a spreadsheet: sums and rests are worked out here as one types, the server judges every cell.
import { beginBlocks, select } from "./targets_block.js";
import { childrenOf, codeOf, data, holder, isAbsent, isAmount, isLocked, isPartLocked, isSettable, keep, missing, positionsOf, round, rows, say, shown, state, sum, write } from "./targets_model.js";
import { begin as beginSaving, pendingAt, send } from "./targets_saving.js";

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
    even: `✓ ${say("even")}${row.over ? ` +${row.over / 100}%` : ""}`,
    none: say("none"),
    missing: `− ${write(rest.amount)} ${say("missing")}`,
    over: `+ ${write(-rest.amount)} ${say("over")}`,
    mixed: `! ${say("mixed")}`,
  }[rest.word];
  const nobody = rest.word === "missing" && !childrenOf.get(row.key).length;
  const attributes = { class: `grid-check is-${rest.word}`, title: nobody ? say("empty") : row.over ? `${text} · ${say("plannedOver").replace("{percent}", row.over / 100)}` : text };
  if (data.isOpen && row.maySplit && rest.off) return element("a", { ...attributes, tabindex: "-1", href: `${splitUrl(row)}#rest` }, text);
  return element("span", attributes, text);
}

function amountCell(cell) {
  const [row, field, box] = [rows.get(cell.getData().key), cell.getField(), cell.getElement()];
  const absent = isAbsent(row, field);
  const byHand = positionsOf(field).some((i) => row.byHand.includes(i));
  const [locked, partly, waiting] = [isLocked(row, field), isPartLocked(row, field), pendingAt(row.key, field)];
  const marks = { "is-absent": absent, "is-settable": isSettable(row, field), "is-hand": byHand && !partly, "is-locked": locked, "is-pending": waiting, "has-error": waiting?.fault };
  for (const [name, isOn] of Object.entries(marks)) box.classList.toggle(name, Boolean(isOn));
  if (waiting?.fault) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");
  const now = write(cell.getValue());
  const title = waiting ? `${waiting.fault ?? ""} ${say("now")}: ${now}`.trim() : locked ? say("locked") : partly ? say("partLocked") : byHand ? say("hand") : absent ? say("absent") : "";
  box.title = title;
  const text = waiting ? waiting.text : absent && !cell.getValue() ? "·" : now;
  if (partly) return element("span", { class: "grid-amount" }, element("i", { class: `ti ti-lock${locked ? "" : "-open-2"} grid-lock`, role: "img", "aria-label": title }), text);
  return waiting ? document.createTextNode(text) : text; // The table reads a string as markup: what somebody typed or pasted is none.
}

const settable = (cell) => isSettable(rows.get(cell.getData().key), cell.getField());

let typed = null; // the sign that opened the editor
function amountEditor(cell, onRendered, success, cancel) {
  const now = cell.getValue();
  const input = element("input", { type: "text", inputmode: "decimal", maxlength: "40", autocomplete: "off", "aria-label": `${rows.get(cell.getData().key).name} ${codeOf(cell.getField())}` });
  const failed = pendingAt(cell.getData().key, cell.getField())?.text;
  input.value = typed ?? failed ?? (now ? write(now) : "");
  const isReplacing = typed === null;
  typed = null;
  let isDone = false;
  function finish(step) {
    if (isDone) return;
    isDone = true;
    const text = input.value.trim();
    cancel();
    if (text !== (failed ?? (now ? write(now) : ""))) send([{ key: cell.getData().key, field: cell.getField(), text }]);
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

function mark(edits, isSaving) {
  for (const { key, field } of edits) table.getRow(key)?.getCell(field)?.getElement().classList.toggle("is-saving", isSaving);
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

// The rows that changed and every unit above them.
function refresh(keys) {
  if (!keys.length) return;
  const touched = new Set();
  for (const key of keys) for (let row = rows.get(key); row && !touched.has(row.key); row = row.parent && rows.get(row.parent)) touched.add(row.key);
  table.blockRedraw();
  table.updateData([...touched].map((key) => shown(rows.get(key))));
  table.restoreRedraw();
  for (const key of keys) table.getRow(key)?.reformat();
  refreshFigures();
}

// ---- the table ----
const amount = { hozAlign: "right", cssClass: "num", formatter: amountCell, editor: amountEditor, editable: settable, headerSort: false, headerHozAlign: "right", minWidth: 96 };
const columns = [
  { title: say("check"), field: "missing", width: 150, formatter: checkCell, headerSort: false },
  { title: say("year"), field: "y", ...amount, minWidth: 112 },
  { title: say("last"), field: "last", hozAlign: "right", headerHozAlign: "right", cssClass: "num", formatter: (cell) => (cell.getValue() === null ? "—" : round(cell.getValue())), headerSort: false, minWidth: 100 },
  { title: say("growth"), field: "growth", hozAlign: "right", headerHozAlign: "right", cssClass: "num", formatter: growthCell, headerSort: false, minWidth: 78 },
];
data.quarters.forEach((quarter, number) => {
  quarter.months.forEach((month, i) => {
    columns.push({ title: month.label, field: `m${number * 3 + i}`, ...amount, visible: Boolean(data.isStages) || state.openQuarters.has(number), titleFormatter: () => monthHead(month) });
  });
  if (!data.isStages) columns.push({ title: quarter.label, field: `q${number}`, ...amount, cssClass: "num is-quarter", minWidth: 112, titleFormatter: () => quarterHead(quarter, number) });
});

function growthCell(cell) {
  const value = cell.getValue();
  if (value === null) return "—";
  if (value > 999) return "> +999%"; // somebody who has only just begun
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}%`;
}

function monthHead(month) {
  return element("span", { title: `${month.title ? `${month.title} · ` : ""}${month.days} ${say("days")}` }, month.label, element("span", { class: "grid-days" }, String(month.days)));
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

const shownColumns = () => columns.map((column) => (column.field[0] === "m" && column.field !== "missing" ? { ...column, visible: Boolean(data.isStages) || state.openQuarters.has(Math.floor(Number(column.field.slice(1)) / 3)) } : column));

let table;
function build() {
  holder.hidden = false;
  document.getElementById("content").classList.add("is-live");
  document.querySelectorAll("[data-grid-tools]").forEach((tool) => (tool.hidden = false));
  table = new Tabulator(holder, {
    data: data.rows.map(shown),
    index: "key",
    columns,
    rowHeader: { cssClass: "grid-names", title: say("name"), field: "name", frozen: true, width: 235, formatter: nameCell, headerSort: false, resizable: true },
    layout: "fitColumns",
    maxHeight: `max(22rem, calc(100dvh - ${Math.round(holder.getBoundingClientRect().top + scrollY)}px - ${matchMedia("(max-width: 991.98px)").matches ? 6 : 2}rem))`,
    rowHeight: 38,
    // Rows beyond the edge that are kept drawn: the whole height, as usual, made each step of scrolling three times as dear.
    renderVerticalBuffer: 228,
    selectableRange: 1,
    selectableRangeRows: true,
    selectableRangeClearCells: false,
    editTriggerEvent: "dblclick",
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
    const isAgain = tapped === cell.getElement() && event.pointerType === "touch";
    tapped = cell.getElement();
    // Behind the press itself, which takes the focus to the table.
    if (isAgain && isAmount(cell.getField()) && settable(cell)) setTimeout(() => cell.edit(true));
  });
  table.on("tableBuilt", () => {
    // What scrolls can be focused, and a grid may hold nothing focusable but rows and groups of them.
    holder.querySelector(".tabulator-tableholder").setAttribute("role", "rowgroup");
    holder.querySelector(".tabulator-table").setAttribute("role", "presentation");
    applyFilter();
    beginSaving({ mark, refresh });
    beginBlocks(table, (cell, sign) => {
      typed = sign;
      cell.edit(true);
    });
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
  allMonths?.setAttribute("aria-pressed", String(state.openQuarters.size === 4));
  unitsOnly.setAttribute("aria-pressed", String(teams.length > 0 && teams.every((key) => state.folded.has(key))));
}
allMonths?.addEventListener("click", () => {
  const isOpen = state.openQuarters.size < 4;
  for (let number = 0; number < 4; number += 1) state.openQuarters[isOpen ? "add" : "delete"](number);
  // Twelve columns at once: one drawing of the table instead of twelve.
  table.setColumns(shownColumns());
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

// Enter on a unit's rest leads to where it is settled.
holder.addEventListener("keydown", (event) => {
  if (event.target.closest("input, button, a") || event.key !== "Enter" || !data.isOpen) return;
  const cell = table.getRanges()[0]?.getCells().flat()[0];
  const row = cell?.getField() === "missing" && rows.get(cell.getData().key);
  if (row?.maySplit) location.assign(splitUrl(row));
});

// Below 768 px the level view serves; a tablet that is turned gets the grid then.
const wide = matchMedia("(min-width: 768px)");
const begin = () => wide.matches && !table && (build(), showPressed());
wide.addEventListener("change", begin);
if (window.Tabulator) begin();
else addEventListener("load", begin);
