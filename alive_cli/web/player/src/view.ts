/** From where a scene with depth is seen: it sways, or follows what people do (alive_cli/runtime/drivers/view.py). */

import type { Warp } from "./manifest";
import { follow } from "./springs";
import { clamp } from "./steering";

/** Across and down, −1…1: 1 is far on the right, and far below. */
export type View = [number, number];

/** A scene with depth sways by so much of its range unless somebody chooses otherwise. */
const SWAY = 0.6;
/** A sway goes across and back in so many seconds, and down and back in so many. */
const ACROSS = 7;
const DOWN = 11.3;
/** A sway goes down by so much of what it goes across. */
const LOWER = 0.5;
/** A view follows what moves it like a critically damped spring of so many radians a second. */
const FOLLOWING = 5;
/** A view that is nearer than this to straight ahead, and as slow, is straight ahead. */
const SETTLED = 1e-3;
/** People read this where they move a view that a scene doesn't have. */
export const NO_DEPTH = "This scene knows no near and far; fit it with --depth or --depth-model.";
/** Time goes on by at most so many seconds from picture to picture, so that a sway goes on after a pause. */
const LONGEST_STEP = 0.25;

export class ViewDriver {
  /** How far it sways by itself, 0…1. */
  private sway = SWAY;
  /** By how much a view of length 1 stretches the picture at most. */
  readonly stretch: number;
  private target: View | null = null;
  /** Seconds for which the target still counts. */
  private left = 0;
  private seconds = 0;
  private view: Float64Array = new Float64Array(2);
  private speed: Float64Array = new Float64Array(2);
  private last = 0;

  /** @param depth displacements of views of 1, [2, rows, columns] of the motion grid. */
  constructor(warp: Warp, depth: Float32Array) {
    this.stretch = stretchOf(warp, depth);
  }

  /** Whether a pointer, or a script, moves it at present. */
  get active(): boolean {
    const { target, view, speed } = this;
    return target !== null && Math.max(...target.map((goal, axis) => Math.abs(goal - view[axis]) + Math.abs(speed[axis]))) > SETTLED;
  }

  /** Go to a view, and stay there for some seconds. */
  hold(across: number, down: number, seconds = Infinity): void {
    this.target = [clamp(across, -1, 1), clamp(down, -1, 1)];
    this.left = seconds;
  }

  /** The same from the very next picture on. */
  begin(across: number, down: number): void {
    this.hold(across, down);
    this.view = Float64Array.from(this.target!);
    this.speed = new Float64Array(2);
  }

  /** Sway again. */
  letGo(): void {
    this.target = null;
  }

  /** Sway so far, 0…1, or as scenes usually do. */
  swayAs(amount: number | null): void {
    this.sway = amount ?? SWAY;
    this.target = null;
  }

  /** The view now; null for straight ahead. */
  now(): View | null {
    const time = performance.now() / 1000;
    const seconds = Math.min(time - this.last, LONGEST_STEP);
    this.last = time;
    return this.after(seconds);
  }

  /** The same `seconds` after the last picture. */
  after(seconds: number): View | null {
    this.seconds += seconds;
    this.left -= seconds;
    if (this.left < 0) this.target = null;
    const turn = (period: number): number => Math.sin((2 * Math.PI * this.seconds) / period);
    const goal = Float64Array.from(this.target ?? [this.sway * turn(ACROSS), this.sway * LOWER * turn(DOWN)]);
    [this.view, this.speed] = follow(this.view, this.speed, goal, FOLLOWING, seconds);
    const { view, speed } = this;
    if (!goal.some(Boolean) && Math.max(...view.map(Math.abs), ...speed.map(Math.abs)) < SETTLED) {
      this.view = new Float64Array(2);
      this.speed = new Float64Array(2);
      return null;
    }
    return [clamp(view[0], -1, 1), clamp(view[1], -1, 1)];
  }
}

/** By how much displacements of a view of length 1 change at most over a length of the picture. */
function stretchOf({ motion_grid: [columns, rows], width, height }: Warp, depth: Float32Array): number {
  const longest = Math.max(width, height);
  let most = 0;
  depth.forEach((value, place) => {
    const cell = place % (columns * rows);
    const to = (next: number, scale: number): number => Math.abs(depth[next] - value) * scale;
    if ((cell % columns) + 1 < columns) most = Math.max(most, to(place + 1, (columns * longest) / width));
    if (cell + columns < columns * rows) most = Math.max(most, to(place + columns, (rows * longest) / height));
  });
  return most;
}
