/**
 * The shape of every value of a graph, before it runs (SPEC.md, Graphs). Sizes that a graph computes from constants and
 * the shapes of values are computed here as well; sizes that depend on data are refused.
 */

import { type BundleError, corrupt, unsafe } from "./errors";
import { MAX_DIMENSIONS, MAX_FOLDED_ELEMENTS, MAX_VALUE_ELEMENTS } from "./limits";
import { type Attribute, BOOL, type Constant, FLOAT, INT32, INT64, type Node } from "./onnx";

const WHOLE = new Set([INT32, INT64, BOOL]);

/** What is known of a value before the graph runs. */
export interface Known {
  type: number;
  shape: number[];
  /** Its elements, where they are whole numbers and known; booleans are 0 and 1. */
  whole: bigint[] | null;
}

/** What a node gives, and how many terms each element has that it computes. */
export interface Judged {
  outputs: Known[];
  terms: number;
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** A constant as a known value. */
export function knownConstant({ type, shape, raw }: Constant): Known {
  const count = elements(shape);
  if (!WHOLE.has(type) || count > MAX_FOLDED_ELEMENTS) return { type, shape, whole: null };
  const bytes = raw.slice().buffer;
  const whole =
    type === INT64
      ? [...new BigInt64Array(bytes)]
      : [...(type === INT32 ? new Int32Array(bytes) : new Uint8Array(bytes))].map(BigInt);
  return { type, shape, whole };
}

/**
 * What a node gives, from what is known of what it reads.
 *
 * @param inputs null where an input is left out.
 * @throws BundleError: shapes don't fit (corrupt), or a size depends on data or is beyond reason (unsafe).
 */
export function judge(node: Node, inputs: (Known | null)[], name: string): Judged {
  const view = new NodeView(node, inputs, name);
  const rule = RULES[node.operator];
  const { outputs, terms } = rule(view);
  if (node.outputs.length > outputs.length) throw view.wrong();
  for (const { shape } of outputs) {
    if (shape.length > MAX_DIMENSIONS || Math.max(elements(shape), ...shape) > MAX_VALUE_ELEMENTS) {
      throw unsafe(`${name} computes a value of a size that is not allowed.`);
    }
    if (shape.some((size) => !(size >= 0))) throw view.wrong();
  }
  return { outputs, terms };
}

class NodeView {
  constructor(
    readonly node: Node,
    private readonly inputs: (Known | null)[],
    readonly name: string,
  ) {}

  /** The sizes don't fit, or something is missing. */
  wrong(): BundleError {
    return corrupt(`${this.name} has a node (${this.node.operator}) that can't be run.`);
  }

  get count(): number {
    return this.inputs.length;
  }

  has(place: number): boolean {
    return Boolean(this.inputs[place]);
  }

  input(place: number): Known {
    const input = this.inputs[place];
    if (!input) throw this.wrong();
    return input;
  }

  shape(place: number): number[] {
    return this.input(place).shape;
  }

  /** The elements of an input that sizes depend on. */
  known(place: number): bigint[] {
    const { whole } = this.input(place);
    if (!whole) throw unsafe(`${this.name} has sizes that depend on data.`);
    return whole;
  }

  sizes(place: number): number[] {
    if (this.shape(place).length > 1) throw this.wrong();
    return this.known(place).map(Number);
  }

  attribute(name: string, type: number): Attribute | undefined {
    const attribute = this.node.attributes.get(name);
    if (attribute && attribute.type !== type) throw this.wrong();
    return attribute;
  }

  number(name: string, otherwise?: number): number {
    const attribute = this.attribute(name, 2);
    if (!attribute && otherwise === undefined) throw this.wrong();
    return attribute ? Number(attribute.whole) : otherwise!;
  }

  numbers(name: string): number[] | undefined {
    return this.attribute(name, 7)?.wholes.map(Number);
  }

