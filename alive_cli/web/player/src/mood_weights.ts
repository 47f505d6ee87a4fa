/** How moods weigh the observed frames (SPEC.md, Moods): the same weights as every other player's. */

import type { VerifiedScene } from "./bundle";
import { PlayerError } from "./errors";

/** Strengths, −1 … 1, by the names of moods. */
export type Strengths = ReadonlyMap<string, number>;

/** A frame that has all of a mood is worth so much, in units of the choice. */
const GAIN = 3.5;
/** A walk chooses between costs, in median steps, at this temperature. */
const CHOICE = 0.35;
/** What lies a frame ahead counts by this factor, and so many frames ahead are considered; more hardly count. */
const [FORESIGHT, ROUNDS] = [0.97, 200];
/** Logarithms of weights have at most this size, because single precision holds no larger ones. */
const LARGEST_LOGARITHM = 80;
/** Logarithms of weights are multiples of 1/4096, so that every player gets the same. */
const RESOLUTION = 4096;
/** A motion graph of more edges has no moods, because the weights would take more than some seconds. */
const MOST_EDGES = 1 << 21;

/** The weights of the frames in moods, [N]; null where no mood has a strength other than 0. */
export class MoodWeights {
  private last: { text: string; weights: Float32Array | null } = { text: "", weights: null };

  constructor(private readonly scene: VerifiedScene) {}

  /**
   * @throws PlayerError: the scene has no such mood, or its motion graph is too large.
   */
  of(strengths: Strengths): Float32Array | null {
    const present = [...strengths].filter(([, strength]) => strength !== 0);
    // Who drags a slider to and fro, or begins another life, asks for the same ones again.
    const text = JSON.stringify(present);
    if (text !== this.last.text) this.last = { text, weights: present.length ? this.compute(present) : null };
    return this.last.weights;
  }

  private compute(present: [string, number][]): Float32Array {
    const { manifest, behavior, bank, frames } = this.scene;
    const liking = new Float64Array(frames);
    for (const [name, strength] of present) {
      if (!Object.hasOwn(manifest.moods, name)) throw new PlayerError("The scene has no such mood.");
      const mood = bank.get(manifest.moods[name])!.data as Float32Array;
      for (let frame = 0; frame < frames; frame++) liking[frame] += GAIN * strength * mood[frame];
    }
    const { targets, costs } = behavior.transitions!;
    return moodWeights(liking, bank.get(targets)!.data as BigInt64Array, bank.get(costs)!.data as Float32Array);
  }
}

/**
 * The weights with which a walk over the motion graph gets what is liked. It pays for deviating from its own choice p,
 * and gains what it likes. Then its best choice is p times a weight of each frame, which a fixed point gives (Todorov
 * 2009, Efficient computation of optimal actions).
 *
 * @param liking how much each frame is liked, [N], in units of the choice.
 * @param edges the frames that transitions lead to, [N, K].
 * @param costs of the transitions, [N, K], in median steps.
 * @returns [N].
 * @throws PlayerError: the motion graph is too large.
 */
export function moodWeights(liking: Float64Array, edges: BigInt64Array, costs: Float32Array): Float32Array {
  if (edges.length > MOST_EDGES) throw new PlayerError("This scene has too many transitions for moods.");
  const count = liking.length;
  const each = edges.length / count;
  const targets = Int32Array.from(edges, Number);
  const chances = Float64Array.from(costs, (cost) => -cost / CHOICE); // their logarithms
  const terms = new Float64Array(each);
  let ahead = new Float64Array(count);
  for (let frame = 0; frame < count; frame++) {
    const own = chances.subarray(frame * each, (frame + 1) * each);
    terms.set(own);
    const whole = logSum(terms);
    for (let edge = 0; edge < each; edge++) own[edge] -= whole;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(count);
    for (let frame = 0; frame < count; frame++) {
      const first = frame * each;
      for (let edge = 0; edge < each; edge++) terms[edge] = chances[first + edge] + ahead[targets[first + edge]];
      next[frame] = FORESIGHT * (liking[frame] + logSum(terms));
    }
    ahead = next;
  }
  const most = liking.reduce((one, other) => Math.max(one, other));
  let [whole, mean] = [0, 0];
  for (let frame = 0; frame < count; frame++) {
    const share = Math.exp(liking[frame] - most);
    whole += share;
    mean += share * ahead[frame];
  }
  return Float32Array.from(ahead, (logarithm) => {
    const rounded = roundEven((logarithm - mean / whole) * RESOLUTION) / RESOLUTION;
    return Math.exp(Math.min(Math.max(rounded, -LARGEST_LOGARITHM), LARGEST_LOGARITHM));
  });
}

/** The logarithm of the sum of exponentials, without overflow. */
function logSum(logarithms: Float64Array): number {
  let largest = -Infinity;
  for (let place = 0; place < logarithms.length; place++) largest = Math.max(largest, logarithms[place]);
  let sum = 0;
  for (let place = 0; place < logarithms.length; place++) sum += Math.exp(logarithms[place] - largest);
  return largest + Math.log(sum);
}

/** The nearest whole number; of two, the even one. */
function roundEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below;
  return above < 0.5 || (above === 0.5 && below % 2 === 0) ? below : below + 1;
}
