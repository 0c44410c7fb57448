// The charts of the run under way.

import { show } from "./elements.js";
import { bytes, clock, count, percent, seconds, share } from "./figures.js";
import { Graph, hasCharts } from "./graph.js";
import { text } from "./language.js";

const mostPoints = 1200;
let points = [];
let run = null;
let graphs = null;

const x = { format: clock };
const abouts = [
  { title: "chartThroughput", lines: [line("answered", "series-a"), line("failedLine", "series-b")], format: count, top: 1, of: ["answered", "failures"] },
  { title: "chartLatency", lines: [line("P50", "series-a"), line("P95", "series-b"), line("P99", "series-c"), line("mean", "series-e", { borderDash: [4, 3] })], format: seconds, of: ["p50", "p95", "p99", "mean"] },
  { title: "chartUsers", lines: [line("usersLine", "series-a", { stepped: "before" }), line("inFlight", "series-e")], format: count, top: 2, of: ["load", "in_flight"] },
  { title: "chartErrors", lines: [line("failedLine", "series-b")], format: share, top: 0.01, of: ["error_share"] },
  { title: "chartCpu", lines: [line("service", "series-b"), line("generator", "series-e", { borderDash: [4, 3] })], format: percent, top: 10, of: ["cpu", "generator_cpu"] },
  { title: "chartMemory", lines: [line("service", "series-d")], format: bytes, of: ["rss"], isOptional: true },
  { title: "chartQueue", lines: [line("service", "series-c")], format: count, top: 4, of: ["queue"], isOptional: true },
];

function line(name, colour, options = {}) { return { name, colour, ...options }; }

/// What the server has kept of the run.
export function beginWith(history) {
  points = history.map(withLoad);
  run = null;
}

const withLoad = (point) => ({ ...point, load: point.rate ?? point.users, answered: Math.max(0, point.throughput - point.failures) });

/// Adds the last second; another run begins anew.
export function remember(snapshot) {
  if (snapshot.phase === "idle") return;
  if (run !== null && snapshot.run_id !== run) points = [];
  run = snapshot.run_id;
  const last = points.at(-1)?.at ?? -1;
  if (snapshot.elapsed < last - 1) points = [];
  if (snapshot.elapsed - last < 0.5 && points.length > 0) return;
  const { second } = snapshot, of = (name) => (second[name] == null ? null : second[name] / 1000);
  points.push(withLoad({
    at: snapshot.elapsed, users: snapshot.users, rate: snapshot.level?.rate?._0 ?? null, in_flight: snapshot.in_flight, throughput: second.throughput,
    failures: second.failures / (second.seconds || 1), error_share: second.requests ? second.failures / second.requests : null, mean: of("mean"), p50: of("p50"), p95: of("p95"), p99: of("p99"),
    cpu: snapshot.target?.cpu_percent ?? null, rss: snapshot.target?.resident_bytes ?? null, queue: snapshot.target?.queued ?? snapshot.target?.waiting ?? null,
    generator_cpu: snapshot.generator.cpu_percent, stage: snapshot.stage?.index ?? null, is_measured: snapshot.phase === "measuring",
  }));
  if (points.length > mostPoints) points = points.filter((_, index) => index % 2 === 0);
}

/// Draws what there is; called when the charts are on show.
export function render(parent) {
  show("no-charts", hasCharts() ? "" : text("noCharts"));
  if (!hasCharts()) return;
  graphs ??= abouts.map((about) => ({ about, graph: new Graph(parent, { ...about, x }) }));
  const bands = [], lines = [];
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (!point.is_measured) bands.push([before?.at ?? Math.max(0, point.at - 1), point.at]);
    if (before && before.stage !== point.stage && point.stage != null) lines.push(before.at);
  });
  const max = Math.max(30, points.at(-1)?.at ?? 0);
  for (const { about, graph } of graphs) {
    const series = about.of.map((name) => points.map((point) => ({ x: point.at, y: point[name] ?? null })));
    const isEmpty = series.flat().every(({ y }) => y == null);
    graph.show(about.isOptional && isEmpty ? null : { series, min: 0, max, bands, lines });
  }
}