  /** A dimension, counted from the end where below 0. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (!Number.isInteger(axis) || axis < 0 || axis >= Math.max(rank, 1)) throw this.wrong();
    return axis;
  }

  axes(values: number[], rank: number): Set<number> {
    const axes = new Set(values.map((value) => this.axis(value, rank)));
    if (axes.size !== values.length) throw this.wrong();
    return axes;
  }

  broadcast(...shapes: number[][]): number[] {
    const rank = Math.max(...shapes.map((shape) => shape.length));
    return Array.from({ length: rank }, (_, place) => {
      const sizes = shapes.map((shape) => shape[place - rank + shape.length] ?? 1);
      const size = sizes.find((each) => each !== 1) ?? 1;
      if (sizes.some((each) => each !== 1 && each !== size)) throw this.wrong();
      return size;
    });
  }
}

type Rule = (node: NodeView) => Judged;

const one = (type: number, shape: number[], whole: bigint[] | null = null, terms = 1): Judged => ({
  outputs: [{ type, shape, whole: whole && whole.length <= MAX_FOLDED_ELEMENTS ? whole : null }],
  terms,
});

const wrapped = (type: number, value: bigint): bigint => {
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
    let found = 0;
    for (let place = rank - 1; place >= 0; place--) {
      found += (rest % result[place]) * strides[place];
      rest = Math.floor(rest / result[place]);
    }
    return found;
  });
}

/** Element by element over inputs that are broadcast, folded where all of them are known. */
function pointwise(fold?: (values: bigint[]) => bigint, type?: number, from = 0): Rule {
  return (node) => {
    const inputs = Array.from({ length: node.count }, (_, place) => node.input(place));
    const shape = node.broadcast(...inputs.map((input) => input.shape));
    const result = type ?? node.input(from).type;
    const small = elements(shape) <= MAX_FOLDED_ELEMENTS;
    if (!fold || !small || !WHOLE.has(result) || !inputs.every((input) => input.whole)) return one(result, shape);
    const places = inputs.map((input) => spread(input.shape, shape));
    const whole = Array.from({ length: elements(shape) }, (_, number) =>
      wrapped(result, fold(inputs.map((input, place) => input.whole![places[place][number]]))),
    );
    return one(result, shape, whole);
  };
}

/** Whole numbers may be divided by known numbers other than 0 and −1 only: processors trap on the others. */
function division(fold: (values: bigint[]) => bigint): Rule {
  const rule = pointwise(fold);
  return (node) => {
    const by = node.input(1);
    if (WHOLE.has(by.type) && !by.whole?.every((value) => value !== 0n && value !== -1n)) {
      throw unsafe(`${node.name} divides whole numbers by something that may be 0 or −1.`);
    }
    return rule(node);
  };
}

function floored([value, by]: bigint[]): bigint {
  const rest = value % by;
  return rest !== 0n && rest < 0n !== by < 0n ? rest + by : rest;
}

const same: Rule = (node) => one(node.input(0).type, node.shape(0));

const identity: Rule = (node) => one(node.input(0).type, node.shape(0), node.input(0).whole);

const reduction: Rule = (node) => {
  const shape = node.shape(0);
  const given = node.has(1) ? node.sizes(1) : (node.numbers("axes") ?? []);
  if (!given.length && node.number("noop_with_empty_axes", 0)) return same(node);
  const axes = given.length ? node.axes(given, shape.length) : new Set(shape.keys());
  const kept = node.number("keepdims", 1);
  const reduced = shape.flatMap((size, place) => (axes.has(place) ? (kept ? [1] : []) : [size]));
  return one(node.input(0).type, reduced);
};

const arg: Rule = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.number("axis", 0), shape.length);
  const kept = node.number("keepdims", 1);
  return one(INT64, shape.flatMap((size, place) => (place === axis ? (kept ? [1] : []) : [size])));
};

const concat: Rule = (node) => {
  const inputs = Array.from({ length: node.count }, (_, place) => node.input(place));
  const shape = [...node.shape(0)];
  const axis = node.axis(node.number("axis"), shape.length);
  for (const other of inputs.slice(1)) {
    if (other.shape.length !== shape.length) throw node.wrong();
    if (other.shape.some((size, place) => place !== axis && size !== shape[place])) throw node.wrong();
    shape[axis] += other.shape[axis];
  }
  const known = shape.length === 1 && inputs.every((input) => input.whole);
  return one(node.input(0).type, shape, known ? inputs.flatMap((input) => input.whole!) : null);
};

