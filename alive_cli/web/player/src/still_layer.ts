/** What of a picture made of keyframes never moves. */

import { type Grid, resized } from "./grids";
import type { KeyframeStore } from "./keyframe_store";
import type { Picture } from "./png";

/** The opacity of every pixel, in the highest byte of its word: scenes hide all that is behind them. */
export const OPAQUE = 0xff000000;

export interface StillLayer {
  /** The background as words of pixels, [H · W]. */
  words: Uint32Array<ArrayBuffer>;
  /** How much of the drawn picture is seen at each pixel, 0 … 1: [H · W]. */
  share: Float32Array<ArrayBuffer>;
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
  const picture = await store.get(count);
  const behind = resized(gridOf({ ...picture, channels: 4, pixels: new Uint8Array(picture.words.buffer) }), width, height);
  const share = resized(gridOf(mask), width, height).values.map((value) => value / 255) as Float32Array<ArrayBuffer>;
  return { words: new Uint32Array(Uint8ClampedArray.from(behind.values).buffer), share };
}

function gridOf({ width, height, channels, pixels }: Picture): Grid {
  return { width, height, channels, values: Float32Array.from(pixels) };
}

/** The pixels that are not the background alone, in order. */
export function movingPlaces(layer: StillLayer | null, count: number): Uint32Array<ArrayBuffer> {
  const all = Uint32Array.from({ length: count }, (_, place) => place);
  return layer ? all.filter((place) => layer.share[place] > 0) : all;
}
