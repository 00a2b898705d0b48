// The products of a deal: press one to add it, step its quantity, change its price; totals follow at once.
// Amounts are counted in whole cents, never in binary fractions; the server counts again and is the judge.

const form = document.querySelector("form[data-deal]");
const box = form.querySelector("[data-lines]");
const list = box.querySelector("[data-lines-list]");
const template = box.querySelector("[data-line-template]");
const totalForms = box.querySelector("[name=lines-TOTAL_FORMS]");
const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: box.dataset.currency, currencyDisplay: "narrowSymbol" });

// "12.5" → 1250n; null for what is no amount.
function cents(text) {
  const match = /^(\d{1,13})(?:\.(\d{0,2})0*)?$/.exec(String(text).trim());
  return match ? BigInt(match[1]) * 100n + BigInt((match[2] ?? "").padEnd(2, "0")) : null;
}
const show = (amount) => money.format(`${amount < 0n ? "-" : ""}${abs(amount) / 100n}.${String(abs(amount) % 100n).padStart(2, "0")}`);
const abs = (amount) => (amount < 0n ? -amount : amount);
const decimal = (amount) => `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`;
const share = (part, whole) => `${(Number((part * 1000n) / whole) / 10).toFixed(1)}%`;

function add(chosen) {
  const there = [...list.children].find((row) => row.querySelector("input[name$=-product]").value === String(chosen.id));
  if (there) {
    step(there, 1);
    return;
  }
  const at = Number(totalForms.value);
  const holder = document.createElement("div");
  holder.innerHTML = template.innerHTML.replaceAll("__prefix__", at);
  const row = holder.firstElementChild;
  row.querySelector("input[name$=-product]").value = chosen.id;
  row.querySelector("[data-line-name]").textContent = chosen.label;
  row.querySelector("[data-price]").value = chosen.price;
  row.dataset.listPrice = chosen.price;
  if (chosen.cost !== undefined) row.dataset.cost = chosen.cost;
  row.querySelector("[data-line-note]").textContent = `${box.dataset.listText} ${show(cents(chosen.price) ?? 0n)}${chosen.unit ? ` / ${chosen.unit}` : ""}`;
  row.querySelector("[data-quantity]").value = 1;
  list.append(row);
  totalForms.value = at + 1;
  count();
}

function step(row, by) {
  const field = row.querySelector("[data-quantity]");
  field.value = Math.min(1_000_000, Math.max(1, (Number.parseInt(field.value, 10) || 0) + by));
  count();
}

function remove(row) {
  row.remove();
  // Rows are numbered without gaps, as the server's formset expects.
  [...list.children].forEach((left, at) => {
    left.querySelectorAll("[name^=lines-],[id^=id_lines-],[for^=id_lines-]").forEach((element) => {
      for (const name of ["name", "id", "for"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/lines-\d+-/, `lines-${at}-`));
      }
    });
  });
  totalForms.value = list.children.length;
  count();
  form.querySelector("#id_product_text").focus();
}

function count() {
  let total = 0n;
  let listed = 0n;
  let cost = 0n;
  let isComplete = true;
  let knowsCost = list.children.length > 0;
  for (const row of list.children) {
    const quantity = /^\d{1,7}$/.test(row.querySelector("[data-quantity]").value) ? BigInt(row.querySelector("[data-quantity]").value) : null;
    const price = cents(row.querySelector("[data-price]").value);
    const sum = row.querySelector("[data-line-sum]");
    const off = row.querySelector("[data-line-discount]");
    if (quantity === null || price === null) {
      sum.textContent = "—";
      off.textContent = "";
      isComplete = false;
      continue;
    }
    const listPrice = cents(row.dataset.listPrice) ?? 0n;
    sum.textContent = show(quantity * price);
    off.textContent = listPrice > price ? `${box.dataset.discountText} ${share(listPrice - price, listPrice)}` : "";
    total += quantity * price;
    listed += quantity * listPrice;
    if (row.dataset.cost === undefined) knowsCost = false;
    else cost += quantity * (cents(row.dataset.cost) ?? 0n);
  }
  form.querySelector("[data-total]").textContent = isComplete ? show(total) : "—";
  const notes = [];
  if (isComplete && listed > total) notes.push(`${box.dataset.discountText} ${share(listed - total, listed)}`);
  if (isComplete && knowsCost) notes.push(`${box.dataset.costText} ${show(total - cost)}`);
  form.querySelector("[data-total-note]").textContent = notes.join(" · ");
  const shown = form.querySelector("input[name=total]");
  if (shown) shown.value = isComplete && list.children.length ? decimal(total) : "";
}

form.addEventListener("picker:taken", (event) => {
  const picker = event.target;
  if (picker.dataset.store !== "products" || !event.detail.chosen) return;
  add(event.detail.chosen);
  picker.picker.input.value = "";
  picker.picker.forget();
});
form.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-line]");
  if (!row) return;
  const stepper = event.target.closest("[data-step]");
  if (stepper) step(row, Number(stepper.dataset.step));
  else if (event.target.closest("[data-line-remove]")) remove(row);
});
form.addEventListener("input", count);
// Restored by offline.js: rows come from what was kept.
form.addEventListener("deal:restore", (event) => {
  event.detail.lines.forEach(({ chosen, quantity, price }) => {
    add(chosen);
    const row = list.lastElementChild;
    row.querySelector("[data-quantity]").value = quantity;
    row.querySelector("[data-price]").value = price;
  });
  count();
});
count();