const constant: Rule = (node) => {
  const [name, value] = [...node.node.attributes][0] ?? [];
  if (!value || node.node.attributes.size !== 1) throw node.wrong();
  if (name === "value" && value.tensor) {
    const { type, shape, whole } = knownConstant(value.tensor);
    return one(type, shape, whole);
  }
  if (name === "value_int" && value.type === 2) return one(INT64, [], [value.whole]);
  if (name === "value_ints" && value.type === 7) return one(INT64, [value.wholes.length], value.wholes);
  if (name === "value_float" && value.type === 1) return one(FLOAT, []);
  if (name === "value_floats" && value.type === 6) return one(FLOAT, [value.floats.length]);
  throw unsafe(`${node.name} has a constant of a kind that is not allowed.`);
};

const constantOfShape: Rule = (node) => {
  const shape = node.sizes(0);
  const given = node.attribute("value", 4)?.tensor;
  const fill = given ? knownConstant(given) : { type: FLOAT, shape: [1], whole: null };
  if (elements(fill.shape) !== 1) throw node.wrong();
  const count = elements(shape);
  const whole = fill.whole && count <= MAX_FOLDED_ELEMENTS ? Array<bigint>(count).fill(fill.whole[0]) : null;
  return one(fill.type, shape, whole);
};

const flatten: Rule = (node) => {
  const shape = node.shape(0);
  const given = node.number("axis", 1);
  const axis = given < 0 ? given + shape.length : given;
  if (axis < 0 || axis > shape.length) throw node.wrong();
  return one(node.input(0).type, [elements(shape.slice(0, axis)), elements(shape.slice(axis))]);
};

const gather: Rule = (node) => {
  const [data, indices] = [node.input(0), node.input(1)];
  const axis = node.axis(node.number("axis", 0), data.shape.length);
  if (!data.shape.length) throw node.wrong();
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  if (data.shape.length !== 1 || !data.whole || !indices.whole) return one(data.type, shape);
  const whole = indices.whole.map((index) => {
    const value = data.whole![Number(index < 0n ? index + BigInt(data.shape[0]) : index)];
    if (value === undefined) throw node.wrong();
    return value;
  });
  return one(data.type, shape, whole);
};

const gatherElements: Rule = (node) => {
  const [data, indices] = [node.shape(0), node.shape(1)];
  const axis = node.axis(node.number("axis", 0), data.length);
  if (data.length !== indices.length) throw node.wrong();
  if (indices.some((size, place) => place !== axis && size > data[place])) throw node.wrong();
  return one(node.input(0).type, indices);
};

const scatterElements: Rule = (node) => {
  const [data, indices, updates] = [0, 1, 2].map((place) => node.shape(place));
  if (data.length !== indices.length || indices.join() !== updates.join()) throw node.wrong();
  node.axis(node.number("axis", 0), data.length);
  return one(node.input(0).type, data);
};

const gemm: Rule = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  if (a.length !== 2 || b.length !== 2) throw node.wrong();
  const [rows, terms] = node.number("transA", 0) ? [a[1], a[0]] : a;
  const [inner, columns] = node.number("transB", 0) ? [b[1], b[0]] : b;
  const shape = [rows, columns];
  if (inner !== terms) throw node.wrong();
  if (node.has(2) && node.broadcast(shape, node.shape(2)).join() !== shape.join()) throw node.wrong();
  return one(node.input(0).type, shape, null, terms);
};

const matmul: Rule = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  if (!a.length || !b.length) throw node.wrong();
  const terms = a[a.length - 1];
  if (terms !== b[Math.max(0, b.length - 2)]) throw node.wrong();
  const shape = node.broadcast(a.slice(0, -2), b.slice(0, -2));
  if (a.length > 1) shape.push(a[a.length - 2]);
  if (b.length > 1) shape.push(b[b.length - 1]);
  return one(node.input(0).type, shape, null, terms);
};

