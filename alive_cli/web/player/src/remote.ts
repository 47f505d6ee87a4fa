/** A worker as the page sees it; one that doesn't answer in time is ended. */

import { PlayerError, unpackError } from "./errors";
import type { Answer, Request, Task, Tasks } from "./tasks";

/** A task may take this many seconds, far more than on a slow phone; time in which the page was frozen doesn't count. */
const PATIENCE: { [T in Task]: number } = {
  open: 60,
  engine: 60,
  graphs: 20,
  layers: 20,
  modes: 60,
  adopt: 20,
  mixer: 40,
  mix: 10,
  canvas: 40,
  poster: 20,
  observed: 5,
  begin: 40,
  follow: 5,
  moods: 40,
  goTo: 20,
  giveUp: 5,
  live: 10,
  draw: 10,
  embeddings: 10,
  leader: 40,
  leadKnow: 20,
  leadSee: 10,
};
/** The time left to a task is counted down this often, which is precise enough for limits of seconds. */
const COUNTDOWN_SECONDS = 0.5;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  left: number;
}

export class Remote {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  /** Counts down while something is asked for: a scene at rest wakes nothing. */
  private clock: ReturnType<typeof setInterval> | undefined;
  private last = 0;
  private failure: Error | null = null;

  constructor(script: string | URL) {
    // A page from a disk may run no modules that it holds itself.
    this.worker = new Worker(script, { type: String(script).startsWith("blob:") ? "classic" : "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.settle(data);
    this.worker.onerror = (event) => this.fail(new PlayerError(`The player's worker failed (${event.message ?? "not loaded"}).`));
    this.worker.onmessageerror = () => this.fail(new PlayerError("The player's worker can't be understood."));
  }

  /**
   * Ask for a task.
   *
   * @param transfer what is handed over instead of copied.
   * @param patience seconds that it may take.
   * @throws whatever the worker throws; PlayerError: it took too long, and the worker was ended.
   */
  ask<T extends Task>(
    task: T,
    input: Tasks[T][0],
    transfer: Transferable[] = [],
    patience = PATIENCE[task],
  ): Promise<Tasks[T][1]> {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.last;
    const request: Request = { id, task, input };
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, left: patience });
    });
    this.clock ??= setInterval(() => this.countDown(), 1000 * COUNTDOWN_SECONDS);
    this.worker.postMessage(request, transfer);
    return answer as Promise<Tasks[T][1]>;
  }

  /** End the worker; all tasks that are left fail. */
  close(): void {
    this.fail(new PlayerError("The player was closed."));
  }

  private settle({ id, result, error }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(unpackError(error));
    else waiting?.resolve(result);
  }

  private countDown(): void {
    // Tasks wait for one another: only the first can be late.
    const first = this.waiting.values().next().value;
    if (!first) return this.stopClock();
    first.left -= COUNTDOWN_SECONDS;
    if (first.left <= 0) this.fail(new PlayerError("The scene took too long and was stopped."));
  }

  private stopClock(): void {
    clearInterval(this.clock);
    this.clock = undefined;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.stopClock();
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
