// The page: one photo at a time goes from the drop zone over the server to the slider.

import { prepare, readableBytes } from "./picture.js";
import { offer, ServerError, stylize } from "./service.js";
import { languages, strings } from "./strings.js";

const find = (id) => document.getElementById(id);
const stage = find("stage");

let language = firstLanguage();
let styles = [];
/// The photo in hand: what `prepare` gave, and an address under which to show it.
let photo = null;
/// The last result, or null.
let result = null;
/// The failure on show: an error, or null. Kept so that it can be told again in the other language.
let failure = null;
/// Stops the request under way.
let pending = null;
/// Counts the files taken: one that is slow to decode gives way to a later one.
let turns = 0;
/// The animation frame that `reveal` waits for.
let revealing = 0;

const text = (key) => strings[language][key];

// Language

function firstLanguage() {
  const remembered = recall("language");
  if (languages.includes(remembered)) return remembered;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

// Storage can be switched off; then the page just doesn't remember.
function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* see recall */ }
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  document.title = text("pageTitle");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  for (const element of document.querySelectorAll("[data-alt]")) element.alt = text(element.dataset.alt);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  }
  showStyles();
  showFacts();
  showFailure();
}

// Choices

function chosen(name) {
  return document.querySelector(`input[name="${name}"]:checked`)?.value ?? null;
}

function choice(name, value, label, checked) {
  const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked });
  const caption = Object.assign(document.createElement("span"), { textContent: label });
  const element = document.createElement("label");
  element.append(input, caption);
  input.addEventListener("change", () => {
    remember(name, value);
    showStyleNote();
    if (photo) run();
  });
  return element;
}

function showStyles() {
  const current = chosen("style") ?? recall("style");
  const selected = styles.find((style) => style.name === current) ?? styles.find((style) => style.isDefault);
  find("styles").replaceChildren(
    ...styles.map((style) => choice("style", style.name, style.title[language], style === selected)));
  find("style-field").hidden = styles.length < 2;
  showStyleNote();
}

function showStyleNote() {
  const style = styles.find((each) => each.name === chosen("style"));
  find("style-note").textContent = style?.description[language] ?? "";
}

function showSizes({ minimum, maximum }) {
  const sizes = [256, 512, 768, 1024].filter((size) => size >= minimum && size <= maximum);
  if (sizes.length === 0) sizes.push(maximum);
  const remembered = Number(recall("size"));
  const usual = sizes.includes(remembered) ? remembered : sizes.includes(512) ? 512 : sizes.at(-1);
  find("sizes").replaceChildren(...sizes.map((size) => choice("size", String(size), String(size), size === usual)));
}

// What is on show

/// `empty`, `working`, `done` or `failed`
function show(state) {
  stage.dataset.state = state;
  // A photo that can't be shown, and didn't become a picture either, leaves the place to the next one.
  const hasPicture = photo !== null && (photo.address !== null || result !== null);
  find("compare").hidden = !hasPicture;
  find("drop").hidden = hasPicture || state === "working";
  find("working").hidden = state !== "working";
  find("failure").hidden = state !== "failed";
  find("actions").hidden = !hasPicture;
  find("download").hidden = !result;
  find("split").disabled = state !== "done" || !photo?.address;
  stage.setAttribute("aria-busy", String(state === "working"));
  showFacts();
  showFailure();
}

function showFacts() {
  find("facts").hidden = !result;
  if (!result) return;
  const { sent, original } = result;
  const percent = Math.round((1 - sent / original) * 100);
  find("fact-sent").textContent =
    percent > 0
      ? text("saving")(readableBytes(sent), readableBytes(original), percent)
      : text("noSaving")(readableBytes(sent));
  find("fact-time").textContent = text("seconds")(result.total.toFixed(1), result.drawing?.toFixed(1));
  find("fact-picture").textContent = `${result.size.replace("x", " × ")} · ${readableBytes(result.blob.size)}`;
}

function showFailure() {
  find("failure-text").textContent = failure ? sentence(failure) : "";
  find("retry").hidden = photo === null || !isWorthRetrying(failure);
}

/// The same picture gets the same answer, unless it was the server or the way to it that failed.
function isWorthRetrying(error) {
  if (error instanceof ServerError) return error.status >= 500 || error.status === 408;
  return error instanceof TypeError; // what fetch throws without a connection
}

function sentence(error) {
  if (error instanceof ServerError) {
    const fallback = language === "en" ? error.message : null;
    return text("failures")[error.code] ?? (fallback || text("unknownFailure")(error.status));
  }
  return text(error.message) ?? text("unreachable");
}

function showPicture(image, blob, previous) {
  if (previous) URL.revokeObjectURL(previous);
  const address = URL.createObjectURL(blob);
  image.src = address;
  return address;
}