const gridSample: Rule = (node) => {
  const [picture, grid] = [node.shape(0), node.shape(1)];
  if (picture.length !== 4 || grid.length !== 4 || grid[3] !== 2 || grid[0] !== picture[0]) throw node.wrong();
  return one(node.input(0).type, [picture[0], picture[1], grid[1], grid[2]]);
};

const layerNormalization: Rule = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.number("axis", -1), shape.length);
  const statistic = { type: FLOAT, shape: shape.map((size, place) => (place < axis ? size : 1)), whole: null };
  node.input(1);
  return { outputs: [{ type: node.input(0).type, shape, whole: null }, statistic, statistic], terms: 1 };
};

const reshape: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const asked = node.sizes(1);
  const zeros = node.number("allowzero", 0);
  const sizes = asked.map((size, place) => (size === 0 && !zeros ? (shape[place] ?? NaN) : size));
  const open = sizes.indexOf(-1);
  if (sizes.some((size, place) => !(size >= 0) && place !== open)) throw node.wrong();
  if (open >= 0) {
    const rest = elements(sizes.filter((_, place) => place !== open));
    sizes[open] = rest ? elements(shape) / rest : NaN;
  }
  if (!sizes.every(Number.isInteger) || elements(sizes) !== elements(shape)) throw node.wrong();
  return one(type, sizes, whole);
};

const shapeOf: Rule = (node) => {
  const shape = node.shape(0);
  const sizes = shape.slice(node.number("start", 0), node.number("end", shape.length)).map(BigInt);
  return one(INT64, [sizes.length], sizes);
};

const slice: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const [starts, ends] = [node.known(1), node.known(2)];
  const axes = node.has(3) ? node.sizes(3) : starts.map((_, place) => place);
  const steps = node.has(4) ? node.known(4) : starts.map(() => 1n);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length) throw node.wrong();
  node.axes(axes, shape.length);
  const sizes = [...shape];
  let picked: bigint[] | null = whole;
  axes.forEach((given, place) => {
    const axis = node.axis(given, shape.length);
    const indices = sliced(shape[axis], starts[place], ends[place], steps[place]);
    if (!indices) throw node.wrong();
    sizes[axis] = indices.count;
    const { first, step, count } = indices;
    picked =
      picked && shape.length === 1
        ? Array.from({ length: count }, (_, number) => whole![first + number * step])
        : null;
  });
  return one(type, sizes, picked);
};

/** The elements that a slice takes of a dimension, as ONNX counts them; null where its step is 0. */
function sliced(size: number, start: bigint, end: bigint, by: bigint): { first: number; step: number; count: number } | null {
  if (by === 0n) return null;
  const whole = BigInt(size);
  const bound = (value: bigint, least: bigint, most: bigint): bigint => {
    const counted = value < 0n ? value + whole : value;
    return counted < least ? least : counted > most ? most : counted;
  };
  // Backwards, what begins before the first element begins at the first.
  const forward = by > 0n;
  const first = forward ? bound(start, 0n, whole) : bound(start, 0n, whole - 1n);
  const last = forward ? bound(end, 0n, whole) : bound(end, -1n, whole - 1n);
  const room = forward ? last - first : first - last;
  const stride = forward ? by : -by;
  const count = size && room > 0n ? (room + stride - 1n) / stride : 0n;
  return { first: Number(first), step: Number(by), count: Number(count) };
}

const split: Rule = (node) => {
  const { type, shape } = node.input(0);
  const axis = node.axis(node.number("axis", 0), shape.length);
  if (!shape.length) throw node.wrong();
  const count = node.node.outputs.length;
  const each = Math.ceil(shape[axis] / count);
  const equal = Array.from({ length: count }, (_, place) => Math.min(each, shape[axis] - place * each));
  const sizes = node.has(1) ? node.sizes(1) : equal;
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sizes.length !== count || sum !== shape[axis] || sizes.some((size) => size < 0)) throw node.wrong();
  if (node.number("num_outputs", count) !== count) throw node.wrong();
  const outputs = sizes.map((size) => ({ type, shape: shape.map((own, place) => (place === axis ? size : own)), whole: null }));
  return { outputs, terms: 1 };
};

