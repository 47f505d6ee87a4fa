/** How a picture can be moved as its clip moves: offsets of the motion modes (SPEC.md, Steering). */

import type { Warp } from "./manifest";

/** Ridge of the least offset, as a share of the largest mean square displacement: so, what hardly moves hardly gives way. */
const FIRMNESS = 0.02;
/** Offsets of up to this share of the reach are as they are; longer ones come nearer and nearer to the reach. */
const LINEAR = 0.7;
/** Where a drag is followed by less than this share, the clip hardly moves. */
const STILL = 0.3;
/** Spreads are divided by at least this. */
const LEAST_SPREAD = 1e-12;
/** The number that scales an embedding is at least this. */
const LEAST_SCALE = 1e-6;

/** The tensors of the bank that `steering` names: [S], [S] and [2, S]. */
export interface SteeringTensors {
  spread: Float32Array;
  frequency: Float32Array;
  look: Float32Array;
}

/** The numbers of two lists added, the second ones times a factor. */
export function plus(one: Float64Array, other: ArrayLike<number>, factor = 1): Float64Array {
  return one.map((value, place) => value + factor * other[place]);
}

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += one[place] * other[place];
  return sum;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The motion modes of a scene, for moving its picture. Offsets here are in spreads of each mode in the clip. */
export class Steering {
  /** Width and height in longest sides: one of them is 1. */
  readonly across: number;
  readonly down: number;
  /** Standard deviations of the coefficients in the clip, and the hertz with which they swing, [S]. */
  readonly spread: Float64Array;
  readonly frequency: Float64Array;
  /** Offsets that turn what moves most to the right, and down, [S] each; zeros where nothing does. */
  readonly looks: [Float64Array, Float64Array];
  /** Displacements per spread on the motion grid, in longest sides: x then y, [2][cells · S]. */
  private readonly modes: [Float64Array, Float64Array];
  /** The largest mean square displacement anywhere. */
  private readonly most: number;

  /**
   * @param modes the motion modes at the cells of their grid, [cells, S, 2]; what follows them is not read.
   * @param fps frames of the scene a second.
   */
  constructor(
    private readonly warp: Warp,
    { spread, frequency, look }: SteeringTensors,
    modes: Float32Array,
    fps: number,
  ) {
    const { width, height, motion_modes: count, motion_grid } = warp;
    const longest = Math.max(width, height);
    [this.across, this.down] = [width / longest, height / longest];
    this.spread = Float64Array.from(spread);
    this.frequency = Float64Array.from(frequency, (value) => value * fps);
    const turn = (first: number): Float64Array =>
      this.spread.map((own, mode) => (own > 0 ? look[first + mode] / Math.max(own, LEAST_SPREAD) : 0));
    this.looks = [turn(0), turn(count)];
    const values = motion_grid[0] * motion_grid[1] * count;
    const axis = (channel: number): Float64Array =>
      Float64Array.from({ length: values }, (_, place) => modes[2 * place + channel] * this.spread[place % count]);
    this.modes = [axis(0), axis(1)];
    let most = 0;
    for (let first = 0; first < values; first += count) {
      const [x, y] = this.modes.map((each) => each.subarray(first, first + count));
      most = Math.max(most, dot(x, x) + dot(y, y));
    }
    this.most = most;
  }

  /** Whether it knows how to look across, or down. */
  get turns(): boolean {
    return this.looks.some((look) => look.some(Boolean));
  }

  /** The pose of an embedding, [D], less the clip's mean, as an offset. */
  own(embedding: Float32Array): Float64Array {
    const { pose, pose_scale } = this.warp.steering!;
    const scale = Math.max(embedding[embedding.length - 1], LEAST_SCALE) * pose_scale;
    return this.spread.map((own, mode) => (own > 0 ? embedding[pose[0] + mode] / scale / Math.max(own, LEAST_SPREAD) : 0));
  }

  /**
   * The displacements per spread, in longest sides, at a point in the picture's coordinates: the longest side spans
   * −1…1, and y points down.
   *
   * @returns x and y, [S] each.
   */
  displacements(x: number, y: number): [Float64Array, Float64Array] {
    const [columns, rows] = this.warp.motion_grid;
    const count = this.spread.length;
    const column = clamp(((x / this.across + 1) / 2) * columns - 0.5, 0, columns - 1);
    const row = clamp(((y / this.down + 1) / 2) * rows - 0.5, 0, rows - 1);
    const left = Math.min(Math.floor(column), Math.max(columns - 2, 0));
    const top = Math.min(Math.floor(row), Math.max(rows - 2, 0));
    const right = Math.min(left + 1, columns - 1);
    const bottom = Math.min(top + 1, rows - 1);
    const [fx, fy] = [column - left, row - top];
    const corners = [
      [top, left, (1 - fx) * (1 - fy)],
      [top, right, fx * (1 - fy)],
      [bottom, left, (1 - fx) * fy],
      [bottom, right, fx * fy],
    ];
    const at = (modes: Float64Array): Float64Array => {
      const result = new Float64Array(count);
      for (const [cellRow, cellColumn, share] of corners) {
        const first = (cellRow * columns + cellColumn) * count;
        for (let mode = 0; mode < count; mode++) result[mode] += share * modes[first + mode];
      }
      return result;
    };
    return [at(this.modes[0]), at(this.modes[1])];
  }

  /**
   * The least offset that shows at a point what was (dx, dy) before it; shorter where it would exceed the reach. All
   * four are in the picture's coordinates.
   */
  least(x: number, y: number, dx: number, dy: number): Float64Array {
    const [across, down] = this.displacements(x, y);
    const ridge = (FIRMNESS * this.most) / 2;
    const [xx, xy, yy] = [dot(across, across) + ridge, dot(across, down), dot(down, down) + ridge];
    const area = xx * yy - xy * xy;
    // A coordinate is half a longest side.
    const [a, b] = area ? [(yy * dx - xy * dy) / area / 2, (xx * dy - xy * dx) / area / 2] : [0, 0];
    return this.within(across.map((value, mode) => -value * a - down[mode] * b));
  }

  /** An offset that is no longer than the reach, and goes over softly to it. */
  within(offset: Float64Array): Float64Array {
    const { reach } = this.warp.steering!;
    const length = Math.sqrt(dot(offset, offset));
    const straight = LINEAR * reach;
    if (length <= straight) return offset;
    const rest = reach - straight;
    const scale = (straight + rest * Math.tanh((length - straight) / rest)) / length;
    return offset.map((value) => value * scale);
  }

  /** Whether what is at a point moves so much in the clip that it follows a drag. */
  follows(x: number, y: number): boolean {
    const [across, down] = this.displacements(x, y);
    const energy = dot(across, across) + dot(down, down);
    return this.most > 0 && energy / (energy + FIRMNESS * this.most) > STILL;
  }
}