function splitAt(percent) {
  find("split").value = String(percent);
  find("compare").style.setProperty("--split", `${percent}%`);
}

/// Draws the slider from the photo towards the middle, so that it is seen what it does.
function reveal() {
  if (!photo.address) return splitAt(0);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return splitAt(50);
  const began = performance.now();
  const step = (now) => {
    const share = Math.min(1, (now - began) / 900);
    splitAt(100 - 50 * (1 - (1 - share) ** 3));
    if (share < 1) revealing = requestAnimationFrame(step);
  };
  stopRevealing();
  revealing = requestAnimationFrame(step);
}

/// Whoever takes hold of the slider, or of another photo, must not have to fight the animation.
function stopRevealing() {
  cancelAnimationFrame(revealing);
}

// Work

async function take(file) {
  if (!file) return;
  pending?.abort();
  if (file.size === 0) return refuse("emptyFile");
  if (file.type && !file.type.startsWith("image/")) return refuse("notAPicture");
  turns += 1;
  const turn = turns;
  const prepared = await prepare(file);
  if (turn !== turns) return;
  if (photo?.address) URL.revokeObjectURL(photo.address);
  forgetResult();
  photo = prepared;
  photo.address = photo.shown ? showPicture(find("before"), photo.blob) : null;
  find("compare").dataset.single = String(!photo.address);
  stopRevealing();
  splitAt(100);
  await run();
}

function refuse(key) {
  failure = new Error(key);
  show("failed");
}

function forgetResult() {
  if (result) URL.revokeObjectURL(result.address);
  result = null;
  find("after").removeAttribute("src");
}

async function run() {
  pending?.abort();
  const request = new AbortController();
  pending = request;
  failure = null;
  show("working");
  const began = performance.now();
  const clock = setInterval(() => {
    find("clock").textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  }, 100);
  find("clock").textContent = "0.0 s";
  announce(text("working"));
  try {
    const answer = await stylize(photo.blob, { style: chosen("style"), size: chosen("size") ?? "512", signal: request.signal });
    finish(answer, (performance.now() - began) / 1000);
  } catch (error) {
    if (request.signal.aborted) return;
    failure = error;
    show("failed");
  } finally {
    clearInterval(clock);
    if (pending === request) pending = null;
  }
}

function finish(answer, total) {
  const address = showPicture(find("after"), answer.blob, result?.address);
  result = { ...answer, address, total, sent: photo.blob.size, original: photo.original };
  const download = find("download");
  download.href = address;
  download.download = `anime-${chosen("style") ?? "picture"}.jpg`;
  show("done");
  announce(text("done")(total.toFixed(1)));
  reveal();
}

function announce(words) {
  find("announcer").textContent = words;
}

function cancel() {
  pending?.abort();
  if (result) show("done");
  else startOver();
}

function startOver() {
  pending?.abort();
  if (photo?.address) URL.revokeObjectURL(photo.address);
  photo = null;
  failure = null;
  forgetResult();
  show("empty");
}

// Ways in

for (const [button, input] of [["choose", "file"], ["photograph", "camera"], ["another", "file"]]) {
  find(button).addEventListener("click", () => find(input).click());
}
for (const id of ["file", "camera"]) {
  find(id).addEventListener("change", (event) => {
    const [file] = event.target.files;
    take(file);
    event.target.value = ""; // so that the same file can be chosen again
  });
}
find("drop").addEventListener("click", (event) => {
  if (!event.target.closest("button")) find("file").click();
});
document.addEventListener("paste", (event) => take(event.clipboardData?.files[0]));
let depth = 0; // enter and leave come for every element on the way
document.addEventListener("dragenter", () => { depth += 1; stage.classList.add("over"); });
document.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) stage.classList.remove("over"); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  stage.classList.remove("over");
  take(event.dataTransfer?.files[0]);
});

find("split").addEventListener("pointerdown", stopRevealing);
find("split").addEventListener("input", (event) => {
  stopRevealing();
  splitAt(Number(event.target.value));
});
find("cancel").addEventListener("click", cancel);
find("retry").addEventListener("click", run);
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    remember("language", button.dataset.language);
    speak(button.dataset.language);
  });
}

// Start

find("example").textContent = `curl --data-binary @photo.jpg "${location.origin}/v1/stylize?size=512" -o anime.jpg`;
showSizes({ minimum: 16, maximum: 1024 });
speak(language);
show("empty");
await showOffer();

/// A server that is still loading its model is asked again for a minute.
async function showOffer() {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    try {
      const offered = await offer();
      styles = offered.styles;
      showSizes(offered.sizes);
      showStyles();
      if (failure?.message === "stylesMissing") startOver();
      return;
    } catch {
      if (!photo) refuse("stylesMissing");
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}
