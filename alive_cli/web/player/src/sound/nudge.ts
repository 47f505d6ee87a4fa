/** Beats nudge the picture of a scene, and loudness holds it (alive_cli/runtime/drivers/sound.py). */

import { follow } from "../springs";
import { dot, plus, type Steering } from "../steering";

/** A nudge moves what moves most by this share of the longest side. */
const FAR = 0.015;
/** A nudge is farthest after 1 ÷ this many seconds. */
const RATE = 7;
/** A nudge below this, in spreads, is none. */
const SETTLED = 1e-3;

export class Nudge {
  /** Whether a sound is heard that may move the picture at any time. */
  expected = false;
  /** How far loudness holds the picture, in nudges. */
  held = 0;
  /** In spreads, and spreads per second, [S]; null where nothing moves. */
  private offset: Float64Array | null = null;
  private speed: Float64Array = new Float64Array(0);
  private readonly way: Float64Array;

  constructor(steering: Steering) {
    const nod = steering.nod();
    this.way = nod.map((value) => FAR * value);
  }

  get active(): boolean {
    return this.expected || Boolean(this.offset);
  }

  /** Nudge the picture with a strength; 1 is the usual one. */
  push(strength: number): void {
    this.begin();
    // From rest, a critically damped spring of this speed comes as far as the way.
    this.speed = plus(this.speed, this.way, strength * RATE * Math.E);
  }

  /** The offset `seconds` after the last call, in spreads; null where there is none. */
  after(seconds: number): Float64Array | null {
    if (this.held) this.begin();
    if (!this.offset) return null;
    const goal = this.way.map((value) => this.held * value);
    [this.offset, this.speed] = follow(this.offset, this.speed, goal, RATE, seconds);
    if (Math.max(dot(this.offset, this.offset), dot(this.speed, this.speed)) < SETTLED ** 2) this.offset = null;
    return this.offset;
  }

  private begin(): void {
    if (this.offset) return;
    this.offset = new Float64Array(this.way.length);
    this.speed = new Float64Array(this.way.length);
  }
}
