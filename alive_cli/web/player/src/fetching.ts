/** Fetching from a host that may be down for a while. */

import { PlayerError, UnreachableError } from "./errors";

/** Seconds before the next try, each twice the one before: hosts restart, and connections come back. */
const WAITS = [1, 2, 4, 8, 16];
/** Hosts say this while they restart, or have too much to do. */
const BUSY = [429, 502, 503, 504];
/** Bytes of which so many tries said that they are not the expected ones aren't them: a connection may break once. */
const MOST_REFUSALS = 2;

/**
 * Fetch a file; while its host can't be reached, try again a few times.
 *
 * @param read what is made of the answer, whatever its status; it is called anew where the connection breaks meanwhile.
 * @param refusal the error where the host answers, but its bytes are not those that `init.integrity` expects.
 * @throws UnreachableError: the host can't be reached; or what `read` throws as a `PlayerError`, which isn't tried again.
 */
export async function fetchPatiently<T>(
  address: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
  refusal: PlayerError,
): Promise<T> {
  let refusals = 0;
  for (let tries = 0; ; ) {
    try {
      const response = await fetch(address, init);
      if (!BUSY.includes(response.status)) return await read(response);
    } catch (error) {
      if (init.signal?.aborted || error instanceof PlayerError) throw error;
      // Browsers don't say whether bytes didn't come, or were others.
      const answer = init.integrity ? await reach(address, init.signal) : null;
      void answer?.body?.cancel();
      if (answer && !answer.ok && !BUSY.includes(answer.status)) return read(answer);
      if (answer?.ok && ++refusals === MOST_REFUSALS) throw refusal;
      if (answer?.ok) continue;
    }
    init.signal?.throwIfAborted();
    if (tries === WAITS.length) throw new UnreachableError("The scene can't be fetched: the host doesn't answer.");
    await pause(WAITS[tries++], init.signal);
    init.signal?.throwIfAborted();
  }
}

/** What a host says, whichever bytes it has; null where it can't be reached. Some know no `HEAD`. */
function reach(address: string, signal: AbortSignal | null | undefined): Promise<Response | null> {
  return fetch(address, { cache: "no-store", signal: signal ?? null }).catch(() => null);
}

/** Wait so many seconds, or until the connection is back, or nobody waits any more. */
function pause(seconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, 1000 * seconds);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
  });
}
