/**
 * Reads ONNX graphs from strangers (SPEC.md, Graphs). A graph is parsed into what a bundle may hold and nothing else, and
 * written anew for the runtime, so that the runtime reads the very graph that was checked.
 */

import { BundleError, corrupt, unsafe } from "./errors";
import { MAX_DIMENSIONS, MAX_GRAPH_BYTES, MAX_NODES, MAX_OPSET, MAX_VALUE_ELEMENTS, MIN_OPSET } from "./limits";
import type { GraphInfo, TensorInfo } from "./manifest";
import {
  type Attribute,
  type Constant,
  DOUBLE,
  ELEMENT_BYTES,
  FLOAT,
  FLOAT16,
  INT32,
  INT64,
  type Model,
  type Node,
  type Value,
} from "./onnx";
import { type Field, readFields, readVarints } from "./protobuf";

/** The manifest has these names for the types that inputs and outputs may have. */
const TYPE_NAMES: { [type: number]: string } = { [FLOAT]: "float32", [INT32]: "int32", [INT64]: "int64" };

/** A graph may use these operators: they compute, and neither loop nor reach outside. */
const OPERATORS = new Set(
  `Abs Add And ArgMax ArgMin BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Cos Div Equal Erf Exp
  Expand Flatten Floor Gather GatherElements Gemm Greater GreaterOrEqual GridSample Identity LayerNormalization
  LeakyRelu Less LessOrEqual Log MatMul Max Mean Min Mod Mul Neg Not Or Pow Reciprocal ReduceL2 ReduceMax ReduceMean
  ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round ScatterElements Shape Sigmoid Sign Sin Slice
  Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where Xor`.split(/\s+/),
);
/** These bytes, `ORTM`, at byte 4 make a file one of onnxruntime's own format. */
const OWN_FORMAT = [0x4f, 0x52, 0x54, 0x4d];

/**
 * Parse a graph, and check that it is what the manifest declares and asks for nothing that a bundle may not.
 *
 * @throws BundleError: it is damaged, doesn't agree with the manifest, or is unsafe.
 */
export function readModel(data: Uint8Array, declared: GraphInfo): Model {
  const name = declared.file;
  if (data.length > MAX_GRAPH_BYTES) throw unsafe(`${name} is larger than a graph may be.`);
  if (OWN_FORMAT.every((byte, place) => data[4 + place] === byte)) throw unsafe(`${name} is in two formats at once.`);
  let model: Model;
  try {
    model = new Parser(name).model(data);
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw corrupt(`${name} is damaged: it can't be read as an ONNX graph.`);
  }
  if (model.opset !== declared.opset) throw corrupt(`${name} is of another opset than the manifest declares.`);
  checkNames(model, name);
  checkSignature(model.inputs, declared.inputs, name);
  checkSignature(model.outputs, declared.outputs, name);
  return model;
}

class Parser {
  constructor(private readonly name: string) {}

  model(data: Uint8Array): Model {
    const fields = this.fields(data, {
      single: [1, 7],
      forbidden: { 20: "training steps", 25: "functions" },
    });
    const opsets = fields.many(8).map((field) => {
      const opset = this.fields(field.bytes, { single: [1, 2] });
      return { domain: opset.text(1), version: Number(opset.whole(2)) };
    });
    if (opsets.length !== 1 || !["", "ai.onnx"].includes(opsets[0].domain)) {
      throw unsafe(`${this.name} uses operators other than the standard ones.`);
    }
    const opset = opsets[0].version;
    if (!(opset >= MIN_OPSET && opset <= MAX_OPSET)) {
      throw unsafe(`${this.name} is of opset ${opset}; ${MIN_OPSET} to ${MAX_OPSET} are allowed.`);
    }
    const irVersion = Number(fields.whole(1));
    if (irVersion < 3 || irVersion > 64) throw corrupt(`${this.name} is of no version of ONNX that is known.`);
    const graph = fields.one(7);
    if (!graph) throw unsafe(`${this.name} holds no graph.`);
    return { irVersion, opset, ...this.graph(graph.bytes) };
  }

  private graph(data: Uint8Array): Omit<Model, "irVersion" | "opset"> {
    const fields = this.fields(data, { forbidden: { 15: "sparse tensors" } });
    const nodes = fields.many(1);
    if (nodes.length > MAX_NODES) throw unsafe(`${this.name} has more than ${MAX_NODES} nodes.`);
    const constants = new Map<string, Constant>();
    for (const field of fields.many(5)) {
      const { name, constant } = this.tensor(field.bytes);
      if (!name || constants.has(name)) throw corrupt(`${this.name} has two constants of one name.`);
      constants.set(name, constant);
    }
    return {
      nodes: nodes.map((field) => this.node(field.bytes)),
      constants,
      inputs: fields.many(11).map((field) => this.value(field.bytes)),
      outputs: fields.many(12).map((field) => this.value(field.bytes)),
    };
  }

