// The grid as a spreadsheet: a range is copied, cut, pasted, filled, emptied and locked; each of these is one change.
import { toast } from "./notices.js";
import { data, holder, isAmount, isAbsent, isLocked, isOwn, isSettable, codeOf, rows, say, state, amountOf, write } from "./targets_model.js";
import { lock, pendingAt, redo, send, undo } from "./targets_saving.js";

let table;
let edit;
export function beginBlocks(given, openEditor) {
  [table, edit] = [given, openEditor];
  holder.addEventListener("keydown", pressed, true);
  for (const name of ["copy", "cut", "paste"]) document.addEventListener(name, clipped);
  document.addEventListener("keydown", taken);
  for (const [name, url] of [["[data-adjust]", data.adjust], ["[data-changes]", data.history]]) document.querySelector(name)?.addEventListener("click", () => follow(url));
  const tools = { "[data-fill-down]": () => fill("down"), "[data-fill-right]": () => fill("right"), "[data-lock]": toggleLock };
  for (const [name, act] of Object.entries(tools)) document.querySelector(name)?.addEventListener("click", act);
}

// ---- the selected range, row by row, without the columns that hold no target ----
function range() {
  const chosen = table.getRanges()[0];
  if (!chosen) return [];
  const fields = chosen.getColumns().map((column) => column.getField()).filter(isAmount);
  return chosen.getRows().map((line) => fields.map((field) => ({ key: line.getData().key, field })));
}
const at = ({ key, field }) => pendingAt(key, field)?.text ?? write(amountOf(rows.get(key), field, state.tier)).replace("−", "-");

// A cell beyond one's part or without its person takes no text: said at once, as nothing would come of sending it.
function settable(edits) {
  const kept = edits.filter(({ key, field, text }) => !(isAbsent(rows.get(key), field) && /^[0·]?$/.test(text)));
  const bad = kept.filter(({ key, field }) => !isOwn(rows.get(key), field) || isAbsent(rows.get(key), field));
  if (bad.length) return refuse(bad.some(({ key, field }) => !isOwn(rows.get(key), field)) ? say("notYours") : say("absent"));
  return kept;
}

function refuse(text) {
  toast({ text, level: "error" });
  return [];
}

// ---- keys ----
function pressed(event) {
  if (event.target.closest("input, button, a")) return;
  const isCommand = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (isCommand && !event.altKey) {
    if (key === "d" || key === "r") act(event, () => fill(key === "d" ? "down" : "right"));
    else if (key === "home" || key === "end") act(event, () => jump(key === "home" ? 0 : -1, key === "home" ? 0 : -1));
    return;
  }
  if (event.altKey) return;
  if (key === "home" || key === "end") act(event, () => jump(null, key === "home" ? 0 : -1));
  else if (key === "tab") act(event, () => step(event.shiftKey ? -1 : 1), true);
  else if (key === "delete" || key === "backspace") act(event, () => send(settable(range().flat().map((cell) => ({ ...cell, text: "0" })))));
  else if (key === "l" && data.isOpen) act(event, toggleLock);
  else if (key === "h" && data.history) act(event, () => follow(data.history));
  else if (key === "a" && data.adjust) act(event, () => follow(data.adjust));
  else if (event.key === "F2" || /^[\d.,¥$€]$/.test(event.key)) act(event, () => openFirst(event.key === "F2" ? null : event.key));
}

function act(event, deed) {
  event.preventDefault();
  event.stopPropagation();
  deed();
}

function openFirst(sign) {
  const cell = table.getRanges()[0]?.getCells().flat()[0];
  if (!cell || !isAmount(cell.getField())) return;
  const row = rows.get(cell.getData().key);
  if (isSettable(row, cell.getField())) edit(cell, sign);
  else if (isOwn(row, cell.getField()) && isLocked(row, cell.getField())) toast({ text: say("unlockFirst"), level: "info" });
}

function lines() {
  return [table.getRows("active"), table.getColumns().filter((column) => column.isVisible() && isAmount(column.getField()))];
}

function jump(line, column) {
  const [all, columns] = lines();
  const now = table.getRanges()[0]?.getRows()[0];
  const row = line === null ? now : all.at(line);
  if (row) select(row.getCell(columns.at(column).getField()));
}

