/** One rollout: the behavior graph, step after step (SPEC.md, Living). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { VerifiedScene } from "./bundle";
import { type Controls, controlOfRole } from "./controls";
import type { Engine } from "./engine";
import { corrupt } from "./errors";
import { frameParts } from "./frames";
import type { StateInfo } from "./manifest";
import { drawNoise } from "./noise";
import { pathTo } from "./paths";

/** How far the length of an embedding may be off 1; rounding in a graph stays far below this. */
const UNIT_TOLERANCE = 0.01;

/** Where a rollout has come to. */
export interface RolloutFrame {
  /** Unit vector, [D]. */
  embedding: Float32Array;
  /** The observed frame that the rollout is coming to; −1 where the behavior doesn't say. */
  node: number;
  /** Steps since the rollout began. */
  step: number;
}

export class Rollout {
  private readonly state = new Map<string, Tensor>();
  private readonly constants: Record<string, Tensor> = {};
  private readonly noises: { input: string; tensor: Tensor; values: Float32Array }[];
  private readonly clock: string | null;
  private readonly next: string | null;
  private path: number[] = [];
  private step = 0;

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
      const values = weights ?? new Float32Array(frames).fill(weight.default);
      this.constants[weight.name] = engine.tensor(values, [frames]);
    }
    this.clock = controlOfRole(controls, "clock")?.name ?? null;
    this.next = controlOfRole(controls, "next_frame")?.name ?? null;
    this.noises = behavior.noise.map(({ input, shape }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return { input, values, tensor: engine.tensor(values, [1, ...shape]) };
    });
  }

  /** Come to these observed frames, one after the other, before choosing freely again. */
  follow(path: number[]): void {
    this.path = [...path];
  }

  /** Plan a path to an observed frame and follow it; false where there is none. */
  goTo(goal: number): boolean {
    const names = this.scene.behavior.transitions;
    if (!names) return false;
    const tensor = <T>(name: string): T => this.scene.bank.get(name)!.data as T;
    const graph = {
      targets: tensor<BigInt64Array>(names.targets),
      costs: tensor<Float32Array>(names.costs),
      following: tensor<BigInt64Array>(names.following),
    };
    const path = pathTo(graph, this.node, goal);
    this.follow(path);
    return path.length > 0 || this.node === goal;
  }

  /**
   * Advance by one frame.
   *
   * @param controls values of the controls that are set for each frame, all of them.
   * @throws BundleError (corrupt): the behavior gives an embedding that is not of unit length.
   */
  async frame(controls: Controls): Promise<RolloutFrame> {
    const { behavior } = this.scene;
    const clock = this.clock === null ? 0 : (controls[this.clock] as number);
    const parts = frameParts(behavior, clock);
    const values = this.clock === null ? controls : { ...controls, [this.clock]: clock / parts };
    let embedding = new Float32Array(0);
    for (let turn = 0; turn < parts * behavior.steps_per_frame; turn++) embedding = await this.advance(values);
    return { embedding, node: this.node, step: this.step };
  }

  private async advance(controls: Controls): Promise<Float32Array<ArrayBuffer>> {
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
    if (this.next !== null) feeds[this.next] = this.engine.tensor(BigInt64Array.of(BigInt(this.path[0] ?? -1)), [1]);
    const before = this.node;
    const results = await this.session.run(feeds);
    for (const { input, output } of behavior.state) this.state.set(input, results[output] as Tensor);
    if (this.path.length && this.node !== before) this.path.shift();
    this.step++;
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
