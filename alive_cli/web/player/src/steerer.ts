/** What moves the pictures of one scene: a lead, and touch, look and sound together. */

import { LeadDriver } from "./lead/driver";
import { Look } from "./look";
import { Nudge } from "./sound/nudge";
import { plus, Steering } from "./steering";
import { Touch } from "./touch";

/** Time goes on by at most so many seconds from picture to picture, so that what swings goes on after a pause. */
const LONGEST_STEP = 0.25;
/** What is drawn: an embedding, unit vector [D], and what is added to the coefficients of the motion modes, [S]. */
export interface Steered {
  embedding: Float32Array;
  /** Null where nothing moves the picture. */
  offset: Float32Array | null;
}

export class Steerer {
  readonly touch: Touch;
  readonly look: Look;
  readonly lead: LeadDriver;
  readonly nudge: Nudge;
  private last = 0;

  constructor(readonly steering: Steering) {
    this.touch = new Touch(steering);
    this.look = new Look(steering);
    this.lead = new LeadDriver(steering);
    this.nudge = new Nudge(steering);
  }

  /** Whether pictures are moved at present. */
  get active(): boolean {
    return this.lead.active || this.touch.active || this.look.active || this.nudge.active;
  }

  /**
   * What is drawn in place of an embedding now.
   *
   * @param used by how much a view stretches the picture already.
   */
  now(embedding: Float32Array, used = 0): Steered {
    const time = performance.now() / 1000;
    const seconds = Math.min(time - this.last, LONGEST_STEP);
    this.last = time;
    return this.after(embedding, seconds, used);
  }

  /** The same `seconds` after the last picture. */
  after(own: Float32Array, seconds: number, used = 0): Steered {
    const { steering } = this;
    const led = this.lead.after(own, seconds);
    const embedding = led?.embedding ?? own;
    const look = this.look.after(embedding, seconds);
    const touch = this.touch.after(seconds);
    const nudge = this.nudge.after(seconds);
    const moves = [look, touch, nudge].filter((each) => each !== null);
    const moved = moves.length ? moves.reduce(plus) : null;
    let offset = moved && steering.within(moved, used);
    if (led) offset = steering.unfolded(offset ? plus(offset, led.offset) : led.offset, used);
    return { embedding, offset: offset && Float32Array.from(offset, (value, mode) => value * steering.spread[mode]) };
  }
}
