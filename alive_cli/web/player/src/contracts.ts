/** Does a bundle fulfil the contracts of drawing and living? (SPEC.md, Graphs and Living) */

import { checkControls, defaultClock } from "./controls";
import { corrupt, unsafe } from "./errors";
import { frameSteps } from "./frames";
import { MAX_DEFAULT_PIXELS, MAX_EDGES, MAX_FRAME_STEPS, MAX_FRAMES, MAX_STATE_ELEMENTS } from "./limits";
import {
  type Behavior,
  type Control,
  type Defaults,
  type Dim,
  type Drawing,
  featuresOf,
  type GraphInfo,
  type Manifest,
  type TensorInfo,
} from "./manifest";
import type { BankTensor } from "./safetensors";

/** The part of a bundle that holds the observed embeddings, and every other tensor that the behavior reads. */
export const BANK_NAME = "bank.safetensors";

/** The inputs or outputs of a graph: a type and shape by each name. */
export type Signature = Map<string, string>;

/** A type and shape as one text, to compare by. */
export const describe = (dtype: string, shape: Dim[]): string => `${dtype} [${shape.join(", ")}]`;

/** @throws BundleError (corrupt): a graph doesn't have the inputs and outputs that drawing needs. */
export function checkDrawing(drawing: Drawing, dimension: number): void {
  const features = drawing.trunk.outputs[0]?.shape[1];
  if (typeof features !== "number" || features < 1) throw corrupt(`${drawing.trunk.file} doesn't give features [P, F].`);
  expectGraph(
    drawing.trunk,
    new Map([["coords", describe("float32", ["P", 2])]]),
    new Map([["features", describe("float32", ["P", features])]]),
  );
  const leading = drawing.fast ? featuresOf(drawing.fast) : 0;
  if (drawing.fast && leading >= features) throw corrupt(`${drawing.fast.file} doesn't draw from fewer features.`);
  for (const [generator, count] of [
    [drawing.generator, features],
    [drawing.fast, leading],
  ] as const) {
    if (!generator) continue;
    expectGraph(
      generator,
      new Map([
        ["embedding", describe("float32", ["B", dimension])],
        ["features", describe("float32", ["P", count])],
        ["background", describe("float32", ["P", 3])],
      ]),
      new Map([["rgb", describe("float32", ["B", "P", 3])]]),
    );
  }
}

/**
 * Check the controls and the bank, and that the behavior graph reads these and nothing else.
 *
 * @returns N, the number of observed frames.
 * @throws BundleError: something is missing, of another shape or type, or beyond a limit.
 */
export function checkBehavior(
  behavior: Behavior,
  controls: readonly Control[],
  bank: Map<string, BankTensor>,
  dimension: number,
): number {
  const count = checkEmbeddings(bank.get("embedding"), dimension);
  checkControls(behavior, controls);
  checkControlInputs(behavior.graph, controls);
  const inputs: Signature = new Map(controls.map(({ name, dtype, shape }) => [name, describe(dtype, shape)]));
  const outputs: Signature = new Map([["embedding", describe("float32", ["B", dimension])]]);
  const put = (names: Signature, name: string, signature: string): void => {
    if (names.has(name)) throw corrupt(`${behavior.graph.file} is said to have two inputs or outputs of one name.`);
    names.set(name, signature);
  };
  const elements = [...behavior.state, ...behavior.noise].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  if (elements.reduce((a, b) => a + b, 0) > MAX_STATE_ELEMENTS) throw unsafe("The behavior's states are too large.");
  for (const state of behavior.state) {
    put(inputs, state.input, describe(state.dtype, ["B", ...state.shape]));
    put(outputs, state.output, describe(state.dtype, ["B", ...state.shape]));
    if (state.initial === null) continue;
    const initial = bank.get(state.initial);
    if (!initial || describe(initial.dtype, initial.shape) !== describe(state.dtype, [count, ...state.shape])) {
      throw corrupt(`${BANK_NAME} has no initial values that fit a state.`);
    }
  }
  for (const noise of behavior.noise) put(inputs, noise.input, describe("float32", ["B", ...noise.shape]));
  for (const { input, tensor } of behavior.bank) {
    const declared = behavior.graph.inputs.find(({ name }) => name === input);
    const values = bank.get(tensor);
    if (!declared || !values || !feeds(values, declared, count)) {
      throw corrupt(`${BANK_NAME} has no tensor that fits an input of the behavior graph.`);
    }
    put(inputs, input, describe(declared.dtype, declared.shape));
  }
  checkTransitions(behavior, bank, count);
  checkStarts(behavior, bank, count);
  expectGraph(behavior.graph, inputs, outputs);
  const order = ["embedding", ...behavior.state.map((state) => state.output)];
  if (behavior.graph.outputs.some(({ name }, place) => name !== order[place])) {
    throw corrupt(`${behavior.graph.file} doesn't give the embedding first, then the states.`);
  }
  return count;
}

