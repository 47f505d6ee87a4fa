/** One rollout: the behavior graph, step after step (SPEC.md, Living). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { VerifiedScene } from "./bundle";
import { type Controls, controlOfRole } from "./controls";
import type { Engine } from "./engine";
import { corrupt, PlayerError } from "./errors";
import { frameParts } from "./frames";
import { type Goal, type GoalNews, type GoalRange, Goals } from "./goals";
import type { StateInfo } from "./manifest";
import { drawNoise } from "./noise";

/** Steps that don't come out whole are rounded up only beyond this. */
const WHOLE = 1e-6;
/** How far the length of an embedding may be off 1; rounding in a graph stays far below this. */
const UNIT_TOLERANCE = 0.01;

/** Where a rollout has come to. */
export interface RolloutFrame {
  /** Unit vector, [D]. */
  embedding: Float32Array;
  /** The observed frame that the rollout is coming to; −1 where the behavior doesn't say. */
  node: number;
  /** Steps, and frames, since the rollout began. */
  step: number;
  number: number;
  /** What has become of its goals since the last frame. */
  news: GoalNews[];
}

export class Rollout {
  private readonly state = new Map<string, Tensor>();
  private readonly constants: Record<string, Tensor> = {};
  private readonly noises: { input: string; tensor: Tensor; values: Float32Array }[];
  private readonly clock: string | null;
  private readonly next: string | null;
  /** The weights of the observed frames without moods, [N]; null where the scene takes none. */
  private readonly weights: Float32Array | null = null;
  private path: number[] = [];
  private step = 0;
  private number = 0;
  private readonly goals: Goals | null;
  /** How far the picture is from the frame of the node, in frames of the clip. */
  private left = 0;
  /** Whether no later picture shows the frame of the node better. */
  private atNode = true;
  /** The clock of the frames to come, as it was last. */
  private pace = 1;

  /**
   * Begin a rollout.
   *
   * @param seed 0 … 2⁶³−1.
   * @param start the observed frame that it begins at, 0 … N−1.
   * @param weights of the observed frames, [N], ≥ 0, not all 0; the control's default each where null.
   */
  constructor(
    private readonly scene: VerifiedScene,
    private readonly session: InferenceSession,
    private readonly engine: Engine,
    private readonly seed: bigint,
    start: number,
    weights: Float32Array | null,
  ) {
    const { behavior, controls, bank, frames } = scene;
    for (const state of behavior.state) this.state.set(state.input, this.initial(state, start));
    for (const { input, tensor } of behavior.bank) {
      const { data, shape } = bank.get(tensor)!;
      this.constants[input] = engine.tensor(data, shape);
    }
    const weight = controlOfRole(controls, "frame_weight");
    if (weight) {
      this.weights = weights ?? new Float32Array(frames).fill(weight.default);
      this.constants[weight.name] = engine.tensor(this.weights, [frames]);
    }
    this.clock = controlOfRole(controls, "clock")?.name ?? null;
    this.next = controlOfRole(controls, "next_frame")?.name ?? null;
    this.noises = behavior.noise.map(({ input, shape }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return { input, values, tensor: engine.tensor(values, [1, ...shape]) };
    });
    this.goals = this.planner();
  }

  /** Multiply the weights of the observed frames by those of moods, [N]; null for no mood. */
  putIn(moods: Float32Array | null): void {
    const { weights, scene, engine } = this;
    if (!weights) return;
    const values = moods ? weights.map((weight, frame) => weight * moods[frame]) : weights;
    this.constants[controlOfRole(scene.controls, "frame_weight")!.name] = engine.tensor(values, [values.length]);
  }

  /** Come to these observed frames, one after the other, before choosing freely again. */
  follow(path: number[]): void {
    this.goals?.giveUp();
    this.path = [...path];
  }

  /**
   * Go to a goal.
   *
   * @param queue go there after the goals that are left; otherwise it replaces them.
   * @param controls as for the frames to come.
   * @returns it, and how many frames the rollout has behind it by now.
   * @throws PlayerError: there is no way, or the clock is 0.
   */
  goTo(range: GoalRange, queue: boolean, controls: Controls): { goal: Goal; number: number } {
    const { goals, clock, number } = this;
    if (!goals) throw new PlayerError("This scene's behavior can't go to a chosen second; fit it with --recipe living.");
    this.pace = this.clockOf(controls);
    if (!this.pace) throw new PlayerError(`At ${clock} 0 the scene can't go anywhere.`);
    const goal = goals.goTo(range, queue);
    this.path = [];
    return { goal, number };
  }

