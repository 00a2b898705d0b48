// What is earned by what is reached: the curve of a pay plan, with "you are here" where somebody stands on it.
import { words } from "../words.js";
import { readLook, tooltipOf, valueAxis } from "./look.js";

// {x: {unit, scale, name}, unit, scale?, name, points: [[x, y]], here?: [x, y], here_name?}
export function payout(data, look) {
  const across = readLook(data.x, look.width);
  const [first] = data.points;
  const last = data.points.at(-1);
  const point = ([x, y]) => `${across.exact(Math.round(x))}<br>${data.name} <strong>${look.exact(Math.round(y))}</strong>`;
  const series = [
    {
      type: "line",
      symbol: "none",
      data: data.points,
      lineStyle: { color: look.series[0], width: 2.5 },
      itemStyle: { color: look.series[0] },
      areaStyle: { color: look.series[0], opacity: 0.08 },
      emphasis: { disabled: true },
    },
  ];
  if (data.here) {
    series.push({
      type: "scatter",
      symbolSize: 13,
      data: [data.here],
      itemStyle: { color: look.colour("amber"), borderColor: look.colour("surface"), borderWidth: 2 },
      label: { show: Boolean(data.here_name), formatter: data.here_name, position: "top", color: look.colour("ink"), fontWeight: 600 },
      z: 6,
    });
  }
  const option = {
    grid: { left: 8, right: 24, top: 30, bottom: 30, outerBoundsMode: "same" },
    tooltip: tooltipOf(look, { formatter: (points) => point(points[0].value) }),
    xAxis: valueAxis(look, {
      min: first[0],
      max: last[0],
      name: data.x.name,
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: { color: look.colour("ink-3"), fontSize: 12 },
      splitLine: { show: false },
      axisLabel: { color: look.colour("ink-3"), fontSize: 12, hideOverlap: true, formatter: across.short },
    }),
    yAxis: valueAxis(look, { name: data.name, nameTextStyle: { color: look.colour("ink-3"), fontSize: 12, align: "left" } }),
    series,
  };
  // As a table only the corners are told: both sides of a jump, no points in between.
  const corners = data.points.filter((_, at) => at === 0 || at === data.points.length - 1 || isCorner(data.points, at));
  const table = { head: [data.x.name || words.name, data.name], rows: corners.map(([x, y]) => [across.exact(Math.round(x)), look.exact(Math.round(y))]) };
  return { option, table };
}

function isCorner(points, at) {
  const slope = ([x1, y1], [x2, y2]) => (y2 - y1) / (x2 - x1);
  const [before, after] = [slope(points[at - 1], points[at]), slope(points[at], points[at + 1])];
  return Math.abs(before - after) > 1e-6 * Math.max(1, Math.abs(before), Math.abs(after));
}