  private node(data: Uint8Array): Node {
    const fields = this.fields(data, { single: [4, 7, 8], forbidden: { 8: "functions" } });
    const operator = fields.text(4);
    if (!["", "ai.onnx"].includes(fields.text(7)) || !OPERATORS.has(operator)) {
      throw unsafe(`${this.name} uses an operator that is not allowed.`);
    }
    const outputs = fields.texts(2);
    if (!outputs.length || outputs.includes("")) throw corrupt(`${this.name} has a node without a named output.`);
    const attributes = new Map<string, Attribute>();
    for (const field of fields.many(5)) {
      const { name, attribute } = this.attribute(field.bytes);
      if (!name || attributes.has(name)) throw unsafe(`${this.name} has a node with one attribute twice.`);
      if (name === "training_mode") throw unsafe(`${this.name} trains.`);
      attributes.set(name, attribute);
    }
    const to = operator === "Cast" ? attributes.get("to") : undefined;
    if (to && !(Number(to.whole) in ELEMENT_BYTES)) throw unsafe(`${this.name} has values of a type not allowed.`);
    return { operator, inputs: fields.texts(1), outputs, attributes };
  }

  private attribute(data: Uint8Array): { name: string; attribute: Attribute } {
    const fields = this.fields(data, {
      single: [1, 2, 3, 4, 5, 20],
      forbidden: { 6: "subgraphs", 11: "subgraphs", 21: "functions", 22: "sparse tensors", 23: "sparse tensors" },
    });
    const type = Number(fields.whole(20));
    if (![1, 2, 3, 4, 6, 7, 8].includes(type)) throw unsafe(`${this.name} has an attribute of a kind not allowed.`);
    const tensor = type === 4 ? fields.one(5) : undefined;
    if (type === 4 && !tensor) throw corrupt(`${this.name} has an attribute without a value.`);
    const attribute: Attribute = {
      type,
      float: fields.float(2),
      whole: BigInt.asIntN(64, fields.whole(3)),
      text: fields.one(4)?.bytes ?? new Uint8Array(0),
      tensor: tensor ? this.tensor(tensor.bytes).constant : null,
      floats: Array.from(new Float32Array(fields.packed(7, 4).buffer)),
      wholes: fields.wholes(8).map((bits) => BigInt.asIntN(64, bits)),
      texts: fields.many(9).map((field) => field.bytes),
    };
    return { name: fields.text(1), attribute };
  }

  private tensor(data: Uint8Array): { name: string; constant: Constant } {
    const fields = this.fields(data, {
      single: [2, 8, 9, 14],
      forbidden: { 3: "segments", 6: "texts", 11: "numbers of a type", 13: "external data" },
    });
    const type = Number(fields.whole(2));
    if (!(type in ELEMENT_BYTES)) throw unsafe(`${this.name} has a constant of a type that is not allowed.`);
    if (fields.whole(14)) throw unsafe(`${this.name} asks for external data.`);
    const shape = fields.wholes(1).map((bits) => Number(BigInt.asIntN(64, bits)));
    if (shape.length > MAX_DIMENSIONS || shape.some((size) => size < 0 || size > MAX_VALUE_ELEMENTS)) {
      throw unsafe(`${this.name} has a constant of a size that is not allowed.`);
    }
    const raw = fields.one(9)?.bytes ?? this.listValues(fields, type);
    if (shape.reduce((product, size) => product * size, ELEMENT_BYTES[type]) !== raw.length) {
      throw corrupt(`${this.name} has a constant with more or fewer numbers than its shape says.`);
    }
    return { name: fields.text(8), constant: { type, shape, raw } };
  }

  /** The elements of a tensor that lists them by type instead of giving their bytes. */
  private listValues(fields: Fields, type: number): Uint8Array {
    if (type === FLOAT) return fields.packed(4, 4);
    if (type === DOUBLE) return fields.packed(10, 8);
    const values = fields.wholes(type === INT64 ? 7 : 5);
    if (type === INT64) return new Uint8Array(BigInt64Array.from(values, (bits) => BigInt.asIntN(64, bits)).buffer);
    const numbers = values.map((bits) => Number(BigInt.asIntN(32, bits)));
    if (type === INT32) return new Uint8Array(Int32Array.from(numbers).buffer);
    return type === FLOAT16 ? new Uint8Array(Uint16Array.from(numbers).buffer) : Uint8Array.from(numbers);
  }

