// The figures of a plan's page: rows, their sums and rests, and which months a column stands for.
export const holder = document.getElementById("plan-grid");
export const data = JSON.parse(document.getElementById("plan-data").textContent);
export const say = (key) => holder.dataset[`word${key[0].toUpperCase()}${key.slice(1)}`];
export const months = data.quarters.flatMap((quarter) => quarter.months);
export const rows = new Map(data.rows.map((row) => [row.key, row]));
export const childrenOf = new Map(data.rows.map((row) => [row.key, []]));
for (const row of data.rows) if (row.parent) childrenOf.get(row.parent).push(row);
const memory = `plan-${data.plan}`;
export const state = { tier: data.tier, folded: new Set(), openQuarters: new Set(), find: "", ...recall() };

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(memory)) ?? {};
    return { folded: new Set(kept.folded), openQuarters: new Set(kept.openQuarters) };
  } catch {
    return {};
  }
}

export function keep() {
  try {
    sessionStorage.setItem(memory, JSON.stringify({ folded: [...state.folded], openQuarters: [...state.openQuarters] }));
  } catch {
    // Private windows may refuse; the grid then opens as new.
  }
}

// ---- figures ----
const power = 10 ** data.scale;
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en", { minimumFractionDigits: data.scale, maximumFractionDigits: data.scale });
export const round = (minor) => whole.format(Math.round(minor / power)).replace("-", "−");
export const write = (minor) => (minor % power ? exact : whole).format(minor / power).replace("-", "−");
export const sum = (list) => list.reduce((total, amount) => total + amount, 0);

export function shown(row) {
  const cells = row.tiers[state.tier];
  const year = sum(cells);
  const line = { key: row.key, y: year, last: row.lastYear, growth: year && row.lastYear > 0 ? ((year - row.lastYear) / row.lastYear) * 100 : null };
  cells.forEach((amount, i) => (line[`m${i}`] = amount));
  if (!data.isStages) for (let quarter = 0; quarter < 4; quarter += 1) line[`q${quarter}`] = sum(cells.slice(quarter * 3, quarter * 3 + 3));
  line.missing = row.kind === "PERSON" ? null : missing(row);
  return line;
}

// What a unit hands out: its own amount and the buffer it plans over, rounded half up to the plan's unit as the server does.
function handedOut(row, amount) {
  if (!row.over) return amount;
  const unit = BigInt(data.rounding);
  return amount + Number(((BigInt(amount) * BigInt(row.over) * 2n + 10000n * unit) / (20000n * unit)) * unit);
}

export function missing(row) {
  const given = childrenOf.get(row.key);
  const left = row.tiers[state.tier].map((amount, i) => handedOut(row, amount) - sum(given.map((child) => child.tiers[state.tier][i])) + (row.elsewhere ? row.elsewhere[state.tier][i] : 0));
  const amount = sum(left);
  const off = left.filter(Boolean).length;
  const even = row.tiers.stretch.some(Boolean) ? "even" : "none";
  return { amount, off, word: !off ? even : amount > 0 ? "missing" : amount < 0 ? "over" : "mixed" };
}

// ---- columns: y is the year, q0 to q3 its quarters, m0 to m11 its months; or y a campaign, m0 and so on its stages ----
export function positionsOf(field) {
  if (field === "y") return months.map((_month, i) => i);
  const number = Number(field.slice(1));
  return field[0] === "q" ? [number * 3, number * 3 + 1, number * 3 + 2] : [number];
}

export function codeOf(field) {
  if (field === "y") return data.all ?? data.quarters[0].code.slice(0, 4);
  const number = Number(field.slice(1));
  return field[0] === "q" ? data.quarters[number].code : months[number].code;
}

// ---- what may be done to a cell ----
export const isAmount = (field) => /^(y|q\d|m\d+)$/.test(field);
export const isAbsent = (row, field) => row.kind === "PERSON" && positionsOf(field).every((i) => row.absent.includes(i));
export const isLocked = (row, field) => positionsOf(field).every((i) => row.locked.includes(i));
export const isPartLocked = (row, field) => positionsOf(field).some((i) => row.locked.includes(i));
// Whether somebody could set it once it is unlocked.
export const isOwn = (row, field) => data.isOpen && row.maySet && isAmount(field);
export const isSettable = (row, field) => isOwn(row, field) && !isAbsent(row, field) && !isLocked(row, field);
export const amountOf = (row, field, tier) => sum(positionsOf(field).map((i) => row.tiers[tier][i]));
