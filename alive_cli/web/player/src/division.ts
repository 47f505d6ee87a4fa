/** How a picture's moving pixels are divided among workers, and put together again. */

import { CHECKED_PIXELS } from "./limits";
import type { Mixed } from "./mixture";
import type { Remote } from "./remote";
import type { Layers, Net, Shading } from "./tasks";

/** Decoded keyframes of a scene may take this many bytes in a page, all workers together. */
const KEYFRAME_BYTES = 128 * 2 ** 20;

/** A picture as it comes from the workers, not yet put together. */
export interface Drawn {
  /** Words of the moving pixels, in pieces. */
  pieces: Uint32Array[];
}

/** What workers draw on. */
export interface Format {
  width: number;
  height: number;
  net: Net;
  shading: Shading;
}

/** Hand each renderer as many of the moving pixels as the others. */
export async function divide(
  renderers: Remote[],
  { still, places, background, share }: Layers,
  format: Format,
): Promise<void> {
  const room = KEYFRAME_BYTES / renderers.length;
  const tiles = Math.ceil(places.length / CHECKED_PIXELS);
  await Promise.all(
    renderers.map((renderer, number) => {
      // Whole tiles where there are many: a small tile costs almost as much as a large one.
      const cut = (part: number): number =>
        tiles < 4 * renderers.length
          ? Math.round((places.length * part) / renderers.length)
          : Math.min(places.length, CHECKED_PIXELS * Math.round((tiles * part) / renderers.length));
      const [from, to] = [cut(number), cut(number + 1)];
      const own = {
        places: places.slice(from, to),
        background: background.slice(3 * from, 3 * to),
        behind: new Uint32Array(share.length ? to - from : 0),
        share: share.slice(from, to),
      };
      for (let pixel = 0; pixel < own.behind.length; pixel++) own.behind[pixel] = still[own.places[pixel]];
      const handed = [own.places.buffer, own.background.buffer, own.behind.buffer, own.share.buffer];
      return renderer.ask("canvas", { ...format, room, ...own }, handed);
    }),
  );
}

/** Let all renderers draw their pixels. */
export async function drawDivided(renderers: Remote[], source: Float32Array | Mixed): Promise<Drawn> {
  return { pieces: await Promise.all(renderers.map((renderer) => renderer.ask("draw", source))) };
}

/** Put the moving pixels of a picture into words of pixels, [H · W]. */
export function compose({ places }: Layers, { pieces }: Drawn, words: Uint32Array): void {
  let first = 0;
  for (const piece of pieces) {
    // Pixels that lie side by side are copied together.
    for (let from = 0; from < piece.length; ) {
      const place = places[first + from];
      let to = Math.min(piece.length, from + words.length - place);
      // Places increase: if the last one is where it must be, so are all before it.
      while (places[first + to - 1] - place !== to - 1 - from) to = from + ((to - from) >> 1);
      words.set(piece.subarray(from, to), place);
      from = to;
    }
    first += piece.length;
  }
}
