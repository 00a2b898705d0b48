// Where things stand and how they got there: ranking, course of a period, regions, heat map, lines, stacks.
import { words } from "../words.js";
import { categoryAxis, dayLabel, legendOf, safe, tooltipOf, valueAxis } from "./look.js";

const tick = (look, length) => ({ type: "scatter", symbol: "rect", symbolSize: length, itemStyle: { color: look.colour("ink") }, z: 5, silent: true });

// {unit, rows: [{name, value, target?, status?, url?, is_mine?}]} – given in order, best first
export function ranking(data, look) {
  const { rows } = data;
  const hasTarget = rows.some((row) => row.target != null);
  const share = (row) => (row.target ? `${((row.value / row.target) * 100).toFixed(1)}%` : "—");
  // The figures stand in a column of their own at the right, where no target tick can cross them.
  const figure = (row) => (hasTarget && !look.isNarrow ? `{value|${look.short(row.value)}}{share|${share(row)}}` : `{value|${look.short(row.value)}}`);
  const names = rows.map((row) => row.name);
  const option = {
    height: Math.max(120, rows.length * 34 + (hasTarget ? 36 : 8)),
    grid: { left: 4, right: 4, top: hasTarget ? 30 : 4, bottom: 4, outerBoundsMode: "same" },
    legend: hasTarget ? legendOf(look, { data: [words.actual, words.target], selectedMode: false }) : undefined,
    tooltip: tooltipOf(look, {
      axisPointer: { type: "shadow", shadowStyle: { color: look.colour("sunken"), opacity: 0.7 } },
      formatter: ([{ dataIndex: at }]) => {
        const row = rows[at];
        const target = row.target == null ? "" : `<br>${words.target} ${look.exact(row.target)}<br>${words.attainment} ${share(row)}`;
        return `${safe(row.name)}<br>${words.actual} <strong>${look.exact(row.value)}</strong>${target}`;
      },
    }),
    xAxis: valueAxis(look, { axisLabel: { show: false }, splitLine: { show: false } }),
    yAxis: [
      categoryAxis(look, names, { inverse: true, axisLabel: { color: look.colour("ink"), fontSize: 13, width: look.isNarrow ? 84 : 140, overflow: "truncate" } }),
      categoryAxis(look, rows.map(figure), {
        inverse: true,
        position: "right",
        axisLabel: {
          color: look.colour("ink"),
          rich: {
            value: { width: 56, align: "right", fontWeight: 600, fontSize: 13, color: look.colour("ink") },
            share: { width: 56, align: "right", fontSize: 12, color: look.colour("ink-2") },
          },
        },
      }),
    ],
    series: [
      {
        name: words.actual,
        type: "bar",
        barWidth: 16,
        itemStyle: { borderRadius: [0, 5, 5, 0], color: look.series[0] },
        data: rows.map((row) => ({
          value: row.value,
          url: row.url,
          itemStyle: { color: row.status ? look.verdict(row.status) : look.series[0], ...(row.is_mine ? { borderColor: look.colour("ink"), borderWidth: 2 } : {}) },
        })),
      },
    ],
  };
  if (hasTarget) option.series.push({ name: words.target, ...tick(look, [3, 24]), data: rows.map((row, at) => [row.target, at]) });
  const table = {
    head: [words.name, words.actual, ...(hasTarget ? [words.target, words.attainment] : [])],
    rows: rows.map((row) => [{ text: row.name, url: row.url }, look.exact(row.value), ...(hasTarget ? [look.exact(row.target), share(row)] : [])]),
  };
  return { option, table };
}

