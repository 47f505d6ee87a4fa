/** What a run of a graph takes, known before it runs (SPEC.md, Limits). */

import { corrupt, unsafe } from "./errors";
import { MAX_KEPT_BYTES, MAX_LIVE_BYTES, MAX_WORK } from "./limits";
import type { GraphInfo } from "./manifest";
import { elements, type Known, knownConstant } from "./node_view";
import { ELEMENT_BYTES, type Model } from "./onnx";
import { judge } from "./shapes";

/** Sizes of the free dimensions: B rollouts, P pixels, N frames. */
export type Sizes = { [letter: string]: number };

/**
 * The work of one run: for each node the elements that it reads or computes, whichever are more; those of a matrix
 * product as often as they have terms.
 *
 * @throws BundleError: sizes don't fit or differ from what is declared (corrupt), depend on data, or exceed a limit.
 */
export function measure(model: Model, { file, outputs }: GraphInfo, sizes: Sizes): number {
  const values = new Map<string, Known>();
  /** Names of constants, and of what is computed from them alone. */
  const kept = new Set<string>();
  let keptBytes = 0;
  const keep = (name: string, value: Known): void => {
    kept.add(name);
    keptBytes += bytes(value);
    if (keptBytes > MAX_KEPT_BYTES) throw unsafe(`${file} keeps more in memory than a graph may.`);
  };
  for (const { name, type, shape } of model.inputs) {
    values.set(name, { type, shape: shape.map((size) => sizeOf(size, sizes, file)), whole: null });
  }
  for (const [name, constant] of model.constants) {
    const value = knownConstant(constant);
    values.set(name, value);
    keep(name, value);
  }
  const lastRead = new Map<string, number>();
  model.nodes.forEach((node, place) => node.inputs.forEach((input) => lastRead.set(input, place)));
  for (const { name } of model.outputs) lastRead.set(name, model.nodes.length);
  let work = 0;
  let live = 0;
  model.nodes.forEach((node, place) => {
    const inputs = node.inputs.map((input) => values.get(input) ?? null);
    const { outputs, terms } = judge(node, inputs, file);
    const constant = node.inputs.every((input) => !input || kept.has(input));
    let computed = 0;
    node.outputs.forEach((name, output) => {
      const value = outputs[output];
      values.set(name, value);
      computed += elements(value.shape);
      if (constant) keep(name, value);
      else live += bytes(value);
    });
    const read = inputs.reduce((sum, input) => sum + (input ? elements(input.shape) : 0), 0);
    work += Math.max(read, computed * Math.max(1, terms));
    if (live > MAX_LIVE_BYTES) throw unsafe(`${file} needs more memory than a graph may.`);
    if (work > MAX_WORK) throw unsafe(`${file} does more work than a graph may.`);
    for (const name of new Set([...node.inputs, ...node.outputs])) {
      const computedHere = name && !kept.has(name) && !model.inputs.some((input) => input.name === name);
      // What is never read is gone at once.
      if (computedHere && (lastRead.get(name) ?? place) <= place) live -= bytes(values.get(name)!);
    }
  });
  for (const { name, shape } of outputs) {
    if (values.get(name)?.shape.join() !== shape.map((size) => sizeOf(size, sizes, file)).join()) {
      throw corrupt(`${file} gives an output of another shape than the manifest declares.`);
    }
  }
  return work;
}

function bytes({ type, shape }: Known): number {
  return elements(shape) * ELEMENT_BYTES[type];
}

function sizeOf(size: number | string, sizes: Sizes, file: string): number {
  const value = typeof size === "number" ? size : sizes[size];
  if (value === undefined) throw corrupt(`${file} has a free dimension that no graph has.`);
  return value;
}
