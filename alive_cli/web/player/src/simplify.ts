/** Graphs without what need not be done at every run. */

import { widened } from "./half";
import { type Known, knownConstant } from "./node_view";
import { type Constant, FLOAT, FLOAT16, INT32, INT64, type Model, type Node } from "./onnx";
import { judge } from "./shapes";

/** These operators give the elements of their first input in another shape. */
const RESHAPING = new Set(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

/**
 * Replace what is computed from constants alone by constants, as far as that is no arithmetic of floats: half of a
 * behavior's nodes are of this kind, and a runtime takes its time for each of them.
 *
 * @param model a graph that was checked; its results stay the same to the last bit.
 */
export function simplify(model: Model): Model {
  const constants = new Map(model.constants);
  const nodes = model.nodes.filter((node) => {
    const inputs = node.inputs.map((name) => (name ? constants.get(name) : null));
    if (inputs.includes(undefined)) return true;
    const value = folded(node, inputs as (Constant | null)[]);
    if (value) constants.set(node.outputs[0], value);
    return !value;
  });
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...model.outputs.map((output) => output.name)]);
  for (const name of constants.keys()) if (!read.has(name)) constants.delete(name);
  return { ...model, nodes, constants };
}

/** What a node gives for constants; null where it has to run. */
function folded(node: Node, inputs: (Constant | null)[]): Constant | null {
  const { operator, attributes, outputs } = node;
  if (outputs.length !== 1) return null;
  const { type, shape, whole }: Known = judge(node, inputs.map((input) => input && knownConstant(input)), "").outputs[0];
  const [first] = inputs;
  if (first && RESHAPING.has(operator)) return { type, shape, raw: first.raw };
  if (operator === "Cast" && first?.type === FLOAT16 && type === FLOAT) {
    return { type, shape, raw: bytesOf(widened(new Uint16Array(first.raw.slice().buffer))) };
  }
  if (operator === "Constant") {
    const [{ tensor, float, floats }] = attributes.values();
    if (tensor) return tensor;
    if (type === FLOAT) return { type, shape, raw: bytesOf(Float32Array.from(shape.length ? floats : [float])) };
  }
  if (type === INT64 && whole) return { type, shape, raw: bytesOf(BigInt64Array.from(whole)) };
  if (type === INT32 && whole) return { type, shape, raw: bytesOf(Int32Array.from(whole, Number)) };
  return null;
}

function bytesOf({ buffer }: Float32Array | BigInt64Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer);
}
