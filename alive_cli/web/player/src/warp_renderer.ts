/** Draws pictures of displaced keyframes on the CPU: some of the pixels, row by row (SPEC.md, Keyframes). */

import { type Expanded, expandMoves, type Fields, placeAxes, reserveExpanded, rowsOf } from "./fields";
import { frame, framed, MARGIN, PARTS } from "./framed";
import type { KeyframeStore } from "./keyframe_store";
import type { Mixed } from "./mixture";
import { MovedStill } from "./moved_still";
import type { Picture } from "./png";
import type { Canvas } from "./renderer";

/** A float, or a word, takes this many bytes. */
const WORD = 4;
/** The kernel may go this many pixels beyond those that it is asked for. */
const BEYOND = 3;

/** This many keyframes lie in the kernel's memory, more where a picture mixes more. */
const MOST_PLACED = 4;

/** What the worker asks of a renderer. */
export interface PictureRenderer {
  /**
   * Draw a picture.
   *
   * @param source an embedding, [D], or what it is drawn from in a scene of keyframes.
   * @returns the pixels in the order of the canvas, each a word of red, green, blue and opacity from the lowest byte up.
   */
  draw(source: Float32Array | Mixed): Promise<Uint32Array<ArrayBuffer>>;
}

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
  private readonly tints: Expanded;
  private readonly moves: Expanded[] = [];
  /** The colour grid that `tints` is ready for. */
  private tinted: [number, number] = [0, 0];
  private readonly sums: number;
  private readonly table: number;
  private readonly result: number;
  private readonly behind: number;
  private readonly shares: number;
  private still: MovedStill | null = null;
  /** Addresses of keyframes in the kernel's memory, by their numbers; the one used last comes last. */
  private readonly slots = new Map<number, number>();

  /**
   * Prepare to draw pixels of a picture.
   *
   * @throws PlayerError: the browser has too little memory.
   */
  constructor(
    private readonly fields: Fields,
    private readonly store: KeyframeStore,
    private readonly canvas: Canvas,
    private readonly mask: Picture | null,
  ) {
    const { memory } = fields;
    const { width, places, behind, share } = canvas;
    const beyond = (values: Float32Array | Uint32Array): number =>
      values.length ? memory.put(values, WORD * BEYOND) : 0;
    this.spans = spansOf(places, width);
    this.tints = reserveExpanded(memory, fields.warp.colour_grid, 4, width);
    this.sums = memory.reserve(4 * WORD * (width + BEYOND));
    this.table = memory.put(weightTable());
    this.result = memory.reserve(WORD * (places.length + BEYOND));
    this.behind = beyond(behind);
    this.shares = beyond(share);
  }

  /** What draws the still layer where a view moves it; null where there is none. */
  private async movedStill(): Promise<MovedStill | null> {
    if (!this.mask || !this.fields.viewed) return null;
    this.still ??= new MovedStill(this.fields, await this.store.get(this.fields.warp.count), this.mask, this.canvas);
    return this.still;
  }

  async draw(source: Float32Array | Mixed): Promise<Uint32Array<ArrayBuffer>> {
    const { fields, sums, table, spans, tints } = this;
    const { kernel, memory } = fields;
    const { motion_grid } = fields.warp;
    const { width, height, places } = this.canvas;
    const mixed = source as Mixed;
    const { keyframes } = mixed;
    const pictures = await this.placed(keyframes.map(({ number }) => number));
    if (!spans.length) return new Uint32Array(0);
    while (this.moves.length < keyframes.length) {
      const moves = reserveExpanded(memory, motion_grid, 2, width);
      placeAxes(memory, moves, motion_grid, width, height);
      this.moves.push(moves);
    }
    const [top, bottom] = [spans[0].row, spans[spans.length - 1].row];
    fields.move(mixed);
    const still = await this.movedStill();
    still?.move(top, bottom);
    this.tint(mixed, top, bottom);
    keyframes.forEach((_, slot) => {
      const { before, behind } = this.moves[slot].rows;
      expandMoves(kernel, fields.moves[slot], motion_grid[0], this.moves[slot], before[top], behind[bottom] + 1);
    });
    const { sampled, cells } = this.store;
    const opaque = this.store.alpha ? 0 : 1;
    const step = (PARTS * sampled.width) / width;
    const start = PARTS * (MARGIN - 0.5) + 0.5;
    const [across, down] = [PARTS * cells.across, PARTS * cells.down];
    for (const { row, from, to, first } of spans) {
      const [tint, nextTint] = rowsOf(tints, row);
      kernel.begin(sums, tint, nextTint, tints.rows.share[row], from, to);
      const startY = ((row + 0.5) * PARTS * sampled.height) / height + start;
      for (let slot = 0; slot < keyframes.length; slot++) {
        const moves = this.moves[slot];
        const [one, other] = rowsOf(moves, row);
        kernel.add(
          sums,
          one,
          other,
          moves.plane,
          moves.rows.share[row],
          pictures[slot],
          sampled.width,
          sampled.height,
          keyframes[slot].weight / 256,
          across,
          down,
          step,
          start + 0.5 * step,
          startY,
          from,
          to,
          table,
        );
      }
      const place = WORD * first;
      still?.cover(sums, row, from, to, table);
      const behind = still ? 0 : this.behind;
      kernel.finish(sums, behind && behind + place, this.shares + place, this.result + place, from, to, opaque);
    }
    this.store.prefetch(Math.max(-1, ...keyframes.map(({ number }) => number)) + 1);
    return memory.words(this.result, places.length);
  }

  /** Interpolate the colours of the rows of pixels from … to, both included, across. */
  private tint(mixed: Mixed, from: number, to: number): void {
    const { fields, tints, canvas } = this;
    const grid = fields.colourGrid;
    if (this.tinted !== grid) placeAxes(fields.memory, tints, grid, canvas.width, canvas.height);
    this.tinted = grid;
    const [first, last] = [tints.rows.before[from], tints.rows.behind[to] + 1];
    fields.colour(mixed, first, last);
    const { before, behind, share, result } = tints;
    fields.kernel.expandColours(fields.colours, grid[0], first, last, before, behind, share, canvas.width, result);
  }

  /** Bring keyframes into the kernel's memory. Returns the address of each. */
  private async placed(numbers: number[]): Promise<number[]> {
    const { slots } = this;
    const { memory } = this.fields;
    const addresses: number[] = [];
    for (const number of numbers) {
      let address = slots.get(number);
      if (address === undefined) {
        const picture = await this.store.get(number);
        const free = slots.size < MOST_PLACED ? undefined : [...slots.keys()].find((each) => !numbers.includes(each));
        address = free === undefined ? memory.reserve(WORD * framed(picture)) : slots.get(free)!;
        if (free !== undefined) slots.delete(free);
        frame(picture, memory.view(address, framed(picture)));
      }
      slots.delete(number);
      slots.set(number, address);
      addresses.push(address);
    }
    return addresses;
  }
}

/** The weights of the four pixels around a position, by its 32nds down and across: four times each, 256 in all. */
function weightTable(): Uint16Array {
  const table = new Uint16Array(PARTS * PARTS * 16);
  const unit = 256 / (PARTS * PARTS);
  for (let down = 0; down < PARTS; down++) {
    for (let across = 0; across < PARTS; across++) {
      const shares = [(PARTS - across) * (PARTS - down), across * (PARTS - down), (PARTS - across) * down, across * down];
      const weights = shares.map((share) => Math.round(share * unit));
      // What rounding leaves goes to the largest: a small one could become less than nothing.
      weights[weights.indexOf(Math.max(...weights))] += 256 - weights.reduce((sum, weight) => sum + weight);
      weights.forEach((weight, corner) => {
        const place = 16 * (PARTS * down + across) + 4 * corner;
        table.fill(weight, place, place + 4);
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
