/** How a picture can be moved as its clip moves: offsets of the motion modes (SPEC.md, Steering). */

import type { Warp } from "./manifest";

/** Ridge of the least offset, as a share of the largest mean square displacement: so, what hardly moves hardly gives way. */
const FIRMNESS = 0.02;
/** Offsets of up to this share of a bound are as they are; larger ones come nearer and nearer to the bound. */
const LINEAR = 0.7;
/** Offsets stretch or squeeze the picture by less than this anywhere. */
const MOST_STRETCH = 1;
/** The ridge is at least this, because nothing at all may move. */
const LEAST = 1e-12;
/** Ridge of a look, as a share of its length: looks across and down may be one and the same. */
const ALIGNED = 1e-6;
/** Where a drag is followed by less than this share, the clip hardly moves. */
const STILL = 0.3;
/** Spreads are divided by at least this. */
const LEAST_SPREAD = 1e-12;
/** The number that scales an embedding is at least this. */
const LEAST_SCALE = 1e-6;

/** People read this where a scene has no steering. */
export const NO_MODES =
  "This scene doesn't say how its picture moves; unless it is a photograph, run alive export on it, or fit it again.";

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

/** The offset that moves what has these displacements, [S] each, along their main axis: to the right, or down where it is steep. */
export function mainWay(across: Float64Array, down: Float64Array): Float64Array {
  const angle = Math.atan2(2 * dot(across, down), dot(across, across) - dot(down, down)) / 2;
  let [a, b] = [Math.cos(angle), Math.sin(angle)];
  if ((Math.abs(a) >= Math.abs(b) ? a : b) < 0) [a, b] = [-a, -b];
  return across.map((value, mode) => -value * a - down[mode] * b);
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** Two numbers that solve the equations whose matrix holds the products of two lists, and a ridge. */
function solved(one: Float64Array, other: Float64Array, ridge: number, x: number, y: number): [number, number] {
  const [xx, xy, yy] = [dot(one, one) + ridge, dot(one, other), dot(other, other) + ridge];
  const area = xx * yy - xy * xy;
  return [(yy * x - xy * y) / area, (xx * y - xy * x) / area];
}

/** What to multiply something of a size by, so that it is at most so large: 0 for what is not finite. */
function shareOf(size: number, most: number): number {
  const straight = LINEAR * most;
  if (size <= straight) return 1;
  const rest = most - straight;
  return Number.isFinite(size) && rest > 0 ? (straight + rest * Math.tanh((size - straight) / rest)) / size : 0;
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

  /**
   * The offset that turns what moves most down, or else across, or moves it as it does most in the clip: by one longest
   * side at the place that moves farthest; zeros where nothing moves.
   */
  nod(): Float64Array {
    const [columns, rows] = this.warp.motion_grid;
    const count = this.spread.length;
    const places = Array.from({ length: columns * rows }, (_, cell): [number, number] => [
      ((2 * (cell % columns) + 1) / columns - 1) * this.across,
      ((2 * Math.floor(cell / columns) + 1) / rows - 1) * this.down,
    ]);
    const moved = places.map((place) => this.displacements(...place));
    const energies = moved.map(([x, y]) => dot(x, x) + dot(y, y));
    const strongest = (): Float64Array => mainWay(...moved[energies.indexOf(Math.max(...energies))]);
    const way = [this.looks[1], this.looks[0]].find((look) => look.some(Boolean)) ?? strongest();
    const farthest = Math.max(...moved.map(([x, y]) => Math.hypot(dot(x, way), dot(y, way))));
    return farthest > 0 ? way.map((value) => value / farthest) : new Float64Array(count);
  }

  /** The pose of an embedding, [D], less the clip's mean, as an offset. */
  own(embedding: Float32Array | Float64Array): Float64Array {
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
    // A coordinate is half a longest side.
    const [a, b] = solved(across, down, (FIRMNESS * this.most) / 2 + LEAST, dx / 2, dy / 2);
    return this.within(across.map((value, mode) => -value * a - down[mode] * b));
  }

  /** How far an embedding looks across and down by itself, in units of `looks`. */
  turned(embedding: Float32Array): number[] {
    const [across, down] = this.looks;
    const pose = this.own(embedding);
    const ridge = LEAST + ALIGNED * (dot(across, across) + dot(down, down));
    const turns = solved(across, down, ridge, dot(across, pose), dot(down, pose));
    return turns.map((value) => (Number.isNaN(value) ? 0 : value));
  }

  /**
   * An offset that is no longer than the reach, and folds nothing; larger ones come softly to these bounds.
   *
   * @param used by how much something else stretches the picture already.
   */
  within(offset: Float64Array, used = 0): Float64Array {
    const { reach } = this.warp.steering!;
    const room = Math.max(MOST_STRETCH - used, 0);
    const share = Math.min(shareOf(Math.sqrt(dot(offset, offset)), reach), shareOf(this.stretch(offset), room));
    return share < 1 ? offset.map((value) => (share > 0 ? value * share : 0)) : offset;
  }

  /** An offset of any length that folds nothing. */
  unfolded(offset: Float64Array, used = 0): Float64Array {
    const share = shareOf(this.stretch(offset), Math.max(MOST_STRETCH - used, 0));
    return offset.map((value) => (share > 0 ? value * share : 0));
  }

  /** By how much the displacements of an offset change at most over a length: from 1 on, pictures fold or tear. */
  private stretch(offset: Float64Array): number {
    const [columns, rows] = this.warp.motion_grid;
    const count = offset.length;
    const fields = this.modes.map((modes) =>
      Float64Array.from({ length: columns * rows }, (_, cell) => {
        let sum = 0;
        for (let mode = 0, place = cell * count; mode < count; mode++, place++) sum += offset[mode] * modes[place];
        return sum;
      }),
    );
    const [perColumn, perRow] = [columns / this.across, rows / this.down];
    let most = 0;
    for (let row = 0, cell = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, cell++) {
        const [x, y] = fields.map((field) => field[cell]);
        const to = (next: number, scale: number): number => Math.hypot(fields[0][next] - x, fields[1][next] - y) * scale;
        if (column + 1 < columns) most = Math.max(most, to(cell + 1, perColumn));
        if (row + 1 < rows) most = Math.max(most, to(cell + columns, perRow));
      }
    }
    return most;
  }

  /** Whether what is at a point moves so much in the clip that it follows a drag. */
  follows(x: number, y: number): boolean {
    const [across, down] = this.displacements(x, y);
    const energy = dot(across, across) + dot(down, down);
    return this.most > 0 && energy / (energy + FIRMNESS * this.most) > STILL;
  }
}
