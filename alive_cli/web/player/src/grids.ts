/** Grids of cells and their values at points between the cells (SPEC.md, Points and grids). */

/** Values of a × b cells, row by row: [height, width, channels]. */
export interface Grid {
  width: number;
  height: number;
  channels: number;
  values: Float32Array;
}

/** Where the pixels of a row or column lie between the cells of a grid, one entry for each pixel. */
export interface Axis {
  /** The cell before each pixel, and the one behind it. */
  before: Int32Array;
  behind: Int32Array;
  /** How far each pixel is on its way from one to the other, 0 … 1. */
  share: Float32Array;
}

/** The places of `pixels` pixels along a side of a grid of `cells` cells. */
export function axis(pixels: number, cells: number): Axis {
  const result = { before: new Int32Array(pixels), behind: new Int32Array(pixels), share: new Float32Array(pixels) };
  for (let pixel = 0; pixel < pixels; pixel++) {
    const position = ((pixel + 0.5) * cells) / pixels - 0.5;
    const cell = Math.floor(position);
    result.before[pixel] = clamp(cell, cells);
    result.behind[pixel] = clamp(cell + 1, cells);
    result.share[pixel] = position - cell;
  }
  return result;
}

/** A grid that is read in rows of pixels: each of its own rows is interpolated across once. */
class Rows {
  private readonly rows: Axis;
  private readonly columns: Axis;
  private readonly across: (Float32Array | undefined)[] = [];

  constructor(
    private readonly grid: Grid,
    private readonly width: number,
    height: number,
  ) {
    this.columns = axis(width, grid.width);
    this.rows = axis(height, grid.height);
  }

  /** Put the values of a row of pixels into `result`, channel after channel: [channels, width]. */
  read(row: number, result: Float32Array): void {
    const one = this.rowOf(this.rows.before[row]);
    const other = this.rowOf(this.rows.behind[row]);
    const share = this.rows.share[row];
    for (let place = 0; place < one.length; place++) result[place] = one[place] + share * (other[place] - one[place]);
  }

  private rowOf(cell: number): Float32Array {
    const known = this.across[cell];
    if (known) return known;
    const { width, columns } = this;
    const { before, behind, share } = columns;
    const { channels, values } = this.grid;
    const result = new Float32Array(channels * width);
    const first = cell * this.grid.width * channels;
    for (let channel = 0; channel < channels; channel++) {
      for (let column = 0; column < width; column++) {
        const value = values[first + before[column] * channels + channel];
        const next = values[first + behind[column] * channels + channel];
        result[channel * width + column] = value + share[column] * (next - value);
      }
    }
    this.across[cell] = result;
    return result;
  }
}

/** A grid's values at another number of cells. */
export function resized(grid: Grid, width: number, height: number): Grid {
  const { channels } = grid;
  const rows = new Rows(grid, width, height);
  const values = new Float32Array(width * height * channels);
  const line = new Float32Array(width * channels);
  for (let row = 0; row < height; row++) {
    rows.read(row, line);
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        values[(row * width + column) * channels + channel] = line[channel * width + column];
      }
    }
  }
  return { width, height, channels, values };
}

function clamp(cell: number, cells: number): number {
  return cell < 0 ? 0 : cell >= cells ? cells - 1 : cell;
}
