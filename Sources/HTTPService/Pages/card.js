// The card of a photo: what it shows, and its buttons.

import { Comparison } from "./comparison.js";
import { spoken, text } from "./language.js";
import { readableBytes } from "./picture.js";
import { chosen, isChosen, styleTitle } from "./choices.js";

const template = document.getElementById("card");

export class Card {
  #card;
  #album;
  #comparison;
  #addresses = { before: null, after: null };
  #find;

  constructor(card, album) {
    this.#card = card;
    this.#album = album;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.id = card.id;
    this.#find = (name) => this.element.querySelector(`.${name}`);
    this.#comparison = new Comparison(this.#find("compare"));
    this.#find("cancel").addEventListener("click", () => album.cancel(card.id));
    this.#find("retry").addEventListener("click", () => album.retry(card.id));
    this.#find("again").addEventListener("click", () => album.again(card.id, chosen()));
    this.#find("remove").addEventListener("click", () => this.#removeByHand());
    this.render();
  }

  get announcement() { return `${this.#title}: ${this.#card.state === "done" ? text("done") : this.#status()}`; }

  get #title() { return this.#card.name || text("unnamed"); }

  showPhoto(blob) { this.#showImage("before", blob); }

  showPicture(blob) {
    this.#showImage("after", blob);
    const link = this.#find("download");
    if (!blob) return link.removeAttribute("href");
    link.href = this.#addresses.after;
    link.download = `${this.#card.name.replace(/\.[^.]*$/, "") || "photo"}-${this.#card.style ?? "anime"}.jpg`;
    if (this.#addresses.before) this.#comparison.reveal();
    else this.#comparison.splitAt(0);
  }

  download() { this.#find("download").click(); }

  remove() {
    for (const address of Object.values(this.#addresses)) if (address) URL.revokeObjectURL(address);
    this.element.remove();
  }

  render() {
    const card = this.#card, find = this.#find;
    this.element.dataset.state = card.state;
    this.#renderPicture();
    this.#renderProgress();
    find("name").textContent = this.#title;
    find("name").title = card.name;
    find("settings").textContent = [styleTitle(card.style), `${card.size} px`].filter(Boolean).join(" · ");
    find("status").textContent = this.#status();
    find("status").hidden = card.state === "done";
    find("facts").textContent = card.state === "done" ? this.#facts() : "";
    this.#renderButtons();
  }

  #showImage(which, blob) {
    const image = this.#find(which);
    if (this.#addresses[which]) URL.revokeObjectURL(this.#addresses[which]);
    this.#addresses[which] = blob ? URL.createObjectURL(blob) : null;
    image.hidden = !blob;
    if (blob) image.src = this.#addresses[which];
    else image.removeAttribute("src");
    if (which === "after" && !blob) this.#comparison.splitAt(100);
  }

  #renderPicture() {
    const { before, after } = this.#addresses, compares = Boolean(before && after);
    const figure = this.#find("compare"), slider = this.#find("split");
    figure.dataset.shows = compares ? "both" : after ? "after" : before ? "before" : "nothing";
    slider.disabled = !compares;
    slider.setAttribute("aria-label", `${text("split")} (${this.#title})`);
    this.#find("before").alt = text("before");
    this.#find("after").alt = text("after");
    this.#find("tag-before").textContent = text("before");
    this.#find("tag-after").textContent = text("after");
  }

  #renderProgress() {
    const { state, progress } = this.#card, bar = this.#find("progress");
    bar.hidden = !["preparing", "waiting", "sending", "held", "queued", "running", "fetching"].includes(state);
    const share = state === "running" && progress ? progress.layer / Math.max(1, progress.layers) : state === "fetching" ? 1 : null;
    bar.dataset.kind = share !== null ? "share" : ["queued", "waiting", "held"].includes(state) ? "still" : "moving";
    bar.style.setProperty("--share", `${Math.round((share ?? 0) * 100)}%`);
    bar.setAttribute("aria-label", this.#title);
    if (share === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    bar.setAttribute("aria-valuetext", this.#status());
  }

  #renderButtons() {
    const { state, error } = this.#card, find = this.#find, hasPhoto = this.#album.hasPhoto(this.#card.id);
    const isOver = ["done", "failed", "cancelled", "gone"].includes(state);
    // The same picture gets the same response, unless the server or the network failed.
    const canRetry = state === "failed" && hasPhoto
      && (error?.passing || error?.asksForKey || ["internal", "deadline"].includes(error?.code));
    find("download").hidden = state !== "done";
    find("retry").hidden = !canRetry;
    find("again").hidden = !isOver || !hasPhoto || (state === "failed" && error?.code !== "unknown_style")
      || (state === "done" && isChosen(this.#card));
    find("cancel").hidden = isOver;
    find("remove").hidden = !isOver;
    find("download").textContent = text("download");
    find("retry").textContent = text("retry");
    find("again").textContent = isChosen(this.#card) ? text("again") : text("againAs")(styleTitle(chosen().style), chosen().size);
    find("cancel").textContent = text("cancel");
    find("remove").textContent = text("remove");
    for (const name of ["download", "retry", "cancel", "remove"]) {
      find(name).setAttribute("aria-label", `${find(name).textContent}: ${this.#title}`);
    }
  }

  #status() {
    const card = this.#card;
    if (card.lost) return text("lost");
    switch (card.state) {
      case "queued": return text("queued")(card.position, this.#secondsLeft());
      case "running": return text("running")(card.progress?.layer, card.progress?.layers, this.#secondsLeft());
      case "sending": return text("sending")(readableBytes(card.sent ?? 0));
      case "held": return text("held")(card.held.code, Math.max(0, Math.ceil((card.held.until - Date.now()) / 1000)));
      case "failed": return this.#failure();
      default: return text("states")[card.state] ?? "";
    }
  }

  #secondsLeft() {
    const { eta } = this.#card;
    return eta == null ? null : Math.max(1, Math.round((eta - Date.now()) / 1000));
  }

  /// The server's messages are in English; other languages translate its codes.
  #failure() {
    const { code, message, status } = this.#card.error ?? {};
    const fallback = spoken() === "en" ? message : null;
    return text("failures")[code] ?? (fallback || text("unknownFailure")(status));
  }

  #facts() {
    const { picture, total, drawing, sent, original } = this.#card;
    const percent = Math.round((1 - sent / original) * 100);
    return [
      `${picture.size.replace("x", " × ")} · ${readableBytes(picture.bytes)}`,
      text("seconds")(total.toFixed(1), drawing.toFixed(1)),
      percent > 0 ? text("saving")(readableBytes(sent), readableBytes(original), percent) : text("noSaving")(readableBytes(sent)),
    ].join("\n");
  }

  #removeByHand() {
    // Keeps the keyboard focus on the card when the pressed button disappears.
    const neighbour = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.#album.remove(this.#card.id);
    (neighbour?.querySelector(".card-buttons :is(a, button):not([hidden])") ?? document.getElementById("choose")).focus();
  }
}