// {unit, labels: [ISO days], actual, target, forecast?, low?, high?} – null where there is no value
export function cumulative(data, look) {
  const band = (data.high ?? []).map((high, at) => (high == null || data.low?.[at] == null ? null : high - data.low[at]));
  const plain = { type: "line", symbol: "none", connectNulls: false, emphasis: { disabled: true } };
  const hidden = { ...plain, stack: "range", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  const last = data.actual.findLastIndex((value) => value != null);
  const series = [
    { ...plain, name: words.target, data: data.target, lineStyle: { color: look.colour("ink-3"), width: 1.5, type: [5, 4] }, itemStyle: { color: look.colour("ink-3") } },
    { ...plain, name: words.actual, data: data.actual, z: 4, lineStyle: { color: look.series[0], width: 3 }, itemStyle: { color: look.series[0] }, areaStyle: { color: look.series[0], opacity: 0.1 },
      markPoint: last < 0 ? undefined : { symbol: "circle", symbolSize: 10, silent: true, itemStyle: { color: look.series[0], borderColor: look.colour("surface"), borderWidth: 2 }, data: [{ coord: [last, data.actual[last]] }], label: { show: false } } },
  ];
  if (data.forecast) series.push({ ...plain, name: words.forecast, data: data.forecast, lineStyle: { color: look.series[1], width: 2, type: [2, 3] }, itemStyle: { color: look.series[1] } });
  if (band.some((value) => value != null)) {
    series.push({ ...hidden, name: "low", data: data.low }, { ...hidden, name: words.range, data: band, areaStyle: { color: look.series[1], opacity: 0.18 } });
  }
  const option = {
    grid: { left: 4, right: 12, top: 34, bottom: 4, outerBoundsMode: "same" },
    legend: legendOf(look, { data: [words.actual, words.target, ...(data.forecast ? [words.forecast] : [])], selectedMode: false }),
    tooltip: tooltipOf(look, {
      formatter: (points) => {
        const at = points[0].dataIndex;
        const row = (name, value) => (value == null ? "" : `<br>${name} <strong>${look.exact(value)}</strong>`);
        const range = data.low?.[at] == null ? "" : `<br>${words.range} ${look.short(data.low[at])} – ${look.short(data.high[at])}`;
        return `${safe(data.labels[at])}${row(words.actual, data.actual[at])}${row(words.target, data.target[at])}${row(words.forecast, data.forecast?.[at])}${range}`;
      },
    }),
    xAxis: categoryAxis(look, data.labels, { boundaryGap: false, axisLabel: { color: look.colour("ink-3"), fontSize: 12, hideOverlap: true, formatter: dayLabel } }),
    yAxis: valueAxis(look),
    series,
  };
  const table = {
    head: [words.name, words.actual, words.target, ...(data.forecast ? [words.forecast] : [])],
    rows: data.labels.map((label, at) => [label, look.exact(data.actual[at]), look.exact(data.target[at]), ...(data.forecast ? [look.exact(data.forecast[at])] : [])]),
  };
  return { option, table };
}

// {unit, labels, panels: [{name, actual, target?, url?}]} – the same scale in every panel
export function smallMultiples(data, look) {
  const { panels, labels } = data;
  const most = Math.max(1, ...panels.flatMap((panel) => [...panel.actual, ...(panel.target ?? [])].filter((value) => value != null)));
  const columns = look.width < 480 ? 1 : look.width < 900 ? (panels.length === 3 && look.width >= 560 ? 3 : 2) : Math.min(4, panels.length);
  const rowCount = Math.ceil(panels.length / columns);
  const high = 200;
  const left = 52;
  const wide = (look.width - left) / columns;
  const place = (at) => ({ x: left + (at % columns) * wide, y: Math.floor(at / columns) * high });
  const option = {
    height: rowCount * high,
    tooltip: tooltipOf(look),
    title: panels.map((panel, at) => ({ text: panel.name, link: panel.url, target: "self", left: place(at).x, top: place(at).y, textStyle: { fontSize: 13, fontWeight: 600, color: look.colour("ink") } })),
    grid: panels.map((_, at) => ({ left: place(at).x, top: place(at).y + 30, width: wide - 20, height: high - 62 })),
    xAxis: panels.map((_, at) => categoryAxis(look, labels, { gridIndex: at, axisLabel: { color: look.colour("ink-3"), fontSize: 11, hideOverlap: true, formatter: dayLabel } })),
    yAxis: panels.map((_, at) => valueAxis(look, { gridIndex: at, max: most, splitNumber: 3, axisLabel: { show: at % columns === 0, color: look.colour("ink-3"), formatter: look.short, showMaxLabel: false } })),
    series: panels.flatMap((panel, at) => (labels.length > 14 ? course(panel, at, look) : bars(panel, at, look))),
  };
  const table = {
    head: [words.name, ...labels],
    rows: panels.map((panel) => [{ text: panel.name, url: panel.url }, ...panel.actual.map(look.exact)]),
  };
  return { option, table };
}

function bars(panel, at, look) {
  const place = { xAxisIndex: at, yAxisIndex: at };
  const actual = { ...place, name: words.actual, type: "bar", barMaxWidth: 16, data: panel.actual.map((value) => ({ value, url: panel.url })), itemStyle: { color: look.series[0], borderRadius: [3, 3, 0, 0] } };
  return panel.target ? [actual, { ...place, name: words.target, ...tick(look, [16, 2.5]), data: panel.target }] : [actual];
}

// Many days: bars would run together, so a filled line against the target's.
function course(panel, at, look) {
  const plain = { xAxisIndex: at, yAxisIndex: at, type: "line", symbol: "none", emphasis: { disabled: true } };
  const actual = { ...plain, name: words.actual, data: panel.actual, lineStyle: { color: look.series[0], width: 2.5 }, itemStyle: { color: look.series[0] }, areaStyle: { color: look.series[0], opacity: 0.12 } };
  return panel.target ? [actual, { ...plain, name: words.target, data: panel.target, lineStyle: { color: look.colour("ink-3"), width: 1.5, type: [5, 4] }, itemStyle: { color: look.colour("ink-3") } }] : [actual];
}

// {unit, columns, rows, values: [[…] per row]} – one hue, darker is more; the figure stands in the cell
export function heatmap(data, look) {
  const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value]).filter(([, , value]) => value != null));
  const values = cells.map((cell) => Number(cell[2]));
  const isDark = document.documentElement.dataset.bsTheme === "dark";
  const option = {
    height: data.rows.length * 34 + 32,
    grid: { left: 4, right: 4, top: 4, bottom: 4, outerBoundsMode: "same" },
    tooltip: tooltipOf(look, { trigger: "item", formatter: ({ data: [x, y, value] }) => `${safe(data.rows[y])} · ${safe(data.columns[x])}<br><strong>${look.exact(value)}</strong>` }),
    visualMap: {
      show: false,
      min: Math.min(...values, 0),
      max: Math.max(...values, 1),
      inRange: { color: isDark ? ["#142426", "#1c4a4d", "#2a7f81", "#55bfbf"] : ["#f1f6f5", "#c0dfdd", "#63aeb2", "#0b6670"] },
    },
    xAxis: categoryAxis(look, data.columns, { position: "top" }),
    yAxis: categoryAxis(look, data.rows, { inverse: true, axisLabel: { color: look.colour("ink"), fontSize: 13 } }),
    series: [
      {
        type: "heatmap",
        data: cells.map((cell) => ({ value: cell, label: { color: labelOn(cell[2], values, isDark) } })),
        itemStyle: { borderColor: look.colour("surface"), borderWidth: 2, borderRadius: 5 },
        label: { show: look.width / data.columns.length > 34, fontSize: 12, formatter: ({ value }) => look.short(value[2]).replace("%", "") },
        emphasis: { itemStyle: { borderColor: look.colour("ink") } },
      },
    ],
  };
  const table = { head: [words.name, ...data.columns], rows: data.rows.map((name, y) => [name, ...data.values[y].map(look.exact)]) };
  return { option, table };
}

