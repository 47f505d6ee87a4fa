/** Pictures of a lead as the registration compares them: reduced, grey, without slow shading, at three sizes. */

import { PlayerError } from "../errors";

/** The longest side of a reduced picture in pixels: at 160 nothing is gained, at 96 a quarter of a decibel is lost. */
const SIDE = 128;
/** Each level has half the size of the one before, so that motion of an eighth of the picture is seen at the last. */
export const LEVELS = 3;
/** From each pixel the mean of those up to so many pixels around it is subtracted: slow light and shade are no motion. */
const AROUND = 7;
/** Pictures that look alike are searched for at this size in pixels, across and down. */
export const LOOK_SIDE = 16;
/** Shares of red, green and blue in the brightness (ITU-R BT.601). */
const GREY = [0.299, 0.587, 0.114];
/** A region may end so far beyond its picture, because sums of shares are rounded. */
const BEYOND = 1e-9;

/** The part of a lead's pictures that leads, in shares of their width and height. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Width and height; of proportions only their ratio counts. */
export type Size = [width: number, height: number];

/** One size of a picture: values row by row, [h · w]. */
export interface Level {
  width: number;
  height: number;
  /** Differences from the mean around, in levels of 255. */
  brightness: Float64Array;
  /** Half of the differences of the neighbours across and down, whole ones at the borders. */
  across: Float64Array;
  down: Float64Array;
}

/** A picture at all sizes, the largest first. */
export interface Pyramid {
  levels: Level[];
  /** The picture at LOOK_SIDE without its mean, [LOOK_SIDE²]. */
  look: Float64Array;
}

/**
 * A region of four shares, x, y, width and height.
 *
 * @throws PlayerError: it is empty, or not within the picture.
 */
export function regionOf(shares: ArrayLike<number>): Region {
  const [x, y, width, height] = Array.from(shares, Number);
  const inside = x >= 0 && x < 1 && y >= 0 && y < 1 && width > 0 && width <= 1 && height > 0 && height <= 1;
  if (!(shares.length === 4 && inside && x + width <= 1 + BEYOND && y + height <= 1 + BEYOND)) {
    throw new PlayerError(
      "The region of a lead lies within its picture: x,y,width,height in shares of that, as 0.25,0,0.5,1.",
    );
  }
  return { x, y, width, height };
}

/** The middle of a region of a picture, as large as possible in the proportions: left, top, width and height in pixels. */
export function fitted([width, height]: Size, region: Region, proportions: Size): [number, number, number, number] {
  const [across, down] = [region.width * width, region.height * height];
  const scale = Math.min(across / proportions[0], down / proportions[1]);
  const [w, h] = proportions.map((side) => Math.max(1, Math.round(side * scale)));
  const left = Math.min(Math.max(0, Math.round(region.x * width + (across - w) / 2)), Math.max(0, width - w));
  const top = Math.min(Math.max(0, Math.round(region.y * height + (down - h) / 2)), Math.max(0, height - h));
  return [left, top, w, h];
}

/** Width and height of reduced pictures: multiples of four, so that they can be halved twice. */
export function reducedSize(proportions: Size): Size {
  const step = 1 << (LEVELS - 1);
  const scale = SIDE / Math.max(...proportions) / step;
  const side = (own: number): number => Math.max(step, step * Math.round(own * scale));
  return [side(proportions[0]), side(proportions[1])];
}

/**
 * The pyramid of a reduced picture.
 *
 * @param pixels of four bytes each, red, green and blue first, row by row.
 * @param mirrored exchange left and right.
 */
export function pyramidOf(pixels: ArrayLike<number>, [width, height]: Size, mirrored = false): Pyramid {
  let grey = new Float64Array(width * height);
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      const from = 4 * (mirrored ? row * width + width - 1 - column : place);
      grey[place] = GREY[0] * pixels[from] + GREY[1] * pixels[from + 1] + GREY[2] * pixels[from + 2];
    }
  }
  const look = areas(grey, [width, height], [LOOK_SIDE, LOOK_SIDE]);
  const mean = look.reduce((sum, value) => sum + value, 0) / look.length;
  const levels: Level[] = [];
  for (let level = 0; level < LEVELS; level++) {
    levels.push(levelOf(grey, width, height));
    if (level === LEVELS - 1 || width < 2 || height < 2) continue;
    const half = new Float64Array((width * height) / 4);
    for (let row = 0, place = 0; row < height; row += 2) {
      for (let column = 0; column < width; column += 2, place++) {
        const from = row * width + column;
        half[place] = (grey[from] + grey[from + 1] + grey[from + width] + grey[from + width + 1]) / 4;
      }
    }
    grey = half;
    [width, height] = [width / 2, height / 2];
  }
  return { levels, look: look.map((value) => value - mean) };
}

function levelOf(grey: Float64Array, width: number, height: number): Level {
  const around = meanAround(grey, width, height);
  const brightness = grey.map((value, place) => value - around[place]);
  const across = new Float64Array(grey.length);
  const down = new Float64Array(grey.length);
  for (let row = 0, place = 0; row < height; row++) {
    const [above, below] = [row ? width : 0, row < height - 1 ? width : 0];
    for (let column = 0; column < width; column++, place++) {
      const [before, after] = [column ? 1 : 0, column < width - 1 ? 1 : 0];
      across[place] = (brightness[place + after] - brightness[place - before]) / Math.max(1, before + after);
      down[place] = (brightness[place + below] - brightness[place - above]) / Math.max(1, (above + below) / width);
    }
  }
  return { width, height, brightness, across, down };
}

/** The means over squares of up to AROUND pixels around each, as far as they are inside. */
function meanAround(values: Float64Array, width: number, height: number): Float64Array {
  const columns = meansAlong(values, width, height, width, 1);
  return meansAlong(columns, height, width, 1, width);
}

/** The means of `length` values that lie `step` apart, for each of `count` lines that lie `next` apart. */
function meansAlong(values: Float64Array, count: number, length: number, step: number, next: number): Float64Array {
  const means = new Float64Array(values.length);
  const sums = new Float64Array(length + 1);
  for (let line = 0; line < count; line++) {
    for (let place = 0; place < length; place++) sums[place + 1] = sums[place] + values[line * next + place * step];
    for (let place = 0; place < length; place++) {
      const [first, end] = [Math.max(place - AROUND, 0), Math.min(place + AROUND + 1, length)];
      means[line * next + place * step] = (sums[end] - sums[first]) / (end - first);
    }
  }
  return means;
}

/** Means over areas, also of parts of pixels. */
function areas(values: Float64Array, [width, height]: Size, [columns, rows]: Size): Float64Array {
  const across = sharesOf(width, columns);
  const down = sharesOf(height, rows);
  const result = new Float64Array(columns * rows);
  down.forEach((rowShares, row) => {
    across.forEach((columnShares, column) => {
      let sum = 0;
      for (const [y, tall] of rowShares) for (const [x, wide] of columnShares) sum += tall * wide * values[y * width + x];
      result[row * columns + column] = sum;
    });
  });
  return result;
}

/** For each of `count` equal parts of a length: which units of the length it covers, and with what share of itself. */
function sharesOf(length: number, count: number): [number, number][][] {
  const scale = length / count;
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [part * scale, (part + 1) * scale];
    const covered: [number, number][] = [];
    for (let unit = Math.floor(from); unit < Math.min(Math.ceil(to - BEYOND), length); unit++) {
      covered.push([unit, (Math.min(unit + 1, to) - Math.max(unit, from)) / scale]);
    }
    return covered;
  });
}
