/** Table noise from Philox4x32-10 (SPEC.md, Noise): the same numbers in every language. */

export type Distribution = "uniform" | "normal" | "gumbel";

/** A distribution's table has this many quantiles, as the format defines. */
const ENTRIES = 4096;
/** Philox mixes its counter this many times: the number for which its authors tested it. */
const ROUNDS = 10;
/** Philox4x32 multiplies the first word by this number, from its publication. */
const FIRST_FACTOR = 0xd2511f53;
/** Philox4x32 multiplies the third word by this number, from its publication. */
const SECOND_FACTOR = 0xcd9e8d57;
/** The first word of the key grows by this number each round: the golden ratio's fraction. */
const FIRST_WEYL = 0x9e3779b9;
/** The second word of the key grows by this number each round: the fraction of the square root of 3. */
const SECOND_WEYL = 0xbb67ae85;

/** The tables that have been computed, by distribution. */
const tables = new Map<Distribution, Float32Array>();

/**
 * Fill a noise tensor.
 *
 * @param values the tensor, in row-major order; any length.
 * @param stream its place in `behavior.noise`.
 * @param step number of the step, a whole number ≥ 0.
 * @param seed of the rollout, 0 … 2⁶³−1.
 */
export function drawNoise(
  values: Float32Array,
  distribution: Distribution,
  stream: number,
  step: number,
  seed: bigint,
): void {
  const table = tableOf(distribution);
  const words = new Uint32Array(4);
  const key = [Number(seed & 0xffffffffn), Number(seed >> 32n)];
  const high = Math.floor(step / 2 ** 32);
  for (let place = 0; place < values.length; place += 4) {
    words[0] = place / 4;
    words[1] = step % 2 ** 32;
    words[2] = high;
    words[3] = stream;
    philox(words, key[0], key[1]);
    for (let word = 0; word < 4 && place + word < values.length; word++) values[place + word] = table[words[word] >>> 20];
  }
}

/** Philox4x32-10 (Salmon et al. 2011): turns a counter of four words into four random words, in place. */
export function philox(words: Uint32Array, first: number, second: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b, c, d] = words;
    words[0] = upper(SECOND_FACTOR, c) ^ b ^ first;
    words[1] = Math.imul(SECOND_FACTOR, c);
    words[2] = upper(FIRST_FACTOR, a) ^ d ^ second;
    words[3] = Math.imul(FIRST_FACTOR, a);
    first = (first + FIRST_WEYL) | 0;
    second = (second + SECOND_WEYL) | 0;
  }
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function upper(one: number, other: number): number {
  const low = one & 0xffff;
  const high = one >>> 16;
  const otherLow = other & 0xffff;
  const otherHigh = other >>> 16;
  const cross = high * otherLow + Math.floor((low * otherLow) / 65536);
  return high * otherHigh + Math.floor((cross + low * otherHigh) / 65536);
}

/** The table of a distribution: its quantiles at (n + ½) / 4096. */
export function tableOf(distribution: Distribution): Float32Array {
  let table = tables.get(distribution);
  if (!table) {
    table = Float32Array.from({ length: ENTRIES }, (_, number) => quantile(distribution, (number + 0.5) / ENTRIES));
    tables.set(distribution, table);
  }
  return table;
}

function quantile(distribution: Distribution, share: number): number {
  if (distribution === "uniform") return share;
  const value = distribution === "normal" ? inverseNormal(share) : -Math.log(-Math.log(share));
  return Math.round(value * ENTRIES) / ENTRIES;
}

/** The standard normal quantile, by Newton's method: the density is known, and the distribution as a series. */
function inverseNormal(share: number): number {
  if (share > 0.5) return -inverseNormal(1 - share);
  let x = 0;
  for (let turn = 0; turn < 60; turn++) {
    const change = (cumulative(x) - share) / (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
    // Far out the slope is flat, and a whole step would leap over the answer.
    x -= Math.max(-0.5, Math.min(0.5, change));
    if (Math.abs(change) < 1e-15) break;
  }
  return x;
}

/** The standard normal distribution at x ≤ 0, of −4 or above: ½ − φ(x) · (|x| + |x|³/3 + |x|⁵/15 + …). */
function cumulative(x: number): number {
  const size = Math.abs(x);
  let term = size;
  let sum = size;
  for (let odd = 3; term > 1e-18; odd += 2) {
    term *= (size * size) / odd;
    sum += term;
  }
  return 0.5 - (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
