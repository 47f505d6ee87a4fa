/** CRC-32 and SHA-256. */

/** CRC-32 of each byte with 0 … 7 zeros behind it: the checksum takes one step for eight bytes with them. */
const CRC_TABLE = crcTable();

function crcTable(): Uint32Array {
  const table = new Uint32Array(8 * 256);
  for (let index = 0; index < table.length; index++) {
    let value = index < 256 ? index : table[index - 256];
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[index] = value;
  }
  return table;
}

/** CRC-32 of some bytes, as ZIP and PNG have it: 0 … 2³²−1. */
export function crc32(data: Uint8Array): number {
  const table = CRC_TABLE;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let crc = 0xffffffff;
  let place = 0;
  for (; place + 8 <= data.length; place += 8) {
    const one = crc ^ view.getInt32(place, true);
    const two = view.getInt32(place + 4, true);
    crc =
      table[0x700 | (one & 0xff)] ^
      table[0x600 | ((one >>> 8) & 0xff)] ^
      table[0x500 | ((one >>> 16) & 0xff)] ^
      table[0x400 | (one >>> 24)] ^
      table[0x300 | (two & 0xff)] ^
      table[0x200 | ((two >>> 8) & 0xff)] ^
      table[0x100 | ((two >>> 16) & 0xff)] ^
      table[two >>> 24];
  }
  for (; place < data.length; place++) crc = (crc >>> 8) ^ table[(crc ^ data[place]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

/** SHA-256 of some bytes, in 64 hexadecimal digits. */
export async function sha256(data: Uint8Array): Promise<string> {
  // Browsers offer theirs to pages that came over TLS or from the same machine only.
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>))
    : ownSha256(data);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 (FIPS 180-4) without the browser's help: 32 bytes. */
export function ownSha256(data: Uint8Array): Uint8Array {
  const { constants, initial } = roots();
  const state = initial.slice();
  const words = new Uint32Array(64);
  const rest = data.length % 64;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(data.subarray(data.length - rest));
  tail[rest] = 0x80;
  new DataView(tail.buffer).setBigUint64(tail.length - 8, BigInt(data.length) * 8n);
  for (const part of [data.subarray(0, data.length - rest), tail]) {
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    for (let block = 0; block < part.length; block += 64) mix(state, words, view, block, constants);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, place) => digest.setUint32(4 * place, word));
  return new Uint8Array(digest.buffer);
}

function mix(state: Uint32Array, words: Uint32Array, view: DataView, block: number, constants: Uint32Array): void {
  const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
  for (let place = 0; place < 16; place++) words[place] = view.getUint32(block + 4 * place);
  for (let place = 16; place < 64; place++) {
    const early = words[place - 15];
    const late = words[place - 2];
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    words[place] = words[place - 16] + small + words[place - 7] + (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let round = 0; round < 64; round++) {
    const choice = (e & f) ^ (~e & g);
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + constants[round] + words[round]) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] += word));
}

/** The fractional parts of the cube and square roots of the first primes, of which the standard takes 32 bits. */
function roots(): { constants: Uint32Array; initial: Uint32Array } {
  const primes: number[] = [];
  for (let number = 2; primes.length < 64; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  const bits = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32);
  return {
    constants: Uint32Array.from(primes, (prime) => bits(Math.cbrt(prime))),
    initial: Uint32Array.from(primes.slice(0, 8), (prime) => bits(Math.sqrt(prime))),
  };
}
