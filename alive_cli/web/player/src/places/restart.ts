/** Restarts a page whose scene failed, or shows nothing new any more. */

import type { AliveScene } from "../element";

/** Seconds before a restart, and between attempts to reach the host: each twice the one before. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;
/** A scene that played for so many seconds begins again with the first wait. */
const WELL_SECONDS = 120;
/** A page where nothing new was shown for so many seconds is restarted; the first picture may take longer. */
const STALLED_SECONDS = 15;
const LOADING_SECONDS = 90;
/** A slow machine gets twice as long to load at each restart, so many times. */
const MOST_DOUBLINGS = 4;
/** The count of restarts outlives the page under this name. */
const COUNT = "alive-restarts";
/** Hosts that know no `HEAD` say this. */
const NO_HEAD = [405, 501];

export class Restart {
  private begun = false;
  /** Seconds since something new was shown, and since the first picture, in which the page ran and could be seen. */
  private stalled = 0;
  private playing = 0;
  private readonly loading = LOADING_SECONDS * 2 ** Math.min(restartsSoFar(), MOST_DOUBLINGS);

  constructor(private readonly scene: AliveScene) {
    scene.addEventListener("frame", () => {
      this.stalled = 0;
      this.playing ||= 1;
    });
    setInterval(() => this.second(), 1000);
  }

  /** Restart the page: after a while, and only if there is still a page to load. */
  begin(): void {
    if (this.begun) return;
    this.begun = true;
    const restarts = this.playing > WELL_SECONDS ? 0 : restartsSoFar();
    const attempt = async (wait: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
      if (!(await answers())) return attempt(Math.min(2 * wait, LONGEST_WAIT));
      countRestarts(restarts + 1);
      location.reload();
    };
    void attempt(Math.min(FIRST_WAIT * 2 ** restarts, LONGEST_WAIT));
  }

  /** The clock stands still while a machine sleeps, so seconds are counted. */
  private second(): void {
    if (document.hidden || this.scene.held) return;
    if (this.playing) this.playing++;
    if (++this.stalled > (this.playing ? STALLED_SECONDS : this.loading)) this.begin();
  }
}

/** Whether a reload would load this page, and not the browser's page for errors. */
async function answers(): Promise<boolean> {
  if (location.protocol === "file:") return true;
  for (const method of ["HEAD", "GET"]) {
    const answer = await fetch(location.href, { method, cache: "no-store" }).catch(() => null);
    void answer?.body?.cancel();
    if (!NO_HEAD.includes(answer?.status ?? 0)) return answer?.ok ?? false;
  }
  return false;
}

function restartsSoFar(): number {
  try {
    return Math.min(Number(sessionStorage.getItem(COUNT)) || 0, LONGEST_WAIT);
  } catch {
    return LONGEST_WAIT; // a page that may store nothing waits longest
  }
}

function countRestarts(restarts: number): void {
  try {
    sessionStorage.setItem(COUNT, String(restarts));
  } catch {
    // It waits longest, then.
  }
}
