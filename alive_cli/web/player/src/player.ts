/** A scene that plays: the page's side of the workers, without anything to see. */

import type { EngineSource } from "./engine";
import { PlayerError } from "./errors";
import { runtime, workerScript } from "./files";
import { frameSteps } from "./frames";
import type { Controls, Moment } from "./life";
import { CHECKED_PIXELS, MAX_DEFAULT_PIXELS, MAX_FRAME_STEPS, MAX_PICTURE_SIDE } from "./limits";
import { Remote } from "./remote";
import type { Layers, Net, SceneInfo } from "./tasks";

const MOST_WORKERS = 4;
const MAX_TEMPERATURE = 100;
/** A GPU must draw as a CPU does, but for rounding: this PSNR at least, in decibels. */
const LEAST_AGREEMENT = 40;
/** The first picture compiles shaders. */
const GPU_START_SECONDS = 60;
const MOST_SEED = 2n ** 63n - 1n;

export interface PlayerOptions {
  /** Workers that draw; one for each core, at most 4, by default. */
  workers?: number;
}

/** A picture as it comes from the workers, not yet put together. */
export interface Drawn {
  /** Words of the moving pixels, in pieces. */
  pieces: Uint32Array[];
}

export class Player {
  private painters: Remote[];
  private gpu: Remote | null = null;
  private layers: Layers | null = null;
  private net: Net = "fine";

  private constructor(
    readonly info: SceneInfo,
    private readonly script: string,
    private readonly workers: Remote[],
  ) {
    this.painters = workers;
  }

