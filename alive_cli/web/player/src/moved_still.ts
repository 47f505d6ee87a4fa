/** The still layer of a picture, moved as a view moves the whole picture, row by row on the CPU (SPEC.md, Depth). */

import { type Expanded, expandMoves, type Fields, placeAxes, reserveExpanded, rowsOf } from "./fields";
import { frame, framed, MARGIN, PARTS } from "./framed";
import type { Words } from "./keyframe_store";
import type { Picture } from "./png";
import type { Canvas } from "./renderer";

/** A float, or a word, takes this many bytes. */
const WORD = 4;
/** The kernel may go this many pixels beyond those that it is asked for. */
const BEYOND = 3;

/** A picture in the kernel's memory, with sums of a row that is sampled from it. */
interface Layer {
  width: number;
  height: number;
  words: number;
  sums: number;
}

export class MovedStill {
  private readonly moves: Expanded;
  private readonly zeros: number;
  private readonly layers: [Layer, Layer];

  /** @throws PlayerError: the browser has too little memory. */
  constructor(
    private readonly fields: Fields,
    background: Words,
    mask: Picture,
    private readonly canvas: Canvas,
  ) {
    const { memory, warp } = fields;
    const { width, height } = canvas;
    this.moves = reserveExpanded(memory, warp.motion_grid, 2, width);
    placeAxes(memory, this.moves, warp.motion_grid, width, height);
    const row = (): number => memory.reserve(4 * WORD * (width + BEYOND));
    this.zeros = row();
    memory.floats(this.zeros, 4 * (width + BEYOND)).fill(0);
    const layer = (picture: Words): Layer => {
      const words = memory.reserve(WORD * framed(picture));
      frame(picture, memory.view(words, framed(picture)));
      return { width: picture.width, height: picture.height, words, sums: row() };
    };
    const shares = Uint32Array.from(mask.pixels, (share) => share * 0x01010101);
    this.layers = [layer(background), layer({ width: mask.width, height: mask.height, words: shares })];
  }

  /** Take the present view, for the rows of pixels from … to, both included. */
  move(from: number, to: number): void {
    const { fields, moves } = this;
    const { before, behind } = moves.rows;
    expandMoves(fields.kernel, fields.view, fields.warp.motion_grid[0], moves, before[from], behind[to] + 1);
  }

  /** Blend the sums of the columns from … to of a row with the layer. */
  cover(sums: number, row: number, from: number, to: number, table: number): void {
    const { fields, moves, zeros, canvas, layers } = this;
    const { kernel, warp } = fields;
    const longest = Math.max(warp.width, warp.height);
    const [one, other] = rowsOf(moves, row);
    const start = PARTS * (MARGIN - 0.5) + 0.5;
    for (const { width, height, words, sums: own } of layers) {
      const step = (PARTS * width) / canvas.width;
      kernel.begin(own, zeros, zeros, 0, from, to);
      kernel.add(
        own,
        one,
        other,
        moves.plane,
        moves.rows.share[row],
        words,
        width,
        height,
        1 / 256,
        (PARTS * width * longest) / warp.width,
        (PARTS * height * longest) / warp.height,
        step,
        start + 0.5 * step,
        ((row + 0.5) * PARTS * height) / canvas.height + start,
        from,
        to,
        table,
      );
    }
    kernel.cover(sums, layers[0].sums, layers[1].sums, from, to);
  }
}
