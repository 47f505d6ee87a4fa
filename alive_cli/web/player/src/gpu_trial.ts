/** Whether a GPU draws what the CPU draws, and faster. */

import { compose, divide, type Drawn, drawDivided } from "./division";
import { PlayerError } from "./errors";
import { gpuSource, psnr } from "./gpu";
import type { Mixed, Modes } from "./mixture";
import { Remote } from "./remote";
import type { Graphs, Layers, Net } from "./tasks";

/** A GPU must agree with the CPU to this PSNR, in decibels: rounding stays above it, other pictures below. */
const MIN_AGREEMENT = 40;
/** The first picture of a GPU may take this long, because it compiles shaders. */
const GPU_START_SECONDS = 60;
/** CPU and GPU are compared by the fastest of this many pictures. */
const TIMES = 3;

/** What the CPU draws now, which a GPU has to draw too. */
export interface Drawing {
  workers: Remote[];
  graphs: Graphs;
  layers: Layers;
  net: Net;
  modes: Modes | null;
}

/**
 * Begin a worker that draws on the GPU, and keep it where it draws what the CPU draws, and faster.
 *
 * @param script the worker's address.
 * @param source of one picture.
 * @param unchanged whether the player still draws what it drew at the beginning.
 * @param use takes the worker.
 * @param software takes a GPU that is none, at any speed; for tests.
 * @returns why the GPU isn't used; "" where it is.
 */
export async function compareGpu(
  script: string,
  { workers, graphs, layers, net, modes }: Drawing,
  { width, height }: { width: number; height: number },
  source: () => Promise<Float32Array | Mixed>,
  unchanged: () => boolean,
  use: (gpu: Remote) => void,
  software: boolean,
): Promise<string> {
  // A shader needs no runtime.
  const runtimeSource = modes ? null : await gpuSource(software);
  if (!modes && !runtimeSource) return "There is no GPU that this browser lets pages use.";
  const remote = new Remote(script);
  try {
    if (runtimeSource) await remote.ask("engine", runtimeSource);
    await remote.ask("graphs", graphs);
    if (modes) await remote.ask("adopt", modes);
    await divide([remote], layers, { width, height, net, shading: software ? "any shader" : "shader" });
    const picture = await source();
    await remote.ask("draw", picture, [], GPU_START_SECONDS);
    const [one, other] = [await timeDrawing(workers, picture), await timeDrawing([remote], picture)];
    if (!unchanged()) throw new PlayerError("The picture's size changed meanwhile.");
    const [own, others] = [one, other].map((drawn) => {
      const words = new Uint32Array(layers.still.length);
      compose(layers, drawn, words);
      return layers.places.map((place) => words[place]);
    });
    const agreement = psnr(own, others);
    let why = "";
    if (!(agreement >= MIN_AGREEMENT)) why = `The GPU draws something else (${agreement.toFixed(1)} dB).`;
    else if (other.seconds > one.seconds && !software) why = "The GPU is slower than the CPU.";
    if (why) remote.close();
    else use(remote);
    return why;
  } catch (error) {
    remote.close();
    return `The GPU can't be used: ${(error as Error).message}`;
  }
}

/** The picture of an embedding, and the least time of a few that drawing it took. */
async function timeDrawing(renderers: Remote[], source: Float32Array | Mixed): Promise<Drawn & { seconds: number }> {
  let drawn: Drawn = { pieces: [] };
  let seconds = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const begun = performance.now();
    drawn = await drawDivided(renderers, source);
    seconds = Math.min(seconds, (performance.now() - begun) / 1000);
  }
  return { ...drawn, seconds };
}
