// Visits and deals without a network: a form that cannot be sent is kept on the phone and sent later, exactly once.
// Each entry carries the client_ref that the server knows it by, so sending it twice makes one row. What the server
// refuses is kept with the reasons, to be corrected on its form.
import { database, renewKept, whose } from "./kept.js";
import { ask } from "./confirm.js";
import { toast } from "./notices.js";
import { csrfToken } from "./requests.js";
import { newRef, openFaulty } from "./fields.js";

const MOST_AT_ONCE = 50;
const sheet = document.getElementById("waiting");
const texts = sheet.dataset;
const pill = document.querySelector("[data-waiting-pill]");
const form = document.querySelector("form[data-offline]");
let isSending = false;

async function waiting() {
  const rows = await (await database()).getAll("queue");
  return rows.filter((row) => row.whose === whose()).sort((a, b) => a.kept_at - b.kept_at);
}

function fieldsOf(filled) {
  const fields = {};
  for (const [name, value] of new FormData(filled)) {
    if (name !== "csrfmiddlewaretoken" && typeof value === "string") fields[name] = value;
  }
  return fields;
}

function labelOf(filled) {
  return filled.querySelector("[data-store=customers] [role=combobox]")?.value ?? "";
}

function lineNames() {
  return Object.fromEntries(
    [...form.querySelectorAll("[data-line]")].map((row) => [
      row.querySelector("input[name$=-product]").value,
      { label: row.querySelector("[data-line-name]").textContent, price: row.dataset.listPrice },
    ]),
  );
}

async function keep() {
  const fields = fieldsOf(form);
  const row = {
    client_ref: fields.client_ref,
    whose: whose(),
    kind: form.dataset.offline,
    label: labelOf(form),
    names: lineNames(),
    fields,
    errors: null,
    kept_at: Date.now(),
  };
  await (await database()).put("queue", row);
  return row;
}

// Only complete entries are kept: what the server would refuse at once is said at once.
function isComplete() {
  if (!form.reportValidity()) return false;
  const customer = form.elements.customer;
  if (customer && !customer.value && !form.elements.new_customer?.value) {
    say({ customer: [form.querySelector("[data-store=customers]").dataset.needed] });
    return false;
  }
  return true;
}

async function send() {
  if (isSending) return;
  isSending = true;
  try {
    const rows = (await waiting()).filter((row) => !row.errors);
    for (const kind of ["visits", "deals"]) {
      const ofKind = rows.filter((row) => row.kind === kind);
      for (let at = 0; at < ofKind.length; at += MOST_AT_ONCE) {
        const results = await post(kind, ofKind.slice(at, at + MOST_AT_ONCE));
        if (!results) return;
        const saved = results.filter((result) => result.saved).length;
        if (saved) toast({ text: texts.sent.replace("%s", saved) });
      }
    }
  } finally {
    isSending = false;
    await show();
  }
}

// Returns what became of each row, or null when there is no network; rows that were saved are no longer kept.
async function post(kind, rows, { isDirect = false } = {}) {
  let answer;
  try {
    answer = await fetch(texts[kind], {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ is_direct: isDirect, items: rows.map(({ client_ref, fields }) => ({ client_ref, fields })) }),
      signal: AbortSignal.timeout?.(isDirect ? 12_000 : 60_000),
    });
  } catch {
    return null; // no network; everything stays
  }
  if (answer.redirected) toast({ text: texts.signAgain, level: "warning" });
  if (!answer.ok || answer.redirected) return null;
  const { results } = await answer.json();
  const db = await database();
  for (const result of results) {
    const row = rows.find(({ client_ref }) => client_ref === result.client_ref);
    if (result.saved) await db.delete("queue", result.client_ref);
    else await db.put("queue", { ...row, errors: result.errors });
  }
  return results;
}

async function show() {
  let rows = [];
  try {
    rows = await waiting();
  } catch {
    return; // no IndexedDB: nothing can wait
  }
  const refused = rows.filter((row) => row.errors).length;
  const label = pill.querySelector("span");
  pill.hidden = rows.length === 0;
  label.textContent = (refused === rows.length ? label.dataset.labelRefused : label.dataset.label).replace("%s", rows.length);
  sheet.querySelector("[data-waiting-list]").replaceChildren(...rows.map(item));
}

function item(row) {
  const line = document.createElement("li");
  line.className = `waiting-item${row.errors ? " is-refused" : ""}`;
  const name = document.createElement("strong");
  const kind = row.kind === "visits" ? texts.kindVisits : texts.kindDeals;
  name.textContent = `${kind} · ${row.label}`;
  const when = document.createElement("span");
  when.className = "text-secondary me-auto";
  when.textContent = new Date(row.kept_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  line.append(name, when);
  if (row.errors) line.append(correction(row));
  line.append(button(texts.discard, () => discard(row)));
  if (row.errors) {
    const why = document.createElement("small");
    why.textContent = Object.values(row.errors).flat().join(" ");
    line.append(why);
  }
  return line;
}

function button(text, press) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "btn btn-sm";
  element.textContent = text;
  element.addEventListener("click", press);
  return element;
}