  private value(data: Uint8Array): Value {
    const fields = this.fields(data, { single: [1, 2] });
    const type = this.fields(fields.one(2)?.bytes ?? data, { single: [1] });
    const tensor = type.one(1);
    if (!fields.one(2) || !tensor) throw corrupt(`${this.name} has an input or output that is no tensor.`);
    const inner = this.fields(tensor.bytes, { single: [1, 2] });
    const shape = inner.one(2);
    if (!shape) throw corrupt(`${this.name} has an input or output without a shape.`);
    const sizes = this.fields(shape.bytes, {}).many(1);
    return {
      name: fields.text(1),
      type: Number(inner.whole(1)),
      shape: sizes.map((field) => {
        const size = this.fields(field.bytes, {});
        return size.one(1) ? Number(size.whole(1)) : size.text(2);
      }),
    };
  }

  private fields(data: Uint8Array, rules: { single?: number[]; forbidden?: { [field: number]: string } }): Fields {
    const fields = readFields(data);
    for (const { number } of fields) {
      const what = rules.forbidden?.[number];
      if (what !== undefined) throw unsafe(`${this.name} has ${what}, which no bundle may.`);
    }
    for (const number of rules.single ?? []) {
      if (fields.filter((field) => field.number === number).length > 1) {
        throw corrupt(`${this.name} says one thing twice.`);
      }
    }
    return new Fields(fields);
  }
}

/** The fields of one message, by number. */
class Fields {
  private readonly byNumber = new Map<number, Field[]>();

  constructor(fields: Field[]) {
    for (const field of fields) {
      const known = this.byNumber.get(field.number);
      if (known) known.push(field);
      else this.byNumber.set(field.number, [field]);
    }
  }

  many(number: number): Field[] {
    return this.byNumber.get(number) ?? [];
  }

  one(number: number): Field | undefined {
    return this.many(number).at(-1);
  }

  whole(number: number): bigint {
    return this.one(number)?.bits ?? 0n;
  }

  float(number: number): number {
    const bytes = this.one(number)?.bytes;
    return bytes ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true) : 0;
  }

  text(number: number): string {
    return decode(this.one(number)?.bytes);
  }

  texts(number: number): string[] {
    return this.many(number).map((field) => decode(field.bytes));
  }

  /** Whole numbers, packed or one by one. */
  wholes(number: number): bigint[] {
    return this.many(number).flatMap((field) => (field.wire === 2 ? readVarints(field.bytes) : [field.bits]));
  }

  /** Numbers of fixed size, packed or one by one, as bytes. */
  packed(number: number, size: number): Uint8Array<ArrayBuffer> {
    const pieces = this.many(number);
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
    let place = 0;
    for (const { bytes } of pieces) {
      whole.set(bytes, place);
      place += bytes.length;
    }
    if (place % size) throw new RangeError("truncated");
    return whole;
  }
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) : "";
}

/** Every value must be computed once, before it is read. */
function checkNames(model: Model, name: string): void {
  const known = new Set<string>();
  const give = (value: string): void => {
    if (!value || known.has(value)) throw corrupt(`${name} gives a value twice, or one without a name.`);
    known.add(value);
  };
  model.inputs.forEach((input) => give(input.name));
  for (const constant of model.constants.keys()) give(constant);
  for (const node of model.nodes) {
    for (const input of node.inputs) {
      if (input && !known.has(input)) throw corrupt(`${name} reads a value that is not there.`);
    }
    node.outputs.forEach(give);
  }
  for (const output of model.outputs) {
    if (!known.has(output.name)) throw corrupt(`${name} doesn't give its output.`);
  }
}

function checkSignature(values: Value[], declared: TensorInfo[], name: string): void {
  const same = (value: Value, tensor: TensorInfo): boolean =>
    value.name === tensor.name &&
    TYPE_NAMES[value.type] === tensor.dtype &&
    value.shape.length === tensor.shape.length &&
    value.shape.every((size, place) => size === tensor.shape[place]);
  if (values.length !== declared.length || !values.every((value, place) => same(value, declared[place]))) {
    throw corrupt(`${name} doesn't have the inputs and outputs that the manifest declares.`);
  }
}
