// A chart by Chart.js, in the page's colours; nothing is drawn where the library is missing.

import { text } from "./language.js";

export const hasCharts = () => typeof globalThis.Chart === "function";
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/// Grey bands where nothing counts, and lines where a step begins, behind the data.
const marks = {
  id: "marks",
  beforeDatasetsDraw(chart, _, options) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    ctx.fillStyle = colour("band");
    for (const [from, to] of options.bands ?? []) {
      const left = Math.max(area.left, scales.x.getPixelForValue(from)), right = Math.min(area.right, scales.x.getPixelForValue(to));
      if (right > left) ctx.fillRect(left, area.top, right - left, area.height);
    }
    ctx.strokeStyle = colour("faint");
    ctx.setLineDash([5, 4]);
    for (const value of options.lines ?? []) {
      const place = scales.x.getPixelForValue(value);
      if (place < area.left || place > area.right) continue;
      ctx.beginPath();
      ctx.moveTo(place, area.top);
      ctx.lineTo(place, area.bottom);
      ctx.stroke();
    }
    ctx.restore();
  },
};

export class Graph {
  #about;
  #figure = document.createElement("figure");
  #caption = document.createElement("figcaption");
  #canvas = document.createElement("canvas");
  #chart;

  /// `about`: `{ title, lines: [{ name, colour, … }], format, top, x: { format, title } }`; `title` and `name` are keys of the words,
  /// or words themselves.
  constructor(parent, about) {
    this.#about = about;
    const frame = Object.assign(document.createElement("div"), { className: "canvas" });
    this.#canvas.setAttribute("role", "img");
    frame.append(this.#canvas);
    this.#figure.append(this.#caption, frame);
    parent.append(this.#figure);
    this.#chart = new globalThis.Chart(this.#canvas, { type: "line", data: { datasets: [] }, plugins: [marks], options: this.#options() });
  }

  /// `data`: `{ series: [[{ x, y }]], min, max, bands, lines }`, a series a line; null hides the chart.
  show(data) {
    this.#figure.hidden = !data;
    if (!data) return;
    const { title, lines, format } = this.#about, chart = this.#chart;
    this.#caption.textContent = text(title) ?? title;
    const labels = lines.map(({ name }) => text(name) ?? name);
    chart.data.datasets = lines.map(({ colour: name, ...options }, index) => ({
      borderWidth: 1.75, pointRadius: data.series[index].length < 3 || options.points ? 3 : 0, pointHoverRadius: 4, pointHitRadius: 8, ...options,
      label: labels[index], data: data.series[index], borderColor: colour(name), backgroundColor: colour(name),
    }));
    const options = this.#options();
    Object.assign(options.scales.x, { min: data.min, max: data.max });
    options.plugins.marks = { bands: data.bands, lines: data.lines };
    chart.options = options;
    chart.update("none");
    const summary = data.series.map((points, index) => {
      const values = points.map(({ y }) => y).filter((value) => value != null);
      return values.length ? `${labels[index]} ${format(values.at(-1))}, ${text("highest")(format(Math.max(...values)))}` : labels[index];
    });
    this.#canvas.setAttribute("aria-label", [this.#caption.textContent, ...summary].join(". "));
  }

  remove() {
    this.#chart.destroy();
    this.#figure.remove();
  }

  #options() {
    const { lines, format, top, x } = this.#about, ticks = { color: colour("faint"), font: { size: 11 }, maxRotation: 0, autoSkipPadding: 14 };
    const grid = { color: colour("grid"), drawBorder: false, drawTicks: false };
    return {
      animation: false, responsive: true, maintainAspectRatio: false, locale: "en-US", font: { family: getComputedStyle(document.body).fontFamily },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      plugins: {
        marks: {},
        legend: { display: lines.length > 1, position: "bottom", labels: { color: colour("ink"), boxWidth: 14, boxHeight: 2, padding: 10, font: { size: 11 } } },
        tooltip: {
          displayColors: lines.length > 1, boxWidth: 10, boxHeight: 2,
          callbacks: {
            title: (items) => (items.length ? x.format(items[0].parsed.x) : ""),
            label: (item) => `${lines.length > 1 ? `${item.dataset.label}: ` : ""}${format(item.parsed.y)}`,
          },
        },
      },
      scales: {
        x: {
          type: "linear", grid: { display: false, drawBorder: false }, ticks: { ...ticks, callback: x.format, maxTicksLimit: 7 },
          title: { display: Boolean(x.title), text: x.title ? text(x.title) ?? x.title : "", color: colour("faint"), font: { size: 11 }, padding: 2 },
        },
        y: { beginAtZero: true, suggestedMax: top, grid, ticks: { ...ticks, callback: (value) => format(value), maxTicksLimit: 6 } },
      },
    };
  }
}