// On its own form the entry is put back; from any other page a link leads there.
function correction(row) {
  if (form?.dataset.offline === row.kind) return button(texts.correct, () => correct(row));
  const link = document.createElement("a");
  link.className = "btn btn-sm";
  link.href = `${row.kind === "visits" ? texts.correctVisits : texts.correctDeals}#${row.client_ref}`;
  link.textContent = texts.correct;
  return link;
}

async function discard(row) {
  sheet.close();
  if (await ask({ text: texts.sure, yes: texts.discard })) await (await database()).delete("queue", row.client_ref);
  await show();
}

// Put what was refused back on the form, with the reasons at the fields; sending it again replaces the entry.
function correct(row) {
  sheet.close();
  clear();
  for (const [name, value] of Object.entries(row.fields)) {
    const field = form.elements[name];
    if (!field || name.startsWith("lines-")) continue;
    if (field instanceof RadioNodeList) [...field].forEach((radio) => (radio.checked = radio.value === value));
    else field.value = value;
  }
  form.querySelector("[data-store=customers]").picker.say(row.label);
  form.classList.toggle("has-new-customer", Boolean(row.fields.new_customer));
  const lines = [];
  for (let at = 0; row.fields[`lines-${at}-product`] !== undefined; at += 1) {
    const id = row.fields[`lines-${at}-product`];
    lines.push({ chosen: { id, ...row.names[id] }, quantity: row.fields[`lines-${at}-quantity`], price: row.fields[`lines-${at}-price`] });
  }
  form.dispatchEvent(new CustomEvent("deal:restore", { detail: { lines } }));
  say(row.errors);
}

function say(errors) {
  form.querySelectorAll("[data-said]").forEach((note) => note.remove());
  form.querySelectorAll(".is-invalid").forEach((field) => field.classList.remove("is-invalid"));
  for (const [name, reasons] of Object.entries(errors)) {
    const note = document.createElement("div");
    note.className = "invalid-feedback d-block";
    note.dataset.said = "";
    note.textContent = reasons.join(" ");
    const place = form.querySelector(`[data-field-errors="${CSS.escape(name)}"]`);
    const field = form.elements[name];
    if (place) place.append(note);
    else if (field instanceof HTMLElement && field.type !== "hidden") field.after(note);
    else form.prepend(note);
    const shown = form.querySelector(`#id_${CSS.escape(name)}_text`) ?? (field instanceof HTMLElement ? field : null);
    shown?.classList.add("is-invalid");
  }
  openFaulty(form);
  const first = form.querySelector("[data-said]");
  first?.scrollIntoView({ block: "center" });
  first?.closest(".mb-3")?.querySelector("input:not([type=hidden], [role=combobox]), textarea")?.focus({ preventScroll: true });
}

// Every entry goes through the queue: kept first, sent at once; so nothing is lost whenever the network goes.
async function submit(event) {
  if (event.submitter?.name === "action") return; // checking in needs the server's clock: an ordinary post
  if (!pill.dataset.ready) return; // no IndexedDB: an ordinary post
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!isComplete() || isSending) return;
  const buttons = form.querySelectorAll("button[type=submit]");
  lock(buttons, true);
  isSending = true;
  try {
    const row = await keep();
    const result = (await post(row.kind, [row], { isDirect: true }))?.[0];
    if (result?.saved) {
      location.assign(result.url);
      return;
    }
    if (result) {
      await (await database()).delete("queue", row.client_ref);
      say(result.errors);
    } else {
      clear();
      toast({ text: texts.kept, level: "info" });
    }
  } finally {
    isSending = false;
    lock(buttons, false);
    await show();
  }
}

function lock(buttons, isLocked) {
  buttons.forEach((element) => {
    element.disabled = isLocked;
    element.setAttribute("aria-busy", String(isLocked));
  });
}

function clear() {
  form.reset();
  form.classList.remove("has-new-customer");
  form.querySelectorAll("[data-lines-list] > li").forEach((row) => row.remove());
  const total = form.querySelector("[name=lines-TOTAL_FORMS]");
  if (total) total.value = 0;
  form.querySelectorAll("[data-picker]").forEach((box) => {
    box.picker.say("");
  });
  say({});
  form.elements.client_ref.value = newRef();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

async function start() {
  try {
    await database();
    pill.dataset.ready = "yes";
  } catch {
    return; // a private window may have no IndexedDB: forms post as usual
  }
  form?.addEventListener("submit", submit, true);
  sheet.querySelector("[data-waiting-send]").addEventListener("click", send);
  addEventListener("online", send);
  await show();
  const asked = form && (await waiting()).find((row) => row.errors && row.client_ref === location.hash.slice(1));
  if (asked) correct(asked);
  await send();
  const isRenewed = await renewKept({ customers: texts.customers, products: texts.products });
  if (isRenewed) (await navigator.serviceWorker?.ready)?.active?.postMessage({ keep: [texts.keepVisits, texts.keepDeals] });
}
start();
