// The job of a photo: uploads it, follows it and downloads the picture. Retries after temporary errors: a full queue, a lost connection.

import { pause } from "./events.js";
import { listen, result, ServerError, status, submit } from "./service.js";

/// The maximum number of attempts to upload a photo.
const sendTries = 10;
/// The maximum number of failed attempts in a row to follow a job, at most ten seconds apart.
const followTries = 60;
const resultTries = 5;
/// Browsers open at most six connections to a server, for all tabs together. Two event streams follow the first jobs; the others are
/// polled.
const streams = { free: 2 };
let followers = 0;

export const isFinal = (document) => !["queued", "running"].includes(document.status);

/// Whether the same request may succeed later, because of the server's load or the network.
export function isTemporary(error) {
  if (error instanceof ServerError) return error.status === 408 || error.status === 429 || error.status >= 502;
  return error instanceof TypeError; // what fetch throws if the network fails
}

const wait = (error, attempt) => Math.min(60, error.retryAfter ?? Math.min(10, 2 ** (attempt - 1))) * 1000;

/// Uploads a photo. Before each retry `held` is called with the error and the milliseconds until then.
export async function send(photo, settings, held) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await submit(photo, settings);
    } catch (error) {
      if (settings.signal.aborted || !isTemporary(error) || attempt === sendTries) throw error;
      const milliseconds = wait(error, attempt);
      held(error, milliseconds);
      await pause(milliseconds, settings.signal);
    }
  }
}

/// Follows a job to its end and returns its last document. `told` is called with each document, `lost` with whether the server cannot be
/// reached.
export async function follow(job, signal, told, lost) {
  followers += 1;
  try {
    for (let failures = 0; ;) {
      try {
        const last = await look(job, signal, told);
        lost(false);
        failures = 0;
        if (last && isFinal(last)) return last;
        await pause(Math.min(8000, 500 + 250 * followers), signal);
      } catch (error) {
        if (signal.aborted || !isTemporary(error) || failures === followTries) throw error;
        failures += 1;
        // A single broken stream is normal: servers and proxies close them from time to time.
        if (failures > 1) lost(true);
        await pause(wait(error, failures), signal);
      }
    }
  } finally {
    followers -= 1;
  }
}

async function look(job, signal, told) {
  if (streams.free === 0) {
    const document = await status(job, signal);
    told(document);
    return document;
  }
  streams.free -= 1;
  try {
    // A stream that is resumed after the job's end has no events, so the status is requested then.
    return (await listen(job, signal, told)) ?? (await status(job, signal));
  } finally {
    streams.free += 1;
  }
}

/// Downloads the picture of a completed job.
export async function fetchResult(job, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await result(job, signal);
    } catch (error) {
      if (signal.aborted || !isTemporary(error) || attempt === resultTries) throw error;
      await pause(wait(error, attempt), signal);
    }
  }
}
