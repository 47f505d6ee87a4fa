/** A node as the rules for shapes see it: what is known of its inputs, and its attributes, checked as they are read. */

import { type BundleError, corrupt, unsafe } from "./errors";
import { MAX_FOLDED_ELEMENTS } from "./limits";
import { type Attribute, BOOL, type Constant, INT32, INT64, type Node } from "./onnx";

/** Values of these types are whole numbers, which sizes may be computed from. */
export const WHOLE = new Set([INT32, INT64, BOOL]);

/** What is known of a value before the graph runs. */
export interface Known {
  type: number;
  shape: number[];
  /** Its elements, where they are whole numbers and known; booleans are 0 and 1. */
  whole: bigint[] | null;
}

/** The outputs of a node, and how many terms each element has that it computes. */
export interface Judgement {
  outputs: Known[];
  terms: number;
}

/** How many elements a value of a shape has. */
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

export class NodeView {
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