function labelOn(value, values, isDark) {
  const most = Math.max(...values, 1);
  const least = Math.min(...values, 0);
  const depth = (Number(value) - least) / (most - least || 1);
  return isDark ? (depth > 0.62 ? "#04191b" : "#e6eeed") : depth > 0.72 ? "#fff" : "#16262a";
}

// {unit, labels, series: [{name, values}], ghost: [names drawn in grey], target: [values]}
export function line(data, look) {
  const option = lines(data, look);
  const ghosts = data.ghost ?? [];
  option.series = data.series.map((series, at) => ({
    name: series.name,
    type: "line",
    symbol: "circle",
    symbolSize: 5,
    showSymbol: data.labels.length < 25 && !ghosts.includes(series.name),
    data: series.values,
    lineStyle: { width: ghosts.includes(series.name) ? 1.5 : 2.5, type: ghosts.includes(series.name) ? [5, 4] : "solid" },
    itemStyle: { color: ghosts.includes(series.name) ? look.colour("ink-3") : look.series[at % 6] },
  }));
  if (data.target) option.series.push({ name: words.target, type: "line", symbol: "none", data: data.target, lineStyle: { width: 1.5, type: [5, 4] }, itemStyle: { color: look.colour("ink-3") } });
  return { option, table: seriesTable(data, look) };
}

// {unit, labels, series} – parts of a whole over time
export function stacked(data, look) {
  const option = lines(data, look);
  option.series = data.series.map((series, at) => ({ name: series.name, type: "bar", stack: "all", barMaxWidth: 28, data: series.values, itemStyle: { color: look.series[at % 6], borderColor: look.colour("surface"), borderWidth: 0.5 } }));
  option.urls = data.urls;
  return { option, table: seriesTable(data, look) };
}

function lines(data, look) {
  return {
    grid: { left: 4, right: 12, top: 34, bottom: 4, outerBoundsMode: "same" },
    legend: legendOf(look, { type: "scroll" }),
    tooltip: tooltipOf(look),
    xAxis: categoryAxis(look, data.labels, { axisLabel: { color: look.colour("ink-3"), fontSize: 12, hideOverlap: true, formatter: dayLabel } }),
    yAxis: valueAxis(look),
  };
}

function seriesTable(data, look) {
  return {
    head: [words.name, ...data.series.map((series) => series.name)],
    rows: data.labels.map((label, at) => [label, ...data.series.map((series) => look.exact(series.values[at]))]),
  };
}

