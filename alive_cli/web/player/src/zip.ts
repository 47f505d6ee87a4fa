/**
 * The ZIP container of a bundle, read strictly (SPEC.md, Container). An archive has one layout; nothing
 * is inflated before all of the layout has passed, and nothing beyond what was declared.
 */

import { crc32 } from "./digest";
import { corrupt, unsafe } from "./errors";
import {
  MAX_BUNDLE_BYTES,
  MAX_ENTRIES,
  MAX_INFLATION_RATIO,
  MAX_NAME_BYTES,
  MAX_PART_BYTES,
  SMALL_ENTRY_BYTES,
} from "./limits";

/** The first entry of every bundle has this name. */
export const MIMETYPE_NAME = "mimetype";
/** The first entry holds this text, so that a bundle is known by its first bytes. */
const MIMETYPE = "application/vnd.alive+zip";
/** The compression method of entries that are not compressed. */
const STORED = 0;
/** The compression method of deflate, the only other one allowed. */
const DEFLATED = 8;
/** A local header has this many bytes before the name. */
const LOCAL_BYTES = 30;
/** An entry of the directory has this many bytes before the name. */
const CENTRAL_BYTES = 46;
/** The end record has this many bytes, because comments are refused. */
const END_BYTES = 22;
/** A local header begins with this number. */
const LOCAL_MARK = 0x04034b50;
/** An entry of the directory begins with this number. */
const CENTRAL_MARK = 0x02014b50;
/** The end record begins with this number. */
const END_MARK = 0x06054b50;
/** An entry may have these flags: the level hints (bits 1 and 2) and UTF-8 (bit 11). */
const ALLOWED_FLAGS = 0x806;
/** These bits of Unix permissions say what a file is. */
const FILE_TYPE = 0o170000;
/** A regular file has this value of those bits; links and devices are refused. */
const REGULAR_FILE = 0o100000;
/** Names are plain file names: no folders, and nothing hidden. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** One entry of the archive. */
export interface Entry {
  name: string;
  method: number;
  crc: number;
  /** Length of its data in the file. */
  compressed: number;
  /** Length when inflated. */
  bytes: number;
  /** Where its data begins in the file. */
  start: number;
}

/**
 * The entries of a bundle, in order; only the data of `mimetype` are read.
 *
 * @throws BundleError: it is no bundle, truncated, exceeds a limit, or is laid out in a way that a bundle may not be.
 */
export function readEntries(file: Uint8Array): Entry[] {
  if (file.length > MAX_BUNDLE_BYTES) throw unsafe("The file is larger than a bundle may be.");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  checkMimetype(file, view);
  const { count, directory } = readEnd(file, view);
  const entries: Entry[] = [];
  let place = directory;
  let expected = 0;
  const end = file.length - END_BYTES;
  for (let number = 0; number < count; number++) {
    const { entry, local, length } = readCentral(file, view, place, end);
    if (local !== expected) throw unsafe("The bundle's entries overlap, or leave room between them.");
    checkLocal(file, view, entry, local, place, directory);
    place += length;
    expected = entry.start + entry.compressed;
    entries.push(entry);
  }
  if (expected !== directory || place !== end) throw unsafe("The bundle holds bytes that belong to no entry.");
  if (new Set(entries.map((entry) => entry.name.toLowerCase())).size !== entries.length) {
    throw unsafe("The bundle has two entries of one name.");
  }
  if (entries.reduce((sum, entry) => sum + entry.bytes, 0) > MAX_BUNDLE_BYTES) {
    throw unsafe("The bundle inflates to more than it may.");
  }
  return entries;
}

/**
 * The uncompressed bytes of an entry: exactly as many as it declares.
 *
 * @throws BundleError: they are damaged, or more than `limit`, than declared, or than the ratio allows.
 */
export async function inflateEntry(file: Uint8Array, entry: Entry, limit = MAX_PART_BYTES): Promise<Uint8Array> {
  const most = Math.min(limit, Math.max(entry.compressed, SMALL_ENTRY_BYTES) * MAX_INFLATION_RATIO);
  if (entry.bytes > most) throw unsafe(`The bundle's ${entry.name} inflates to more than is allowed.`);
  const packed = file.subarray(entry.start, entry.start + entry.compressed);
  const damaged = corrupt(`The bundle's ${entry.name} is damaged or truncated.`);
  const data = entry.method === STORED ? packed : await inflate(packed, entry.bytes, "deflate-raw", damaged);
  if (data.length !== entry.bytes || crc32(data) !== entry.crc) throw damaged;
  return data;
}

/**
 * Inflate a deflate stream, and stop where it gives more than `bytes`.
 *
 * @returns `bytes` bytes.
 * @throws `damaged`: the stream is damaged, truncated, of another length, or something follows it.
 */
