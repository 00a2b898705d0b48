// Why it is so and what changes it: funnel, waterfall, drive × ability, payout curve; and the sparkline.
import { words } from "../words.js";
import { categoryAxis, exactText, legendOf, safe, shortText, tooltipOf, valueAxis } from "./look.js";

// {unit, steps: [{name, value, norm? (per cent of the step before)}]}
export function funnel(data, look) {
  const { steps } = data;
  const before = (at) => (at ? steps[at - 1].value : null);
  const rate = (at) => (before(at) ? (steps[at].value / before(at)) * 100 : null);
  const percent = (value) => (value == null ? "—" : `${value.toFixed(1)}%`);
  const hasNorm = steps.some((step) => step.norm != null);
  const option = {
    height: steps.length * 62 + (hasNorm ? 34 : 10),
    grid: { left: 4, right: 4, top: hasNorm ? 30 : 6, bottom: 4, outerBoundsMode: "same" },
    legend: hasNorm ? legendOf(look, { data: [words.actual, words.norm], selectedMode: false }) : undefined,
    tooltip: tooltipOf(look, {
      axisPointer: { type: "none" },
      formatter: ([{ dataIndex: at }]) => `${safe(steps[at].name)} <strong>${look.exact(steps[at].value)}</strong>${at ? `<br>${words.conversion} ${percent(rate(at))}` : ""}${steps[at].norm == null ? "" : `<br>${words.norm} ${steps[at].norm}%`}`,
    }),
    xAxis: valueAxis(look, { show: false }),
    yAxis: [
      categoryAxis(look, steps.map((step) => step.name), { inverse: true, axisLabel: { color: look.colour("ink"), fontSize: 13 } }),
      categoryAxis(look, steps.map((step, at) => `{value|${look.short(step.value)}}${at ? `\n{rate|↳ ${percent(rate(at))}}` : ""}`), {
        inverse: true,
        position: "right",
        axisLabel: {
          align: "left",
          rich: {
            value: { width: 64, align: "right", fontWeight: 600, fontSize: 14, color: look.colour("ink") },
            rate: { width: 64, align: "right", fontSize: 12, lineHeight: 18, color: look.colour("ink-2") },
          },
        },
      }),
    ],
    series: [
      // The norm stands behind in grey: what this step would hold with the usual conversion.
      { name: words.norm, type: "bar", barWidth: 34, barGap: "-82%", z: 1, silent: true, itemStyle: { color: look.colour("chart-ghost"), opacity: 0.55, borderRadius: 5 }, data: steps.map((step, at) => (step.norm == null ? null : (before(at) * step.norm) / 100)) },
      {
        name: words.actual,
        type: "bar",
        barWidth: 22,
        z: 2,
        itemStyle: { borderRadius: 5, color: look.series[0] },
        data: steps.map((step, at) => ({ value: step.value, url: step.url, itemStyle: { color: step.norm != null && rate(at) < step.norm ? look.colour("behind-bar") : look.series[0] } })),
      },
    ],
  };
  const table = {
    head: [words.name, words.value, words.conversion, ...(hasNorm ? [words.norm] : [])],
    rows: steps.map((step, at) => [{ text: step.name, url: step.url }, look.exact(step.value), percent(rate(at)), ...(hasNorm ? [step.norm == null ? "—" : `${step.norm}%`] : [])]),
  };
  return { option, table };
}

// {unit, steps: [{name, value, is_total?}]} – totals stand on the ground, the others hang between
export function waterfall(data, look) {
  let level = 0;
  const steps = data.steps.map((step) => {
    const from = step.is_total ? 0 : level;
    level = step.is_total ? step.value : level + step.value;
    return { ...step, from: Math.min(from, level), size: Math.abs(level - from), to: level };
  });
  const tone = (step) => (step.is_total ? look.colour("neutral-bar") : step.value < 0 ? look.colour("behind-bar") : look.colour("on-pace-bar"));
  const signed = (step) => (step.is_total ? look.short(step.value) : `${step.value > 0 ? "+" : ""}${look.short(step.value)}`);
  const option = {
    grid: { left: 4, right: 12, top: 24, bottom: 4, outerBoundsMode: "same" },
    tooltip: tooltipOf(look, { axisPointer: { type: "none" }, formatter: ([{ dataIndex: at }]) => `${safe(steps[at].name)}<br><strong>${look.exact(steps[at].value)}</strong>` }),
    xAxis: categoryAxis(look, steps.map((step) => step.name), { axisLabel: { color: look.colour("ink-2"), fontSize: 12, interval: 0, rotate: look.isNarrow ? 35 : 0 } }),
    // Cut off below when all bars are far above zero, or the causes would be too thin to see.
    yAxis: valueAxis(look, { min: lowest(steps) }),
    series: [
      { type: "bar", stack: "fall", silent: true, itemStyle: { color: "transparent" }, data: steps.map((step) => step.from) },
      {
        type: "bar",
        stack: "fall",
        barMaxWidth: 46,
        data: steps.map((step) => ({ value: step.size, url: step.url, itemStyle: { color: tone(step), borderRadius: 4 } })),
        label: { show: true, position: "top", color: look.colour("ink"), fontWeight: 600, fontSize: 12, formatter: ({ dataIndex: at }) => signed(steps[at]) },
      },
    ],
  };
  return { option, table: { head: [words.name, words.value], rows: steps.map((step) => [{ text: step.name, url: step.url }, look.exact(step.value)]) } };
}

function lowest(steps) {
  const least = Math.min(...steps.map((step) => Math.min(step.to, step.is_total ? step.to : step.from)));
  const most = Math.max(...steps.map((step) => step.to));
  if (least <= 0 || least < most * 0.5) return undefined;
  const round = 10 ** Math.floor(Math.log10(most - least || most));
  return Math.floor((least * 0.9) / round) * round;
}

