// The page: photos are chosen, dropped or pasted, and become cards.

import { Album, isActive, mostCards } from "./album.js";
import { chosen, onChoice, showChoiceNote, showOffer, showSizes, showStyles } from "./choices.js";
import { pause } from "./events.js";
import { forgetOldPhotos, keepSecret, keptSecret } from "./keep.js";
import { startSpeaking, text } from "./language.js";
import { offer, ServerError } from "./service.js";

const find = (id) => document.getElementById(id);
/// How often to ask for the styles while the server is starting, every two seconds.
const offerTries = 60;

/// The message above the cards: a key of the texts and its values. Kept to be shown again in the other language.
let notice = null;

const album = new Album(find("album"), { changed: showTally, announce });

function announce(words) { find("announcer").textContent = words; }

function tell(key, ...values) {
  notice = key ? { key, values } : null;
  showNotice();
}

function showNotice() {
  find("notice").hidden = !notice;
  const words = notice ? text(notice.key) : "";
  find("notice-text").textContent = typeof words === "function" ? words(...notice.values) : words;
}

function showTally() {
  const cards = album.cards, done = cards.filter((card) => card.state === "done").length;
  const over = cards.filter((card) => !isActive(card)).length;
  find("workspace").dataset.count = String(Math.min(2, cards.length));
  find("results").hidden = cards.length === 0;
  find("tally").textContent = text("tally")(cards.length, done);
  find("download-all").hidden = done < 2;
  find("clear").hidden = over === 0 || cards.length < 2;
  document.title = cards.some(isActive) ? `(${done}/${cards.length}) ${text("pageTitle")}` : text("pageTitle");
  find("key-form").hidden = !needsKey && !cards.some((card) => card.state === "failed" && card.error?.asksForKey);
  showChoiceNote(cards.length > 0);
}

// Adding photos

function take(files) {
  const all = [...(files ?? [])];
  if (all.length === 0) return;
  const pictures = all.filter((file) => file.size > 0 && (!file.type || file.type.startsWith("image/")));
  const fitting = pictures.slice(0, album.room);
  if (pictures.length > fitting.length) tell("tooMany", mostCards, pictures.length - fitting.length);
  else if (pictures.length < all.length) tell(all.length === 1 ? (all[0].size === 0 ? "emptyFile" : "notAPicture") : "notAllPictures");
  else tell(null);
  album.add(fitting, chosen());
}

for (const [button, input] of [["choose", "file"], ["photograph", "camera"]]) {
  find(button).addEventListener("click", () => find(input).click());
  find(input).addEventListener("change", (event) => {
    take(event.target.files);
    event.target.value = ""; // lets the same file be chosen again
  });
}
find("drop").addEventListener("click", (event) => {
  if (!event.target.closest("button")) find("file").click();
});
document.addEventListener("paste", (event) => take(event.clipboardData?.files));
let depth = 0; // enter and leave events come for every nested element
const showOver = () => find("workspace").classList.toggle("over", depth > 0);
document.addEventListener("dragenter", () => { depth += 1; showOver(); });
document.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); showOver(); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  showOver();
  take(event.dataTransfer?.files);
});

find("notice-close").addEventListener("click", () => tell(null));
find("download-all").addEventListener("click", () => album.downloadAll());
find("clear").addEventListener("click", () => {
  album.removeFinished();
  find("choose").focus();
});
onChoice(() => album.render());

// The API key, if the service requires one

let needsKey = false;

find("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  keepSecret(find("key").value.trim());
  find("key").value = "";
  needsKey = false;
  find("key-wrong").textContent = "";
  await learnOffer();
  if (!needsKey) album.retryRefused();
  showTally();
});

// Start

async function learnOffer() {
  for (let attempt = 1; attempt <= offerTries; attempt += 1) {
    try {
      showOffer(await offer());
      if (["starting", "unreachable"].includes(notice?.key)) tell(null);
      return album.render();
    } catch (error) {
      if (error instanceof ServerError && error.asksForKey) {
        needsKey = true;
        find("key-wrong").textContent = keptSecret() ? text("keyWrong") : "";
        return showTally();
      }
      if (attempt > 1 || error instanceof ServerError) tell(error instanceof ServerError ? "starting" : "unreachable");
      await pause(2000);
    }
  }
}

find("example").textContent = `curl --data-binary @photo.jpg "${location.origin}/v1/stylize?size=512" -o anime.jpg`;
showSizes({ minimum: 16, maximum: 1024 });
startSpeaking(() => {
  showStyles();
  showTally();
  showNotice();
  album.render();
});
// Counts seconds down between the server's reports.
setInterval(() => { if (album.cards.some(isActive)) album.render(); }, 1000);
forgetOldPhotos();
await Promise.all([learnOffer(), album.restore()]);
