/** Does a bundle fulfil the contracts of drawing and living? (SPEC.md, Graphs and Living) */

import { corrupt, unsafe } from "./errors";
import { frameSteps } from "./frames";
import {
  MAX_DEFAULT_PIXELS,
  MAX_EDGES,
  MAX_FRAME_STEPS,
  MAX_MOMENTS,
  MAX_STATE_ELEMENTS,
} from "./limits";
import { type Behavior, type Defaults, type Dim, type Drawing, featuresOf, type GraphInfo } from "./manifest";
import type { BankTensor } from "./safetensors";

export const BANK_NAME = "bank.safetensors";

type Signature = Map<string, string>;

const described = (dtype: string, shape: Dim[]): string => `${dtype} [${shape.join(", ")}]`;

/** @throws BundleError (corrupt): a graph doesn't have the inputs and outputs that drawing needs. */
export function checkDrawing(drawing: Drawing, dimension: number): void {
  const features = drawing.trunk.outputs[0]?.shape[1];
  if (typeof features !== "number" || features < 1) throw corrupt(`${drawing.trunk.file} doesn't give features [P, F].`);
  expectGraph(
    drawing.trunk,
    new Map([["coords", described("float32", ["P", 2])]]),
    new Map([["features", described("float32", ["P", features])]]),
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
        ["embedding", described("float32", ["B", dimension])],
        ["features", described("float32", ["P", count])],
        ["background", described("float32", ["P", 3])],
      ]),
      new Map([["rgb", described("float32", ["B", "P", 3])]]),
    );
  }
}

/**
 * Check the bank, and that the behavior graph gets from it what it reads.
 *
 * @returns N, the number of observed moments.
 * @throws BundleError: something is missing, of another shape or type, or beyond a limit.
 */
export function checkBehavior(behavior: Behavior, bank: Map<string, BankTensor>, dimension: number): number {
  const count = checkEmbeddings(bank.get("embedding"), dimension);
  const inputs: Signature = new Map([
    ["temperature", described("float32", [])],
    ["pull", described("float32", [])],
    ["novelty", described("float32", [])],
    ["bank_weight", described("float32", ["N"])],
    ["next_node", described("int64", ["B"])],
  ]);
  const outputs: Signature = new Map([["embedding", described("float32", ["B", dimension])]]);
  const put = (names: Signature, name: string, described: string): void => {
    if (names.has(name)) throw corrupt(`${behavior.graph.file} is said to have two inputs or outputs of one name.`);
    names.set(name, described);
  };
  const elements = [...behavior.state, ...behavior.noise].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  if (elements.reduce((a, b) => a + b, 0) > MAX_STATE_ELEMENTS) throw unsafe("The behavior's states are too large.");
  for (const state of behavior.state) {
    put(inputs, state.input, described(state.dtype, ["B", ...state.shape]));
    put(outputs, state.output, described(state.dtype, ["B", ...state.shape]));
    if (state.initial === null) continue;
    const initial = bank.get(state.initial);
    if (!initial || described(initial.dtype, initial.shape) !== described(state.dtype, [count, ...state.shape])) {
      throw corrupt(`${BANK_NAME} has no initial values that fit a state.`);
    }
  }
  for (const noise of behavior.noise) put(inputs, noise.input, described("float32", ["B", ...noise.shape]));
  for (const { input, tensor } of behavior.bank) {
    const declared = behavior.graph.inputs.find(({ name }) => name === input);
    const found = bank.get(tensor);
    const sizes = declared?.shape.map((size) => (size === "N" ? count : size));
    if (!declared || !found || described(found.dtype, found.shape) !== described(declared.dtype, sizes ?? [])) {
      throw corrupt(`${BANK_NAME} has no tensor that fits an input of the behavior graph.`);
    }
    put(inputs, input, described(declared.dtype, declared.shape));
  }
  checkTransitions(behavior, bank, count);
  expectGraph(behavior.graph, inputs, outputs);
  const order = ["embedding", ...behavior.state.map((state) => state.output)];
  if (behavior.graph.outputs.some(({ name }, place) => name !== order[place])) {
    throw corrupt(`${behavior.graph.file} doesn't give the embedding first, then the states.`);
  }
  return count;
}

/** @throws BundleError (unsafe): the defaults ask for more pixels, or more steps for a frame, than they may. */
export function checkDefaults(defaults: Defaults, behavior: Behavior): void {
  if (defaults.width * defaults.height > MAX_DEFAULT_PIXELS) {
    throw unsafe("The bundle asks to be drawn in more pixels than it may.");
  }
  if (frameSteps(behavior, defaults.temperature) > MAX_FRAME_STEPS) {
    throw unsafe(`The behavior takes more than ${MAX_FRAME_STEPS} steps for a frame.`);
  }
}

function checkEmbeddings(embeddings: BankTensor | undefined, dimension: number): number {
  const [count, width] = embeddings?.shape ?? [];
  if (!embeddings || embeddings.dtype !== "float32" || embeddings.shape.length !== 2 || width !== dimension || !count) {
    throw corrupt(`${BANK_NAME} holds no observed embeddings of ${dimension} dimensions.`);
  }
  if (count > MAX_MOMENTS) throw unsafe(`${BANK_NAME} holds more than ${MAX_MOMENTS} observed moments.`);
  if (!(embeddings.data as Float32Array).every(Number.isFinite)) {
    throw corrupt(`${BANK_NAME} holds embeddings that are no finite numbers.`);
  }
  return count;
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
    described(targets.dtype, targets.shape) === described("int64", [count, edges]) &&
    within(targets.data, 0n) &&
    described(costs.dtype, costs.shape) === described("float32", [count, edges]) &&
    (costs.data as Float32Array).every((cost) => Number.isFinite(cost) && cost >= 0) &&
    described(following.dtype, following.shape) === described("int64", [count]) &&
    within(following.data, -1n) &&
    node?.dtype === "int64" &&
    !node.shape.length;
  if (!sound) throw corrupt(`${BANK_NAME} has no sound graph over the observed moments.`);
}

function expectGraph(graph: GraphInfo, inputs: Signature, outputs: Signature): void {
  for (const [declared, expected] of [
    [graph.inputs, inputs],
    [graph.outputs, outputs],
  ] as const) {
    const fits = declared.every(({ name, dtype, shape }) => expected.get(name) === described(dtype, shape));
    const names = new Set(declared.map(({ name }) => name));
    if (!fits || names.size !== declared.length || names.size !== expected.size) {
      throw corrupt(`${graph.file} doesn't have the inputs and outputs of its contract.`);
    }
  }
}
