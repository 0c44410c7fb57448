// The last five minutes in columns, for the charts.

const span = 300;

export class Past {
  #gauges = { at: [] };
  #traffic = { at: [] };

  /// Begins again with the server's history.
  begin({ gauges, traffic }) {
    this.#gauges = gauges;
    this.#traffic = traffic;
  }

  add(state) {
    push(this.#gauges, {
      at: state.at, waiting: state.jobs.waiting, queued: state.jobs.queued, running: state.jobs.running,
      predicted_wait_seconds: state.jobs.predicted_wait_seconds, cores_used: state.process.cores_used ?? null,
      resident_bytes: state.memory.resident_bytes ?? null, p50_seconds: state.recent.last_10s.p50_seconds ?? null,
      p95_seconds: state.recent.last_10s.p95_seconds ?? null, p99_seconds: state.recent.last_10s.p99_seconds ?? null,
    });
    // Skips a second that has been received already.
    if (state.traffic.at - (this.#traffic.at.at(-1) ?? -1) > 0.5) push(this.#traffic, state.traffic);
  }

  gauge(name) { return { at: this.#gauges.at, values: this.#gauges[name] ?? [] }; }
  traffic(name) { return { at: this.#traffic.at, values: this.#traffic[name] ?? [] }; }
}

function push(columns, row) {
  for (const [name, value] of Object.entries(row)) (columns[name] ??= []).push(value);
  while (columns.at.length > 0 && columns.at[0] < row.at - span - 5) {
    for (const name of Object.keys(row)) columns[name].shift();
  }
}
