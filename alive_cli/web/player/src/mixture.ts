/** What an embedding is drawn from: keyframes, and coefficients of the modes (SPEC.md, Keyframes). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Engine } from "./engine";
import { CHECKED_PIXELS } from "./limits";
import type { Warp } from "./manifest";
import type { Numbers } from "./safetensors";
import type { View } from "./view";

/** A keyframe whose weight is at most this changes no pixel by half a level. */
const LEAST_WEIGHT = 1e-3;

/** A tensor of the bank that feeds an input of the generator graph. */
export interface FedTensor {
  input: string;
  data: Numbers;
  shape: number[];
}

/** The modes at the cells of both grids. */
export interface Modes {
  /** Cells of the colour grid, across and down: the scene's, or fewer for a while. */
  colours: [number, number];
  /** Motion modes [cells, S, 2], then colour modes [cells, R], with ones of zeros up to a multiple of 4. */
  values: Float32Array<ArrayBuffer>;
}

export interface Mixed {
  /** Each keyframe that counts. */
  keyframes: { number: number; weight: number }[];
  /** Coefficients of the motion modes for each of these, and for what all of them follow: [keyframes, S] and [S]. */
  motion: Float32Array<ArrayBuffer>;
  shift: Float32Array<ArrayBuffer>;
  /** From where it is seen, −1…1 across and down; null for straight ahead. */
  view: View | null;
  /** Coefficients of the colour modes × 255: red, green, blue, and one that is not used, [R up to a multiple of 4, 4]. */
  colour: Float32Array<ArrayBuffer>;
}

/** How many cells there are, and how many colour modes with those of zeros. */
export function modesLayout({ colour_modes, motion_grid }: Warp, [columns, rows]: [number, number]) {
  return {
    padded: 4 * Math.ceil(colour_modes / 4),
    motionCells: motion_grid[0] * motion_grid[1],
    colourCells: columns * rows,
  };
}

/**
 * Some of the values of `Modes`: those of `count` cells from `first` on, where the cells of the colour grid follow those
 * of the motion grid.
 */
export async function drawModes(
  engine: Engine,
  trunk: InferenceSession,
  warp: Warp,
  colours: [number, number],
  first: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { padded, motionCells } = modesLayout(warp, colours);
  const moving = 2 * warp.motion_modes;
  const features = moving + warp.colour_modes;
  const before = Math.max(0, Math.min(count, motionCells - first));
  const result = new Float32Array(before * moving + (count - before) * padded);
  let place = 0;
  for (let done = 0; done < count; done += CHECKED_PIXELS) {
    const points = Math.min(CHECKED_PIXELS, count - done);
    const coords = new Float32Array(2 * points);
    for (let point = 0; point < points; point++) {
      coords.set(coordsOf(warp, colours, motionCells, first + done + point), 2 * point);
    }
    const drawn = (await trunk.run({ coords: engine.tensor(coords, [points, 2]) })).features.data as Float32Array;
    for (let point = 0; point < points; point++) {
      const motion = done + point < before;
      const [from, to] = motion ? [0, moving] : [moving, features];
      result.set(drawn.subarray(point * features + from, point * features + to), place);
      place += motion ? moving : padded;
    }
  }
  return finite(result);
}

/** The coords of a cell of both grids, numbered one after the other. */
function coordsOf(
  { motion_grid, width, height }: Warp,
  colours: [number, number],
  motionCells: number,
  cell: number,
): [number, number] {
  const [columns, rows] = cell < motionCells ? motion_grid : colours;
  const place = cell < motionCells ? cell : cell - motionCells;
  const longest = Math.max(width, height);
  const u = ((place % columns) + 0.5) / columns;
  const v = (Math.floor(place / columns) + 0.5) / rows;
  return [((2 * u - 1) * width) / longest, ((2 * v - 1) * height) / longest];
}

/** Says what each embedding is drawn from. */
export class Mixture {
  private readonly feeds: Record<string, Tensor> = {};
  private readonly still: Float32Array;

  constructor(
    private readonly engine: Engine,
    private readonly generator: InferenceSession,
    private readonly warp: Warp,
    bank: FedTensor[],
  ) {
    for (const { input, data, shape } of bank) this.feeds[input] = engine.tensor(data, shape);
    this.still = new Float32Array(warp.motion_modes);
  }

  /**
   * @param embedding unit vector, [D].
   * @param offset added to the coefficients of the motion modes, [S]; null for none.
   */
  async of(embedding: Float32Array, offset: Float32Array | null): Promise<Mixed> {
    const { warp, engine } = this;
    const { motion_modes, colour_modes } = warp;
    const row = (values: Float32Array): Tensor => engine.tensor(values, [1, values.length]);
    const outputs = await this.generator.run({ ...this.feeds, embedding: row(embedding), offset: row(offset ?? this.still) });
    const numbers = (name: string): Float32Array<ArrayBuffer> => finite((outputs[name].data as Float32Array).slice());
    const [weight, every, shift, levels] = ["weight", "motion", "shift", "colour"].map(numbers);
    const slots = [...weight.keys()].filter((slot) => Math.abs(weight[slot]) > LEAST_WEIGHT);
    const motion = new Float32Array(slots.length * motion_modes);
    slots.forEach((slot, place) => {
      motion.set(every.subarray(slot * motion_modes, (slot + 1) * motion_modes), place * motion_modes);
    });
    const known = (number: bigint): number =>
      Number(number < 0n ? 0n : number >= BigInt(warp.count) ? BigInt(warp.count - 1) : number);
    const chosen = outputs.keyframe.data as BigInt64Array;
    const colour = new Float32Array(16 * Math.ceil(colour_modes / 4));
    levels.forEach((value, place) => (colour[4 * Math.floor(place / 3) + (place % 3)] = 255 * value));
    const keyframes = slots.map((slot) => ({ number: known(chosen[slot]), weight: weight[slot] }));
    return { keyframes, motion, shift, view: null, colour };
  }
}

/** Replace what is no finite number by 0, in place. */
function finite(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let place = 0; place < values.length; place++) if (!Number.isFinite(values[place])) values[place] = 0;
  return values;
}