const squeeze: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const axes = node.axes(node.sizes(1), shape.length);
  if (!axes.size || [...axes].some((axis) => shape[axis] !== 1)) throw node.wrong();
  return one(type, shape.filter((_, place) => !axes.has(place)), whole);
};

const unsqueeze: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const given = node.sizes(1);
  const rank = shape.length + given.length;
  const axes = node.axes(given, rank);
  const rest = [...shape];
  return one(type, Array.from({ length: rank }, (_, place) => (axes.has(place) ? 1 : rest.shift()!)), whole);
};

const tile: Rule = (node) => {
  const shape = node.shape(0);
  const times = node.sizes(1);
  if (times.length !== shape.length || times.some((each) => each < 0)) throw node.wrong();
  return one(node.input(0).type, shape.map((size, place) => size * times[place]));
};

const topK: Rule = (node) => {
  const { type, shape } = node.input(0);
  const axis = node.axis(node.number("axis", -1), shape.length);
  const [count, ...more] = node.sizes(1);
  if (more.length || !(count >= 0) || count > (shape[axis] ?? 0)) throw node.wrong();
  const sizes = shape.map((size, place) => (place === axis ? count : size));
  const outputs = [type, INT64].map((each) => ({ type: each, shape: sizes, whole: null }));
  return { outputs, terms: 1 };
};

const transpose: Rule = (node) => {
  const shape = node.shape(0);
  const order = node.numbers("perm") ?? [...shape.keys()].reverse();
  if (order.length !== shape.length || node.axes(order, shape.length).size !== shape.length) throw node.wrong();
  return one(node.input(0).type, order.map((place) => shape[place]));
};

const cast: Rule = (node) => {
  const { type: from, shape, whole } = node.input(0);
  const type = node.number("to");
  const folds = WHOLE.has(type) && WHOLE.has(from);
  return one(type, shape, folds && whole ? whole.map((value) => wrapped(type, value)) : null);
};

const RULES: { [operator: string]: Rule } = {
  ...Object.fromEntries(
    `Abs Ceil Clip Cos Erf Exp Floor LeakyRelu Log Neg Not Reciprocal Relu Round Sigmoid Sign Sin Softmax Softplus Sqrt
    Tanh`
      .split(/\s+/)
      .map((operator) => [operator, same]),
  ),
  ...Object.fromEntries("Max Mean Min Pow Sum".split(" ").map((operator) => [operator, pointwise()])),
  ...Object.fromEntries(
    "And Greater GreaterOrEqual Less LessOrEqual Or Xor".split(" ").map((operator) => [operator, pointwise(undefined, BOOL)]),
  ),
  ...Object.fromEntries(
    "ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"
      .split(" ")
      .map((operator) => [operator, reduction]),
  ),
  Add: pointwise(([one, other]) => one + other),
  Sub: pointwise(([one, other]) => one - other),
  Mul: pointwise(([one, other]) => one * other),
  Div: division(([value, by]) => value / by),
  Mod: division(floored),
  Equal: pointwise(([one, other]) => (one === other ? 1n : 0n), BOOL),
  Where: pointwise(([condition, yes, no]) => (condition ? yes : no), undefined, 1),
  ArgMax: arg,
  ArgMin: arg,
  BatchNormalization: same,
  Cast: cast,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Expand: (node) => one(node.input(0).type, node.broadcast(node.shape(0), node.sizes(1))),
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  Gemm: gemm,
  GridSample: gridSample,
  Identity: identity,
  LayerNormalization: layerNormalization,
  MatMul: matmul,
  Reshape: reshape,
  ScatterElements: scatterElements,
  Shape: shapeOf,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  TopK: topK,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
