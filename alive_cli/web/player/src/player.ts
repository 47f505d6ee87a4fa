/** A scene that plays: the page's side of the workers, without anything to see. */

import { completed, type Controls, controlOfRole, refusal } from "./controls";
import { compose, divide, type Drawn, drawDivided } from "./division";
import { PlayerError } from "./errors";
import { runtime, workerScript } from "./files";
import type { Goal, Place } from "./goals";
import { compareGpu } from "./gpu_trial";
import { MAX_DEFAULT_PIXELS, MAX_PICTURE_SIDE } from "./limits";
import type { Likeness } from "./lead/leader";
import { LeadWorker } from "./lead/lead_worker";
import type { Mixed, Modes } from "./mixture";
import type { Strengths } from "./mood_weights";
import { checkStrength } from "./mood_words";
import type { Picture } from "./png";
import { Remote } from "./remote";
import type { RolloutFrame } from "./rollout";
import { actionOf, placeOf } from "./seconds";
import { type Steered, Steerer } from "./steerer";
import { NO_MODES, Steering } from "./steering";
import type { Layers, Net, SceneInfo } from "./tasks";
import { coarseGrid, runTrunk } from "./trunk";
import { type View, ViewDriver } from "./view";

/** A player has at most this many workers unless a page asks for more: each holds the graphs in memory. */
const DEFAULT_WORKERS = 4;
/** A seed is at most this, because every language has 64-bit integers with a sign. */
const MAX_SEED = 2n ** 63n - 1n;

export interface PlayerOptions {
  /** Workers that draw; one for each core, at most 4, by default. */
  workers?: number;
}

export class Player {
  private renderers: Remote[];
  private gpu: Remote | null = null;
  private layers: Layers | null = null;
  private net: Net = "fine";
  /** What keyframes are displaced and coloured by, once it is prepared. */
  private modes: Modes | null = null;
  /** What moves pictures, once that is prepared; null where the scene doesn't say how. */
  steerer: Steerer | null = null;
  /** From where the scene is seen, once that is prepared; null where nothing is near or far. */
  view: ViewDriver | null = null;

  private constructor(
    readonly info: SceneInfo,
    private readonly script: string,
    private readonly workers: Remote[],
  ) {
    this.renderers = workers;
  }

