// Tabs as the keyboard expects them: arrows go from one to the next, Home and End to the first and last.

import { element, find } from "./elements.js";
import { text } from "./language.js";

const names = ["charts", "statistics", "failures", "exceptions", "ratio", "downloads", "history"];
let chosen = names.includes(location.hash.slice(1)) ? location.hash.slice(1) : "charts";

export const chosenTab = () => chosen;

export function beginTabs(changed) {
  const choose = (name, takesFocus) => {
    chosen = name;
    history.replaceState(null, "", `#${name}`);
    mark();
    if (takesFocus) find(`tab-${name}`).focus();
    find(`tab-${name}`).scrollIntoView({ block: "nearest", inline: "nearest" });
    changed();
  };
  find("tabs").replaceChildren(...names.map((name) => {
    const tab = Object.assign(document.createElement("button"), { type: "button", id: `tab-${name}` });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${name}`);
    find(`panel-${name}`).setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => choose(name, false));
    return tab;
  }));
  find("tabs").addEventListener("keydown", ({ key }) => {
    const index = names.indexOf(chosen), step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) choose(names[(index + step + names.length) % names.length], true);
    if (key === "Home") choose(names[0], true);
    if (key === "End") choose(names.at(-1), true);
  });
  mark();
}

function mark() {
  for (const name of names) {
    find(`tab-${name}`).setAttribute("aria-selected", String(name === chosen));
    find(`tab-${name}`).tabIndex = name === chosen ? 0 : -1;
    find(`panel-${name}`).hidden = name !== chosen;
  }
}

/// Names in the language of now; how many failures and exceptions there are stands beside theirs.
export function speakTabs(counts) {
  for (const name of names) {
    const tab = find(`tab-${name}`), number = counts[name];
    tab.textContent = text("tabs")[name];
    if (number) tab.append(element("span", String(number), "count"));
  }
}
