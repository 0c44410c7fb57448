// Charts by Chart.js, in the page's colours; nothing is drawn where the library is missing.

const hasCharts = typeof Chart === "function";
const drawn = [];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/// Grey bands (warm-up), lines across (limits) and lines down (knee, beginnings of steps) behind the data.
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
    ctx.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    for (const { value, label, axis } of options.lines ?? []) {
      const place = scales[axis].getPixelForValue(value);
      if (axis === "x" ? place < area.left - 1 || place > area.right + 1 : place < area.top - 1 || place > area.bottom + 1) continue;
      ctx.strokeStyle = ctx.fillStyle = colour("faint");
      ctx.setLineDash([5, 4]);
      ctx.beginPath();
      if (axis === "x") { ctx.moveTo(place, area.top); ctx.lineTo(place, area.bottom); } else { ctx.moveTo(area.left, place); ctx.lineTo(area.right, place); }
      ctx.stroke();
      const isLeft = axis === "x" && place > area.left + area.width * 0.7;
      ctx.textAlign = isLeft ? "right" : "left";
      if (axis === "x") ctx.fillText(label, place + (isLeft ? -4 : 4), area.top + 10);
      else ctx.fillText(label, area.left + 4, place + (place - area.top < 28 ? 12 : -4));
    }
    ctx.restore();
  },
};

/// The ends of intervals, as bars through their points.
const intervals = {
  id: "intervals",
  afterDatasetsDraw(chart) {
    const { ctx, scales } = chart;
    chart.data.datasets.forEach((dataset, index) => {
      if (!dataset.intervals || !chart.isDatasetVisible(index)) return;
      ctx.save();
      ctx.strokeStyle = dataset.borderColor;
      ctx.lineWidth = 1.5;
      for (const [x, low, high] of dataset.intervals) {
        const at = scales.x.getPixelForValue(x);
        ctx.beginPath();
        for (const end of [low, high]) { ctx.moveTo(at - 4, scales.y.getPixelForValue(end)); ctx.lineTo(at + 4, scales.y.getPixelForValue(end)); }
        ctx.moveTo(at, scales.y.getPixelForValue(low));
        ctx.lineTo(at, scales.y.getPixelForValue(high));
        ctx.stroke();
      }
      ctx.restore();
    });
  },
};

/// A line: `points` are `[x, y]` by rising x; `colour` names one of the page's.
function line(label, points, name, options = {}) {
  return {
    label, data: points.map(([x, y]) => ({ x, y })), borderColor: colour(name), backgroundColor: colour(name), borderWidth: 1.75,
    pointRadius: points.length < 3 ? 3 : 0, pointHoverRadius: 4, pointHitRadius: 8, tension: 0, spanGaps: false, ...options,
  };
}

/// Places for ticks up to `end`: multiples of the smallest step with which there are at most eight.
function evenTicks(end, steps) {
  const step = steps.find((each) => end / each <= 8) ?? end;
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step);
}

const timeTicks = (end) => evenTicks(end, [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400]);
const loadTicks = (end) => evenTicks(end, Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** (power - 2))).flat());

/// Puts a chart into `parent`. `about`: `{ title, note, datasets, x: { title, format, … }, y: { format, top }, marks, type }`.
function addChart(parent, about) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption"), frame = document.createElement("div");
  caption.textContent = about.title;
  if (about.note) caption.append(" ", Object.assign(document.createElement("small"), { textContent: about.note }));
  frame.className = "canvas";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", [about.title, ...about.datasets.map((each) => summary(each, about.y.format))].join(". "));
  frame.append(canvas);
  figure.append(caption, frame);
  parent.append(figure);
  drawn.push(new Chart(canvas, configuration(about)));
}

function summary({ label, data }, format) {
  const values = data.map((point) => point.y ?? point).filter((value) => value != null);
  return values.length === 0 ? label : `${label}: ${text("highest")(format(Math.max(...values)))}`;
}

function configuration(about) {
  const ticks = { color: colour("faint"), font: { size: 11 }, maxRotation: 0, autoSkipPadding: 14 };
  const grid = { color: colour("grid"), drawBorder: false, drawTicks: false };
  const title = (words) => ({ display: Boolean(words), text: words, color: colour("faint"), font: { size: 11 }, padding: 2 });
  return {
    type: about.type ?? "line",
    data: { datasets: about.datasets, labels: about.labels },
    plugins: [marks, intervals],
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, normalized: true, locale: "en-US",
      font: { family: getComputedStyle(document.body).fontFamily },
      interaction: { mode: about.type === "bar" ? "index" : "nearest", axis: "x", intersect: false },
      plugins: {
        marks: about.marks ?? {},
        legend: { display: about.datasets.length > 1, position: "bottom", labels: { color: colour("ink"), boxWidth: 14, boxHeight: 2, padding: 10, font: { size: 11 } } },
        tooltip: {
          displayColors: about.datasets.length > 1, boxWidth: 10, boxHeight: 2,
          callbacks: {
            title: (items) => (items.length ? about.x.tip?.(items[0]) ?? about.x.format(items[0].parsed.x) : ""),
            label: (item) => `${about.datasets.length > 1 ? `${item.dataset.label}: ` : ""}${about.y.format(item.parsed.y)}`,
          },
        },
      },
      scales: {
        x: {
          type: about.type === "bar" ? "category" : about.x.type ?? "linear", title: title(about.x.title), grid: { ...grid, display: false },
          min: about.x.min, max: about.x.max, afterBuildTicks: about.x.ticks ? (axis) => { axis.ticks = about.x.ticks.map((value) => ({ value })); } : undefined,
          ticks: about.type === "bar" ? { ...ticks, autoSkip: true } : { ...ticks, callback: about.x.format, maxTicksLimit: 9, autoSkip: true },
        },
        y: { beginAtZero: true, grace: "8%", suggestedMax: about.y.top, grid, ticks: { ...ticks, callback: (value) => about.y.format(value), maxTicksLimit: 6 } },
      },
    },
  };
}

function removeCharts() {
  while (drawn.length) drawn.pop().destroy();
}
