/** What moves the pictures of one scene: touch, look and sound together. */

import { Look } from "./look";
import { Nudge } from "./sound/nudge";
import { plus, Steering } from "./steering";
import { Touch } from "./touch";

/** Time goes on by at most so many seconds from picture to picture, so that what swings goes on after a pause. */
const LONGEST_STEP = 0.25;

export class Steerer {
  readonly touch: Touch;
  readonly look: Look;
  readonly nudge: Nudge;
  private last = 0;

  constructor(readonly steering: Steering) {
    this.touch = new Touch(steering);
    this.look = new Look(steering);
    this.nudge = new Nudge(steering);
  }

  /** Whether pictures are moved at present. */
  get active(): boolean {
    return this.touch.active || this.look.active || this.nudge.active;
  }

  /** What moves the picture of an embedding that is drawn now: added to the coefficients of the motion modes, [S]. */
  now(embedding: Float32Array): Float32Array | null {
    const time = performance.now() / 1000;
    const seconds = Math.min(time - this.last, LONGEST_STEP);
    this.last = time;
    return this.after(embedding, seconds);
  }

  /** The same `seconds` after the last picture; null where nothing moves it. */
  after(embedding: Float32Array, seconds: number): Float32Array | null {
    const { steering } = this;
    const look = this.look.after(embedding, seconds);
    const touch = this.touch.after(seconds);
    const both = look && touch ? plus(look, touch) : (look ?? touch);
    const nudge = this.nudge.after(seconds);
    const offset = both && nudge ? plus(both, nudge) : (both ?? nudge);
    return offset && Float32Array.from(steering.within(offset), (value, mode) => value * steering.spread[mode]);
  }
}
