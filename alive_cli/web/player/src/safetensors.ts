/** Tensors of a `.safetensors` part: a header of JSON and raw little-endian numbers. */

import { corrupt } from "./errors";
import { widened } from "./half";
import { type Json, readJson } from "./json";
import { MAX_TENSORS } from "./limits";

/** An element takes this many bytes, by the name that safetensors has for its type. */
const SIZES: { [dtype: string]: number } = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1 },
  ...{ I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
};

export type Numbers = Float32Array | Int32Array | BigInt64Array;

export interface BankTensor {
  /** `float32`, `float16`, `int32` or `int64`; others by the name that safetensors has, without data. */
  dtype: string;
  shape: number[];
  /** Elements in row-major order, those of `float16` widened; empty for types that no graph of a bundle reads. */
  data: Numbers;
}

/** A tensor as it lies in its part. */
export interface RawTensor {
  /** The name that safetensors has for its type. */
  dtype: string;
  shape: number[];
  /** Elements in row-major order, little-endian; a view of the part. */
  bytes: Uint8Array;
}

/**
 * The tensors of a part, as numbers.
 *
 * @throws BundleError (corrupt): as for `splitTensors`.
 */
export function readTensors(part: Uint8Array, name: string): Map<string, BankTensor> {
  return new Map(Array.from(splitTensors(part, name), ([key, tensor]) => [key, toTensor(tensor)]));
}

/**
 * Take a safetensors part apart.
 *
 * @throws BundleError (corrupt): the header is no such header, or doesn't account for every byte behind it.
 */
export function splitTensors(part: Uint8Array, name: string): Map<string, RawTensor> {
  const damaged = corrupt(`${name} is damaged.`);
  if (part.length < 8) throw damaged;
  const length = new DataView(part.buffer, part.byteOffset).getBigUint64(0, true);
  if (length > BigInt(part.length - 8)) throw damaged;
  const data = part.subarray(8 + Number(length));
  const header = readJson(part.subarray(8, 8 + Number(length)), name);
  if (!isObject(header)) throw damaged;
  const entries = Object.entries(header).filter(([key]) => key !== "__metadata__");
  if (entries.length > MAX_TENSORS) throw corrupt(`${name} holds more than ${MAX_TENSORS} tensors.`);
  const tensors = new Map<string, RawTensor>();
  const ranges: [number, number][] = [];
  for (const [key, entry] of entries) {
    if (!isObject(entry) || typeof entry.dtype !== "string" || !Object.hasOwn(SIZES, entry.dtype)) throw damaged;
    const { dtype, shape, data_offsets: offsets } = entry;
    if (!areSizes(shape) || !areSizes(offsets) || offsets.length !== 2) throw damaged;
    const [begin, end] = offsets;
    const bytes = shape.reduce((product, size) => product * size, SIZES[dtype as string]);
    if (shape.some((size) => size > 2 ** 31) || end - begin !== bytes || end > data.length) throw damaged;
    ranges.push([begin, end]);
    tensors.set(key, { dtype: dtype as string, shape, bytes: data.subarray(begin, end) });
  }
  ranges.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  let place = 0;
  for (const [begin, end] of ranges) {
    if (begin !== place) throw damaged;
    place = end;
  }
  if (place !== data.length) throw damaged;
  return tensors;
}

function toTensor({ dtype, shape, bytes }: RawTensor): BankTensor {
  // The copy is aligned as typed arrays need it.
  if (dtype === "F32") return { dtype: "float32", shape, data: new Float32Array(bytes.slice().buffer) };
  if (dtype === "I64") return { dtype: "int64", shape, data: new BigInt64Array(bytes.slice().buffer) };
  if (dtype === "I32") return { dtype: "int32", shape, data: new Int32Array(bytes.slice().buffer) };
  if (dtype === "F16") return { dtype: "float16", shape, data: widened(new Uint16Array(bytes.slice().buffer)) };
  return { dtype, shape, data: new Float32Array(0) };
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areSizes(value: Json | undefined): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}
