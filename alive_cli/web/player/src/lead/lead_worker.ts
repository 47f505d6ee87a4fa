/** The page's side of the worker that turns pictures of another video into poses. */

import { compose, divide, drawDivided } from "../division";
import type { Mixed, Modes } from "../mixture";
import { Remote } from "../remote";
import type { Layers, SceneInfo } from "../tasks";
import type { LeadNews, LeadSource } from "./leader";
import { reducedSize, type Size } from "./pyramid";

/** How the player's other workers help to draw pictures of the scene. */
export interface Drawing {
  layers(width: number, height: number): Promise<Layers>;
  mixed(embedding: Float32Array): Promise<Mixed>;
}

export class LeadWorker {
  private constructor(
    private readonly remote: Remote,
    /** Width and height of the pictures that it sees. */
    readonly size: Size,
    /** Width and height of the scene; only the proportions count. */
    readonly proportions: Size,
  ) {}

  /**
   * Begin a worker, and draw the observed frames that it has to know.
   *
   * @param script the worker's address.
   * @throws PlayerError: the browser can't run it, or it took too long.
   */
  static async open(
    script: string,
    { graphs, fps, frames }: SceneInfo,
    modes: Modes,
    { embeddings, like, mirrored }: Pick<LeadSource, "embeddings" | "like" | "mirrored">,
    drawing: Drawing,
  ): Promise<LeadWorker> {
    const { warp, steering } = graphs.warp!;
    const proportions: Size = [warp.width, warp.height];
    const size = reducedSize(proportions);
    const remote = new Remote(script);
    try {
      const source = { warp, tensors: steering!, modes: modes.values, fps, frames, embeddings, like, mirrored };
      const numbers = await remote.ask("leader", source);
      if (numbers.length) {
        await remote.ask("graphs", graphs);
        await remote.ask("adopt", modes);
        const [width, height] = size;
        const layers = await drawing.layers(width, height);
        await divide([remote], layers, { width, height, net: "fine", shading: "none" });
        const dimension = embeddings.length / frames;
        const pictures: Uint32Array[] = [];
        for (const number of numbers) {
          const embedding = embeddings.slice(number * dimension, (number + 1) * dimension);
          const words = layers.still.slice();
          compose(layers, await drawDivided([remote], await drawing.mixed(embedding)), words);
          pictures.push(words);
        }
        await remote.ask("leadKnow", pictures);
      }
      return new LeadWorker(remote, size, proportions);
    } catch (error) {
      remote.close();
      throw error;
    }
  }

  /** What a picture in `size` asks for: pixels of four bytes each, row by row; they are handed over. */
  see(pixels: Uint8ClampedArray<ArrayBuffer>): Promise<LeadNews> {
    return this.remote.ask("leadSee", pixels, [pixels.buffer]);
  }

  close(): void {
    this.remote.close();
  }
}
