/** Pictures in the kernel's memory, and the units of its positions. */

import type { Words } from "./keyframe_store";

/** Positions are rounded to this many parts of a pixel, as the format allows. */
export const PARTS = 32;
/** The kernel adds this many pixels to positions, so that rounding is the same everywhere. */
export const MARGIN = 1 << 16;

/** How many words a picture has whose outermost pixels occur twice. */
export function framed({ width, height }: Words): number {
  return (width + 2) * (height + 2);
}

/** Copy a picture so that its outermost pixels occur twice: what lies beyond is like them. */
export function frame({ width, height, words }: Words, target: Uint32Array): void {
  const stride = width + 2;
  for (let row = 0; row < height; row++) {
    const place = (row + 1) * stride;
    target.set(words.subarray(row * width, (row + 1) * width), place + 1);
    target[place] = target[place + 1];
    target[place + width + 1] = target[place + width];
  }
  target.copyWithin(0, stride, 2 * stride);
  target.copyWithin((height + 1) * stride, height * stride, (height + 1) * stride);
}