  /**
   * Verify a bundle and get everything ready to play it.
   *
   * @param file the bundle's bytes; they are handed over.
   * @throws BundleError: the bundle is refused; PlayerError: the browser can't play it.
   */
  static async open(file: Uint8Array, { workers }: PlayerOptions = {}): Promise<Player> {
    const starting = runtime("cpu");
    starting.catch(() => {}); // it is awaited below, behind what may fail first
    const script = await workerScript();
    const wanted = workers ?? Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1));
    const remotes = Array.from({ length: wanted }, () => new Remote(script));
    try {
      const opening = remotes[0].ask("open", file, [file.buffer]);
      opening.catch(() => {});
      const source = await starting;
      const [info] = await Promise.all([opening, ...remotes.map((remote) => remote.ask("engine", source))]);
      await Promise.all(remotes.map((remote) => remote.ask("graphs", info.graphs)));
      return new Player(info, script, remotes);
    } catch (error) {
      for (const remote of remotes) remote.close();
      throw error;
    }
  }

  /**
   * Verify a bundle without playing it.
   *
   * @param file the bundle's bytes; they are handed over.
   * @throws BundleError: the bundle is refused.
   */
  static async check(file: Uint8Array): Promise<SceneInfo> {
    const remote = new Remote(await workerScript());
    try {
      return await remote.ask("open", file, [file.buffer]);
    } finally {
      remote.close();
    }
  }

  /** `cpu`, or `gpu` once one has been found to be there and to draw correctly. */
  get engine(): "cpu" | "gpu" {
    return this.gpu ? "gpu" : "cpu";
  }

  /** The embedding of an observed moment, 0 … N−1: a unit vector, [D]. */
  async observed(moment: number): Promise<Float32Array> {
    this.checkMoment(moment);
    return this.workers[0].ask("observed", moment);
  }

  /**
   * Begin a life.
   *
   * @param seed 0 … 2⁶³−1.
   * @param start the observed moment that it begins at, 0 … N−1.
   * @param weights of the observed moments, [N], ≥ 0, not all 0; 1 each by default.
   */
  async begin(seed: bigint, start = 0, weights: Float32Array | null = null): Promise<void> {
    if (seed < 0n || seed > MOST_SEED) throw new PlayerError("The seed must be a whole number from 0 to 2^63-1.");
    this.checkMoment(start);
    const sound = weights?.every((weight) => weight >= 0 && Number.isFinite(weight)) && weights.some((weight) => weight > 0);
    if (weights && (weights.length !== this.info.moments || !sound)) {
      throw new PlayerError("The weights must be one for each moment, not below 0, and not all 0.");
    }
    await this.workers[0].ask("begin", { seed, start, weights });
  }

  /** Come to these observed moments, one after the other, before choosing freely again. */
  async follow(path: number[]): Promise<void> {
    path.forEach((moment) => this.checkMoment(moment));
    await this.workers[0].ask("follow", path);
  }

  /** Plan a way to an observed moment, and go there; false where there is none. */
  async goTo(goal: number): Promise<boolean> {
    this.checkMoment(goal);
    return this.workers[0].ask("goTo", goal);
  }

  /**
   * Live through some frames.
   *
   * @param frames how many, ≥ 1; the last one's moment is given.
   */
  async live(controls: Controls, frames = 1): Promise<Moment> {
    const { temperature, pull, novelty } = controls;
    const within = temperature >= 0 && temperature <= MAX_TEMPERATURE && pull >= 0 && pull <= 1 && novelty >= 0 && novelty <= 1;
    if (!within || frameSteps(this.info.pace, temperature) > MAX_FRAME_STEPS) {
      throw new PlayerError("The temperature must be 0 to 100, and pull and novelty 0 to 1.");
    }
    return this.workers[0].ask("live", { controls: { temperature, pull, novelty }, frames });
  }

  /**
   * Get ready to draw in a size.
   *
   * @throws PlayerError: a side is below 1 or above 8,192, or there are more than 2²² pixels.
   */
  async resize(width: number, height: number, net: Net): Promise<void> {
    const whole = Number.isInteger(width) && Number.isInteger(height) && Math.min(width, height) >= 1;
    if (!whole || Math.max(width, height) > MAX_PICTURE_SIDE || width * height > MAX_DEFAULT_PIXELS) {
      throw new PlayerError(`A picture of ${width}×${height} pixels can't be drawn.`);
    }
    this.dropGpu();
    this.layers = await this.workers[0].ask("layers", { width, height });
    this.net = this.info.nets.includes(net) ? net : "fine";
    await this.share(this.workers, this.layers, width, height);
  }

  /**
   * Draw an embedding in the size that was chosen last.
   *
   * @throws PlayerError: the GPU was lost (then the CPU draws the next one), or it took too long.
   */
  async draw(embedding: Float32Array): Promise<Drawn> {
    const painters = this.painters;
    try {
      return { pieces: await Promise.all(painters.map((painter) => painter.ask("draw", embedding))) };
    } catch (error) {
      if (painters !== this.painters || !this.gpu) throw error;
      this.dropGpu();
      console.warn(`alive-scene: ${(error as Error).message} The CPU draws from now on.`);
      return this.draw(embedding);
    }
  }

  /** The still part of the pictures, as words of pixels: [H · W]. */
  get still(): Uint32Array {
    return this.layers!.still;
  }

  /** Put the moving pixels of a picture into words of pixels, [H · W]. */
  compose({ pieces }: Drawn, words: Uint32Array): void {
    const { places } = this.layers!;
    let first = 0;
    for (const piece of pieces) {
      for (let pixel = 0; pixel < piece.length; pixel++) words[places[first + pixel]] = piece[pixel];
      first += piece.length;
    }
  }

  /**
   * Draw on the GPU from now on, if there is one that draws what the CPU draws, and faster.
   *
   * @param software takes a GPU that is none, at any speed; for tests.
   * @returns why it isn't used; "" where it is.
   */
  async tryGpu(width: number, height: number, embedding: Float32Array, software = false): Promise<string> {
    const source = await gpuSource(software);
    if (!source) return "There is no GPU that this browser lets pages use.";
    const { layers, net } = this;
    if (!layers) return "Nothing is drawn yet.";
    const remote = new Remote(this.script);
    try {
      await remote.ask("engine", source);
      await remote.ask("graphs", this.info.graphs);
      await this.share([remote], layers, width, height);
      await remote.ask("draw", embedding, [], GPU_START_SECONDS);
      const [one, other] = [await timed(this.workers, embedding), await timed([remote], embedding)];
      if (layers !== this.layers || net !== this.net) throw new PlayerError("The picture's size changed meanwhile.");
      const [own, others] = [one, other].map((drawn) => {
        const words = new Uint32Array(layers.still.length);
        this.compose(drawn, words);
        return layers.places.map((place) => words[place]);
      });
      const agreement = psnr(own, others);
      let why = "";
      if (!(agreement >= LEAST_AGREEMENT)) why = `The GPU draws something else (${agreement.toFixed(1)} dB).`;
      else if (other.seconds > one.seconds && !software) why = "The GPU is slower than the CPU.";
      if (!why) {
        this.gpu = remote;
        this.painters = [remote];
      } else remote.close();
      return why;
    } catch (error) {
      remote.close();
      return `The GPU can't be used: ${(error as Error).message}`;
    }
  }

  /** End all workers. */
  close(): void {
    for (const worker of this.workers) worker.close();
    this.gpu?.close();
  }

  private dropGpu(): void {
    this.gpu?.close();
    this.gpu = null;
    this.painters = this.workers;
  }

  /** Hand each painter as many of the pixels as the others. */
  private async share(painters: Remote[], { places, background }: Layers, width: number, height: number): Promise<void> {
    const tiles = Math.ceil(places.length / CHECKED_PIXELS);
    const { net } = this;
    await Promise.all(
      painters.map((painter, number) => {
        // Whole tiles where there are many: a small tile costs almost as much as a large one.
        const cut = (share: number): number =>
          tiles < 4 * painters.length
            ? Math.round((places.length * share) / painters.length)
            : Math.min(places.length, CHECKED_PIXELS * Math.round((tiles * share) / painters.length));
        const [from, to] = [cut(number), cut(number + 1)];
        const own = { places: places.slice(from, to), background: background.slice(3 * from, 3 * to) };
        return painter.ask("canvas", { width, height, net, ...own }, [own.places.buffer, own.background.buffer]);
      }),
    );
  }

  private checkMoment(moment: number): void {
    if (!Number.isInteger(moment) || moment < 0 || moment >= this.info.moments) {
      throw new PlayerError(`The scene has no moment ${moment}; it has 0 to ${this.info.moments - 1}.`);
    }
  }
}

interface GpuAdapter {
  isFallbackAdapter?: boolean;
  info?: { isFallbackAdapter?: boolean };
}

/** The runtime for GPUs, where this browser has one that is no program in disguise. */
async function gpuSource(software: boolean): Promise<EngineSource | null> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  const disguised = adapter?.isFallbackAdapter || adapter?.info?.isFallbackAdapter;
  return adapter && (software || !disguised) ? runtime("gpu").catch(() => null) : null;
}

async function timed(painters: Remote[], embedding: Float32Array): Promise<Drawn & { seconds: number }> {
  const begun = performance.now();
  const pieces = await Promise.all(painters.map((painter) => painter.ask("draw", embedding)));
  return { pieces, seconds: (performance.now() - begun) / 1000 };
}

/** Peak signal-to-noise ratio of two pictures' moving pixels, given as words, in decibels. */
function psnr(one: Uint32Array, other: Uint32Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) {
    for (let shift = 0; shift < 24; shift += 8) {
      sum += (((one[place] >>> shift) & 255) - ((other[place] >>> shift) & 255)) ** 2;
    }
  }
  return 10 * Math.log10(255 ** 2 / (sum / (3 * one.length)));
}
