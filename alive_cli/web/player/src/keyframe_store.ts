/** Decoded keyframes, as many as fit into a bound. */

import { corrupt } from "./errors";
import type { Warp } from "./manifest";
import { premultiply } from "./opacity";

/**
 * At least this many decoded keyframes are kept, however large they are: one that is drawn, and one that comes next. What
 * a picture mixes lies where it is drawn from as well, so more would be kept twice.
 */
const LEAST_KEPT = 2;

/** A decoded picture: words of red, green, blue, which are multiplied by opacity, and opacity from the lowest byte up. */
export interface Words {
  width: number;
  height: number;
  words: Uint32Array<ArrayBuffer>;
}

export class KeyframeStore {
  private readonly kept = new Map<number, Promise<Words>>();
  private readonly most: number;

  /**
   * @param files WebP pictures, checked but not decoded.
   * @param size of the pictures to be drawn: larger keyframes are reduced to it.
   * @param bytes that decoded keyframes may take.
   * @param alpha whether they may be transparent.
   */
  constructor(
    private readonly files: Uint8Array<ArrayBuffer>[],
    private readonly warp: Warp,
    private readonly size: { width: number; height: number },
    bytes: number,
    readonly alpha: boolean,
  ) {
    const { width, height } = this.sampled;
    this.most = Math.max(LEAST_KEPT, Math.floor(bytes / (4 * width * height)));
  }

  /** The size at which keyframes are sampled. */
  get sampled(): { width: number; height: number } {
    return { width: Math.min(this.warp.width, this.size.width), height: Math.min(this.warp.height, this.size.height) };
  }

  /** The pixels that one longest side of a keyframe spans, across and down, at the size at which it is sampled. */
  get cells(): { across: number; down: number } {
    const longest = Math.max(this.warp.width, this.warp.height);
    const { width, height } = this.sampled;
    return { across: (width * longest) / this.warp.width, down: (height * longest) / this.warp.height };
  }

  /** @throws BundleError: the picture is damaged. */
  get(number: number): Promise<Words> {
    const known = this.kept.get(number);
    this.kept.delete(number); // it becomes the one that was used last
    const picture = known ?? this.decode(number);
    this.kept.set(number, picture);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
    return picture;
  }

  /** Decode a keyframe that may be needed soon. */
  prefetch(number: number): void {
    if (number < this.warp.count && !this.kept.has(number)) this.get(number).catch(() => {});
  }

  private async decode(number: number): Promise<Words> {
    const { width, height } = this.sampled;
    const picture = await decodeWebp(this.files[number], this.warp, `Keyframe ${number}`, this.alpha);
    // Colours that are not seen must not blend into their neighbours.
    if (this.alpha) premultiply(picture.words);
    return reduced(picture, width, height);
  }
}

/** @throws BundleError: it is damaged. */
async function decodeWebp(
  file: Uint8Array<ArrayBuffer>,
  { width, height }: Warp,
  name: string,
  alpha: boolean,
): Promise<Words> {
  const blob = new Blob([file], { type: "image/webp" });
  const damaged = corrupt(`${name} can't be drawn: it is damaged.`);
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" }).catch(() => {
    throw damaged;
  });
  if (bitmap.width !== width || bitmap.height !== height) throw damaged;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true, alpha })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, words: new Uint32Array(context.getImageData(0, 0, width, height).data.buffer) };
}

/** A picture whose pixels are the means of the areas that they cover. */
export function reduced(picture: Words, width: number, height: number): Words {
  if (picture.width === width && picture.height === height) return picture;
  const channels = new Uint8Array(picture.words.buffer);
  const [columns, rows] = [areas(picture.width, width), areas(picture.height, height)];
  const narrow = new Float32Array(width * picture.height * 4);
  for (let row = 0; row < picture.height; row++) {
    for (let column = 0; column < width; column++) {
      for (const [cell, share] of columns[column]) {
        for (let channel = 0; channel < 4; channel++) {
          narrow[(row * width + column) * 4 + channel] += share * channels[(row * picture.width + cell) * 4 + channel];
        }
      }
    }
  }
  const result = new Uint8ClampedArray(width * height * 4);
  const line = new Float32Array(width * 4);
  for (let row = 0; row < height; row++) {
    line.fill(0);
    for (const [cell, share] of rows[row]) {
      for (let place = 0; place < line.length; place++) line[place] += share * narrow[cell * width * 4 + place];
    }
    result.set(line, row * width * 4);
  }
  return { width, height, words: new Uint32Array(result.buffer) };
}

/** For each of `count` parts of a side: which of its `cells` cells lie under it, and what share of the part each is. */
function areas(cells: number, count: number): [number, number][][] {
  const scale = cells / count;
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [part * scale, (part + 1) * scale];
    const under: [number, number][] = [];
    for (let cell = Math.floor(from); cell < Math.min(cells, Math.ceil(to - 1e-9)); cell++) {
      under.push([cell, (Math.min(cell + 1, to) - Math.max(cell, from)) / scale]);
    }
    return under;
  });
}
