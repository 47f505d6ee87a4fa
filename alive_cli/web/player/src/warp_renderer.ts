/** Draws pictures of displaced keyframes on the CPU: some of the pixels, row by row (SPEC.md, Keyframes). */

import { axis, type Axis, type Grid } from "./grids";
import { type Kernel, KernelMemory } from "./kernel";
import type { KeyframeStore } from "./keyframe_store";
import type { Mixture } from "./mixture";
import type { StillLayer } from "./still_layer";

/** Positions are rounded to this many parts of a pixel, as the format allows. */
const PARTS = 32;
/** The kernel adds this many pixels to positions, so that rounding is the same everywhere. */
const MARGIN = 1 << 16;
/** A float, or a word, takes this many bytes. */
const WORD = 4;

/** This many keyframes lie in the kernel's memory, more where a picture mixes more. */
const MOST_PLACED = 4;

/** What the worker asks of a renderer. */
export interface PictureRenderer {
  /**
   * Draw an embedding.
   *
   * @param embedding unit vector, [D].
   * @returns the pixels in the order of the canvas, each a word of red, green, blue and opacity from the lowest byte up.
   */
  draw(embedding: Float32Array): Promise<Uint32Array<ArrayBuffer>>;
}

/** Neighbouring pixels of a row. */
interface Span {
  row: number;
  from: number;
  to: number;
  /** The place of its first pixel in the result. */
  first: number;
}

/** A grid's place in the kernel's memory: itself, and its rows interpolated across. */
interface Expanded {
  grid: number;
  cells: Axis;
  rows: Axis;
  /** Addresses of the cells' numbers before and behind each column, and of the way between. */
  before: number;
  behind: number;
  share: number;
  result: number;
  /** Bytes of an interpolated row. */
  stride: number;
}

export class WarpRenderer implements PictureRenderer {
  private readonly spans: Span[];
  private readonly tints: Expanded;
  private readonly moves: Expanded[] = [];
  private readonly sums: number;
  private readonly table: number;
  private readonly result: number;
  private readonly background: number;
  private readonly shares: number;
  /** Addresses of keyframes in the kernel's memory, and which one each holds; the one used last comes last. */
  private readonly slots = new Map<number, number>();

  private constructor(
    private readonly kernel: Kernel,
    private readonly memory: KernelMemory,
    private readonly mixture: Mixture,
    private readonly store: KeyframeStore,
    private readonly size: { width: number; height: number },
    private readonly count: number,
    places: Uint32Array,
    still: StillLayer | null,
  ) {
    const { width } = size;
    this.spans = spansOf(places, width);
    this.tints = this.expanded(mixture.colourGrid, 4);
    this.sums = memory.reserve(4 * WORD * width);
    this.table = memory.put(weightTable());
    this.result = memory.reserve(WORD * count);
    this.background = still ? memory.put(still.words) : 0;
    this.shares = still ? memory.put(still.share) : 0;
  }

  /**
   * Prepare to draw pixels of a picture.
   *
   * @param places indices of the pixels, row by row.
   * @throws PlayerError: the browser has too little memory, or can't run the kernel.
   */
  static async create(
    mixture: Mixture,
    store: KeyframeStore,
    size: { width: number; height: number },
    places: Uint32Array,
    still: StillLayer | null,
  ): Promise<WarpRenderer> {
    const memory = new KernelMemory();
    return new WarpRenderer(await memory.load(), memory, mixture, store, size, places.length, places, still);
  }

