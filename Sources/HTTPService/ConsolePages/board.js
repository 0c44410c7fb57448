// The view of the state: tiles, charts and the table of errors.

import { Chart } from "./chart.js";
import { element, find } from "./elements.js";
import { bytes, count, nothing, seconds, span, time } from "./figures.js";
import { text } from "./language.js";
import { Past } from "./past.js";
import { showTiles } from "./tiles.js";

const past = new Past();

const charts = [
  { title: "requests", series: ["answers", "failures"], format: count, smallestTop: 2, whole: true,
    data: () => ({ series: [past.traffic("requests"), past.traffic("errors")] }) },
  { title: "latency", series: ["P50", "P95", "P99"], format: seconds, smallestTop: 0.01,
    data: () => ({ series: ["p50_seconds", "p95_seconds", "p99_seconds"].map((name) => past.gauge(name)) }) },
  { title: "waiting", series: ["inLine", "inQueue"], format: count, smallestTop: 4, whole: true,
    data: () => ({ series: [past.gauge("waiting"), past.gauge("queued")] }) },
  { title: "predicted", series: ["predictedLine"], format: seconds, smallestTop: 0.1,
    data: () => ({ series: [past.gauge("predicted_wait_seconds")] }) },
  { title: "cores", series: ["coresLine"], format: count, smallestTop: 1,
    data: (state) => ({ series: [past.gauge("cores_used")], limit: state.jobs.slots }) },
  { title: "memory", series: ["memoryLine"], format: bytes, smallestTop: 1e7,
    data: (state) => ({ series: [past.gauge("resident_bytes")], limit: state.memory.limit_bytes ?? null }) },
].map((about) => ({ about, chart: new Chart(find("charts"), about) }));

/// Begins with the last five minutes.
export function beginWith(history) { past.begin(history); }

export function remember(state) { past.add(state); }

export function render(state) {
  renderTiles(state);
  for (const { about, chart } of charts) chart.show({ now: state.at, ...about.data(state) });
  renderErrors(state.errors);
}

function renderTiles({ recent, jobs, process, memory, cache }) {
  const minute = recent.last_60s, short = recent.last_10s, lookups = cache.hits + cache.misses;
  const tiles = [
    ["tileRequests", count(short.requests_per_second), text("tileRequestsBeside")(minute.requests, minute.errors)],
    ["tileLatency", seconds(minute.p95_seconds), text("tileLatencyBeside")(seconds(minute.p50_seconds), seconds(minute.p99_seconds))],
    ["tileWaiting", String(jobs.waiting + jobs.queued), text("tileWaitingBeside")(jobs.waiting, jobs.queued)],
    ["tilePredicted", seconds(jobs.predicted_wait_seconds), text("tilePredictedBeside")],
    ["tileRunning", `${jobs.running} / ${jobs.slots}`, text("tileRunningBeside")(count(jobs.pictures_per_second), jobs.workers)],
    ["tileCores", process.cores_used == null ? nothing : `${count(process.cores_used)} / ${jobs.slots}`,
      process.cpu_seconds == null ? "" : text("tileCoresBeside")(span(process.cpu_seconds))],
    ["tileMemory", bytes(memory.resident_bytes), text("tileMemoryBeside")(memory.limit_bytes ? bytes(memory.limit_bytes) : "", process.open_files)],
    ["tileCache", lookups ? `${Math.round((cache.hits / lookups) * 100)}%` : nothing, text("tileCacheBeside")(cache.entries, bytes(cache.bytes))],
  ];
  showTiles(tiles.map(([name, value, beside]) => [name, text(name), value, beside]));
}

function renderErrors(errors) {
  find("no-errors").hidden = errors.length > 0;
  find("errors-frame").hidden = errors.length === 0;
  find("errors").replaceChildren(...errors.map((error) => {
    const row = document.createElement("tr");
    for (const words of [time(error.time), error.status, error.route, error.message, error.request_id]) {
      row.append(element("td", words));
    }
    return row;
  }));
}
