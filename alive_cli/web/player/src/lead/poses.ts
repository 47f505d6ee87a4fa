/** The observed embeddings of a scene by their poses. */

import type { Steering } from "../steering";

/** A pose is drawn from so many observed embeddings around it; those of one person hold the blinks of another. */
const MIXED = 3;
/** Distances of poses count as at least this, because 1 ÷ 0 is infinite. */
const LEAST_APART = 1e-9;
/** The medoid is chosen among at most so many rows, evenly spread, because the work grows with their square. */
const MOST_COMPARED = 1024;
/** The number that scales an embedding is at least this. */
const LEAST_SCALE = 1e-6;

/** The pose that a lead asks for. */
export interface LeadPose {
  /** The observed embedding, or a mixture of some, that it is drawn from: [D], its last element 1. */
  base: Float64Array;
  /** In spreads about the clip's mean, as `Steering.own`: [S]. */
  pose: Float64Array;
}

export class ObservedPoses {
  /** The embeddings with their last element 1, [D] each. */
  readonly plane: Float64Array[];
  /** In spreads, [S] each. */
  readonly poses: Float64Array[];
  /** The same in lengths. */
  private readonly lengths: Float64Array[];
  /** The observed frame whose pose is nearest to those of all others. */
  readonly calm: number;

  /** @param embeddings [D] each, at least one. */
  constructor(
    private readonly steering: Steering,
    embeddings: Float32Array[],
  ) {
    this.plane = embeddings.map((row) => {
      const scale = Math.max(row[row.length - 1], LEAST_SCALE);
      return Float64Array.from(row, (value) => value / scale);
    });
    this.poses = embeddings.map((row) => steering.own(row));
    this.lengths = this.poses.map((pose) => pose.map((value, mode) => value * steering.spread[mode]));
    this.calm = medoid(this.lengths);
  }

  /** The observed embeddings nearest to a pose, [S] in spreads, mixed by inverse distance (Shepard 1968): [D]. */
  near(pose: Float64Array): Float64Array {
    const { lengths, plane, steering } = this;
    const place = pose.map((value, mode) => value * steering.spread[mode]);
    const apart = lengths.map((each) => Math.sqrt(squares(each, place)));
    const order = [...apart.keys()].sort((one, other) => apart[one] - apart[other] || one - other).slice(0, MIXED + 1);
    let weights = order.map((frame) => 1 / Math.max(apart[frame], LEAST_APART));
    if (weights.length > MIXED) {
      const least = weights.pop()!;
      weights = weights.map((weight) => weight - least); // so that none pops in or out
    }
    let sum = weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0)) [weights, sum] = [weights.map(() => 1), weights.length];
    const mixed = new Float64Array(plane[0].length);
    weights.forEach((weight, number) => plane[order[number]].forEach((value, element) => (mixed[element] += (weight * value) / sum)));
    return mixed;
  }

  /**
   * At most so many observed frames that are far apart: the calm one, then always the one that is farthest from those
   * before (Gonzalez 1985).
   */
  spreadOut(most: number): number[] {
    const { plane, calm } = this;
    const chosen = [calm];
    let apart = plane.map((row) => squares(row, plane[calm]));
    while (chosen.length < most) {
      const farthest = apart.reduce((best, value, frame) => (value > apart[best] ? frame : best), 0);
      if (!(apart[farthest] > 0)) break;
      chosen.push(farthest);
      apart = apart.map((value, frame) => Math.min(value, squares(plane[frame], plane[farthest])));
    }
    return chosen;
  }
}

/** The number of the list with the least sum of distances to all others, or to those evenly spread. */
export function medoid(all: Float64Array[]): number {
  const every = Math.max(1, Math.ceil(all.length / MOST_COMPARED));
  const rows = all.filter((_, number) => number % every === 0);
  const sums = new Float64Array(rows.length);
  for (let one = 0; one < rows.length; one++) {
    for (let other = one + 1; other < rows.length; other++) {
      const apart = Math.sqrt(squares(rows[one], rows[other]));
      sums[one] += apart;
      sums[other] += apart;
    }
  }
  return every * sums.reduce((best, value, number) => (value < sums[best] ? number : best), 0);
}

/** The squared distance of two lists. */
function squares(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += (one[place] - other[place]) ** 2;
  return sum;
}
