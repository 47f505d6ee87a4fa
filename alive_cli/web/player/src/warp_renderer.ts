/** Draws pictures of displaced keyframes on the CPU: some of the pixels, row by row (SPEC.md, Keyframes). */

import { Rows } from "./grids";
import type { KeyframeStore } from "./keyframe_store";
import type { Mixture } from "./mixture";
import { OPAQUE, type StillLayer } from "./still_layer";

/** Positions are rounded to this many parts of a pixel, as the format allows. */
const PARTS = 32;
/** Positions get this many pixels added, more than a displacement takes away, so that rounding is the same everywhere. */
const MARGIN = 1 << 16;
/** The bits of red and of blue in a word. */
const TWO = 0xff00ff;

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

const WEIGHTS = /* @__PURE__ */ weightTable();

/** Neighbouring pixels of a row. */
interface Span {
  row: number;
  from: number;
  to: number;
  /** The place of its first pixel in the result. */
  first: number;
}

export class WarpRenderer implements PictureRenderer {
  private readonly spans: Span[];
  private readonly count: number;
  /** Red, green and blue of a row, 0 … 255, and displacements to the right and down of a row, in longest sides. */
  private readonly sums: Float32Array;
  private readonly moves: Float32Array;

  /** @param places indices of the pixels, row by row. */
  constructor(
    private readonly mixture: Mixture,
    private readonly store: KeyframeStore,
    private readonly size: { width: number; height: number },
    places: Uint32Array,
    private readonly still: StillLayer | null,
  ) {
    this.spans = spansOf(places, size.width);
    this.count = places.length;
    this.sums = new Float32Array(3 * size.width);
    this.moves = new Float32Array(2 * size.width);
  }

  async draw(embedding: Float32Array): Promise<Uint32Array<ArrayBuffer>> {
    const { width, height } = this.size;
    const { keyframes, colours } = await this.mixture.of(embedding);
    const pictures = await Promise.all(
      keyframes.map(async ({ number }) => new Int32Array((await this.store.get(number)).words.buffer)),
    );
    const result = new Uint32Array(this.count);
    const tints = new Rows(colours, width, height);
    const moves = keyframes.map(({ displacement }) => new Rows(displacement, width, height));
    for (const { row, from, to, first } of this.spans) {
      tints.read(row, this.sums);
      keyframes.forEach(({ weight }, slot) => {
        moves[slot].read(row, this.moves);
        this.add(pictures[slot], weight, row, from, to);
      });
      this.finish(result, row, from, to, first);
    }
    this.store.prefetch(Math.max(-1, ...keyframes.map(({ number }) => number)) + 1);
    return result;
  }

  /** Add a keyframe, displaced by the moves of a row, to the sums of a span. */
  private add(words: Int32Array, weight: number, row: number, from: number, to: number): void {
    const { sums, moves, size } = this;
    const { sampled, cells } = this.store;
    const { width } = size;
    const right = sampled.width - 1;
    const bottom = sampled.height - 1;
    const stride = sampled.width;
    // Positions are whole numbers of 32nds of a pixel, and positive until what is added here is taken away again.
    const across = PARTS * cells.across;
    const down = PARTS * cells.down;
    const step = (PARTS * sampled.width) / width;
    const start = PARTS * (MARGIN - 0.5) + 0.5;
    const origin = ((row + 0.5) * PARTS * sampled.height) / size.height + start;
    const share = weight / 256;
    for (let column = from; column < to; column++) {
      const x = ((column + 0.5) * step + start + across * moves[column]) | 0;
      const y = (origin + down * moves[width + column]) | 0;
      const left = (x >> 5) - MARGIN;
      const top = (y >> 5) - MARGIN;
      const near = left < 0 ? 0 : left > right ? right : left;
      const far = left < -1 ? 0 : left >= right ? right : left + 1;
      const upper = (top < 0 ? 0 : top > bottom ? bottom : top) * stride;
      const lower = (top < -1 ? 0 : top >= bottom ? bottom : top + 1) * stride;
      const entry = (((y & 31) << 5) | (x & 31)) << 2;
      const wa = WEIGHTS[entry];
      const wb = WEIGHTS[entry + 1];
      const wc = WEIGHTS[entry + 2];
      const wd = WEIGHTS[entry + 3];
      const a = words[upper + near];
      const b = words[upper + far];
      const c = words[lower + near];
      const d = words[lower + far];
      // Red and blue lie so far apart that one product serves both.
      const pair =
        (Math.imul(a & TWO, wa) + Math.imul(b & TWO, wb) + Math.imul(c & TWO, wc) + Math.imul(d & TWO, wd)) | 0;
      const green =
        (Math.imul((a >> 8) & 255, wa) +
          Math.imul((b >> 8) & 255, wb) +
          Math.imul((c >> 8) & 255, wc) +
          Math.imul((d >> 8) & 255, wd)) |
        0;
      sums[column] += share * (pair & 0xffff);
      sums[width + column] += share * green;
      sums[2 * width + column] += share * (pair >>> 16);
    }
  }

  /** Store the sums of a span, over the background where it is seen. */
  private finish(result: Uint32Array, row: number, from: number, to: number, first: number): void {
    const { sums, still } = this;
    const { width } = this.size;
    const origin = row * width;
    for (let column = from; column < to; column++) {
      let r = sums[column];
      let g = sums[width + column];
      let b = sums[2 * width + column];
      if (still) {
        const share = still.share[origin + column];
        const word = still.words[origin + column];
        r = (word & 255) + share * (r - (word & 255));
        g = ((word >> 8) & 255) + share * (g - ((word >> 8) & 255));
        b = ((word >> 16) & 255) + share * (b - ((word >> 16) & 255));
      }
      result[first + column - from] = OPAQUE | level(r) | (level(g) << 8) | (level(b) << 16);
    }
  }
}

/** The weights of the four pixels around a position, by its 32nds down and across: whole numbers that add up to 256. */
function weightTable(): Int32Array {
  const table = new Int32Array(4 * PARTS * PARTS);
  for (let down = 0; down < PARTS; down++) {
    for (let across = 0; across < PARTS; across++) {
      const unit = 256 / (PARTS * PARTS);
      const far = Math.round(across * (PARTS - down) * unit);
      const low = Math.round((PARTS - across) * down * unit);
      const both = Math.round(across * down * unit);
      table.set([256 - far - low - both, far, low, both], 4 * (PARTS * down + across));
    }
  }
  return table;
}

function level(value: number): number {
  return value > 0 ? (value < 255 ? (value + 0.5) | 0 : 255) : 0;
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
