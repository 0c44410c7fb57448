// Starting a run, changing its load, stopping it.

import { order } from "./api.js";
import { find } from "./elements.js";
import { text } from "./language.js";
import { term } from "./terms.js";

const shapes = ["planned", "steady", "steps", "ramp", "spike", "soak", "find"];
const fields = { planned: [], steady: ["load", "seconds"], steps: ["loads", "seconds"], ramp: ["load", "peak", "seconds"], spike: ["load", "peak", "seconds"], soak: ["load", "seconds"], find: ["load", "seconds"] };
let profile = null;
let isOn = null;

export function begin(theirs, { changed, failed }) {
  if (profile) return;
  profile = theirs;
  find("load").value = find("now").value = profile.load;
  if (profile.spawn_rate != null) find("spawn").value = profile.spawn_rate;
  find("spawn-label").hidden = profile.is_open;
  for (const id of ["load", "peak", "now"]) find(id).step = profile.is_open ? "any" : "1";
  const doing = (work) => async (event) => {
    event?.preventDefault();
    failed(null);
    try { changed(await work()); } catch (error) { failed(error); }
  };
  find("shape").addEventListener("change", () => {
    failed(null);
    speak();
  });
  find("start-form").addEventListener("submit", doing(() => order("start", wanted())));
  find("change-form").addEventListener("submit", doing(() => order("load", { load: number("now"), spawn_rate: profile.is_open ? null : number("spawn") })));
  find("stop").addEventListener("click", doing(() => order("stop")));
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      find("now").value = Math.max(1, (Number(find("now").value) || 0) + Number(button.dataset.step));
      find("change-form").requestSubmit();
    });
  }
  speak();
}

/// What is no number goes as it is, so that the server says what is wrong with it; an empty field is null.
function numeral(words) {
  const plain = words.normalize("NFKC").trim();
  return plain === "" ? null : Number.isFinite(Number(plain)) ? Number(plain) : plain;
}

const number = (id) => (find(id).validity.badInput ? "?" : numeral(find(id).value));

function wanted() {
  const shape = find("shape").value, asked = { shape };
  for (const field of fields[shape]) asked[field] = field === "loads" ? find("loads").value.split(/[,，、;；\s]+/).filter(Boolean).map(numeral) : number(field);
  return asked;
}

/// Marks the field that was refused, by its name in the order; none without a name.
export function blame(name) {
  for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!name) return;
  const field = find(name === "spawn_rate" ? "spawn" : name === "load" && !find("change-form").hidden ? "now" : name);
  field?.setAttribute("aria-invalid", "true");
}

/// Words of the forms, in the language of now.
export function speak() {
  if (!profile) return;
  const chosen = find("shape").value || "planned", name = text(profile.is_open ? "arrivals" : "users");
  find("shape").replaceChildren(...shapes.map((shape) => Object.assign(document.createElement("option"), { value: shape, textContent: text("shapes")[shape] })));
  find("shape").value = chosen;
  for (const label of document.querySelectorAll("[data-for]")) label.hidden = !fields[chosen].includes(label.dataset.for);
  find("load-name").textContent = chosen === "ramp" ? text("firstLoad") : chosen === "spike" ? text("baseLoad") : name;
  find("peak-name").textContent = chosen === "spike" ? text("spikeLoad") : text("peakLoad");
  find("loads-name").textContent = find("now-name").textContent = name;
  find("seconds-name").textContent = text(["steps", "find"].includes(chosen) ? "secondsEach" : "seconds");
  const hint = chosen === "planned" ? text("plannedHint")(term("shapes", profile.shape)) : text("shapeHints")[chosen];
  find("hint").textContent = isOn ? text("runningHint") : hint;
}

/// Shows the form that there is something to do with.
export function show({ snapshot, is_running: isRunning }, isLost) {
  const level = snapshot.level?.users?._0 ?? snapshot.level?.rate?._0, wasOn = isOn;
  isOn = isRunning || !["idle", "finished"].includes(snapshot.phase);
  find("start-form").hidden = isOn;
  find("change-form").hidden = !isOn;
  for (const button of document.querySelectorAll("#start-form button, #change-form button")) button.disabled = isLost;
  if (snapshot.phase === "stopping") for (const id of ["stop", "change"]) find(id).disabled = true;
  // What somebody types is not overwritten.
  if (isOn && level != null && document.activeElement !== find("now")) find("now").value = level;
  if (wasOn !== isOn) {
    speak();
    if (wasOn !== null && document.activeElement === document.body) find(isOn ? "stop" : "start").focus();
  }
}
