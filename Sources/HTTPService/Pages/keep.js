// What the browser stores: choices permanently, this tab's cards and photos across reloads.
// Any storage may be disabled; then nothing is remembered.

export function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

export function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* see above */ }
}

const listKey = "sakuga.cards";
const secretKey = "sakuga.key";

export function keepCards(cards) {
  try { sessionStorage.setItem(listKey, JSON.stringify(cards)); } catch { /* see above */ }
}

export function keptCards() {
  try {
    const cards = JSON.parse(sessionStorage.getItem(listKey) ?? "[]");
    return Array.isArray(cards) ? cards : [];
  } catch { return []; }
}

/// The API key, until the tab is closed.
export function keptSecret() {
  try { return sessionStorage.getItem(secretKey); } catch { return null; }
}

export function keepSecret(secret) {
  try { sessionStorage.setItem(secretKey, secret); } catch { /* see above */ }
}

// Photos are too large for session storage.

const photoLife = 24 * 3600 * 1000;
let database = null;

function photos(mode, work) {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open("sakuga", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  return database.then((opened) => new Promise((resolve, reject) => {
    const transaction = opened.transaction("photos", mode);
    const request = work(transaction.objectStore("photos"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  }));
}

export async function keepPhoto(id, blob) {
  try { await photos("readwrite", (store) => store.put({ blob, added: Date.now() }, id)); } catch { /* see above */ }
}

/// The photo of a card, or null.
export async function keptPhoto(id) {
  try { return (await photos("readonly", (store) => store.get(id)))?.blob ?? null; } catch { return null; }
}

export async function forgetPhoto(id) {
  try { await photos("readwrite", (store) => store.delete(id)); } catch { /* see above */ }
}

/// Removes old photos, whose tabs have probably been closed. Younger ones may belong to other tabs.
export async function forgetOldPhotos() {
  const oldest = Date.now() - photoLife;
  try {
    await photos("readwrite", (store) => {
      const request = store.openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        if (cursor.value.added < oldest) cursor.delete();
        cursor.continue();
      };
      return request;
    });
  } catch { /* see above */ }
}