  /**
   * Advance by one frame.
   *
   * @param controls values of the controls that are set for each frame, all of them.
   * @throws BundleError (corrupt): the behavior gives an embedding that is not of unit length.
   */
  async frame(controls: Controls): Promise<RolloutFrame> {
    const { behavior } = this.scene;
    const clock = this.clockOf(controls);
    const parts = this.partsOf(clock);
    const values = this.clock === null ? controls : { ...controls, [this.clock]: clock / parts };
    let embedding = new Float32Array(0);
    for (let turn = 0; turn < parts * behavior.steps_per_frame; turn++) embedding = await this.advance(values, clock / parts);
    this.number++;
    return { embedding, node: this.node, step: this.step, number: this.number, news: this.goals?.takeNews() ?? [] };
  }

  /** Into how many parts a frame is split: 1 where nothing is a clock. */
  private partsOf(clock: number): number {
    return this.clock === null ? 1 : frameParts(this.scene.behavior, clock);
  }

  private clockOf(controls: Controls): number {
    return this.clock === null ? 1 : (controls[this.clock] as number);
  }

  private planner(): Goals | null {
    const { behavior, bank, manifest } = this.scene;
    const { transitions: names, steps_per_frame } = behavior;
    if (!names) return null;
    const tensor = <T>(name: string): T => bank.get(name)!.data as T;
    const graph = {
      targets: tensor<BigInt64Array>(names.targets),
      costs: tensor<Float32Array>(names.costs),
      following: tensor<BigInt64Array>(names.following),
    };
    const { fps, start } = manifest.source;
    const rollout = this;
    return new Goals(graph, {
      get node() {
        return rollout.node;
      },
      get left() {
        return rollout.left;
      },
      get atNode() {
        return rollout.atNode;
      },
      secondOf: (frame) => start + frame / fps,
      secondsUntil: (frames) => {
        const parts = this.partsOf(this.pace);
        const steps = Math.floor((frames * parts) / this.pace + WHOLE);
        return Math.ceil(steps / (steps_per_frame * parts)) / fps;
      },
    });
  }

  private async advance(controls: Controls, clock: number): Promise<Float32Array<ArrayBuffer>> {
    const { behavior } = this.scene;
    const feeds: Record<string, Tensor> = { ...this.constants, ...Object.fromEntries(this.state) };
    this.noises.forEach(({ input, values, tensor }, stream) => {
      drawNoise(values, behavior.noise[stream].distribution, stream, this.step, this.seed);
      feeds[input] = tensor;
    });
    for (const [name, value] of Object.entries(controls)) {
      const scalar = typeof value === "number";
      feeds[name] = this.engine.tensor(scalar ? Float32Array.of(value) : Float32Array.from(value), scalar ? [] : [value.length]);
    }
    this.goals?.progress();
    const next = this.goals?.next ?? this.path[0] ?? -1;
    if (this.next !== null) feeds[this.next] = this.engine.tensor(BigInt64Array.of(BigInt(next)), [1]);
    const before = this.node;
    const results = await this.session.run(feeds);
    for (const { input, output } of behavior.state) this.state.set(input, results[output] as Tensor);
    if (this.path.length && this.node !== before) this.path.shift();
    this.step++;
    // It takes a clock of 1 from each frame to the next.
    const come = this.node !== before;
    this.left = Math.min(Math.max(this.left - clock + Number(come), come ? 1 - clock : 0, 0), 1);
    this.atNode = this.left < clock;
    this.goals?.progress();
    const embedding = results.embedding.data as Float32Array<ArrayBuffer>;
    const length = Math.hypot(...embedding);
    if (!(Math.abs(length - 1) < UNIT_TOLERANCE)) {
      throw corrupt("The scene's behavior gives embeddings that are not of unit length.");
    }
    return embedding;
  }

  private get node(): number {
    const name = this.scene.behavior.transitions?.node;
    return name === undefined ? -1 : Number((this.state.get(name)!.data as BigInt64Array)[0]);
  }

  private initial({ initial, shape, dtype }: StateInfo, start: number): Tensor {
    const size = shape.reduce((product, each) => product * each, 1);
    if (initial !== null) {
      const { data } = this.scene.bank.get(initial)!;
      return this.engine.tensor(data.slice(start * size, (start + 1) * size), [1, ...shape]);
    }
    const zeros = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array }[dtype];
    return this.engine.tensor(new zeros(size), [1, ...shape]);
  }
}
