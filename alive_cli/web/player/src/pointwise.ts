/** Rules for the shapes of nodes that work element by element, and that compute sizes on the way. */

import { unsafe } from "./errors";
import { MAX_FOLDED_ELEMENTS } from "./limits";
import { elements, type Judgement, type NodeView, WHOLE } from "./node_view";
import { BOOL, INT32 } from "./onnx";

export type Rule = (node: NodeView) => Judgement;

/** The judgement of a node with one output, whose elements are kept where they are few. */
export const one = (type: number, shape: number[], whole: bigint[] | null = null, terms = 1): Judgement => ({
  outputs: [{ type, shape, whole: whole && whole.length <= MAX_FOLDED_ELEMENTS ? whole : null }],
  terms,
});

/** A whole number as a type holds it: what is too large wraps around. */
export const wrap = (type: number, value: bigint): bigint => {
  if (type === BOOL) return value ? 1n : 0n;
  return BigInt.asIntN(type === INT32 ? 32 : 64, value);
};

/** Where the elements of a result lie in an input of another shape, by numpy's rules of broadcasting. */
function spread(shape: number[], result: number[]): number[] {
  const rank = result.length;
  let stride = 1;
  const strides = new Array<number>(rank).fill(0);
  for (let place = shape.length - 1; place >= 0; place--) {
    strides[place + rank - shape.length] = shape[place] === 1 ? 0 : stride;
    stride *= shape[place];
  }
  return Array.from({ length: elements(result) }, (_, number) => {
    let rest = number;
    let offset = 0;
    for (let place = rank - 1; place >= 0; place--) {
      offset += (rest % result[place]) * strides[place];
      rest = Math.floor(rest / result[place]);
    }
    return offset;
  });
}

/** Element by element over inputs that are broadcast, folded where all of them are known. */
export function pointwise(fold?: (values: bigint[]) => bigint, type?: number, from = 0): Rule {
  return (node) => {
    const inputs = Array.from({ length: node.count }, (_, place) => node.input(place));
    const shape = node.broadcast(...inputs.map((input) => input.shape));
    const result = type ?? node.input(from).type;
    const small = elements(shape) <= MAX_FOLDED_ELEMENTS;
    if (!fold || !small || !WHOLE.has(result) || !inputs.every((input) => input.whole)) return one(result, shape);
    const places = inputs.map((input) => spread(input.shape, shape));
    const whole = Array.from({ length: elements(shape) }, (_, number) =>
      wrap(result, fold(inputs.map((input, place) => input.whole![places[place][number]]))),
    );
    return one(result, shape, whole);
  };
}

/** Whole numbers may be divided by known numbers other than 0 and −1 only: processors trap on the others. */
export function division(fold: (values: bigint[]) => bigint): Rule {
  const rule = pointwise(fold);
  return (node) => {
    const by = node.input(1);
    if (WHOLE.has(by.type) && !by.whole?.every((value) => value !== 0n && value !== -1n)) {
      throw unsafe(`${node.name} divides whole numbers by something that may be 0 or −1.`);
    }
    return rule(node);
  };
}

/** The remainder of a division, with the sign of the divisor. */
export function floorModulo([value, by]: bigint[]): bigint {
  const rest = value % by;
  return rest !== 0n && rest < 0n !== by < 0n ? rest + by : rest;
}
