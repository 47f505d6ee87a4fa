/**
 * WebP pictures of a bundle (SPEC.md, Keyframes): is one a plain still, and of which size? Only its header is read, so
 * that checking a thousand takes no time; the browser decodes them.
 */

/** The bytes of a lossy key frame behind its tag (RFC 6386, §9.1). */
const LOSSY_START = [0x9d, 0x01, 0x2a];
/** The first byte of lossless data (RFC 9649, §3.4). */
const LOSSLESS_START = 0x2f;
/** The sides of a picture have 14 bits each. */
const SIDE_BITS = 0x3fff;
/** The length of the header of the extended format (RFC 9649, §2.7). */
const EXTENDED_BYTES = 10;
/** The chunks that hold a picture, lossy and lossless, and how many bytes of each tell its size. */
const PICTURES: { [kind: string]: number } = { "VP8 ": 10, VP8L: 5 };

/** The first byte of that header where the picture has alpha; it is 0 where it has none. */
const ALPHA_FLAG = 0x10;
/** The lowest two bits of alpha data are at most this: it is stored as it is, or lossless (RFC 9649, §2.7.1.2). */
const METHODS = 1;

/** What the header of a WebP file says. */
export interface Still {
  /** Width and height. */
  size: [number, number];
  /** Whether pixels may be transparent. */
  alpha: boolean;
}

interface Chunk {
  kind: string;
  body: DataView;
}

/**
 * Width and height of a WebP file, and whether it has alpha, without decoding it; null where it is no WebP, or no
 * still: it has an animation, a profile or metadata.
 */
export function readStill(file: Uint8Array): Still | null {
  const chunks = readChunks(file);
  const canvas = chunks?.[0]?.kind === "VP8X" ? chunks.shift()! : null;
  const before = chunks?.at(-1)?.kind === "VP8 " && chunks.length === 2 ? chunks.shift()! : null;
  if (chunks?.length !== 1) return null;
  const size = pictureSize(chunks[0]);
  if (!size || Math.min(...size) < 1) return null;
  if (before && (before.kind !== "ALPH" || !before.body.byteLength || (before.body.getUint8(0) & 3) > METHODS)) return null;
  const alpha = before !== null || (chunks[0].kind === "VP8L" && chunks[0].body.getUint32(1, true) >>> 28 === 1);
  if (before && !canvas) return null;
  if (canvas && canvasSize(canvas, alpha)?.join() !== size.join()) return null;
  return { size, alpha };
}

/** The chunks behind the RIFF header; null where they don't fill the file. */
function readChunks(file: Uint8Array): Chunk[] | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const name = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || name(0) !== "RIFF" || name(8) !== "WEBP") return null;
  if (view.getUint32(4, true) !== file.length - 8) return null;
  const chunks: Chunk[] = [];
  for (let place = 12; place < file.length; ) {
    if (place + 8 > file.length) return null;
    const length = view.getUint32(place + 4, true);
    const end = place + 8 + length + (length % 2);
    if (end > file.length) return null;
    chunks.push({ kind: name(place), body: new DataView(file.buffer, file.byteOffset + place + 8, length) });
    place = end;
  }
  return chunks;
}

/** The size that a header of the extended format gives; null where it says that there is more than a still, or other alpha. */
function canvasSize({ body }: Chunk, alpha: boolean): [number, number] | null {
  if (body.byteLength !== EXTENDED_BYTES || body.getUint8(0) !== (alpha ? ALPHA_FLAG : 0)) return null;
  const side = (at: number): number => 1 + body.getUint16(at, true) + (body.getUint8(at + 2) << 16);
  return [side(4), side(7)];
}

function pictureSize({ kind, body }: Chunk): [number, number] | null {
  if (!Object.hasOwn(PICTURES, kind) || body.byteLength < PICTURES[kind]) return null;
  if (kind === "VP8L") {
    const bits = body.getUint32(1, true);
    // The highest bits say that there is another version.
    if (body.getUint8(0) !== LOSSLESS_START || bits >>> 29) return null;
    return [(bits & SIDE_BITS) + 1, ((bits >> 14) & SIDE_BITS) + 1];
  }
  if (body.getUint8(0) & 1 || LOSSY_START.some((byte, place) => body.getUint8(3 + place) !== byte)) return null;
  return [body.getUint16(6, true) & SIDE_BITS, body.getUint16(8, true) & SIDE_BITS];
}
