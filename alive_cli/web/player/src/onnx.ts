/** What an ONNX graph of a bundle may hold (SPEC.md, Graphs), as values that the reader makes and the writer takes. */

/** ONNX has this number for 32-bit floats. */
export const FLOAT = 1;
/** ONNX has this number for 32-bit integers. */
export const INT32 = 6;
/** ONNX has this number for 64-bit integers. */
export const INT64 = 7;
/** ONNX has this number for booleans. */
export const BOOL = 9;
/** ONNX has this number for 16-bit floats. */
export const FLOAT16 = 10;
/** ONNX has this number for 64-bit floats. */
export const DOUBLE = 11;
/** An element takes this many bytes, by its type; types that are not here are refused. */
export const ELEMENT_BYTES: { [type: number]: number } = {
  [FLOAT]: 4,
  [INT32]: 4,
  [INT64]: 8,
  [BOOL]: 1,
  [FLOAT16]: 2,
  [DOUBLE]: 8,
};

/** A constant tensor: its elements in row-major order, little-endian. */
export interface Constant {
  type: number;
  shape: number[];
  raw: Uint8Array;
}

export interface Attribute {
  type: number;
  float: number;
  whole: bigint;
  text: Uint8Array;
  tensor: Constant | null;
  floats: number[];
  wholes: bigint[];
  texts: Uint8Array[];
}

export interface Node {
  operator: string;
  /** An empty name is an input left out. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

export interface Value {
  name: string;
  type: number;
  shape: (number | string)[];
}

export interface Model {
  irVersion: number;
  opset: number;
  nodes: Node[];
  constants: Map<string, Constant>;
  inputs: Value[];
  outputs: Value[];
}
