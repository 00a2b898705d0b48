// Sending what was typed, pasted, filled or locked: one after the other, each block as one change; and taking it back.
import { toast } from "./notices.js";
import { csrfToken } from "./requests.js";
import { amountOf, codeOf, data, rows, say, state } from "./targets_model.js";

const hooks = { mark() {}, refresh() {} };
// The block that the server did not take: what was typed stays in its cells until it is mended, tried again or dropped.
let pending = null;
let queue = Promise.resolve();

export const place = (key, field) => `${key}/${field}`;
export const pendingAt = (key, field) => (pending && pending.tier === state.tier && pending.texts.has(place(key, field)) ? { text: pending.texts.get(place(key, field)), fault: pending.faults.get(place(key, field)) } : null);

export function begin(given) {
  Object.assign(hooks, given);
  offer(data.undo, data.redo);
  for (const form of [undoForm, redoForm]) {
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      takeBack(form);
    }, true);
  }
  bar?.querySelector("[data-pending-again]").addEventListener("click", () => pending && send(pending.edits, pending.tier, pending.ref));
  bar?.querySelector("[data-pending-drop]").addEventListener("click", () => drop());
}

// edits: [{ key, field, text }]
export function send(edits, tier = state.tier, ref = null) {
  if (!edits.length) return;
  if (pending && pending.tier === tier && edits.some((edit) => pending.texts.has(place(edit.key, edit.field)))) {
    // A cell of the refused block was mended: the block goes again as a whole.
    const merged = new Map(pending.edits.map((edit) => [place(edit.key, edit.field), edit]));
    for (const edit of edits) merged.set(place(edit.key, edit.field), edit);
    edits = [...merged.values()];
    drop();
  }
  const own = ref ?? crypto.randomUUID?.() ?? "";
  hooks.mark(edits, true);
  queue = queue.then(async () => {
    const cells = edits.map(({ key, field, text }) => [key, codeOf(field), text, amountOf(rows.get(key), field, tier)]);
    const answer = await post(data.cells, { tier, cells: JSON.stringify(cells), client_ref: own });
    hooks.mark(edits, false);
    if (answer.rows) take(answer);
    if (answer.error) refuse(edits, tier, answer, own);
    else offer(answer.undo, answer.redo);
  });
}

export function lock(cells, isLocked) {
  queue = queue.then(async () => {
    const answer = await post(data.lock, { is_locked: isLocked ? "on" : "", cells: JSON.stringify(cells.map(({ key, field }) => [key, codeOf(field)])) });
    if (answer.error) return toast({ text: answer.error, level: "error" });
    take(answer);
    offer(answer.undo, answer.redo);
  });
}

async function post(url, given) {
  try {
    const response = await fetch(url, { method: "POST", body: new URLSearchParams(given), headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch" } });
    return response.headers.get("content-type")?.includes("json") ? await response.json() : { error: say("failed") };
  } catch {
    return { error: say("failed") };
  }
}

function take(answer) {
  for (const [key, changed] of Object.entries(answer.rows)) if (rows.has(key)) Object.assign(rows.get(key), changed);
  hooks.refresh(Object.keys(answer.rows).filter((key) => rows.has(key)));
}

// ---- what was not taken ----
const bar = document.querySelector("[data-pending]");
function refuse(edits, tier, answer, ref) {
  const faults = new Map();
  for (const { number, text, code } of answer.faults ?? []) {
    const edit = edits[number];
    const now = code === "changed" && answer.by ? ` (${answer.by})` : "";
    faults.set(place(edit.key, edit.field), text + now);
  }
  pending = { edits, tier, faults, ref: answer.faults?.length ? null : ref, texts: new Map(edits.map((edit) => [place(edit.key, edit.field), edit.text])) };
  bar.querySelector("[data-pending-text]").textContent = answer.error;
  bar.hidden = false;
  hooks.refresh([...new Set(edits.map((edit) => edit.key))]);
}

function drop() {
  const keys = [...new Set(pending?.edits.map((edit) => edit.key))];
  pending = null;
  bar.hidden = true;
  hooks.refresh(keys);
}

addEventListener("beforeunload", (event) => pending && event.preventDefault());

// ---- taking back and doing again ----
const undoForm = document.querySelector("[data-undo]");
const redoForm = document.querySelector("[data-redo]");
function offer(undo, redo) {
  for (const [form, step] of [[undoForm, undo], [redoForm, redo]]) {
    if (!form) continue;
    form.elements.step.value = step ?? "";
    form.querySelector("button").disabled = !step;
  }
}

function takeBack(form) {
  queue = queue.then(async () => {
    if (!form.elements.step.value) return;
    const answer = await post(form.action, { step: form.elements.step.value });
    if (answer.error) return toast({ text: answer.error, level: "warning" });
    take(answer);
    offer(answer.undo, answer.redo);
    toast({ text: answer.text });
  });
}

export const undo = () => undoForm && takeBack(undoForm);
export const redo = () => redoForm && takeBack(redoForm);
