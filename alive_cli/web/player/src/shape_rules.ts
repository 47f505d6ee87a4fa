/** Rules for the shapes of all operators that a graph may use. */

import { unsafe } from "./errors";
import { MAX_FOLDED_ELEMENTS } from "./limits";
import { elements, knownConstant, WHOLE } from "./node_view";
import { BOOL, FLOAT, INT64 } from "./onnx";
import { division, floorModulo, one, pointwise, type Rule, wrap } from "./pointwise";

/** The output is like the input. */
const same: Rule = (node) => one(node.input(0).type, node.shape(0));

/** The output is the input. */
const identity: Rule = (node) => one(node.input(0).type, node.shape(0), node.input(0).whole);

/** Some axes vanish, or shrink to 1. */
const reduction: Rule = (node) => {
  const shape = node.shape(0);
  const list = node.has(1) ? node.sizes(1) : (node.numbers("axes") ?? []);
  if (!list.length && node.number("noop_with_empty_axes", 0)) return same(node);
  const axes = list.length ? node.axes(list, shape.length) : new Set(shape.keys());
  const kept = node.number("keepdims", 1);
  const reduced = shape.flatMap((size, place) => (axes.has(place) ? (kept ? [1] : []) : [size]));
  return one(node.input(0).type, reduced);
};

/** One axis vanishes, or shrinks to 1, and indices are left. */
const arg: Rule = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.number("axis", 0), shape.length);
  const kept = node.number("keepdims", 1);
  return one(INT64, shape.flatMap((size, place) => (place === axis ? (kept ? [1] : []) : [size])));
};

/** The inputs follow one another along an axis. */
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

/** The value is an attribute. */
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

/** One value fills a shape that is an input. */
const constantOfShape: Rule = (node) => {
  const shape = node.sizes(0);
  const value = node.attribute("value", 4)?.tensor;
  const fill = value ? knownConstant(value) : { type: FLOAT, shape: [1], whole: null };
  if (elements(fill.shape) !== 1) throw node.wrong();
  const count = elements(shape);
  const whole = fill.whole && count <= MAX_FOLDED_ELEMENTS ? Array<bigint>(count).fill(fill.whole[0]) : null;
  return one(fill.type, shape, whole);
};

/** Two axes are left. */
const flatten: Rule = (node) => {
  const shape = node.shape(0);
  const attribute = node.number("axis", 1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  if (axis < 0 || axis > shape.length) throw node.wrong();
  return one(node.input(0).type, [elements(shape.slice(0, axis)), elements(shape.slice(axis))]);
};

/** Slices of the first input are picked by the second. */
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

/** Elements of the first input are picked by the second. */
const gatherElements: Rule = (node) => {
  const [data, indices] = [node.shape(0), node.shape(1)];
  const axis = node.axis(node.number("axis", 0), data.length);
  if (data.length !== indices.length) throw node.wrong();
  if (indices.some((size, place) => place !== axis && size > data[place])) throw node.wrong();
  return one(node.input(0).type, indices);
};

/** Elements of the first input are replaced. */
const scatterElements: Rule = (node) => {
  const [data, indices, updates] = [0, 1, 2].map((place) => node.shape(place));
  if (data.length !== indices.length || indices.join() !== updates.join()) throw node.wrong();
  node.axis(node.number("axis", 0), data.length);
  return one(node.input(0).type, data);
};

/** A product of two matrices, plus a third value. */
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

/** A product of matrices, broadcast over the axes before the last two. */
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

/** A picture is sampled where a grid says. */
const gridSample: Rule = (node) => {
  const [picture, grid] = [node.shape(0), node.shape(1)];
  if (picture.length !== 4 || grid.length !== 4 || grid[3] !== 2 || grid[0] !== picture[0]) throw node.wrong();
  return one(node.input(0).type, [picture[0], picture[1], grid[1], grid[2]]);
};

/** The first output is like the input; the others are statistics of it. */
const layerNormalization: Rule = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.number("axis", -1), shape.length);
  const statistic = { type: FLOAT, shape: shape.map((size, place) => (place < axis ? size : 1)), whole: null };
  node.input(1);
  return { outputs: [{ type: node.input(0).type, shape, whole: null }, statistic, statistic], terms: 1 };
};

