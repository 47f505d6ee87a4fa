/** Another video leads one scene: its pictures go to a worker, and the poses that come back to the scene. */

import { PlayerError } from "../errors";
import type { Player } from "../player";
import type { LeadWorker } from "./lead_worker";
import type { Likeness } from "./leader";
import { fitted, type Region, regionOf } from "./pyramid";

/** A video whose next picture doesn't come in so many seconds is looked at all the same; it may be paused. */
const PATIENCE_SECONDS = 0.25;
/** A lead that has shown nothing for so many seconds is none. */
const STARTING_SECONDS = 20;

/** Where pictures come from. */
export type LeadVideo = HTMLVideoElement | MediaStream;

export interface LeadOptions {
  like?: string;
  /** x, y, width and height in shares of the video's pictures. */
  region?: ArrayLike<number>;
  mirrored?: boolean;
}

/** What becomes of a lead: `choosing` its calm picture, `leading`, `lost` where it shows something else, or `ended`. */
export interface LeadStatus {
  state: "choosing" | "leading" | "lost" | "ended";
  /** One sentence for people. */
  message: string;
}

/** Sentences for people. */
const SENTENCES = {
  choosing: "Hold still for a second: the lead's calm picture is being chosen.",
  leading: "The video leads the scene.",
  lost: "The video shows something else than before, so the scene lives its own life.",
  ended: "The lead has ended; the scene lives on.",
};

/** What a lead needs of its element. */
export interface LeadHost {
  /** Whether frames go by; otherwise no picture is looked at. */
  moving(): boolean;
  /** A pose has come, so that a picture should be drawn at once. */
  hurry(): void;
  tell(status: LeadStatus): void;
}

/** One lead, from its first picture to its last. */
export class Lead {
  private readonly canvas = document.createElement("canvas");
  private readonly ending = new AbortController();
  private state: LeadStatus["state"] | null = null;

  private constructor(
    private readonly player: Player,
    private readonly worker: LeadWorker,
    private readonly video: HTMLVideoElement,
    /** Whether the video was made here, for a stream. */
    private readonly own: boolean,
    private readonly region: Region,
    private readonly host: LeadHost,
  ) {
    [this.canvas.width, this.canvas.height] = worker.size;
  }

  /**
   * Get ready. Whoever has the lead lets it `run`, and ends it.
   *
   * @param signal it comes when nobody waits for this lead any more.
   * @throws PlayerError: the scene can't be led, this is no video, it shows nothing, its pictures may not be read, or the
   *   signal has come.
   */
  static async prepare(
    player: Player,
    source: LeadVideo,
    options: LeadOptions,
    host: LeadHost,
    signal: AbortSignal,
  ): Promise<Lead> {
    const { like = "relative", region = [0, 0, 1, 1], mirrored = false } = options;
    if (like !== "relative" && like !== "absolute") throw new PlayerError(`A lead is relative or absolute, not '${like}'.`);
    const part = regionOf(region);
    const stream = source instanceof MediaStream;
    if (!stream && !(source instanceof HTMLVideoElement)) throw new PlayerError("A lead is a video element or a stream.");
    if (stream && !source.getVideoTracks().some(({ readyState }) => readyState === "live")) {
      throw new PlayerError("This stream has no pictures that come.");
    }
    const video = stream ? document.createElement("video") : source;
    if (stream) {
      Object.assign(video, { muted: true, playsInline: true, srcObject: source });
      video.play().catch(() => {}); // where it doesn't play, it shows nothing, which is an error below
    }
    const leader = player.leader(like satisfies Likeness, Boolean(mirrored));
    leader.catch(() => {}); // it is awaited below, behind what may fail first
    try {
      await pictureOf(video, signal);
      const lead = new Lead(player, await leader, video, stream, part, host);
      signal.throwIfAborted();
      lead.read(); // it throws where the page may not
      lead.watch(stream ? source : null);
      return lead;
    } catch (error) {
      if (stream) video.srcObject = null;
      leader.then((worker) => worker.close()).catch(() => {});
      throw error;
    }
  }

  /** End it: the scene returns to its own life. */
  end(message = SENTENCES.ended): void {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    this.player.steerer?.lead.away();
    this.worker.close();
    if (this.own) this.video.srcObject = null;
    this.tell("ended", message);
  }

  /** Look at one picture after the other until the end. */
  async run(): Promise<void> {
    const { signal } = this.ending;
    try {
      while (!signal.aborted) {
        if (this.host.moving() && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          const news = await this.worker.see(this.read());
          if (signal.aborted) return;
          if (news.state === "leading") {
            this.player.steerer!.lead.follow(news.pose);
            this.host.hurry();
          }
          this.tell(news.state);
        }
        await nextPicture(this.video);
      }
    } catch (error) {
      this.end((error as Error).message);
    }
  }

  /** The pixels of the present picture, reduced. */
  private read(): Uint8ClampedArray<ArrayBuffer> {
    const { video, canvas, region, worker } = this;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const part = fitted([video.videoWidth, video.videoHeight], region, worker.proportions);
    context.imageSmoothingQuality = "high";
    context.drawImage(video, ...part, 0, 0, canvas.width, canvas.height);
    try {
      return context.getImageData(0, 0, canvas.width, canvas.height).data as Uint8ClampedArray<ArrayBuffer>;
    } catch {
      throw new PlayerError("This video belongs to another site, which doesn't let pages read its pictures.");
    }
  }

  /** End with the video, or with the last track of a stream. */
  private watch(stream: MediaStream | null): void {
    const { signal } = this.ending;
    const ended = (): void => this.end();
    for (const type of ["ended", "error", "emptied"]) this.video.addEventListener(type, ended, { signal });
    for (const track of stream?.getVideoTracks() ?? []) track.addEventListener("ended", ended, { signal });
  }

  private tell(state: LeadStatus["state"], message = SENTENCES[state]): void {
    if (state !== this.state) this.host.tell({ state, message });
    this.state = state;
  }
}

/** Wait until a video has a picture. */
async function pictureOf(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  const until = performance.now() + 1000 * STARTING_SECONDS;
  while (!(video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth)) {
    if (video.error || performance.now() > until) throw new PlayerError("This video shows no pictures.");
    await new Promise((resolve) => setTimeout(resolve, 1000 * PATIENCE_SECONDS));
    signal.throwIfAborted();
  }
}

/** Wait for the next picture of a video, or for a while. */
function nextPicture(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    const number = video.requestVideoFrameCallback?.(() => resolve());
    const late = (): void => {
      // A paused video would keep all that wait for its next picture.
      if (number !== undefined) video.cancelVideoFrameCallback(number);
      resolve();
    };
    setTimeout(late, 1000 * PATIENCE_SECONDS);
  });
}
