// The page's requests to the server.

import { readEvents } from "./events.js";
import { keptSecret } from "./keep.js";

/// An error response: its status, its code for programs, its message for people, and after how many seconds to retry.
export class ServerError extends Error {
  constructor(status, code, detail, retryAfter = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  get asksForKey() { return this.status === 401 || this.status === 403; }
}

async function ask(path, { headers = {}, ...options } = {}) {
  const secret = keptSecret();
  const response = await fetch(path, { ...options, headers: secret ? { ...headers, Authorization: `Bearer ${secret}` } : headers });
  if (!response.ok) throw await serverError(response);
  return response;
}

async function serverError(response) {
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After"));
  return new ServerError(response.status, problem.code, problem.detail, seconds > 0 ? seconds : null);
}

/// `{ styles: [{ name, title, description, isDefault }], sizes: { minimum, maximum } }`
export async function offer() {
  return (await ask("/v1/styles")).json();
}

/// Queues a photo and returns the job's document. The same key returns the same job.
export async function submit(blob, { style, size, key, signal }) {
  const query = new URLSearchParams({ size, format: "jpeg" });
  if (style) query.set("style", style);
  const headers = { "Content-Type": blob.type || "application/octet-stream", "Idempotency-Key": key };
  return (await ask(`/v1/jobs?${query}`, { method: "POST", body: blob, headers, signal })).json();
}

/// The job's current document.
export async function status(job, signal) {
  return (await ask(`/v1/jobs/${job}`, { signal })).json();
}

/// Calls `told` with the job's document at each change. Returns the last one when the stream ends, which may be early; null if there was
/// none.
export async function listen(job, signal, told) {
  const response = await ask(`/v1/jobs/${job}/events`, { signal, headers: { Accept: "text/event-stream" } });
  let last = null;
  if (response.status === 204) return last;
  await readEvents(response, ({ data }) => { last = data; told(data); });
  return last;
}

/// The picture: `{ blob, size }`, with the size as "WIDTHxHEIGHT".
export async function result(job, signal) {
  const response = await ask(`/v1/jobs/${job}/result`, { signal });
  return { blob: await response.blob(), size: response.headers.get("X-Image-Size") ?? "" };
}

export async function cancel(job) {
  await ask(`/v1/jobs/${job}`, { method: "DELETE" });
}
