// What every page needs. Page modules import what they need from the same small files.
import { startHtmx } from "./requests.js";
import { startConfirm } from "./confirm.js";
import { startForms } from "./forms.js";
import { startInstall } from "./install.js";
import { startNotices } from "./notices.js";
import { startPalette } from "./palette.js";
import { startShell } from "./shell.js";

startShell();
startNotices();
startConfirm();
startForms();
startHtmx();
startPalette();
startInstall();

// A list of many people is found by typing, on the pages that have one.
if (document.querySelector("select[data-searched]")) import("./searched.js").then(({ startSearched }) => startSearched());

// ECharts weighs a megabyte: only pages with a picture fetch it.
async function drawCharts(root) {
  if (root.querySelector?.("[data-chart]") || root.matches?.("[data-chart]")) {
    const { drawAll } = await import("./charts.js");
    drawAll(root);
  }
}
drawCharts(document);
document.addEventListener("htmx:load", (event) => drawCharts(event.detail.elt));
