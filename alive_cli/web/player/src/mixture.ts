/** What an embedding is drawn from: keyframes with their weights and displacements, and colours (SPEC.md, Keyframes). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Engine } from "./engine";
import { displaced, type Grid, resized } from "./grids";
import { gridPoints } from "./keyframes";
import { type Kernel, KernelMemory } from "./kernel";
import { CHECKED_PIXELS } from "./limits";
import type { Warp } from "./manifest";
import type { Numbers } from "./safetensors";

/** A displacement is at most this many longest sides. */
const MAX_DISPLACEMENT = 4;
/** A keyframe whose weight is at most this changes no pixel by half a level. */
const LEAST_WEIGHT = 1e-3;

/** A tensor of the bank that feeds an input of the generator graph. */
export interface FedTensor {
  input: string;
  data: Numbers;
  shape: number[];
}

export interface Mixed {
  /** Each keyframe that counts: its number, its weight, and its displacements in longest sides on the motion grid. */
  keyframes: { number: number; weight: number; displacement: Grid }[];
  /** The colours that are added, 0 … 255, on the colour grid: red, green, blue, and one that is not used. */
  colours: Grid;
}

/**
 * The modes at some of the cells of both grids, those of the motion grid first: [cells, 2·S], then [cells, R].
 *
 * @param first the first of the cells.
 */
export async function drawModes(
  engine: Engine,
  trunk: InferenceSession,
  warp: Warp,
  first: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const moving = 2 * warp.motion_modes;
  const features = moving + warp.colour_modes;
  const before = Math.max(0, Math.min(count, warp.motion_grid[0] * warp.motion_grid[1] - first));
  // Only what is needed is kept: all features could take gigabytes.
  const result = new Float32Array(before * moving + (count - before) * warp.colour_modes);
  let place = 0;
  for (let done = 0; done < count; done += CHECKED_PIXELS) {
    const points = Math.min(CHECKED_PIXELS, count - done);
    const coords = new Float32Array(2 * points);
    for (let point = 0; point < points; point++) coords.set(coordsOf(warp, first + done + point), 2 * point);
    const drawn = (await trunk.run({ coords: engine.tensor(coords, [points, 2]) })).features.data as Float32Array;
    for (let point = 0; point < points; point++) {
      const [from, to] = done + point < before ? [0, moving] : [moving, features];
      result.set(drawn.subarray(point * features + from, point * features + to), place);
      place += to - from;
    }
  }
  for (let each = 0; each < result.length; each++) result[each] = finite(result[each]);
  return result;
}

/** The coords of a cell of both grids, numbered one after the other. */
function coordsOf({ motion_grid, colour_grid, width, height }: Warp, cell: number): [number, number] {
  const motionCells = motion_grid[0] * motion_grid[1];
  const [columns, rows] = cell < motionCells ? motion_grid : colour_grid;
  const place = cell < motionCells ? cell : cell - motionCells;
  const longest = Math.max(width, height);
  const u = ((place % columns) + 0.5) / columns;
  const v = (Math.floor(place / columns) + 0.5) / rows;
  return [((2 * u - 1) * width) / longest, ((2 * v - 1) * height) / longest];
}

/** Mixes what each embedding is drawn from. */
export class Mixture {
  private readonly feeds: Record<string, Tensor> = {};
  /** Displacements of the motion modes: [S, cells, 2]. */
  private readonly motionModes: Float32Array;
  /** Colour modes, with ones of zeros so that their number is a multiple of 4. */
  private readonly padded: number;
  /** Addresses in the kernel's memory. */
  private readonly places: { modes: number; coefficients: number; colours: number; moves: number; displaced: number };

  private constructor(
    private readonly engine: Engine,
    private readonly generator: InferenceSession,
    private readonly kernel: Kernel,
    private readonly memory: KernelMemory,
    private readonly warp: Warp,
    features: Float32Array,
    bank: FedTensor[],
  ) {
    for (const { input, data, shape } of bank) this.feeds[input] = engine.tensor(data, shape);
    this.feeds.offset = engine.tensor(new Float32Array(warp.motion_modes), [1, warp.motion_modes]);
    const { motion_modes, colour_modes } = warp;
    const moving = 2 * motion_modes;
    const motionCells = warp.motion_grid[0] * warp.motion_grid[1];
    const colourCells = gridPoints(warp) - motionCells;
    this.motionModes = new Float32Array(motion_modes * motionCells * 2);
    for (let cell = 0; cell < motionCells; cell++) {
      for (let mode = 0; mode < moving; mode++) {
        this.motionModes[((mode >> 1) * motionCells + cell) * 2 + (mode & 1)] = features[cell * moving + mode];
      }
    }
    this.padded = 4 * Math.ceil(colour_modes / 4);
    const colourModes = new Float32Array(this.padded * colourCells);
    for (let cell = 0; cell < colourCells; cell++) {
      const first = motionCells * moving + cell * colour_modes;
      colourModes.set(features.subarray(first, first + colour_modes), cell * this.padded);
    }
    this.places = {
      modes: memory.put(colourModes),
      coefficients: memory.reserve(16 * this.padded),
      colours: memory.reserve(16 * colourCells),
      moves: memory.reserve(8 * colourCells),
      displaced: memory.reserve(16 * colourCells),
    };
  }

