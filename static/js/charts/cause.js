// Why it is so: the waterfall from what was asked to what was reached.
import { words } from "../words.js";
import { categoryAxis, safe, tooltipOf, valueAxis } from "./look.js";

// {unit, steps: [{name, value, is_total?}], from_zero?} – totals stand on the ground, the others hang between
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
    yAxis: valueAxis(look, { min: data.from_zero ? 0 : lowest(steps) }),
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
