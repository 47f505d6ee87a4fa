/** What moves and colours the keyframes of a picture, on grids in the kernel's memory (SPEC.md, Keyframes). */

import { axis, type Axis } from "./grids";
import type { Kernel, KernelMemory } from "./kernel";
import { MAX_MIXED_KEYFRAMES } from "./limits";
import type { Warp } from "./manifest";
import { modesLayout, type Mixed, type Modes } from "./mixture";
import type { View } from "./view";

/** A displacement is at most this many longest sides. */
const MAX_DISPLACEMENT = 4;
/** A float takes this many bytes. */
const WORD = 4;
/** The kernel works on so many columns at once. */
const LANES = 4;

/** A grid's rows interpolated across, in the kernel's memory. */
export interface Expanded {
  width: number;
  /** Which rows of the grid lie above and below each row of pixels. */
  rows: Axis;
  /** Addresses of the cells' numbers before and behind each column, and of the way between. */
  before: number;
  behind: number;
  share: number;
  result: number;
  /** Bytes of a row of one channel. */
  plane: number;
  /** Bytes of a row. */
  stride: number;
}

/** The grids of one worker: modes go in once, and each picture's mixture gives displacements and colours. */
export class Fields {
  /** Addresses of the displacements of each keyframe of a picture, f32 [rows, columns, 2]. */
  readonly moves: number[];
  /** Cells of the colour grid, across and down. */
  colourGrid: [number, number];
  /** Address of the colours, f32 [rows, columns, 4], after `colour`. */
  colours = 0;
  private readonly motionModes: number;
  private readonly motionSize: number;
  private readonly colourModes: number;
  private readonly padded: number;
  private readonly coefficients: number;
  private readonly shift: number;
  private readonly own: number;
  private readonly sums: number;
  private readonly displaced: number;
  private readonly expanded: Expanded;
  private moving = false;
  /** Address of the displacements of the still layer, as those of keyframes, where `viewed`. */
  readonly view: number;
  /** Whether a view moves the present picture. */
  viewed = false;

  /** @throws PlayerError: the browser has too little memory. */
  constructor(
    readonly kernel: Kernel,
    readonly memory: KernelMemory,
    readonly warp: Warp,
    private readonly depth: Float32Array | null = null,
  ) {
    const { padded, motionCells, colourCells } = modesLayout(warp, warp.colour_grid);
    this.padded = padded;
    this.colourGrid = warp.colour_grid;
    this.motionSize = LANES * Math.ceil((2 * motionCells) / LANES);
    const motion = (): number => memory.reserve(WORD * this.motionSize);
    this.motionModes = memory.reserve(WORD * this.motionSize * warp.motion_modes);
    this.colourModes = memory.reserve(WORD * padded * colourCells);
    this.coefficients = memory.reserve(WORD * Math.max(4 * padded, warp.motion_modes));
    [this.shift, this.own, this.view] = [motion(), motion(), motion()];
    this.moves = Array.from({ length: MAX_MIXED_KEYFRAMES }, motion);
    this.sums = memory.reserve(4 * WORD * colourCells);
    this.displaced = memory.reserve(4 * WORD * colourCells);
    this.expanded = reserveExpanded(memory, warp.motion_grid, 2, this.colourGrid[0]);
  }

  /** Take the modes of all cells. */
  adopt({ colours, values }: Modes): void {
    const { memory, warp, motionSize } = this;
    const { motionCells } = modesLayout(warp, colours);
    const features = 2 * warp.motion_modes;
    const motion = new Float32Array(warp.motion_modes * motionSize);
    for (let cell = 0; cell < motionCells; cell++) {
      for (let feature = 0; feature < features; feature++) {
        motion[(feature >> 1) * motionSize + 2 * cell + (feature & 1)] = values[cell * features + feature];
      }
    }
    memory.copy(motion, this.motionModes);
    memory.copy(values.subarray(motionCells * features), this.colourModes);
    this.colourGrid = colours;
    placeAxes(memory, this.expanded, warp.motion_grid, colours[0], colours[1]);
  }