// {x: {name, line, min?, max?}, y, quadrants: [top left, top right, bottom right, bottom left], points: [{name, x, y, url?, status?}]}
export function scatterQuadrant(data, look) {
  const { x, y, points, quadrants = [] } = data;
  const range = (axis) => ({ min: axis.min ?? 0, max: axis.max ?? 100 });
  const corner = (at) => [{ left: 8, top: 4 }, { right: 8, top: 4 }, { right: 8, bottom: 4 }, { left: 8, bottom: 4 }][at];
  const rule = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: look.colour("line-2"), type: "solid", width: 1.5 }, data: [{ xAxis: x.line }, { yAxis: y.line }] };
  const grid = { left: 34, right: 14, top: 14, bottom: 34 };
  const option = {
    grid,
    tooltip: tooltipOf(look, { trigger: "item", formatter: ({ data: point }) => `<strong>${safe(point.name)}</strong><br>${safe(x.name)} ${point.value[0]} · ${safe(y.name)} ${point.value[1]}` }),
    xAxis: valueAxis(look, { ...range(x), name: x.name, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: look.colour("ink-2") }, splitLine: { show: false }, axisLabel: { color: look.colour("ink-3") } }),
    yAxis: valueAxis(look, { ...range(y), name: y.name, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: look.colour("ink-2") }, splitLine: { show: false }, axisLabel: { show: false } }),
    graphic: quadrants.map((text, at) => {
      const place = corner(at);
      const shifted = Object.fromEntries(Object.entries(place).map(([side, gap]) => [side, gap + grid[side]]));
      return { type: "text", ...shifted, silent: true, style: { text, fill: look.colour("ink-3"), font: `600 12px ${look.font}` } };
    }),
    series: [
      {
        type: "scatter",
        symbolSize: 14,
        data: points.map((point) => ({ name: point.name, value: [Number(point.x), Number(point.y)], url: point.url, itemStyle: { color: point.status ? look.verdict(point.status) : look.series[0] } })),
        itemStyle: { opacity: 0.85, borderColor: look.colour("surface"), borderWidth: 1.5 },
        label: { show: !look.isNarrow && points.length <= 40, position: "right", formatter: "{b}", color: look.colour("ink-2"), fontSize: 11 },
        labelLayout: { hideOverlap: true },
        emphasis: { scale: 1.4, label: { show: true, fontWeight: 600, color: look.colour("ink") } },
        markLine: rule,
      },
    ],
  };
  const table = { head: [words.name, x.name, y.name], rows: points.map((point) => [{ text: point.name, url: point.url }, String(point.x), String(point.y)]) };
  return { option, table };
}

// {unit, points: [[attainment %, amount]], here: {x, y}, next?: {x, y, text}} – what is paid at which attainment
export function payoutCurve(data, look) {
  const percent = (value) => shortText(value, "PERCENT", 0);
  const marks = [];
  if (data.here) marks.push({ name: words.youAreHere, coord: [data.here.x, data.here.y], itemStyle: { color: look.colour("amber") }, symbol: "pin", symbolSize: 46, label: { show: true, formatter: percent(data.here.x), fontSize: 11, fontWeight: 650, color: look.colour("on-amber") } });
  if (data.next) marks.push({ name: "next", coord: [data.next.x, data.next.y], symbol: "circle", symbolSize: 12, itemStyle: { color: look.colour("surface"), borderColor: look.series[0], borderWidth: 3 }, label: { show: true, position: "right", distance: 10, formatter: data.next.text, color: look.colour("ink"), fontWeight: 600, backgroundColor: look.colour("surface"), padding: [3, 6], borderRadius: 4 } });
  const option = {
    grid: { left: 4, right: 24, top: 44, bottom: 4, outerBoundsMode: "same" },
    tooltip: tooltipOf(look, { formatter: ([{ value }]) => `${words.attainment} ${exactText(value[0], "PERCENT", 0)}<br><strong>${look.exact(value[1])}</strong>` }),
    xAxis: valueAxis(look, { min: data.points[0][0], max: data.points.at(-1)[0], splitLine: { show: false }, axisLabel: { color: look.colour("ink-3"), formatter: percent } }),
    yAxis: valueAxis(look),
    series: [
      {
        type: "line",
        symbol: "none",
        data: data.points.map(([share, amount]) => [Number(share), Number(amount)]),
        lineStyle: { color: look.series[0], width: 3 },
        itemStyle: { color: look.series[0] },
        areaStyle: { color: look.series[0], opacity: 0.1 },
        markPoint: { silent: true, data: marks },
        markLine: data.here ? { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: look.colour("amber"), type: [3, 3] }, data: [{ xAxis: data.here.x }] } : undefined,
      },
    ],
  };
  return { option, table: { head: [words.attainment, words.value], rows: data.points.map(([share, amount]) => [percent(share), look.exact(amount)]) } };
}

// {values} – for a big one; in tables the server draws it (_components/sparkline.html)
export function sparkline(data, look) {
  const option = {
    grid: { left: 2, right: 2, top: 4, bottom: 4 },
    xAxis: { type: "category", show: false, boundaryGap: false },
    yAxis: { type: "value", show: false, scale: true },
    series: [{ type: "line", symbol: "none", data: data.values, lineStyle: { color: look.series[0], width: 2 }, areaStyle: { color: look.series[0], opacity: 0.12 } }],
  };
  return { option, table: { head: [words.name, words.value], rows: data.values.map((value, at) => [String(data.labels?.[at] ?? at + 1), look.exact(value)]) } };
}
