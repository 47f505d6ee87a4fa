/** What a page says to the command that serves it. */

/** So often does the page look whether the command still runs. */
const LOOK_MILLISECONDS = 2000;

/** The request was replaced by a newer one; nobody needs to know. */
export class Replaced extends Error {}

/** Send an action; its answer. An error's message is a sentence for people. */
export async function send<Answer>(action: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  const init: RequestInit = { method: "POST", body: JSON.stringify(body) };
  if (signal) init.signal = signal;
  const response = await fetch(action, init).catch(() => {
    throw signal?.aborted ? new Replaced() : new Error("alive has stopped; start it again to go on.");
  });
  if (response.status === 409) throw new Replaced();
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Call `ended` once, when the command has ended. */
export function watch(ended: () => void): void {
  const timer = setInterval(() => {
    const stop = (): void => {
      clearInterval(timer);
      ended();
    };
    if (!document.hidden) fetch("status").then(({ ok }) => ok || stop(), stop);
  }, LOOK_MILLISECONDS);
}
