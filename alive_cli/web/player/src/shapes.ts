/**
 * The shape of every value of a graph, before it runs (SPEC.md, Graphs). Sizes that a graph computes from constants and
 * the shapes of values are computed here as well; sizes that depend on data are refused.
 */

import { unsafe } from "./errors";
import { MAX_DIMENSIONS, MAX_VALUE_ELEMENTS } from "./limits";
import { elements, type Judgement, type Known, NodeView } from "./node_view";
import type { Node } from "./onnx";
import { RULES } from "./shape_rules";

/**
 * The outputs of a node, from what is known of its inputs.
 *
 * @param inputs null where an input is left out.
 * @throws BundleError: shapes don't fit (corrupt), or a size depends on data or is beyond reason (unsafe).
 */
export function judge(node: Node, inputs: (Known | null)[], name: string): Judgement {
  const view = new NodeView(node, inputs, name);
  const { outputs, terms } = RULES[node.operator](view);
  if (node.outputs.length > outputs.length) throw view.wrong();
  for (const { shape } of outputs) {
    if (shape.length > MAX_DIMENSIONS || Math.max(elements(shape), ...shape) > MAX_VALUE_ELEMENTS) {
      throw unsafe(`${name} computes a value of a size that is not allowed.`);
    }
    if (shape.some((size) => !(size >= 0))) throw view.wrong();
  }
  return { outputs, terms };
}
