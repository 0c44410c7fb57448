// The photos on the page and their jobs. A card is plain data that survives a reload. Next to it is what does not: the photo, the
// picture, and the abort controller of its work.

import { Card } from "./card.js";
import { forgetPhoto, keepCards, keepPhoto, keptCards, keptPhoto } from "./keep.js";
import { fetchResult, follow, isTemporary, send } from "./job.js";
import { prepare } from "./picture.js";
import { cancel, ServerError } from "./service.js";

export const mostCards = 20;
/// The maximum number of photos being uploaded, including those that wait for room in the server's queue.
const mostSending = 2;

export const isActive = (card) => !["done", "failed", "cancelled", "gone"].includes(card.state);
const isWaiting = (card) => card.state === "waiting";

export class Album {
  #entries = new Map();
  #list;
  #changed;
  #announce;
  #preparing = Promise.resolve();
  #sending = 0;

  /// `changed` is called after each change of the page, `announce` with texts for screen readers.
  constructor(list, { changed, announce }) {
    this.#list = list;
    this.#changed = changed;
    this.#announce = announce;
  }

  get cards() { return [...this.#entries.values()].map((entry) => entry.card); }
  get room() { return mostCards - this.#entries.size; }

  /// Adds photos, with the current style and size. There must be room for them.
  add(files, { style, size }) {
    for (const file of files) {
      const card = {
        id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, name: file.name || "", style, size, round: 1, state: "preparing",
      };
      const entry = this.#enter(card);
      // One after another: decoding twenty phone photos at once takes gigabytes.
      this.#preparing = this.#preparing.then(() => this.#prepare(entry, file));
    }
    this.#show();
  }

  /// Restores the cards from before a reload and continues their work.
  async restore() {
    for (const card of keptCards().slice(0, mostCards)) this.#enter(card);
    await Promise.all([...this.#entries.values()].map((entry) => this.#goOn(entry)));
    this.#show();
  }

  /// Draws a photo again, with the current style and size.
  again(id, { style, size }) {
    const entry = this.#entries.get(id);
    if (!entry?.photo) return;
    Object.assign(entry.card, { style, size, round: entry.card.round + 1 });
    this.#startOver(entry);
  }

  /// Retries a failed card: by following its job if there is one, otherwise by uploading the photo.
  retry(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (entry.card.job && entry.card.error?.passing) return void this.#follow(entry);
    entry.card.round += 1;
    this.#startOver(entry);
  }

  /// Retries the cards that failed because of the API key.
  retryRefused() {
    for (const { card } of this.#entries.values()) {
      if (card.state === "failed" && card.error.asksForKey) this.retry(card.id);
    }
  }

  cancel(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.stop?.abort();
    // If this request is lost, the picture is drawn in vain.
    if (entry.card.job) cancel(entry.card.job).catch(() => {});
    this.#set(entry, { state: "cancelled", job: null });
  }

  remove(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (isActive(entry.card)) this.cancel(id);
    this.#entries.delete(id);
    forgetPhoto(id);
    entry.view.remove();
    this.#show();
    this.#pump();
  }

  removeFinished() {
    for (const card of this.cards) if (!isActive(card)) this.remove(card.id);
  }

  downloadAll() {
    for (const { view, card } of this.#entries.values()) if (card.state === "done") view.download();
  }

  /// Renders all cards again: time has passed, or the language or a choice has changed.
  render() {
    for (const { view } of this.#entries.values()) view.render();
  }

  #enter(card) {
    const entry = { card, photo: null, stop: null, view: null };
    entry.view = new Card(card, this);
    this.#entries.set(card.id, entry);
    this.#list.append(entry.view.element);
    return entry;
  }

  async #prepare(entry, file) {
    if (!this.#isOurs(entry, "preparing")) return;
    const { blob, original, shown } = await prepare(file);
    if (!this.#isOurs(entry, "preparing")) return;
    entry.photo = blob;
    entry.view.showPhoto(shown ? blob : null);
    await keepPhoto(entry.card.id, blob);
    this.#set(entry, { original, sent: blob.size, shown, state: "waiting" });
    this.#pump();
  }

  async #goOn(entry) {
    const { card, view } = entry;
    entry.photo = await keptPhoto(card.id);
    if (entry.photo && card.shown) view.showPhoto(entry.photo);
    if (card.job && (isActive(card) || card.state === "done")) return void this.#follow(entry);
    if (!isActive(card)) return view.render();
    if (!entry.photo) return this.#set(entry, { state: "failed", error: { code: "photoLost" } });
    this.#set(entry, { state: "waiting" });
    this.#pump();
  }

  #startOver(entry) {
    entry.stop?.abort();
    entry.view.showPicture(null);
    this.#set(entry, { state: entry.photo ? "waiting" : "failed", job: null, position: null, progress: null, ...(entry.photo ? { error: null } : { error: { code: "photoLost" } }) });
    this.#pump();
  }

  #pump() {
    for (const entry of this.#entries.values()) {
      if (this.#sending >= mostSending) return;
      if (isWaiting(entry.card)) this.#send(entry);
    }
  }

  async #send(entry) {
    const { card } = entry, stop = new AbortController();
    entry.stop = stop;
    this.#sending += 1;
    this.#set(entry, { state: "sending" });
    try {
      // If the page is reloaded meanwhile, it uploads the photo again. The idempotency key makes that the same job.
      const settings = { style: card.style, size: card.size, key: `${card.id}.${card.round}`, signal: stop.signal };
      const document = await send(entry.photo, settings, (error, milliseconds) => {
        this.#set(entry, { state: "held", held: { code: error.code ?? "unreachable", until: Date.now() + milliseconds } });
      });
      this.#take(entry, document);
    } catch (error) {
      if (!stop.signal.aborted) this.#fail(entry, error);
    } finally {
      this.#sending -= 1;
      this.#pump();
    }
    if (card.job && entry.stop === stop && isActive(card)) await this.#follow(entry);
  }

  async #follow(entry) {
    const { card } = entry, stop = new AbortController();
    entry.stop = stop;
    if (!isActive(card)) card.state = "fetching";
    entry.view.render();
    try {
      const last = await follow(
        card.job, stop.signal, (document) => { if (!stop.signal.aborted) this.#take(entry, document); },
        (isLost) => { if (Boolean(card.lost) !== isLost) this.#set(entry, { lost: isLost }); });
      if (last.status === "done") await this.#finish(entry, last, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error.status === 404 || error.status === 410) this.#set(entry, { state: "gone", job: null });
      else this.#fail(entry, error);
    }
  }

  /// Applies the server's report on the job.
  #take(entry, document) {
    const about = { job: document.job, position: document.position, progress: document.progress, lost: false, error: null };
    about.eta = document.eta_seconds == null ? null : Date.now() + document.eta_seconds * 1000;
    switch (document.status) {
      case "done": about.state = "fetching"; break;
      case "failed": Object.assign(about, { state: "failed", job: null, error: document.error ?? { code: "internal" } }); break;
      case "expired": Object.assign(about, { state: "failed", job: null, error: { code: "deadline" } }); break;
      case "cancelled": Object.assign(about, { state: "cancelled", job: null }); break;
      default: about.state = document.status;
    }
    this.#set(entry, about);
    if (about.state === "failed") this.#announce(entry.view.announcement);
  }

  async #finish(entry, document, signal) {
    const { blob, size } = await fetchResult(entry.card.job, signal);
    const [submitted, started, finished] = [document.submitted_at, document.started_at, document.finished_at].map((time) => Date.parse(time));
    entry.view.showPicture(blob);
    const isNew = !entry.card.picture;
    this.#set(entry, {
      state: "done", picture: { size, bytes: blob.size },
      total: Math.max(0, finished - submitted) / 1000, drawing: Math.max(0, finished - started) / 1000,
    });
    if (isNew) this.#announce(entry.view.announcement);
  }

  #fail(entry, error) {
    const isRefusal = error instanceof ServerError;
    this.#set(entry, {
      state: "failed",
      error: {
        code: isRefusal ? error.code : "unreachable", status: error.status, message: isRefusal ? error.message : null,
        passing: isTemporary(error), asksForKey: isRefusal && error.asksForKey,
      },
    });
    this.#announce(entry.view.announcement);
  }

  #isOurs(entry, state) { return this.#entries.get(entry.card.id) === entry && entry.card.state === state; }

  #set(entry, about) {
    Object.assign(entry.card, about);
    entry.view.render();
    this.#show();
  }

  #show() {
    keepCards(this.cards.filter((card) => card.state !== "preparing"));
    this.#changed();
  }

  /// Whether the photo is available, so that it can be drawn again.
  hasPhoto(id) { return Boolean(this.#entries.get(id)?.photo); }
}