function step(by) {
  const [, columns] = lines();
  const cell = table.getRanges()[0]?.getCells().flat()[0];
  const next = columns[columns.findIndex((column) => column.getField() === cell?.getField()) + by];
  if (next) select(cell.getRow().getCell(next.getField()));
  // At the edge Tab leaves the grid, so that nobody is caught in it by the keyboard.
  else (by > 0 ? document.querySelector("[data-after-grid]") : document.querySelector("[data-find]"))?.focus();
}

export function select(cell) {
  table.getRanges()[0]?.setBounds(cell, cell);
  holder.querySelector(".tabulator-tableholder").focus({ preventScroll: true });
  cell.getRow().scrollTo("nearest", false).catch(() => {});
  cell.getColumn().scrollTo("middle", false).catch(() => {});
}

// ---- filling ----
function fill(way) {
  const block = range();
  const isDown = way === "down";
  if (!block.length || (isDown ? block.length : block[0].length) < 2) return toast({ text: say(isDown ? "chooseDown" : "chooseRight"), level: "info" });
  const edits = isDown ? block.slice(1).flatMap((line) => line.map((cell, i) => ({ ...cell, text: at(block[0][i]) }))) : block.flatMap((line) => line.slice(1).map((cell) => ({ ...cell, text: at(line[0]) })));
  // A quarter beside its months follows from them.
  send(settable(isDown ? edits : edits.filter(({ field }) => field[0] === block[0][0].field[0])));
}

// ---- to the pages about a row ----
function follow(url) {
  const cell = table.getRanges()[0]?.getCells().flat()[0];
  if (!cell) return toast({ text: say("chooseRow"), level: "info" });
  const [row, field] = [rows.get(cell.getData().key), cell.getField()];
  if (url === data.adjust && !row.maySet) return toast({ text: say("notYours"), level: "info" });
  location.assign(url.replace("KEY", row.key) + (url === data.history && field[0] === "m" && isAmount(field) ? `?month=${codeOf(field)}` : ""));
}

// ---- locks ----
function toggleLock() {
  const cells = range().flat().filter(({ key, field }) => isOwn(rows.get(key), field));
  if (!cells.length) return toast({ text: say("notYours"), level: "info" });
  lock(cells, !cells.every(({ key, field }) => isLocked(rows.get(key), field)));
}

// ---- the clipboard ----
function clipped(event) {
  const isHere = document.activeElement?.closest?.(".plan-grid") && !document.activeElement.closest("input");
  if (!table || !isHere) return;
  if (event.type === "paste") {
    event.preventDefault();
    if (data.isOpen) paste(read(event.clipboardData.getData("text/plain")));
    return;
  }
  const block = range();
  if (!block.length) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", block.map((line) => line.map(at).join("\t")).join("\n"));
  if (event.type === "cut" && data.isOpen) send(settable(block.flat().map((cell) => ({ ...cell, text: "0" }))));
}

// Excel puts tabs between cells, and in quotes what holds a tab, a line break or a quote.
export function read(text) {
  const block = [[]];
  const parts = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").matchAll(/(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))([\t\n]|$)/g);
  for (const [whole, quoted, plain, end] of parts) {
    if (!whole && !end && block.at(-1).length) break;
    block.at(-1).push((quoted?.replaceAll('""', '"') ?? plain).trim());
    if (end === "\n") block.push([]);
    else if (!end) break;
  }
  return block;
}

function paste(block) {
  const chosen = range();
  if (!chosen.length || !chosen[0].length) return toast({ text: say("chooseCell"), level: "info" });
  if (block.length === 1 && block[0].length === 1) return send(settable(chosen.flat().map((cell) => ({ ...cell, text: block[0][0] }))));
  const [all, columns] = lines();
  const top = all.findIndex((line) => line.getData().key === chosen[0][0].key);
  const left = columns.findIndex((column) => column.getField() === chosen[0][0].field);
  const width = Math.max(...block.map((line) => line.length));
  if (top + block.length > all.length || left + width > columns.length) {
    return toast({ text: say("tooLarge").replace("{block}", `${block.length} × ${width}`).replace("{room}", `${all.length - top} × ${columns.length - left}`), level: "error" });
  }
  send(settable(block.flatMap((line, down) => line.map((text, right) => ({ key: all[top + down].getData().key, field: columns[left + right].getField(), text })))));
}

function taken(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea")) return;
  const key = event.key.toLowerCase();
  if (key === "z" || key === "y") act(event, key === "y" || event.shiftKey ? redo : undo);
}