/** @throws BundleError (unsafe): the defaults ask for more pixels, or more steps for a frame, than they may. */
export function checkDefaults(defaults: Defaults, behavior: Behavior, controls: readonly Control[]): void {
  if (defaults.width * defaults.height > MAX_DEFAULT_PIXELS) {
    throw unsafe("The bundle asks to be drawn in more pixels than it may.");
  }
  if (frameSteps(behavior, defaultClock(controls)) > MAX_FRAME_STEPS) {
    throw unsafe(`The behavior takes more than ${MAX_FRAME_STEPS} steps for a frame.`);
  }
}

/** @throws BundleError (corrupt): a name stands for frames that end before they begin, or that there are not. */
export function checkNames(names: Manifest["names"], frames: number): void {
  for (const [first, last] of Object.values(names)) {
    if (first > last || last >= frames) throw corrupt("The manifest names frames that the scene doesn't have.");
  }
}

function checkControlInputs(graph: GraphInfo, controls: readonly Control[]): void {
  for (const { name, dtype, shape } of controls) {
    const input = graph.inputs.find((each) => each.name === name);
    if (!input) throw corrupt(`${graph.file} has no input for the control ${name}.`);
    if (describe(input.dtype, input.shape) !== describe(dtype, shape)) {
      throw corrupt(`${graph.file} has an input of another type or shape than the control ${name}.`);
    }
  }
}

function checkEmbeddings(embeddings: BankTensor | undefined, dimension: number): number {
  const [count, width] = embeddings?.shape ?? [];
  if (!embeddings || embeddings.dtype !== "float32" || embeddings.shape.length !== 2 || width !== dimension || !count) {
    throw corrupt(`${BANK_NAME} holds no observed embeddings of ${dimension} dimensions.`);
  }
  if (count > MAX_FRAMES) throw unsafe(`${BANK_NAME} holds more than ${MAX_FRAMES} observed frames.`);
  if (!(embeddings.data as Float32Array).every(Number.isFinite)) {
    throw corrupt(`${BANK_NAME} holds embeddings that are no finite numbers.`);
  }
  return count;
}

function checkStarts(behavior: Behavior, bank: Map<string, BankTensor>, count: number): void {
  if (behavior.starts == null) return;
  const starts = bank.get(behavior.starts);
  const sound =
    starts?.dtype === "int64" &&
    starts.shape.length === 1 &&
    starts.shape[0] >= 1 &&
    starts.shape[0] <= count &&
    (starts.data as BigInt64Array).every((frame) => frame >= 0n && frame < BigInt(count));
  if (!sound) throw corrupt(`${BANK_NAME} has no sound list of the frames that a rollout begins at.`);
}

function checkTransitions(behavior: Behavior, bank: Map<string, BankTensor>, count: number): void {
  const names = behavior.transitions;
  if (!names) return;
  const targets = bank.get(names.targets);
  const costs = bank.get(names.costs);
  const following = bank.get(names.following);
  const node = behavior.state.find(({ input }) => input === names.node);
  const edges = targets?.shape[1] ?? 0;
  const within = (data: BankTensor["data"], least: bigint): boolean =>
    (data as BigInt64Array).every((value) => value >= least && value < BigInt(count));
  const sound =
    targets &&
    costs &&
    following &&
    edges >= 1 &&
    edges <= MAX_EDGES &&
    describe(targets.dtype, targets.shape) === describe("int64", [count, edges]) &&
    within(targets.data, 0n) &&
    describe(costs.dtype, costs.shape) === describe("float32", [count, edges]) &&
    (costs.data as Float32Array).every((cost) => Number.isFinite(cost) && cost >= 0) &&
    describe(following.dtype, following.shape) === describe("int64", [count]) &&
    within(following.data, -1n) &&
    node?.dtype === "int64" &&
    !node.shape.length;
  if (!sound) throw corrupt(`${BANK_NAME} has no sound graph over the observed frames.`);
}

/**
 * Whether a tensor of the bank has the type and shape of the input that it feeds.
 *
 * @param frames N, the number of observed frames.
 * @param narrow whether float16 feeds an input of float32 as well.
 */
export function feeds({ dtype, shape }: BankTensor, input: TensorInfo, frames: number, narrow = false): boolean {
  const sizes = input.shape.map((size) => (size === "N" ? frames : size));
  const type = narrow && dtype === "float16" ? "float32" : dtype;
  return describe(type, shape) === describe(input.dtype, sizes);
}

/** @throws BundleError (corrupt): a graph has other inputs or outputs than its contract, in whatever order. */
export function expectGraph(graph: GraphInfo, inputs: Signature, outputs: Signature): void {
  for (const [declared, expected] of [
    [graph.inputs, inputs],
    [graph.outputs, outputs],
  ] as const) {
    const stray = declared.find(({ name }) => !expected.has(name));
    if (stray) throw corrupt(`${graph.file} has an input or output, ${stray.name}, that nothing declares.`);
    const fits = declared.every(({ name, dtype, shape }) => expected.get(name) === describe(dtype, shape));
    const names = new Set(declared.map(({ name }) => name));
    if (!fits || names.size !== declared.length || names.size !== expected.size) {
      throw corrupt(`${graph.file} doesn't have the inputs and outputs of its contract.`);
    }
  }
}
