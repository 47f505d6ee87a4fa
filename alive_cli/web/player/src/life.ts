/** One life: the behavior graph, step after step (SPEC.md, Living). */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { VerifiedScene } from "./bundle";
import type { Engine } from "./engine";
import { corrupt } from "./errors";
import { frameParts } from "./frames";
import type { StateInfo } from "./manifest";
import { drawNoise } from "./noise";
import { wayTo } from "./ways";

/** How far the length of an embedding may be off 1. */
const UNIT_TOLERANCE = 0.01;

/** What steers a life, and may change from frame to frame. */
export interface Controls {
  /** Scale of the motion, 0 … 100: 0 still, 1 as observed. */
  temperature: number;
  /** Weight of what was observed, 0 … 1. */
  pull: number;
  /** How far it may leave what was observed, 0 … 1. */
  novelty: number;
}

/** Where a life has come to. */
export interface Moment {
  /** Unit vector, [D]. */
  embedding: Float32Array;
  /** The observed moment that the life is coming to; −1 where the behavior doesn't say. */
  node: number;
  /** Steps lived so far. */
  step: number;
}

export class Life {
  private readonly state = new Map<string, Tensor>();
  private readonly constants: Record<string, Tensor> = {};
  private readonly noises: { input: string; tensor: Tensor; values: Float32Array }[];
  private path: number[] = [];
  private step = 0;

  /**
   * Begin a life.
   *
   * @param seed 0 … 2⁶³−1.
   * @param start the observed moment that it begins at, 0 … N−1.
   * @param weights of the observed moments, [N], ≥ 0, not all 0; 1 each where null.
   */
  constructor(
    private readonly scene: VerifiedScene,
    private readonly session: InferenceSession,
    private readonly engine: Engine,
    private readonly seed: bigint,
    start: number,
    weights: Float32Array | null,
  ) {
    const { behavior, bank, moments } = scene;
    for (const state of behavior.state) this.state.set(state.input, this.initial(state, start));
    for (const { input, tensor } of behavior.bank) {
      const { data, shape } = bank.get(tensor)!;
      this.constants[input] = engine.tensor(data, shape);
    }
    this.constants.bank_weight = engine.tensor(weights ?? new Float32Array(moments).fill(1), [moments]);
    this.noises = behavior.noise.map(({ input, shape }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return { input, values, tensor: engine.tensor(values, [1, ...shape]) };
    });
  }

  /** Come to these observed moments, one after the other, before choosing freely again. */
  follow(path: number[]): void {
    this.path = [...path];
  }

  /** Plan a way to an observed moment and follow it; false where there is none. */
  goTo(goal: number): boolean {
    const names = this.scene.behavior.transitions;
    if (!names) return false;
    const tensor = <T>(name: string): T => this.scene.bank.get(name)!.data as T;
    const ways = {
      targets: tensor<BigInt64Array>(names.targets),
      costs: tensor<Float32Array>(names.costs),
      following: tensor<BigInt64Array>(names.following),
    };
    const path = wayTo(ways, this.node, goal);
    this.follow(path);
    return path.length > 0 || this.node === goal;
  }

  /**
   * Live through one frame.
   *
   * @throws BundleError (corrupt): the behavior gives an embedding that is not of unit length.
   */
  async frame(controls: Controls): Promise<Moment> {
    const parts = frameParts(this.scene.behavior, controls.temperature);
    let embedding = new Float32Array(0);
    for (let turn = 0; turn < parts * this.scene.behavior.steps_per_frame; turn++) {
      embedding = await this.advance(controls, controls.temperature / parts);
    }
    return { embedding, node: this.node, step: this.step };
  }

  private async advance(controls: Controls, temperature: number): Promise<Float32Array<ArrayBuffer>> {
    const { behavior } = this.scene;
    const scalar = (value: number): Tensor => this.engine.tensor(Float32Array.of(value), []);
    const feeds: Record<string, Tensor> = { ...this.constants, ...Object.fromEntries(this.state) };
    this.noises.forEach(({ input, values, tensor }, stream) => {
      drawNoise(values, behavior.noise[stream].distribution, stream, this.step, this.seed);
      feeds[input] = tensor;
    });
    feeds.temperature = scalar(temperature);
    feeds.pull = scalar(controls.pull);
    feeds.novelty = scalar(controls.novelty);
    feeds.next_node = this.engine.tensor(BigInt64Array.of(BigInt(this.path[0] ?? -1)), [1]);
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
