// The runs that are over: their list, two of them compared, their files.

import { download, runs as askRuns } from "./api.js";
import { element, find } from "./elements.js";
import { count, rate, seconds, time } from "./figures.js";
import { Graph, hasCharts } from "./graph.js";
import { text } from "./language.js";
import { loadOf, showComparison, showRuns } from "./tables.js";
import { term } from "./terms.js";

const files = ["report.html", "summary.json", "sakuga_stats.csv", "sakuga_stats_history.csv", "sakuga_failures.csv", "sakuga_exceptions.csv", "latency.hlog", "junit.xml"];
let runs = [];
let known = "";
let graphs = [];

/// Asks for the runs anew when there are others than before.
export async function keepUp(ids) {
  const now = ids.join();
  if (now === known) return false;
  known = now;
  try { runs = await askRuns(); } catch { known = ""; }
  return true;
}

export function showPast() {
  showRuns(runs);
  find("comparison").hidden = runs.length < 2;
  if (runs.length < 2) return;
  for (const [id, back] of [["run-a", 2], ["run-b", 1]]) fillChoice(id, runs.map((run) => [run.id, name(run)]), runs.at(-back).id);
  compare();
}

const name = (run) => `${time(run.started)} · ${term("shapes", run.load)}`;

function fillChoice(id, options, first) {
  const choice = find(id), kept = choice.value;
  choice.replaceChildren(...options.map(([value, words]) => Object.assign(document.createElement("option"), { value, textContent: words })));
  choice.value = options.some(([value]) => value === kept) ? kept : first;
}

function compare() {
  const [first, second] = ["run-a", "run-b"].map((id) => runs.find((run) => run.id === find(id).value));
  for (const graph of graphs) graph.remove();
  graphs = [];
  if (!first || !second) return;
  showComparison(first, second);
  if (!hasCharts()) return;
  const isOpen = first.steps[0]?.users == null, series = (run, value) =>
    run.steps.filter((step) => loadOf(step) != null).map((step) => ({ x: loadOf(step), y: step[value] ?? null })).sort((a, b) => a.x - b.x);
  for (const [title, value, format] of [["chartQpsCompared", "throughput", rate], ["chartP95Compared", "p95", seconds]]) {
    const graph = new Graph(find("comparison-charts"), {
      title, format, x: { format: count, title: isOpen ? "arrivals" : "users" },
      lines: [{ name: "before", colour: "series-e", points: true }, { name: "after", colour: "series-b", points: true }],
    });
    graph.show({ series: [series(first, value), series(second, value)], min: 0 });
    graphs.push(graph);
  }
}

/// The files of a run; `phase` tells whether one is under way.
export function showDownloads(phase, failed) {
  const isOn = !["idle", "finished"].includes(phase), options = runs.toReversed().map((run) => [run.id, name(run)]);
  if (isOn) options.unshift(["now", text("runNow")]);
  find("no-downloads").hidden = options.length > 0;
  find("download-run").closest("label").hidden = options.length === 0;
  fillChoice("download-run", options, options[0]?.[0]);
  find("files").replaceChildren(...(options.length ? files : []).map((file) => {
    const item = document.createElement("li"), button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(element("strong", file), element("small", text("files")[file]));
    button.addEventListener("click", () => download(find("download-run").value, file).catch(failed));
    item.append(button);
    return item;
  }));
}

for (const id of ["run-a", "run-b"]) find(id).addEventListener("change", compare);
