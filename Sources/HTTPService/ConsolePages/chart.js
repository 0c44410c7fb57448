// A line chart of the last five minutes, drawn in SVG.

import { element } from "./elements.js";
import { text } from "./language.js";

const span = 300;
const [width, height] = [600, 152];

function svg(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value * 0.9999);
}

export class Chart {
  #about;
  #parts = {};
  #data = null;
  #pointed = null;

  /// `about` is `{ title, series: [key], format, smallestTop, step }`: keys of the texts, the format of a value, the minimum of the axis'
  /// upper end, and whether values hold for a second (drawn as steps).
  constructor(parent, about) {
    this.#about = about;
    const figure = element("figure", "", "chart"), caption = document.createElement("figcaption"), plot = element("div", "", "plot");
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" });
    this.#parts = { title: element("h2"), legend: element("ul", "", "legend"), plot, drawing, axis: element("div", "", "axis") };
    caption.append(this.#parts.title, this.#parts.legend);
    plot.append(drawing);
    figure.append(caption, plot, this.#parts.axis);
    parent.append(figure);
    plot.addEventListener("pointermove", (event) => this.#point(event));
    plot.addEventListener("pointerleave", () => { this.#pointed = null; this.#draw(); });
  }

  /// `data` is `{ now, series: [{ at: [], values: [] }], limit }`. Values may be null.
  show(data) {
    this.#data = data;
    this.#draw();
  }

  #point(event) {
    const box = this.#parts.plot.getBoundingClientRect();
    this.#pointed = span * (1 - Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    this.#draw();
  }

  #draw() {
    if (!this.#data) return;
    const { now, series, limit } = this.#data, { drawing, plot } = this.#parts;
    const values = series.flatMap((one) => one.values).filter((value) => value != null);
    const top = this.#top(Math.max(this.#about.smallestTop, limit ?? 0, ...values));
    const y = (value) => height * (1 - value / top);
    drawing.replaceChildren();
    for (const note of plot.querySelectorAll(":scope > :not(svg)")) note.remove();
    for (const share of [0, 0.5, 1]) {
      drawing.append(svg("line", { class: "grid-line", x1: 0, x2: width, y1: y(top * share), y2: y(top * share) }));
      this.#note("tick", this.#about.format(top * share), 1 - share);
    }
    if (limit != null) {
      drawing.append(svg("line", { class: "limit-line", x1: 0, x2: width, y1: y(limit), y2: y(limit) }));
      this.#note("limit-note", text("limit")(this.#about.format(limit)), 1 - limit / top);
    }
    series.forEach((one, index) => {
      drawing.append(svg("path", { class: `line series-${index}`, d: this.#path(one, now, y) }));
    });
    if (this.#pointed !== null) {
      const x = width * (1 - this.#pointed / span);
      drawing.append(svg("line", { class: "cursor-line", x1: x, x2: x, y1: 0, y2: height }));
    }
    if (values.length === 0) plot.append(element("p", text("noValues"), "no-values"));
    this.#label(values);
  }

  #top(value) {
    const half = roundUp(value / 2);
    return this.#about.whole ? Math.max(2, Math.ceil(half)) * 2 : half * 2;
  }

  #note(className, words, share) {
    const note = element("span", words, className);
    note.style.top = `${share * 100}%`;
    this.#parts.plot.append(note);
  }

  #path({ at, values }, now, y) {
    let path = "", isDown = false;
    at.forEach((time, index) => {
      const value = values[index], x = width * (1 - (now - time) / span);
      if (value == null || x < -5) { isDown = false; return; }
      // A line of length 0 draws a single value as a point.
      path += isDown ? `L${x.toFixed(1)} ${y(value).toFixed(1)}` : `M${x.toFixed(1)} ${y(value).toFixed(1)}h0`;
      isDown = true;
    });
    return path;
  }

  /// Shows the current values, or those at the pointer.
  #label(values) {
    const { title, legend, drawing, axis } = this.#parts, { format } = this.#about;
    const back = this.#pointed ?? 0;
    title.textContent = text(this.#about.title);
    const told = this.#about.series.map((word, index) => [text(word) ?? word, format(this.#value(index, back))]);
    legend.replaceChildren(...told.map(([word, value], index) => {
      const item = document.createElement("li");
      item.append(element("i", "", `series-${index}`), word, " ", element("strong", value));
      return item;
    }));
    const summary = told.map(([word, value]) => `${word} ${value}`);
    if (values.length > 0) summary.push(text("highest")(format(Math.max(...values))));
    drawing.setAttribute("aria-label", text("chartSummary")(title.textContent, summary));
    const marks = this.#pointed === null ? [text("minutesAgo")(5), text("minutesAgo")(0)] : [text("secondsAgo")(this.#pointed), ""];
    axis.replaceChildren(...marks.map((mark) => element("span", mark)));
  }

  #value(index, back) {
    const { now, series } = this.#data, { at, values } = series[index];
    if (this.#pointed === null) return values.at(-1) ?? null;
    let best = -1;
    at.forEach((time, place) => { if (best < 0 || Math.abs(now - back - time) < Math.abs(now - back - at[best])) best = place; });
    return best < 0 || Math.abs(now - back - at[best]) > 3 ? null : values[best];
  }
}
