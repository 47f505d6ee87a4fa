/** The wire format of protocol buffers, read strictly and written plainly. */

/** One field of a message: a varint or a fixed number as bits, or the bytes of a text, message or packed list. */
export interface Field {
  number: number;
  wire: number;
  bits: bigint;
  bytes: Uint8Array;
}

/** Fields that are numbers have no bytes. */
const NO_BYTES = new Uint8Array(0);
/** The wire type of numbers that take as many bytes as they need. */
const VARINT = 0;
/** The wire type of numbers of 8 bytes. */
const FIXED64 = 1;
/** The wire type of texts, messages and packed lists, which say their length. */
const BYTES = 2;
/** The wire type of numbers of 4 bytes. */
const FIXED32 = 5;

/**
 * The fields of a message, in order.
 *
 * @throws RangeError: the bytes are no message.
 */
export function readFields(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const cursor = { place: 0 };
  const fields: Field[] = [];
  while (cursor.place < message.length) {
    const tag = readVarint(message, cursor);
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (number < 1 || number > 2 ** 29 - 1) throw new RangeError("no such field");
    let bits = 0n;
    let bytes: Uint8Array = NO_BYTES;
    if (wire === VARINT) bits = readVarint(message, cursor);
    else if (wire === BYTES) {
      const length = readVarint(message, cursor);
      if (length > BigInt(message.length - cursor.place)) throw new RangeError("truncated");
      bytes = message.subarray(cursor.place, (cursor.place += Number(length)));
    } else if (wire === FIXED32 || wire === FIXED64) {
      const size = wire === FIXED32 ? 4 : 8;
      if (cursor.place + size > message.length) throw new RangeError("truncated");
      bits = size === 4 ? BigInt(view.getUint32(cursor.place, true)) : view.getBigUint64(cursor.place, true);
      bytes = message.subarray(cursor.place, (cursor.place += size));
    } else throw new RangeError("no such wire type");
    fields.push({ number, wire, bits, bytes });
  }
  return fields;
}

/** Varints behind one another, as a packed list holds them. */
export function readVarints(packed: Uint8Array): bigint[] {
  const cursor = { place: 0 };
  const values: bigint[] = [];
  while (cursor.place < packed.length) values.push(readVarint(packed, cursor));
  return values;
}

function readVarint(message: Uint8Array, cursor: { place: number }): bigint {
  let low = 0;
  // Most are short, and numbers are a hundred times faster than bigints.
  for (let shift = 0; shift < 28; shift += 7) {
    if (cursor.place >= message.length) throw new RangeError("truncated");
    const byte = message[cursor.place++];
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    if (cursor.place >= message.length) throw new RangeError("truncated");
    const byte = message[cursor.place++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new RangeError("a number without end");
}

/** Builds a message. */
export class Message {
  private readonly pieces: Uint8Array[] = [];

  /** A whole number; negative ones take ten bytes, as the format has it. */
  number(field: number, value: number | bigint): this {
    return this.tag(field, VARINT).raw(varint(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    return this.tag(field, FIXED32).raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, BYTES).raw(varint(BigInt(value.length))).raw(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.done());
  }

  done(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.pieces.reduce((sum, piece) => sum + piece.length, 0));
    let place = 0;
    for (const piece of this.pieces) {
      whole.set(piece, place);
      place += piece.length;
    }
    return whole;
  }

  private tag(field: number, wire: number): this {
    return this.raw(varint(BigInt(field * 8 + wire)));
  }

  private raw(bytes: Uint8Array): this {
    this.pieces.push(bytes);
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  bytes.push(Number(value));
  return Uint8Array.from(bytes);
}
