/**
 * A PNG reader. The browser's own converts colours and, in some, adds noise against fingerprinting; a scene needs the
 * numbers that are in the file.
 */

import { crc32 } from "./digest";
import { corrupt, unsafe } from "./errors";
import { MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE } from "./limits";
import { inflate } from "./zip";

export interface Picture {
  width: number;
  height: number;
  /** 3 for RGB, 4 for RGB and opacity, 1 for grey. */
  channels: number;
  /** Row by row, `channels` numbers for each pixel. */
  pixels: Uint8Array;
}

/** Every PNG file begins with these bytes. */
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** A scene's pictures are of these colour types, grey, RGB and RGB with opacity; each has this many channels. */
const COLOUR_TYPES: { [type: number]: number } = { 0: 1, 2: 3, 6: 4 };
/** An interlaced picture has these passes: each begins at a column and a row, and steps by two distances. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * Read a PNG of 8 bits.
 *
 * @param channels 3 for RGB, 4 for RGB and opacity, 1 for grey.
 * @throws BundleError: it is no such picture (corrupt), or larger than a picture may be (unsafe).
 */
export async function readPng(file: Uint8Array, name: string, channels: number): Promise<Picture> {
  const damaged = corrupt(`${name} is not a PNG picture that can be read.`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 33 || SIGNATURE.some((byte, place) => file[place] !== byte)) throw damaged;
  let header: DataView | null = null;
  const packed: Uint8Array[] = [];
  for (let place = 8, ended = false; !ended; ) {
    if (place + 12 > file.length) throw damaged;
    const length = view.getUint32(place);
    if (place + 12 + length > file.length) throw damaged;
    const kind = String.fromCharCode(...file.subarray(place + 4, place + 8));
    if (crc32(file.subarray(place + 4, place + 8 + length)) !== view.getUint32(place + 8 + length)) throw damaged;
    const body = file.subarray(place + 8, place + 8 + length);
    if (!header !== (kind === "IHDR")) throw damaged;
    if (kind === "IHDR") header = new DataView(body.buffer, body.byteOffset, body.byteLength);
    else if (kind === "IDAT") packed.push(body);
    else if (kind === "IEND") ended = true;
    else if (kind !== "PLTE" && !(kind.charCodeAt(0) & 0x20)) throw damaged; // critical, and not known
    place += 12 + length;
  }
  if (!header || header.byteLength !== 13) throw damaged;
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  if (!width || !height || width >= 2 ** 31 || height >= 2 ** 31) throw damaged;
  if (Math.max(width, height) > MAX_PICTURE_SIDE || width * height > MAX_PICTURE_PIXELS) {
    throw unsafe(`${name} claims more pixels than a picture may have.`);
  }
  const [depth, type, compression, filter, interlace] = [8, 9, 10, 11, 12].map((at) => header.getUint8(at));
  if (depth !== 8 || COLOUR_TYPES[type] !== channels || compression || filter || interlace > 1) throw damaged;
  const pixels = new Uint8Array(width * height * channels);
  const passes = (interlace ? PASSES : [[0, 0, 1, 1]])
    .map(([left, top, across, down]) => {
      const columns = Math.ceil((width - left) / across);
      const rows = columns > 0 ? Math.ceil((height - top) / down) : 0;
      return { left, top, across, down, columns, rows };
    })
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
  const bytes = passes.reduce((sum, pass) => sum + pass.rows * (1 + pass.columns * channels), 0);
  const scanlines = await inflate(join(packed), bytes, "deflate", damaged);
  let place = 0;
  for (const { left, top, across, down, columns, rows } of passes) {
    const length = columns * channels;
    let above: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++, place += 1 + length) {
      const line = scanlines.subarray(place + 1, place + 1 + length);
      if (!unfilter(scanlines[place], line, above, channels)) throw damaged;
      above = line;
      const start = (top + row * down) * width + left;
      if (across === 1) pixels.set(line, start * channels);
      else for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          pixels[(start + column * across) * channels + channel] = line[column * channels + channel];
        }
      }
    }
  }
  return { width, height, channels, pixels };
}

function join(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    whole.set(piece, place);
    place += piece.length;
  }
  return whole;
}

/** Undo the filter of a scanline in place; false where there is no such filter. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, step: number): boolean {
  if (filter > 4) return false;
  for (let place = 0; filter && place < line.length; place++) {
    const left = place < step ? 0 : line[place - step];
    const up = above[place];
    if (filter === 1) line[place] += left;
    else if (filter === 2) line[place] += up;
    else if (filter === 3) line[place] += (left + up) >> 1;
    else line[place] += paeth(left, up, place < step ? 0 : above[place - step]);
  }
  return true;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const a = Math.abs(guess - left);
  const b = Math.abs(guess - up);
  const c = Math.abs(guess - corner);
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
