/** The scene takes the poses of another video, and returns to its own life when there are none
 * (alive_cli/runtime/drivers/lead.py). */

import { plus, type Steering } from "../steering";
import type { LeadPose } from "./poses";

/** A pose holds for so many seconds if no other comes; then the scene returns to its own life. */
const HELD = 0.5;
/** The scene comes to a lead, and returns to its own life, with this time constant, in seconds. */
const TURNING = 0.25;
/** What a pose is drawn from changes with this time constant, in seconds, so that a face changes its expression calmly. */
const LOOKS = 0.1;
/**
 * Poses are smoothed by the one-euro filter (Casiez et al. 2012): each mode with a cut-off of 2 hertz at rest, and 2 more
 * for each spread a second; the speed itself has a cut-off of 3 hertz.
 */
const [SLOWEST, QUICKER, SPEED] = [2, 2, 3];
/** Less than this share of a lead is none. */
const SETTLED = 1e-3;
/** Seconds are divided by at least this. */
const LEAST_SECONDS = 1e-6;

/** What is drawn in place of an embedding: unit vector, [D], and an offset, [S] in spreads. */
export interface Led {
  embedding: Float32Array;
  offset: Float64Array;
}

/** Shows the poses that a lead asks for. */
export class LeadDriver {
  private target: LeadPose | null = null;
  /** Seconds for which the target still counts. */
  private left = 0;
  /** 0…1: how far the lead has replaced the scene's own life; null before the first picture, which needs no transition. */
  private share: number | null = null;
  /** Smoothed: what is drawn from, the pose, and its speed in spreads a second; null where nothing is led. */
  private present: { base: Float64Array; pose: Float64Array; speed: Float64Array } | null = null;

  constructor(private readonly steering: Steering) {}

  get active(): boolean {
    return this.target !== null || this.present !== null;
  }

  /** Take a pose. */
  follow(pose: LeadPose): void {
    [this.target, this.left] = [pose, HELD];
  }

  /** Return to the scene's own life. */
  away(): void {
    this.target = null;
  }

  /** What is drawn in place of an embedding `seconds` after the last call; null where there is no lead. */
  after(embedding: Float32Array, seconds: number): Led | null {
    this.left -= Math.min(seconds, HELD); // a pose counts for at least one picture, however slowly these come
    if (this.left < 0) this.target = null;
    const goal = Number(this.target !== null);
    const before = this.share ?? goal;
    this.share = before + (goal - before) * (1 - Math.exp(-seconds / TURNING));
    if (this.target) this.approach(this.target, seconds);
    else if (this.share < SETTLED) [this.share, this.present] = [0, null];
    if (!this.present) return null;
    const { base, pose } = this.present;
    const share = this.share * this.share * (3 - 2 * this.share); // it begins and ends gently
    const scale = Math.max(embedding[embedding.length - 1], LEAST_SECONDS);
    const mixed = base.map((value, place) => embedding[place] / scale + share * (value - embedding[place] / scale));
    const length = Math.hypot(...mixed);
    const own = this.steering.own(base);
    return {
      embedding: Float32Array.from(mixed, (value) => value / length),
      offset: plus(pose, own, -1).map((value) => share * value),
    };
  }

  private approach(target: LeadPose, seconds: number): void {
    if (!this.present) {
      this.present = { base: target.base, pose: target.pose, speed: new Float64Array(target.pose.length) };
      return;
    }
    const { base, pose, speed } = this.present;
    const nearer = 1 - Math.exp(-seconds / LOOKS);
    const faster = 1 - Math.exp(-2 * Math.PI * SPEED * seconds);
    const gaps = plus(target.pose, pose, -1);
    const following = speed.map((own, mode) => own + (gaps[mode] / Math.max(seconds, LEAST_SECONDS) - own) * faster);
    this.present = {
      base: base.map((value, place) => value + (target.base[place] - value) * nearer),
      speed: following,
      pose: pose.map((value, mode) => {
        const cutOff = SLOWEST + QUICKER * Math.abs(following[mode]);
        return value + gaps[mode] * (1 - Math.exp(-2 * Math.PI * cutOff * seconds));
      }),
    };
  }
}
