/** What of a picture made of keyframes never moves. */

import { resized } from "./grids";
import type { KeyframeStore } from "./keyframe_store";
import type { Picture } from "./png";

/** The opacity of every pixel, in the highest byte of its word: scenes hide all that is behind them. */
export const OPAQUE = 0xff000000;

export interface StillLayer {
  /** The background as words of pixels, [H · W]. */
  words: Uint32Array<ArrayBuffer>;
  /** How much of the drawn picture is seen at each pixel, 0 … 255: [H · W]. */
  share: Float32Array;
}

/**
 * The background and the mask at the size of the picture.
 *
 * @param store its file behind the last keyframe is the background.
 */
export async function stillLayer(
  store: KeyframeStore,
  count: number,
  mask: Picture,
  width: number,
  height: number,
): Promise<StillLayer> {
  const share = atSize(mask, width, height);
  const { words, ...size } = await store.get(count);
  if (size.width === width && size.height === height) return { words, share };
  const behind = atSize({ ...size, channels: 4, pixels: new Uint8Array(words.buffer) }, width, height);
  return { words: new Uint32Array(Uint8ClampedArray.from(behind).buffer), share };
}

function atSize({ pixels, ...picture }: Picture, width: number, height: number): Float32Array {
  return resized({ ...picture, values: Float32Array.from(pixels) }, width, height).values;
}

/**
 * The pixels that are not the background alone, in order, and how much of the drawn picture is seen there, 0 … 1.
 *
 * @param share of each pixel, 0 … 255; null where there is no background.
 * @param whole take all pixels, because a view may move the background.
 */
export function seenPlaces(
  share: Float32Array | null,
  count: number,
  whole: boolean,
): { places: Uint32Array<ArrayBuffer>; share: Float32Array<ArrayBuffer> } {
  const places = new Uint32Array(count);
  let seen = 0;
  for (let place = 0; place < count; place++) if (!share || whole || share[place] > 0) places[seen++] = place;
  const own = new Float32Array(share ? seen : 0);
  for (let pixel = 0; pixel < own.length; pixel++) own[pixel] = share![places[pixel]] / 255;
  return { places: places.slice(0, seen), share: own };
}