  /**
   * Verify a bundle and get everything ready to play it.
   *
   * @param file the bundle's bytes, which are handed over; workers and runtime start while they come.
   * @throws BundleError: the bundle is refused; PlayerError: the browser can't play it.
   */
  static async open(file: Uint8Array | Promise<Uint8Array>, { workers }: PlayerOptions = {}): Promise<Player> {
    const starting = runtime("cpu");
    const coming = Promise.resolve(file);
    for (const each of [starting, coming]) each.catch(() => {}); // they are awaited below, behind what may fail first
    const script = await workerScript();
    const count = workers ?? Math.max(1, Math.min(DEFAULT_WORKERS, navigator.hardwareConcurrency || 1));
    const remotes = Array.from({ length: count }, () => new Remote(script));
    try {
      const opening = coming.then((bytes) => remotes[0].ask("open", bytes, [bytes.buffer]));
      opening.catch(() => {});
      const source = await Promise.race([starting, coming.then(() => starting)]);
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

  /** `cpu`, or `gpu` once one has turned out to draw correctly. */
  get engine(): "cpu" | "gpu" {
    return this.gpu ? "gpu" : "cpu";
  }

  /** How many workers draw a picture at once. */
  get cores(): number {
    return this.renderers.length;
  }

  /** The bundle's still, where it has one that can be shown. */
  poster(): Promise<Picture | null> {
    return this.workers[0].ask("poster", null);
  }

  /** The embedding of an observed frame, 0 … N−1: a unit vector, [D]. */
  async observed(frame: number): Promise<Float32Array> {
    this.checkFrame(frame);
    return this.workers[0].ask("observed", frame);
  }

  /**
   * Begin a rollout.
   *
   * @param seed 0 … 2⁶³−1.
   * @param start the observed frame that it begins at, 0 … N−1; null where the seed chooses it.
   * @param weights of the observed frames, [N], ≥ 0, not all 0; the scene's own by default.
   * @throws PlayerError: one of these is out of its range, or the scene takes no weights.
   */
  async begin(seed: bigint, start: number | null = null, weights: Float32Array | null = null): Promise<void> {
    if (seed < 0n || seed > MAX_SEED) throw new PlayerError("The seed must be a whole number from 0 to 2^63-1.");
    const first = start ?? this.startOf(seed);
    this.checkFrame(first);
    if (weights) this.checkWeights(weights);
    await this.workers[0].ask("begin", { seed, start: first, weights });
  }

  /** The observed frame that a rollout of a seed begins at, 0 … N−1. */
  startOf(seed: bigint): number {
    const { starts } = this.info;
    return starts[Number(seed % BigInt(starts.length))];
  }

  /**
   * Come to these observed frames, one after the other, before choosing freely again.
   *
   * @throws PlayerError: there is no such frame, or the scene can't be sent anywhere.
   */
  async follow(path: number[]): Promise<void> {
    path.forEach((frame) => this.checkFrame(frame));
    if (!controlOfRole(this.info.controls, "next_frame")) throw new PlayerError("The scene can't be sent anywhere.");
    await this.workers[0].ask("follow", path);
  }

  /**
   * Go to a second of the source, or to a name; then the rollout chooses freely again. Of a name's frames it arrives at
   * the one that is cheapest to come to, and plays on to the last.
   *
   * @param queue go there after the goals that are left; otherwise it replaces them.
   * @param controls as for the frames to come: the seconds that it takes depend on the clock.
   * @returns it, and how many frames the rollout has behind it by now.
   * @throws PlayerError: there is no such second or name, or no way there.
   */
  async goTo(goal: number | string, queue = false, controls: Controls = {}): Promise<{ goal: Goal; number: number }> {
    return this.go(placeOf(goal, this.info), queue, controls);
  }

  /**
   * Do an action: go to the occurrence that is cheapest to come to, and through it from beginning to end.
   *
   * @param queue and what else is said of `goTo`.
   * @throws PlayerError: there is no such action, or no way there.
   */
  async act(name: string, queue = false, controls: Controls = {}): Promise<{ goal: Goal; number: number }> {
    return this.go(actionOf(name, this.info), queue, controls);
  }

  /**
   * Put this rollout, and those that follow, in moods: they seek frames that have much of them, or avoid them below 0.
   *
   * @param moods the strength of each, −1 … 1, by names of `info.moods`; they replace the moods before.
   * @throws PlayerError: there is no such mood, or the scene has too many transitions for moods.
   */
  async putIn(moods: Strengths): Promise<void> {
    for (const [name, strength] of moods) checkStrength(name, strength, this.info.moods);
    await this.workers[0].ask("moods", moods);
  }

  /** Forget all goals: the rollout chooses freely again. */
  async giveUp(): Promise<void> {
    await this.workers[0].ask("giveUp", null);
  }

  /**
   * Advance the rollout.
   *
   * @param controls values by name, of those in `info.controls` whose role is `plain` or `clock`: numbers, or lists
   *   of numbers for vectors; what is left out has its default.
   * @param frames how many, ≥ 1; the last one is returned.
   * @throws PlayerError: there is no such control, or a value is out of its range.
   */
  async live(controls: Controls = {}, frames = 1): Promise<RolloutFrame> {
    return this.workers[0].ask("live", { controls: completed(controls, this.info.controls, this.info.pace), frames });
  }

  /** Complete a coarse colour grid; pictures may be drawn meanwhile, more slowly. */
  async refine(): Promise<void> {
    const { workers, modes, coarse } = this;
    const warp = this.info.graphs.warp?.warp;
    if (warp && modes && coarse) await this.adopt(await runTrunk(workers, warp, warp.colour_grid, modes));
  }

  /** Whether pictures are drawn from a coarse colour grid. */
  get coarse(): boolean {
    const { colours } = this.modes ?? {};
    return colours !== undefined && colours.join() !== this.info.graphs.warp!.warp.colour_grid.join();
  }

  /**
   * Get ready to draw in a size.
   *
   * @param coarse begin with a colour grid of a third as many cells across and down, where a scene of keyframes has none
   *   yet: that takes a ninth of the time. `refine` completes it.
   * @throws PlayerError: a side is below 1 or above 8,192, or there are more than 2²² pixels.
   */
  async resize(width: number, height: number, net: Net, coarse = false): Promise<void> {
    const whole = Number.isInteger(width) && Number.isInteger(height) && Math.min(width, height) >= 1;
    if (!whole || Math.max(width, height) > MAX_PICTURE_SIDE || width * height > MAX_DEFAULT_PIXELS) {
      throw new PlayerError(`A picture of ${width}×${height} pixels can't be drawn.`);
    }
    this.dropGpu();
    const layers = this.workers[0].ask("layers", { width, height });
    [this.layers] = await Promise.all([layers, this.prepare(coarse)]);
    this.net = this.info.nets.includes(net) ? net : "fine";
    await divide(this.workers, this.layers, { width, height, net: this.net, shading: "none" });
  }

  /**
   * Draw an embedding in the size that was chosen last.
   *
   * @param offset added to the coefficients of the motion modes, [S], where keyframes are displaced; null for none.
   * @param view from where a scene with depth is seen, −1…1 across and down; null for straight ahead.
   * @throws PlayerError: the GPU was lost (then the CPU draws the next one), or it took too long.
   */
  async draw(embedding: Float32Array, offset: Float32Array | null = null, view: View | null = null): Promise<Drawn> {
    const source = await this.sourceOf(embedding, offset, view);
    const renderers = this.renderers;
    try {
      return await drawDivided(renderers, source);
    } catch (error) {
      if (renderers !== this.renderers || !this.gpu) throw error;
      this.dropGpu();
      console.warn(`alive-scene: ${(error as Error).message} The CPU draws from now on.`);
      return this.draw(embedding, offset, view);
    }
  }

  /** What is drawn now in place of an embedding, moved as people and pages move it. */
  moved(own: Float32Array): Steered & { view: View | null } {
    const view = this.view?.now() ?? null;
    const used = view ? this.view!.stretch * Math.hypot(...view) : 0;
    return { ...(this.steerer?.now(own, used) ?? { embedding: own, offset: null }), view };
  }

  /** Whether somebody moves pictures at present. */
  get active(): boolean {
    return Boolean(this.steerer?.active || this.view?.active);
  }

  /** The still part of the pictures, as words of pixels: [H · W]. */
  get still(): Uint32Array {
    return this.layers!.still;
  }

  /** Put the moving pixels of a picture into words of pixels, [H · W]. */
  compose(drawn: Drawn, words: Uint32Array): void {
    compose(this.layers!, drawn, words);
  }

  /**
   * Draw on the GPU from now on, if there is one that draws what the CPU draws, and faster.
   *
   * @param software takes a GPU that is none, at any speed; for tests.
   * @returns why it isn't used; "" where it is.
   */
  async tryGpu(width: number, height: number, embedding: Float32Array, software = false): Promise<string> {
    const { layers, net, modes, workers } = this;
    if (!layers) return "Nothing is drawn yet.";
    const drawing = { workers, graphs: this.info.graphs, layers, net, modes };
    const unchanged = (): boolean => layers === this.layers && net === this.net && modes === this.modes;
    const source = (): Promise<Float32Array | Mixed> => this.sourceOf(embedding);
    const use = (gpu: Remote): void => {
      this.gpu = gpu;
      this.renderers = [gpu];
    };
    return compareGpu(this.script, drawing, { width, height }, source, unchanged, use, software);
  }

  /**
   * A worker that turns pictures of another video into poses of this scene. Whoever has it closes it.
   *
   * @param mirrored exchange left and right.
   * @throws PlayerError: the scene doesn't say how its pictures move, or nothing has been drawn yet.
   */
  async leader(like: Likeness, mirrored: boolean): Promise<LeadWorker> {
    const { info, modes, steerer, script } = this;
    const [scene] = this.workers;
    if (!steerer || !modes) throw new PlayerError(NO_MODES);
    const draw = {
      layers: (width: number, height: number) => scene.ask("layers", { width, height }),
      mixed: (embedding: Float32Array) => this.mixer.ask("mix", { embedding, offset: null }),
    };
    const embeddings = await scene.ask("embeddings", null);
    return LeadWorker.open(script, info, modes, { embeddings, like, mirrored }, draw);
  }

  /** End all workers. */
  close(): void {
    for (const worker of this.workers) worker.close();
    this.gpu?.close();
  }

  /** The worker that says what pictures are made of: not the one that runs the behavior, where there are two. */
  private get mixer(): Remote {
    return this.workers[this.workers.length - 1];
  }

  private async sourceOf(
    embedding: Float32Array,
    offset: Float32Array | null = null,
    view: View | null = null,
  ): Promise<Float32Array | Mixed> {
    return this.modes ? { ...(await this.mixer.ask("mix", { embedding, offset })), view } : embedding;
  }

  /** Run the trunk of a scene of keyframes, once. */
  private async prepare(coarse: boolean): Promise<void> {
    const warp = this.info.graphs.warp?.warp;
    if (!warp || this.modes) return;
    const trunk = runTrunk(this.workers, warp, coarse ? coarseGrid(warp) : warp.colour_grid, null);
    const [modes] = await Promise.all([trunk, this.mixer.ask("mixer", null)]);
    await this.adopt(modes);
    const { steering: tensors, depth } = this.info.graphs.warp!;
    if (depth) this.view = new ViewDriver(warp, depth);
    if (tensors) this.steerer = new Steerer(new Steering(warp, tensors, modes.values, this.info.fps));
  }

  private async adopt(modes: Modes): Promise<void> {
    this.modes = modes;
    const renderers = this.gpu ? [...this.workers, this.gpu] : this.workers;
    await Promise.all(renderers.map((renderer) => renderer.ask("adopt", modes)));
  }

  private dropGpu(): void {
    this.gpu?.close();
    this.gpu = null;
    this.renderers = this.workers;
  }

  private go(place: Place, queue: boolean, controls: Controls): Promise<{ goal: Goal; number: number }> {
    return this.workers[0].ask("goTo", { place, queue, controls: completed(controls, this.info.controls, this.info.pace) });
  }

  private checkFrame(frame: number): void {
    if (!Number.isInteger(frame) || frame < 0 || frame >= this.info.frames) {
      throw new PlayerError(`The scene has no frame ${frame}; it has 0 to ${this.info.frames - 1}.`);
    }
  }

  private checkWeights(weights: Float32Array): void {
    const { controls, frames, pace } = this.info;
    const control = controlOfRole(controls, "frame_weight");
    if (!control) throw new PlayerError("The scene takes no weights of frames.");
    const reason = refusal({ ...control, shape: [frames] }, weights, pace);
    if (reason !== null) throw new PlayerError(reason);
    if (!weights.some((weight) => weight > 0)) throw new PlayerError(`The control ${control.name} must not be 0 everywhere.`);
  }
}
