// Draws every <figure data-chart="kind"> from the JSON inside it; the kinds live in ./charts/, one function each:
// (data, look) => { option, table }. They follow the theme, the size, reduced motion and the page's language.
import * as echarts from "../vendor/echarts/echarts.esm.min.js";
import { cumulative, heatmap, line, ranking, smallMultiples, stacked } from "./charts/course.js";
import { waterfall } from "./charts/cause.js";
import { payout } from "./charts/payout.js";
import { readLook } from "./charts/look.js";
import { buildTable } from "./charts/table.js";
import { isChinese, words } from "./words.js";

const KINDS = {
  bar_ranking: ranking,
  cumulative,
  heatmap,
  line,
  payout,
  small_multiples: smallMultiples,
  stacked,
  waterfall,
};
const drawn = new Map(); // figure → its ECharts instance
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) echarts.getInstanceByDom(target)?.resize();
});
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const look = readLook(data, canvas.clientWidth);
  const { option, table } = KINDS[figure.dataset.chart](data, look);
  const isFirst = !drawn.has(figure); // a redraw – theme, paper – must stand at once
  drawn.get(figure)?.dispose();
  canvas.replaceChildren();
  if (option.height) canvas.style.height = `${option.height}px`;
  const chart = echarts.init(canvas, null, { renderer: "svg", locale: isChinese ? "ZH" : "EN" });
  delete option.height;
  chart.setOption({ animation: isFirst && !stillness.matches, animationDuration: 500, textStyle: { fontFamily: look.font }, ...option });
  chart.on("click", (event) => {
    const url = event.data?.url ?? option.urls?.[event.dataIndex];
    if (url) location.assign(url);
  });
  drawn.set(figure, chart);
  if (table) figure.tableOf = table;
}

function toggleTable(button) {
  const figure = button.closest("[data-chart]");
  const place = figure.querySelector("[data-chart-rows]");
  const isTable = place.hidden;
  if (isTable && !place.firstChild) place.append(buildTable(figure.tableOf, figure.dataset.label));
  place.hidden = !isTable;
  figure.querySelector(".chart-canvas").hidden = isTable;
  button.setAttribute("aria-expanded", String(isTable));
  button.querySelector("span").textContent = isTable ? words.showChart : words.showTable;
}

export function drawAll(root = document) {
  const figures = [...root.querySelectorAll("[data-chart]")];
  if (root.matches?.("[data-chart]")) figures.push(root);
  for (const figure of figures) {
    if (drawn.has(figure)) continue;
    draw(figure);
    sizes.observe(figure.querySelector(".chart-canvas"));
  }
  forgetRemoved();
}

function forgetRemoved() {
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.dispose();
    drawn.delete(figure);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-chart-table]");
  if (button) toggleTable(button);
});
document.documentElement.addEventListener("theme:changed", () => [...drawn.keys()].forEach(draw));
addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize({ animation: { duration: 0 } })));