/** The elements stay, the shape is an input. */
const reshape: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const target = node.sizes(1);
  const zeros = node.number("allowzero", 0);
  const sizes = target.map((size, place) => (size === 0 && !zeros ? (shape[place] ?? NaN) : size));
  const open = sizes.indexOf(-1);
  if (sizes.some((size, place) => !(size >= 0) && place !== open)) throw node.wrong();
  if (open >= 0) {
    const rest = elements(sizes.filter((_, place) => place !== open));
    sizes[open] = rest ? elements(shape) / rest : NaN;
  }
  if (!sizes.every(Number.isInteger) || elements(sizes) !== elements(shape)) throw node.wrong();
  return one(type, sizes, whole);
};

/** The shape becomes a value. */
const shapeOf: Rule = (node) => {
  const shape = node.shape(0);
  const sizes = shape.slice(node.number("start", 0), node.number("end", shape.length)).map(BigInt);
  return one(INT64, [sizes.length], sizes);
};

/** Ranges of the axes are left. */
const slice: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const [starts, ends] = [node.known(1), node.known(2)];
  const axes = node.has(3) ? node.sizes(3) : starts.map((_, place) => place);
  const steps = node.has(4) ? node.known(4) : starts.map(() => 1n);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length) throw node.wrong();
  node.axes(axes, shape.length);
  const sizes = [...shape];
  let picked: bigint[] | null = whole;
  axes.forEach((each, place) => {
    const axis = node.axis(each, shape.length);
    const indices = sliceRange(shape[axis], starts[place], ends[place], steps[place]);
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
function sliceRange(size: number, start: bigint, end: bigint, by: bigint): { first: number; step: number; count: number } | null {
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

/** The input falls into parts along an axis. */
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

/** Axes of size 1 vanish. */
const squeeze: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const axes = node.axes(node.sizes(1), shape.length);
  if (!axes.size || [...axes].some((axis) => shape[axis] !== 1)) throw node.wrong();
  return one(type, shape.filter((_, place) => !axes.has(place)), whole);
};

/** Axes of size 1 appear. */
const unsqueeze: Rule = (node) => {
  const { type, shape, whole } = node.input(0);
  const list = node.sizes(1);
  const rank = shape.length + list.length;
  const axes = node.axes(list, rank);
  const rest = [...shape];
  return one(type, Array.from({ length: rank }, (_, place) => (axes.has(place) ? 1 : rest.shift()!)), whole);
};

/** The input repeats along each axis. */
const tile: Rule = (node) => {
  const shape = node.shape(0);
  const times = node.sizes(1);
  if (times.length !== shape.length || times.some((each) => each < 0)) throw node.wrong();
  return one(node.input(0).type, shape.map((size, place) => size * times[place]));
};

/** The largest or smallest elements along an axis are left, with their indices. */
const topK: Rule = (node) => {
  const { type, shape } = node.input(0);
  const axis = node.axis(node.number("axis", -1), shape.length);
  const [count, ...more] = node.sizes(1);
  if (more.length || !(count >= 0) || count > (shape[axis] ?? 0)) throw node.wrong();
  const sizes = shape.map((size, place) => (place === axis ? count : size));
  const outputs = [type, INT64].map((each) => ({ type: each, shape: sizes, whole: null }));
  return { outputs, terms: 1 };
};

/** The axes change places. */
const transpose: Rule = (node) => {
  const shape = node.shape(0);
  const order = node.numbers("perm") ?? [...shape.keys()].reverse();
  if (order.length !== shape.length || node.axes(order, shape.length).size !== shape.length) throw node.wrong();
  return one(node.input(0).type, order.map((place) => shape[place]));
};

/** The elements become ones of another type. */
const cast: Rule = (node) => {
  const { type: from, shape, whole } = node.input(0);
  const type = node.number("to");
  const folds = WHOLE.has(type) && WHOLE.has(from);
  return one(type, shape, folds && whole ? whole.map((value) => wrap(type, value)) : null);
};

/** Every operator that a graph may use has its rule here. */
export const RULES: { [operator: string]: Rule } = {
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
  Mod: division(floorModulo),
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
