/**
 * Registration of pictures in the space of a scene's motion modes, for leads.
 *
 * Gauss-Newton steps on the brightness of points (Lucas & Kanade 1981; Baker & Matthews 2004, "Lucas-Kanade 20 years on"),
 * with the modes as the only ways to move, a ridge by each mode's spread, and large differences weighing less.
 */

import { clamp, dot, type Steering } from "../steering";
import { LEVELS, type Pyramid, type Size } from "./pyramid";

/** Brightness is compared at no more points than this: 700 lose 0.2 dB, 3,000 gain 0.1 and take twice as long. */
const POINTS = 1500;
/** A point is compared where the modes move it by at least this share of the largest mean square displacement. */
const MOVES = 0.02;
/** A registration takes at most so many steps at each level, the largest picture first. */
const STEPS = [3, 2, 2];
/** A step is the last one of a level if it leaves more than this share of the cost. */
const HELPS = 0.999;
/** A difference of so many levels weighs half as much as a small one: it is rather something that appeared. */
const ROBUST = 16;
/** So many points are added to the normal equations at a time, because each of their numbers is then read once. */
const TOGETHER = 4;
/** A coefficient of one spread costs as much as this squared difference, in levels, at each point. */
const RIDGE = 0.05;

/** How a picture follows from a reference. */
export interface Match {
  /** In spreads, [S]. */
  coefficients: Float64Array;
  /** The mean cost of the differences that are left, in squared levels. */
  cost: number;
}

/** The points of a level. */
interface Points {
  columns: Int32Array;
  rows: Int32Array;
  /** Displacements per spread in pixels of the level, [P · S] each. */
  across: Float64Array;
  down: Float64Array;
}

/** A picture beside its reference, moved by some coefficients. */
interface Comparison extends Match {
  /** The cost with that of the coefficients. */
  total: number;
  /** What is left at the points in levels, and the slopes of the reference where it was moved to: [P] each. */
  rest: Float64Array;
  slopeX: Float64Array;
  slopeY: Float64Array;
}

/** Registers pictures of one size by the motion modes of a scene. */
export class Registration {
  private readonly levels: Points[];
  /** S. */
  readonly modes: number;

  /** Choose the points for pictures whose largest level has a size. */
  constructor(
    steering: Steering,
    readonly size: Size,
  ) {
    this.modes = steering.spread.length;
    this.levels = Array.from({ length: LEVELS }, (_, level) => pointsOf(steering, [size[0] >> level, size[1] >> level]));
  }

  /**
   * The coefficients c for which picture(x) ≈ reference(x + Σ c_s φ_s(x)), from the smallest level to the largest.
   *
   * @param begins coefficients to begin with, at least one [S]; the best of them at the smallest level is used.
   */
  register(reference: Pyramid, picture: Pyramid, begins: Float64Array[]): Match {
    const compared = begins.map((each) => this.compare(LEVELS - 1, reference, picture, each));
    let match: Match = compared.reduce((best, each) => (each.total < best.total ? each : best));
    for (let level = LEVELS - 1; level >= 0; level--) match = this.improve(level, reference, picture, match.coefficients);
    return { coefficients: match.coefficients, cost: match.cost };
  }

  /** The mean cost of the differences at a level, in squared levels, where the reference is moved by coefficients. */
  cost(level: number, reference: Pyramid, picture: Pyramid, coefficients: Float64Array): number {
    return this.compare(level, reference, picture, coefficients).cost;
  }

  private improve(level: number, reference: Pyramid, picture: Pyramid, coefficients: Float64Array): Comparison {
    let best = this.compare(level, reference, picture, coefficients);
    for (let step = 0; step < STEPS[level]; step++) {
      const change = this.step(level, best);
      const moved = best.coefficients.map((value, mode) => value + change[mode]);
      const following = this.compare(level, reference, picture, moved);
      if (!(following.total < best.total)) break;
      const last = following.total > HELPS * best.total;
      best = following;
      if (last) break;
    }
    return best;
  }

  private compare(level: number, reference: Pyramid, picture: Pyramid, coefficients: Float64Array): Comparison {
    const { columns, rows, across, down } = this.levels[level];
    const { width, height, brightness, across: slopesX, down: slopesY } = reference.levels[level];
    const target = picture.levels[level].brightness;
    const { modes } = this;
    const count = columns.length;
    const [rest, slopeX, slopeY] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    const [right, below] = [Math.min(1, width - 1), width * Math.min(1, height - 1)];
    let cost = 0;
    for (let point = 0, first = 0; point < count; point++, first += modes) {
      let [x, y] = [columns[point], rows[point]];
      const place = y * width + x;
      for (let mode = 0; mode < modes; mode++) {
        x += across[first + mode] * coefficients[mode];
        y += down[first + mode] * coefficients[mode];
      }
      x = clamp(x, 0, width - 1);
      y = clamp(y, 0, height - 1);
      const left = Math.min(Math.floor(x), Math.max(width - 2, 0));
      const top = Math.min(Math.floor(y), Math.max(height - 2, 0));
      const [fx, fy] = [x - left, y - top];
      const corner = top * width + left;
      const at = (values: Float64Array): number =>
        (1 - fy) * ((1 - fx) * values[corner] + fx * values[corner + right]) +
        fy * ((1 - fx) * values[corner + below] + fx * values[corner + below + right]);
      const difference = target[place] - at(brightness);
      rest[point] = difference;
      slopeX[point] = at(slopesX);
      slopeY[point] = at(slopesY);
      cost += ROBUST ** 2 * Math.log1p((difference / ROBUST) ** 2);
    }
    cost = count ? cost / count : 0;
    return { coefficients, cost, total: cost + RIDGE * dot(coefficients, coefficients), rest, slopeX, slopeY };
  }

