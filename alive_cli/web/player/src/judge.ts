/** Judges whether a scene keeps up, and in how many pixels it does. */

/** A scene is judged by so many frames before it changes to the fast net, or to fewer pixels. */
const TRIAL_FRAMES = 20;
/** A scene is slow if half of its frames come later than after this many of its periods. */
const LATE = 1.15;
/** A scene of keyframes that is late is drawn with these shares of its width and height, one after the other. */
const SCALES = [1, 0.8, 0.64, 0.5, 0.4];
/** Fewer pixels must take at most this share of the time; else the scene goes back to more. */
const USEFUL = 0.85;

export class Judge {
  /** Milliseconds from frame to frame, and when the latest was shown; 0 where nothing went before. */
  private trial: number[] = [];
  private shown = 0;
  /** The place of the present share among SCALES, and the least one to try; milliseconds from frame to frame before it. */
  private place = 0;
  private least = SCALES.length - 1;
  private before = Infinity;

  /** @param period milliseconds from picture to picture of a scene that keeps up. */
  constructor(private period: number) {}

  /** Judge by another period, in milliseconds. */
  expect(period: number): void {
    if (period === this.period) return;
    this.restart();
    this.period = period;
    this.before = Infinity; // what was usual at another period says nothing
  }

  /** The share of width and height that is drawn. */
  get scale(): number {
    return SCALES[this.place];
  }

  /** Note that a frame was shown. */
  show(): void {
    const now = performance.now();
    if (this.shown) this.trial.push(now - this.shown);
    this.shown = now;
  }

  /** Judge by the frames from now on. */
  restart(): void {
    this.trial = [];
    this.shown = 0;
  }

  /** Draw all pixels again, and forget what was tried. */
  reset(): void {
    this.place = 0;
    this.least = SCALES.length - 1;
    this.before = Infinity;
  }

  /** The usual milliseconds from frame to frame of a scene that turned out to be slow; else null. */
  slow(): number | null {
    if (this.trial.length < TRIAL_FRAMES) return null;
    // Single frames are late because keyframes are decoded for them.
    const usual = this.trial.sort((one, other) => one - other)[this.trial.length >> 1];
    this.restart();
    return usual > LATE * this.period ? usual : null;
  }

  /** Try fewer pixels for a scene that is so slow, or more where that didn't help. */
  reduce(usual: number): void {
    if (usual >= USEFUL * this.before) this.least = this.place - 1; // what is slow is not the pixels
    this.place = Math.max(0, Math.min(this.least, this.place + 1));
    this.before = usual;
  }
}