export async function inflate(
  packed: Uint8Array,
  bytes: number,
  format: "deflate" | "deflate-raw",
  damaged: Error,
): Promise<Uint8Array> {
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  // The reader below sees every failure as well.
  writer.write(packed as Uint8Array<ArrayBuffer>).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const data = new Uint8Array(bytes);
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > bytes) throw damaged;
      data.set(value, length);
      length += value.length;
    }
  } catch {
    reader.cancel().catch(() => {});
    throw damaged;
  }
  if (length !== bytes) throw damaged;
  return data;
}

function latin(file: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...file.subarray(start, end));
}

function checkMimetype(file: Uint8Array, view: DataView): void {
  const length = LOCAL_BYTES + MIMETYPE_NAME.length + MIMETYPE.length;
  if (file.length < 4 || view.getUint32(0, true) !== LOCAL_MARK) throw corrupt("This is not an .alive bundle.");
  if (file.length < length + END_BYTES) throw corrupt("The bundle is truncated.");
  const method = view.getUint16(8, true);
  const named = view.getUint16(26, true);
  if (method !== STORED || named !== MIMETYPE_NAME.length || latin(file, LOCAL_BYTES, length) !== MIMETYPE_NAME + MIMETYPE) {
    throw corrupt("This is a ZIP file, but not an .alive bundle.");
  }
}

function readEnd(file: Uint8Array, view: DataView): { count: number; directory: number } {
  const end = file.length - END_BYTES;
  if (view.getUint32(end, true) !== END_MARK) {
    throw corrupt("The bundle is damaged or truncated, or something was added behind its end.");
  }
  const [disk, first, here, count] = [4, 6, 8, 10].map((offset) => view.getUint16(end + offset, true));
  const length = view.getUint32(end + 12, true);
  const directory = view.getUint32(end + 16, true);
  if (length === 0xffffffff || directory === 0xffffffff || count === 0xffff) throw unsafe("The bundle uses ZIP64.");
  if (disk || first || here !== count || view.getUint16(end + 20, true)) {
    throw unsafe("The bundle spans several disks or carries a comment.");
  }
  if (count > MAX_ENTRIES) throw unsafe(`The bundle has ${count} entries; at most ${MAX_ENTRIES} are allowed.`);
  if (directory + length !== end) throw corrupt("The bundle's directory is not where its end record says.");
  return { count, directory };
}

function readCentral(file: Uint8Array, view: DataView, place: number, end: number) {
  if (place + CENTRAL_BYTES > end) throw corrupt("The bundle's directory is truncated.");
  const short = (offset: number): number => view.getUint16(place + offset, true);
  const long = (offset: number): number => view.getUint32(place + offset, true);
  const named = short(28);
  const length = CENTRAL_BYTES + named;
  if (long(0) !== CENTRAL_MARK || place + length > end) throw corrupt("The bundle's directory is damaged.");
  const name = latin(file, place + CENTRAL_BYTES, place + length);
  if (named > MAX_NAME_BYTES || !NAME.test(name)) throw unsafe("The bundle has an entry with an unsafe name.");
  if (short(8) & ~ALLOWED_FLAGS) throw unsafe(`The bundle's ${name} is encrypted or streamed.`);
  if (short(10) !== STORED && short(10) !== DEFLATED) {
    throw unsafe(`The bundle's ${name} is compressed in a way that is not allowed.`);
  }
  if (short(30) || short(32) || short(34)) throw unsafe(`The bundle's ${name} has fields that are not allowed.`);
  const type = (long(38) >>> 16) & FILE_TYPE;
  if (type && type !== REGULAR_FILE) throw unsafe(`The bundle's ${name} is no regular file.`);
  const local = long(42);
  const entry: Entry = {
    name,
    method: short(10),
    crc: long(16),
    compressed: long(20),
    bytes: long(24),
    start: local + LOCAL_BYTES + named,
  };
  if (entry.method === STORED && entry.compressed !== entry.bytes) {
    throw corrupt(`The bundle's ${name} has two lengths.`);
  }
  return { entry, local, length };
}

/** The local header must repeat what the directory says, from the reader's version to the name. */
function checkLocal(
  file: Uint8Array,
  view: DataView,
  entry: Entry,
  local: number,
  central: number,
  directory: number,
): void {
  if (local + LOCAL_BYTES > directory || entry.start + entry.compressed > directory) {
    throw unsafe(`The bundle's ${entry.name} reaches beyond its place.`);
  }
  if (view.getUint32(local, true) !== LOCAL_MARK) throw corrupt(`The bundle's ${entry.name} is damaged.`);
  // Version, flags, method, time, date, checksum, both sizes, and the length of the name: 24 bytes in both headers.
  for (let offset = 0; offset < 24; offset++) {
    if (file[local + 4 + offset] !== file[central + 6 + offset]) {
      throw unsafe(`The bundle describes ${entry.name} in two ways.`);
    }
  }
  const name = latin(file, local + LOCAL_BYTES, entry.start);
  if (view.getUint16(local + 28, true) || name !== entry.name) {
    throw unsafe(`The bundle describes ${entry.name} in two ways.`);
  }
}
