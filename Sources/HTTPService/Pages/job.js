// The way of one photo through the server: sent, followed, fetched. It goes on after whatever passes: a full queue, a lost connection.

import { pause } from "./events.js";
import { listen, result, ServerError, status, submit } from "./service.js";

/// Tries to send a photo while the server has no room or can't be reached.
const sendTries = 10;
/// Looks in a row without an answer, at most ten seconds apart.
const followTries = 60;
const resultTries = 5;
/// Browsers open six connections to a server at once, for all tabs: two are for the news of the jobs next in line,
/// the other jobs are asked for now and then.
const streams = { free: 2 };
let followers = 0;

export const isFinal = (document) => !["queued", "running"].includes(document.status);

/// Whether the same request may succeed later: it was the server's load or the way to it that failed.
export function isPassing(error) {
  if (error instanceof ServerError) return error.status === 408 || error.status === 429 || error.status >= 502;
  return error instanceof TypeError; // what fetch throws without a connection
}

const wait = (error, attempt) => Math.min(60, error.retryAfter ?? Math.min(10, 2 ** (attempt - 1))) * 1000;

/// Sends a photo; `held` is told the error and the milliseconds whenever it has to wait for the next try.
export async function send(photo, terms, held) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await submit(photo, terms);
    } catch (error) {
      if (terms.signal.aborted || !isPassing(error) || attempt === sendTries) throw error;
      const milliseconds = wait(error, attempt);
      held(error, milliseconds);
      await pause(milliseconds, terms.signal);
    }
  }
}

/// Follows a job to its end and gives its last document. `told` gets each document, `lost` whether the server is out of reach.
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
        if (signal.aborted || !isPassing(error) || failures === followTries) throw error;
        failures += 1;
        // One broken stream is no news: servers and proxies end them now and then.
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
    // A stream that is resumed at a job's end has nothing to tell, so the state is asked for then.
    return (await listen(job, signal, told)) ?? (await status(job, signal));
  } finally {
    streams.free += 1;
  }
}

/// The picture of a job that is done.
export async function fetchResult(job, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await result(job, signal);
    } catch (error) {
      if (signal.aborted || !isPassing(error) || attempt === resultTries) throw error;
      await pause(wait(error, attempt), signal);
    }
  }
}