  /** Compute the displacements of a picture's keyframes. */
  move({ keyframes, motion, shift, view }: Mixed): void {
    const { kernel, memory, warp, motionSize } = this;
    const { motion_modes, motion_grid, width, height } = warp;
    const combine = (coefficients: Float32Array, result: number): void => {
      memory.copy(coefficients, this.coefficients);
      kernel.combine(this.motionModes, motion_modes, motionSize, this.coefficients, result);
    };
    this.viewed = Boolean(this.depth && view?.some(Boolean));
    this.moving = this.viewed || shift.some((value) => value !== 0);
    combine(shift, this.shift);
    if (this.viewed) this.see(view!, this.depth!);
    kernel.bound(this.shift, motionSize, MAX_DISPLACEMENT);
    const longest = Math.max(width, height);
    const [columns, rows] = motion_grid;
    keyframes.forEach((_, slot) => {
      const result = this.moves[slot];
      combine(motion.subarray(slot * motion_modes, (slot + 1) * motion_modes), this.moving ? this.own : result);
      if (this.moving) {
        const [across, down] = [(columns * longest) / width, (rows * longest) / height];
        kernel.carry(this.own, columns, rows, this.shift, across, down, result);
      }
      kernel.bound(result, motionSize, MAX_DISPLACEMENT);
    });
  }

  /** Add the displacements of a view to those of all keyframes, and keep them for the still layer. */
  private see([across, down]: View, depth: Float32Array): void {
    const { kernel, memory, motionSize } = this;
    const [shift, own] = [memory.floats(this.shift, motionSize), memory.floats(this.view, motionSize)];
    const cells = depth.length / 2;
    for (let cell = 0; cell < cells; cell++) {
      own[2 * cell] = across * depth[cell];
      own[2 * cell + 1] = down * depth[cells + cell];
      shift[2 * cell] += own[2 * cell];
      shift[2 * cell + 1] += own[2 * cell + 1];
    }
    kernel.bound(this.view, motionSize, MAX_DISPLACEMENT);
  }

  /** Compute the colours in the rows from … to of the colour grid, after `move`. */
  colour({ colour }: Mixed, from: number, to: number): void {
    const { kernel, memory, warp, padded, expanded } = this;
    const [columns, rows] = this.colourGrid;
    memory.copy(colour, this.coefficients);
    const longest = Math.max(warp.width, warp.height);
    const [across, down] = [(columns * longest) / warp.width, (rows * longest) / warp.height];
    let reach = 0;
    if (this.moving) {
      const moves = memory.floats(this.shift, this.motionSize);
      for (let place = 1; place < moves.length; place += 2) reach = Math.max(reach, Math.abs(moves[place]));
      reach = Math.ceil(reach * down) + 1;
    }
    // What moves into these rows comes from no farther.
    const [first, last] = [Math.max(0, from - reach), Math.min(rows, to + reach)];
    const modes = this.colourModes + WORD * padded * columns * first;
    kernel.tint(modes, (last - first) * columns, padded, this.coefficients, this.sums + 4 * WORD * columns * first);
    this.colours = this.moving ? this.displaced : this.sums;
    if (!this.moving) return;
    const { before, behind, share } = expanded.rows;
    expandMoves(kernel, this.shift, warp.motion_grid[0], expanded, before[from], behind[to - 1] + 1);
    for (let row = from; row < to; row++) {
      const [one, other] = rowsOf(expanded, row);
      const result = this.displaced + 4 * WORD * columns * row;
      kernel.displace(this.sums, columns, rows, one, other, expanded.plane, share[row], across, down, row, result);
    }
  }
}

/** Reserve room for a grid's rows interpolated across to `width` columns. */
export function reserveExpanded(
  memory: KernelMemory,
  [, rows]: [number, number],
  channels: number,
  width: number,
): Expanded {
  const plane = WORD * LANES * Math.ceil((width + LANES) / LANES);
  // Colours lie side by side, displacements plane after plane.
  const stride = channels === 2 ? 2 * plane : WORD * channels * width;
  const axes = [0, 0, 0].map(() => memory.reserve(WORD * width));
  const result = memory.reserve(stride * rows);
  return { width, rows: axis(0, rows), before: axes[0], behind: axes[1], share: axes[2], result, plane, stride };
}

/** Let these rows be those of a grid of [columns, rows] for pictures of width × height; it was reserved for as many. */
export function placeAxes(
  memory: KernelMemory,
  expanded: Expanded,
  [columns, rows]: [number, number],
  width: number,
  height: number,
): void {
  const cells = axis(width, columns);
  memory.copy(cells.before, expanded.before);
  memory.copy(cells.behind, expanded.behind);
  memory.copy(cells.share, expanded.share);
  expanded.width = width;
  expanded.rows = axis(height, rows);
}

/** Interpolate the rows from … to of displacements across. */
export function expandMoves(
  kernel: Kernel,
  grid: number,
  columns: number,
  { before, behind, share, width, plane, result }: Expanded,
  from: number,
  to: number,
): void {
  kernel.expandMoves(grid, columns, from, to, before, behind, share, width, plane, result);
}

/** Addresses of the interpolated rows above and below a row of pixels. */
export function rowsOf({ result, stride, rows }: Expanded, row: number): [number, number] {
  return [result + stride * rows.before[row], result + stride * rows.behind[row]];
}