  async draw(embedding: Float32Array): Promise<Uint32Array<ArrayBuffer>> {
    const { kernel, memory, sums } = this;
    const { keyframes, colours } = await this.mixture.of(embedding);
    const pictures = await this.placed(keyframes.map(({ number }) => number));
    while (this.moves.length < keyframes.length) this.moves.push(this.expanded(this.mixture.motionGrid, 2));
    this.expand(this.tints, colours, kernel.expandColours);
    keyframes.forEach(({ displacement }, slot) => this.expand(this.moves[slot], displacement, kernel.expandMoves));
    const { sampled, cells } = this.store;
    const { width, height } = this.size;
    const step = (PARTS * sampled.width) / width;
    const start = PARTS * (MARGIN - 0.5) + 0.5;
    for (const { row, from, to, first } of this.spans) {
      const [tint, nextTint] = rowsOf(this.tints, row);
      kernel.begin(sums, tint, nextTint, this.tints.rows.share[row], from, to);
      const startY = ((row + 0.5) * PARTS * sampled.height) / height + start;
      keyframes.forEach(({ weight }, slot) => {
        const moves = this.moves[slot];
        const [one, other] = rowsOf(moves, row);
        kernel.add(
          ...[sums, one, other, moves.rows.share[row], pictures[slot], sampled.width, sampled.height, weight / 256],
          ...[PARTS * cells.across, PARTS * cells.down, step, start + 0.5 * step, startY, from, to, this.table],
        );
      });
      const place = WORD * row * width;
      const still = this.background && this.background + place;
      kernel.finish(sums, still, this.shares + place, this.result + WORD * first, from, to);
    }
    this.store.prefetch(Math.max(-1, ...keyframes.map(({ number }) => number)) + 1);
    return memory.words(this.result, this.count);
  }

  /** Bring keyframes into the kernel's memory. Returns the address of each. */
  private async placed(numbers: number[]): Promise<number[]> {
    const { memory, slots } = this;
    const addresses: number[] = [];
    for (const number of numbers) {
      let address = slots.get(number);
      if (address === undefined) {
        const { words } = await this.store.get(number);
        const free = slots.size < MOST_PLACED ? undefined : [...slots.keys()].find((each) => !numbers.includes(each));
        address = free === undefined ? memory.reserve(words.byteLength) : slots.get(free)!;
        if (free !== undefined) slots.delete(free);
        memory.copy(words, address);
      }
      slots.delete(number);
      slots.set(number, address);
      addresses.push(address);
    }
    return addresses;
  }

  private expanded([columns, rows]: [number, number], channels: number): Expanded {
    const { memory } = this;
    const { width, height } = this.size;
    const cells = axis(width, columns);
    return {
      grid: memory.reserve(WORD * columns * rows * channels),
      cells,
      rows: axis(height, rows),
      before: memory.put(cells.before),
      behind: memory.put(cells.behind),
      share: memory.put(cells.share),
      result: memory.reserve(WORD * rows * width * channels),
      stride: WORD * width * channels,
    };
  }

  private expand(place: Expanded, grid: Grid, expand: Kernel["expandMoves"]): void {
    this.memory.copy(grid.values, place.grid);
    const { before, behind, share, result } = place;
    expand(place.grid, grid.width, grid.height, before, behind, share, this.size.width, result);
  }
}

/** Addresses of the interpolated rows above and below a row of pixels. */
function rowsOf({ result, stride, rows }: Expanded, row: number): [number, number] {
  return [result + stride * rows.before[row], result + stride * rows.behind[row]];
}

/** The weights of the four pixels around a position, by its 32nds down and across: four times each, 256 in all. */
function weightTable(): Uint16Array {
  const table = new Uint16Array(PARTS * PARTS * 16);
  const unit = 256 / (PARTS * PARTS);
  for (let down = 0; down < PARTS; down++) {
    for (let across = 0; across < PARTS; across++) {
      const far = Math.round(across * (PARTS - down) * unit);
      const low = Math.round((PARTS - across) * down * unit);
      const both = Math.round(across * down * unit);
      [256 - far - low - both, far, low, both].forEach((weight, corner) => {
        table.fill(weight, 16 * (PARTS * down + across) + 4 * corner, 16 * (PARTS * down + across) + 4 * corner + 4);
      });
    }
  }
  return table;
}

function spansOf(places: Uint32Array, width: number): Span[] {
  const spans: Span[] = [];
  for (let place = 0; place < places.length; place++) {
    const row = Math.floor(places[place] / width);
    const column = places[place] - row * width;
    const last = spans[spans.length - 1];
    if (last && last.row === row && last.to === column) last.to++;
    else spans.push({ row, from: column, to: column + 1, first: place });
  }
  return spans;
}
