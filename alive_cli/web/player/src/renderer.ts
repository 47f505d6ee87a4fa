/** Draws some of a picture's pixels, tile by tile (SPEC.md, Drawing). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Engine } from "./engine";
import { CHECKED_PIXELS } from "./limits";
import type { Mixed } from "./mixture";
import { OPAQUE } from "./still_layer";
import type { PictureRenderer } from "./warp_renderer";

/** A worker keeps this many bytes of features; where there are more, the trunk runs again for every picture. */
const MAX_FEATURE_BYTES = 192 * 2 ** 20;

/** The pixels that a renderer draws. */
export interface Canvas {
  width: number;
  height: number;
  /** Indices of the pixels, row by row. */
  places: Uint32Array;
  /** What a generator that gives pixels gets of what lies behind them, 0 … 1: [pixels, 3]; else empty. */
  background: Float32Array;
  /** Where keyframes have a background: what lies behind the pixels, and how much of the drawn picture is seen, 0 … 1. */
  behind: Uint32Array;
  share: Float32Array;
}

interface Tile {
  first: number;
  count: number;
  coords: Tensor;
  background: Tensor;
  features: Tensor | null;
}

export class Renderer implements PictureRenderer {
  private readonly tiles: Tile[] = [];
  private readonly kept: boolean;
  private readonly pixels: number;

  /**
   * @param features how many of the trunk's features, the leading ones, the generator reads.
   */
  constructor(
    private readonly engine: Engine,
    private readonly trunk: InferenceSession,
    private readonly generator: InferenceSession,
    private readonly features: number,
    { width, height, places, background }: Canvas,
  ) {
    this.pixels = places.length;
    this.kept = 4 * features * places.length <= MAX_FEATURE_BYTES;
    const longest = Math.max(width, height);
    // Tiles of the size that footprints are checked for: what a run takes is known.
    for (let first = 0; first < places.length; first += CHECKED_PIXELS) {
      const count = Math.min(CHECKED_PIXELS, places.length - first);
      const coords = new Float32Array(2 * count);
      for (let pixel = 0; pixel < count; pixel++) {
        const place = places[first + pixel];
        coords[2 * pixel] = (2 * (place % width) + 1 - width) / longest;
        coords[2 * pixel + 1] = (2 * Math.floor(place / width) + 1 - height) / longest;
      }
      this.tiles.push({
        first,
        count,
        coords: engine.tensor(coords, [count, 2]),
        background: engine.tensor(background.slice(3 * first, 3 * (first + count)), [count, 3]),
        features: null,
      });
    }
  }

  /** Compute what doesn't depend on the embedding, as far as it is kept. */
  async prepare(): Promise<void> {
    if (!this.kept) return;
    for (const tile of this.tiles) tile.features = await this.trunkOf(tile);
  }

  async draw(source: Float32Array | Mixed): Promise<Uint32Array<ArrayBuffer>> {
    const embedding = source as Float32Array;
    const words = new Uint32Array(this.pixels);
    const feeds: Record<string, Tensor> = { embedding: this.engine.tensor(embedding, [1, embedding.length]) };
    for (const tile of this.tiles) {
      feeds.features = tile.features ?? (await this.trunkOf(tile));
      feeds.background = tile.background;
      const rgb = (await this.generator.run(feeds)).rgb.data as Float32Array;
      for (let pixel = 0, place = 0; pixel < tile.count; pixel++, place += 3) {
        words[tile.first + pixel] =
          OPAQUE | level(rgb[place]) | (level(rgb[place + 1]) << 8) | (level(rgb[place + 2]) << 16);
      }
    }
    return words;
  }

  private async trunkOf(tile: Tile): Promise<Tensor> {
    const features = (await this.trunk.run({ coords: tile.coords })).features;
    const all = features.data as Float32Array;
    const count = features.dims[1];
    if (count === this.features) return features as Tensor;
    const leading = new Float32Array(tile.count * this.features);
    for (let pixel = 0; pixel < tile.count; pixel++) {
      leading.set(all.subarray(pixel * count, pixel * count + this.features), pixel * this.features);
    }
    return this.engine.tensor(leading, [tile.count, this.features]);
  }
}

/** A colour, 0 … 1, in 8 bits. A graph from a stranger may give anything: what is no number becomes 0. */
function level(value: number): number {
  const scaled = 255 * value + 0.5;
  return scaled > 0 ? (scaled < 255 ? scaled | 0 : 255) : 0;
}
