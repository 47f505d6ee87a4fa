/** The pose follows the pointer, and returns to its own life afterwards (alive_cli/runtime/drivers/look.py). */

import { clamp, type Steering } from "./steering";

/** Within this share of the way from the middle to the edge, the scene looks straight ahead. */
const DEAD_ZONE = 0.06;
/** A look comes to the pointer with this time constant, in seconds. */
const PACE = 0.12;
/** The scene turns to a pointer that arrives, and away from one that leaves, with this time constant, in seconds. */
const TURNING = 0.4;
/** The life's own look counts up to so many times the largest look. */
const LARGEST_OWN = 1.5;
/** Less than this share of a look is none. */
const SETTLED = 1e-3;

/** Turns what moves most toward a point. */
export class Look {
  /** −1…1 across and down the picture; null while there is none. */
  private target: [number, number] | null = null;
  private look: [number, number] = [0, 0];
  /** 0…1: how far the look has replaced the life's own. */
  private share = 0;
  /** Seconds for which the point is still looked at. */
  private left = Infinity;

  constructor(private readonly steering: Steering) {}

  get active(): boolean {
    return this.target !== null || this.share > 0;
  }

  /** Look at a point for some seconds: −1 is the left or upper edge of the picture, 1 the right or lower one. */
  at(across: number, down: number, seconds = Infinity): void {
    const distance = Math.hypot(across, down);
    const kept = distance <= DEAD_ZONE ? 0 : (distance - DEAD_ZONE) / (1 - DEAD_ZONE) / distance;
    this.target = [clamp(across * kept, -1, 1), clamp(down * kept, -1, 1)];
    this.left = seconds;
  }

  /** Return to the scene's own life. */
  away(): void {
    this.target = null;
  }

  /** The offset of the picture of an embedding `seconds` after the last call, in spreads; null where there is none. */
  after(embedding: Float32Array, seconds: number): Float64Array | null {
    const { looks } = this.steering;
    this.left -= seconds;
    if (this.left < 0) this.target = null;
    const { target, look } = this;
    this.share += (Number(target !== null) - this.share) * (1 - Math.exp(-seconds / TURNING));
    if (!target && this.share < SETTLED) {
      this.share = 0;
      this.look = [0, 0];
      return null;
    }
    if (target) target.forEach((goal, axis) => (look[axis] += (goal - look[axis]) * (1 - Math.exp(-seconds / PACE))));
    const own = this.steering.turned(embedding).map((value) => clamp(value, -LARGEST_OWN, LARGEST_OWN));
    const [across, down] = [0, 1].map((axis) => this.share * (look[axis] - own[axis]) * Number(looks[axis].some(Boolean)));
    return looks[0].map((value, mode) => value * across + looks[1][mode] * down);
  }
}
