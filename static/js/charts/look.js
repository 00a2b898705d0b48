// Colours from the palette and numbers in the page's language: what every kind of chart shares.
import { isChinese, words } from "../words.js";

const CHINESE_STEPS = [[1e8, "亿"], [1e4, "万"]];
const ENGLISH_STEPS = [[1e9, "B"], [1e6, "M"], [1e3, "K"]];
const MINUS = "−";

export function readLook(data, width) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const unit = data.unit ?? "COUNT";
  const scale = data.scale ?? (unit === "MONEY" ? 2 : 0);
  return {
    colour,
    width,
    isNarrow: width < 480,
    series: [1, 2, 3, 4, 5, 6].map((number) => colour(`chart-${number}`)),
    font: getComputedStyle(document.body).fontFamily,
    short: (value) => shortText(value, unit, scale),
    exact: (value) => exactText(value, unit, scale),
    verdict: (status) => colour(`${(status ?? "neutral").replace("_", "-")}-bar`),
  };
}

function shortText(value, unit, scale) {
  if (value === null || value === undefined) return "—";
  const number = Number(value) / 10 ** scale;
  if (unit === "PERCENT") return `${trim(number, 0)}%`;
  const step = (isChinese ? CHINESE_STEPS : ENGLISH_STEPS).find(([size]) => Math.abs(number) >= size);
  return step ? trim(number / step[0], 1) + step[1] : trim(number, 0);
}

function exactText(value, unit, scale) {
  if (value === null || value === undefined) return "—";
  const number = Number(value) / 10 ** scale;
  if (unit === "PERCENT") return `${trim(number, 1, true)}%`;
  const places = unit === "MONEY" ? { minimumFractionDigits: scale, maximumFractionDigits: scale } : { maximumFractionDigits: scale };
  const currency = unit === "MONEY" && words.currency ? { style: "currency", currency: words.currency, currencyDisplay: "narrowSymbol" } : {};
  return new Intl.NumberFormat(isChinese ? "zh-CN" : "en", { ...currency, ...places }).format(number).replace("-", MINUS);
}

function trim(number, places, isPadded = false) {
  return new Intl.NumberFormat("en", { maximumFractionDigits: places, minimumFractionDigits: isPadded ? places : 0 }).format(number).replace("-", MINUS);
}

function axisOf(look, more = {}) {
  return {
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: look.colour("ink-3"), fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: look.colour("chart-grid") } },
    ...more,
  };
}

export function valueAxis(look, more = {}) {
  return axisOf(look, { type: "value", splitNumber: look.isNarrow ? 3 : 4, axisLabel: { color: look.colour("ink-3"), fontSize: 12, formatter: look.short }, ...more });
}

export function categoryAxis(look, names, more = {}) {
  return axisOf(look, { type: "category", data: names, splitLine: { show: false }, ...more });
}

export function tooltipOf(look, more = {}) {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: look.colour("raised"),
    borderColor: look.colour("line-2"),
    borderWidth: 1,
    padding: [8, 12],
    textStyle: { color: look.colour("ink"), fontSize: 13, fontFamily: look.font },
    valueFormatter: look.exact,
    axisPointer: { lineStyle: { color: look.colour("ink-3") }, shadowStyle: { color: look.colour("sunken"), opacity: 0.6 } },
    ...more,
  };
}

export function legendOf(look, more = {}) {
  return {
    top: 0,
    left: 0,
    icon: "roundRect",
    itemWidth: 12,
    itemHeight: 8,
    itemGap: 16,
    textStyle: { color: look.colour("ink-2"), fontSize: 12 },
    inactiveColor: look.colour("line-2"),
    ...more,
  };
}

// Tooltips are HTML: a name that somebody typed must stay text.
export function safe(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}

export function dayLabel(iso) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (!match) return iso;
  const [, , month, day] = match.map(Number);
  return isChinese ? `${month}/${day}` : `${day}/${month}`;
}