  /**
   * @param features those of `drawModes` at all cells.
   * @throws PlayerError: the browser has too little memory, or can't run the kernel.
   */
  static async create(
    engine: Engine,
    generator: InferenceSession,
    warp: Warp,
    features: Float32Array,
    bank: FedTensor[],
  ): Promise<Mixture> {
    const memory = new KernelMemory();
    return new Mixture(engine, generator, await memory.load(), memory, warp, features, bank);
  }

  get motionGrid(): [number, number] {
    return this.warp.motion_grid;
  }

  get colourGrid(): [number, number] {
    return this.warp.colour_grid;
  }

  async of(embedding: Float32Array): Promise<Mixed> {
    const { warp, engine } = this;
    const outputs = await this.generator.run({ ...this.feeds, embedding: engine.tensor(embedding, [1, embedding.length]) });
    const numbers = (name: string): Float32Array => (outputs[name].data as Float32Array).map(finite);
    const [weight, motion, shift] = ["weight", "motion", "shift"].map(numbers);
    const moves = shift.some((value) => value !== 0);
    const moved = this.displacementOf(shift, 0);
    moved.values.forEach((value, place) => (moved.values[place] = bounded(value)));
    const longest = Math.max(warp.width, warp.height);
    const [across, down] = [longest / warp.width, longest / warp.height];
    const keyframes = [...(outputs.keyframe.data as BigInt64Array)].flatMap((number, slot) => {
      if (Math.abs(weight[slot]) <= LEAST_WEIGHT) return [];
      const own = this.displacementOf(motion, slot);
      const { values } = moves ? displaced(own, moved, own.width * across, own.height * down) : own;
      const total = values.map((value, place) => bounded(value + moved.values[place]));
      const known = Number(number < 0n ? 0n : number >= BigInt(warp.count) ? BigInt(warp.count - 1) : number);
      return [{ number: known, weight: weight[slot], displacement: { ...own, values: total } }];
    });
    return { keyframes, colours: this.coloursOf(numbers("colour"), moves ? moved : null) };
  }

  /** The sum of the motion modes by coefficients [slots, S], of one slot. */
  private displacementOf(coefficients: Float32Array, slot: number): Grid {
    const { motion_modes, motion_grid } = this.warp;
    const size = motion_grid[0] * motion_grid[1] * 2;
    const values = new Float32Array(size);
    for (let mode = 0; mode < motion_modes; mode++) {
      const coefficient = coefficients[slot * motion_modes + mode];
      if (coefficient === 0) continue;
      const first = mode * size;
      for (let place = 0; place < size; place++) values[place] += coefficient * this.motionModes[first + place];
    }
    return { width: motion_grid[0], height: motion_grid[1], channels: 2, values: values.map(finite) };
  }

  /**
   * The sum of the colour modes by coefficients [R, 3], on the colour grid.
   *
   * @param moved displacements that the colours follow, on the motion grid.
   * @returns it lies in the kernel's memory, until the next one.
   */
  private coloursOf(coefficients: Float32Array, moved: Grid | null): Grid {
    const { kernel, memory, places, warp } = this;
    const { colour_grid, width, height } = warp;
    const [columns, rows] = colour_grid;
    const four = new Float32Array(4 * this.padded);
    coefficients.forEach((value, place) => (four[4 * Math.floor(place / 3) + (place % 3)] = 255 * value));
    memory.copy(four, places.coefficients);
    kernel.tint(places.modes, columns * rows, this.padded, places.coefficients, places.colours);
    let address = places.colours;
    if (moved) {
      address = places.displaced;
      const longest = Math.max(width, height);
      memory.copy(resized(moved, columns, rows).values, places.moves);
      const [across, down] = [(columns * longest) / width, (rows * longest) / height];
      kernel.displace(places.colours, columns, rows, places.moves, across, down, address);
    }
    return { width: columns, height: rows, channels: 4, values: memory.floats(address, 4 * columns * rows) };
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function bounded(value: number): number {
  return Math.min(MAX_DISPLACEMENT, Math.max(-MAX_DISPLACEMENT, value));
}