  private step(level: number, here: Comparison): Float64Array {
    const { across, down } = this.levels[level];
    const { modes } = this;
    const { rest, slopeX, slopeY, coefficients } = here;
    const ridge = RIDGE * rest.length;
    const normal = new Float64Array(modes * modes);
    const side = coefficients.map((value) => -ridge * value);
    const slopes = Array.from({ length: TOGETHER }, () => new Float64Array(modes));
    const [s0, s1, s2, s3] = slopes;
    for (let point = 0; point < rest.length; point += TOGETHER) {
      const weights = slopes.map((own, number) => {
        const place = point + number;
        if (place >= rest.length) return own.fill(0), 0;
        const [x, y, first] = [slopeX[place], slopeY[place], place * modes];
        for (let mode = 0; mode < modes; mode++) own[mode] = x * across[first + mode] + y * down[first + mode];
        const weight = 1 / (1 + (rest[place] / ROBUST) ** 2);
        const weighed = weight * rest[place];
        for (let mode = 0; mode < modes; mode++) side[mode] += weighed * own[mode];
        return weight;
      });
      for (let mode = 0; mode < modes; mode++) {
        const [w0, w1, w2, w3] = [weights[0] * s0[mode], weights[1] * s1[mode], weights[2] * s2[mode], weights[3] * s3[mode]];
        for (let other = 0, place = mode * modes; other <= mode; other++, place++) {
          normal[place] += w0 * s0[other] + w1 * s1[other] + w2 * s2[other] + w3 * s3[other];
        }
      }
    }
    for (let mode = 0; mode < modes; mode++) normal[mode * modes + mode] += ridge;
    return solved(normal, side);
  }
}

/** The points of a level of a size: every n-th pixel across and down of those that the modes move. */
function pointsOf(steering: Steering, [width, height]: Size): Points {
  const modes = steering.spread.length;
  const count = width * height;
  const [across, down] = [new Float64Array(count * modes), new Float64Array(count * modes)];
  const energy = new Float64Array(count);
  const scales = [width / steering.across, height / steering.down];
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      const [x, y] = [(2 * (column + 0.5)) / width - 1, (2 * (row + 0.5)) / height - 1];
      const moved = steering.displacements(x * steering.across, y * steering.down);
      [across, down].forEach((values, axis) => {
        for (let mode = 0; mode < modes; mode++) {
          const value = moved[axis][mode] * scales[axis];
          values[place * modes + mode] = value;
          energy[place] += value * value;
        }
      });
    }
  }
  const least = MOVES * energy.reduce((most, value) => Math.max(most, value), 0);
  for (let apart = 1; ; apart++) {
    const half = Math.floor(apart / 2);
    const chosen = [...energy.keys()].filter(
      (place) => energy[place] > least && (place % width) % apart === half && Math.floor(place / width) % apart === half,
    );
    if (chosen.length > POINTS) continue;
    const rowsOf = (values: Float64Array): Float64Array => {
      const kept = new Float64Array(chosen.length * modes);
      chosen.forEach((place, number) => kept.set(values.subarray(place * modes, (place + 1) * modes), number * modes));
      return kept;
    };
    return {
      columns: Int32Array.from(chosen, (place) => place % width),
      rows: Int32Array.from(chosen, (place) => Math.floor(place / width)),
      across: rowsOf(across),
      down: rowsOf(down),
    };
  }
}

/**
 * The solution of normal equations by a Cholesky decomposition; zeros where numbers of a stranger allow none.
 *
 * @param normal the lower triangle counts, [S, S]; it is overwritten.
 */
function solved(normal: Float64Array, side: Float64Array): Float64Array {
  const count = side.length;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = normal[row * count + column];
      for (let k = 0; k < column; k++) sum -= normal[row * count + k] * normal[column * count + k];
      if (row !== column) normal[row * count + column] = sum / normal[column * count + column];
      else if (sum > 0) normal[row * count + row] = Math.sqrt(sum);
      else return new Float64Array(count);
    }
  }
  const solution = Float64Array.from(side);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < row; k++) solution[row] -= normal[row * count + k] * solution[k];
    solution[row] /= normal[row * count + row];
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let k = row + 1; k < count; k++) solution[row] -= normal[k * count + row] * solution[k];
    solution[row] /= normal[row * count + row];
  }
  return solution.every(Number.isFinite) ? solution : new Float64Array(count);
}
