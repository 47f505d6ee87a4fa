/** What is dragged gives way as the clip moves, and swings back when it is let go (alive_cli/runtime/drivers/touch.py). */

import { follow } from "./springs";
import { clamp, dot, mainWay, type Steering } from "./steering";

/** What is held follows the pointer like a critically damped spring of so many radians a second: 30 ms behind it. */
const FOLLOWING = 60;
/** Modes swing back with their own frequency, but not slower or faster, in hertz. */
const [SLOWEST, FASTEST] = [0.5, 4];
/** Modes swing back with at least this share of critical damping, and at most the other one. */
const [LEAST_DAMPING, MOST_DAMPING] = [0.2, 0.999];
/** Swings fall by e in 1 ÷ this many seconds or less. */
const DECAY = 1.3;
/** Swings below this, in spreads, are none. */
const SETTLED = 1e-3;
/** A nudge makes what is touched swing out by about so many spreads. */
const NUDGE = 0.8;

/** Holds, or lets swing, an offset of the motion modes. */
export class Touch {
  /** The point that was touched, and how far it is dragged. */
  private held: [number, number, number, number] | null = null;
  /** In spreads, and spreads per second, [S]; null where nothing moves. */
  private offset: Float64Array | null = null;
  private speed: Float64Array = new Float64Array(0);

  constructor(private readonly steering: Steering) {}

  get active(): boolean {
    return Boolean(this.held ?? this.offset);
  }

  /** Hold what is at a point, dragged by (dx, dy), in the picture's coordinates. */
  hold(x: number, y: number, dx: number, dy: number): void {
    this.begin();
    this.held = [x, y, dx, dy];
  }

  /** Let go of what is held, so that it swings back. */
  letGo(): void {
    this.held = null;
  }

  /** Push what is at a point, so that it swings the way it moves most in the clip. */
  nudge(x: number, y: number): void {
    const { steering } = this;
    const way = mainWay(...steering.displacements(x, y));
    const length = Math.sqrt(dot(way, way));
    if (!length) return;
    this.begin();
    this.speed = this.speed.map(
      (speed, mode) => speed + (NUDGE * way[mode] * 2 * Math.PI * swingOf(steering.frequency[mode])) / length,
    );
  }

  /** The offset `seconds` after the last call, in spreads; null where there is none. */
  after(seconds: number): Float64Array | null {
    const { held, steering } = this;
    if (!this.offset) return null;
    if (held) {
      const [x, y, dx, dy] = held;
      // The pointer is now where what it holds should be, so that point decides how to get there.
      const goal = steering.least(x + dx, y + dy, dx, dy);
      [this.offset, this.speed] = follow(this.offset, this.speed, goal, FOLLOWING, seconds);
      return this.offset;
    }
    this.swing(this.offset, seconds);
    if ([this.offset, this.speed].every((each) => each.every((value) => Math.abs(value) < SETTLED))) this.offset = null;
    return this.offset;
  }

  /** Damped oscillators about 0 after some seconds, exactly, whatever the number of seconds. */
  private swing(offset: Float64Array, seconds: number): void {
    const { speed } = this;
    this.steering.frequency.forEach((frequency, mode) => {
      const own = 2 * Math.PI * swingOf(frequency);
      const decay = clamp(DECAY, LEAST_DAMPING * own, MOST_DAMPING * own);
      const swing = Math.sqrt(own * own - decay * decay);
      const [cosine, sine] = [Math.cos(swing * seconds), Math.sin(swing * seconds) / swing];
      const fall = Math.exp(-decay * seconds);
      const [from, pace] = [offset[mode], speed[mode]];
      offset[mode] = fall * (from * (cosine + decay * sine) + pace * sine);
      speed[mode] = fall * (pace * (cosine - decay * sine) - own * own * from * sine);
    });
  }

  private begin(): void {
    if (this.offset) return;
    this.offset = new Float64Array(this.steering.spread.length);
    this.speed = new Float64Array(this.offset.length);
  }
}

function swingOf(frequency: number): number {
  return clamp(frequency, SLOWEST, FASTEST);
}
