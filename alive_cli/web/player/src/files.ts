/** The files that lie beside the player's script; their names and digests are put in by the build. */

import type { EngineKind, EngineSource } from "./engine";
import { PlayerError } from "./errors";
import { fetchPatiently } from "./fetching";
import { MAX_BUNDLE_BYTES } from "./limits";

/** The build puts in the file names of the runtime, its script and its WebAssembly. */
declare const RUNTIME_FILES: { [kind in EngineKind]: [script: string, module: string] };
/** The build puts in the digest of every file beside the script, as `integrity` has it. */
declare const DIGESTS: { [file: string]: string };

/** An address carries this many characters of a digest: enough to differ, and `alive export --web` repeats them. */
const DIGEST_LENGTH = 16;
/** An address may have this many characters, because hosts refuse longer ones. */
const MAX_ADDRESS = 8192;

/** Files that a page holds in itself, by name. */
export type Held = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Where the player's files are in the page itself; null where they lie beside the script. */
let held: Held | null = null;

/** Take the player's files, and scenes whose addresses are `#NAME`, from the page itself: a page from a disk may fetch none. */
export function holdFiles(files: Held): void {
  held = files;
}

/** The name of a worker's script with the runtime in it: pages that hold their files can't load one from the other. */
const HELD_WORKER = "place_worker.js";
/** Address of that script, and the runtime's WebAssembly; both are unpacked once. */
let worker: Promise<string> | null = null;
let compiled: Promise<WebAssembly.Module> | null = null;

/** Address of a file, which changes with its bytes: hosts may let it be cached for ever. */
function addressOf(file: string): string {
  const address = new URL(file, import.meta.url);
  address.search = encodeURIComponent(DIGESTS[file].slice(-DIGEST_LENGTH));
  return address.href;
}

function changedFile(file: string): PlayerError {
  return new PlayerError(`${file}, which belongs beside the player's script, is missing or was changed.`);
}

/** A file of the player, whose bytes are what they were when it was built. */
async function fetchOwn(file: string, integrity = DIGESTS[file]): Promise<Response> {
  const changed = changedFile(file);
  const response = await fetchPatiently(addressOf(file), integrity ? { integrity } : {}, async (each) => each, changed);
  if (!response.ok) throw changed;
  return response;
}

/**
 * Address of the worker's script. It is fetched here first because nobody can say what the script of a worker must be; the
 * browser then takes it from its cache.
 */
export async function workerScript(): Promise<string> {
  if (held) {
    worker ??= held(HELD_WORKER).then((bytes) => URL.createObjectURL(new Blob([bytes], { type: "text/javascript" })));
    return worker;
  }
  await (await fetchOwn("worker.js")).arrayBuffer();
  return addressOf("worker.js");
}

/** The runtime for CPUs or GPUs, compiled. */
export async function runtime(kind: EngineKind): Promise<EngineSource> {
  if (typeof WebAssembly !== "object") throw new PlayerError("This browser has no WebAssembly, which the scene needs.");
  const [script, module] = RUNTIME_FILES[kind];
  if (held) {
    if (kind === "gpu") throw new PlayerError("This page holds no runtime for GPUs.");
    compiled ??= held(module).then((bytes) => WebAssembly.compile(bytes));
    return { kind, script: "", module: await compiled };
  }
  const check = fetchOwn(script).then((response) => response.arrayBuffer());
  const [compilation] = await Promise.all([compile(module), check]);
  return { kind, script: addressOf(script), module: compilation };
}

/**
 * Compile a file while it comes. The browser's own check of integrity would have to wait for the last byte, so the
 * digest is computed beside; browsers compute digests only for pages that came over TLS or from the same machine.
 */
async function compile(file: string): Promise<WebAssembly.Module> {
  const subtle = globalThis.crypto?.subtle;
  const response = await fetchOwn(file, subtle ? "" : DIGESTS[file]);
  const whole = response.clone().arrayBuffer();
  const compiling = compileBytes(response, whole);
  compiling.catch(() => {}); // bytes that were changed fail in two ways: the digest says why
  if (subtle) {
    const digest = new Uint8Array(await subtle.digest("SHA-384", await whole));
    if (`sha384-${btoa(String.fromCharCode(...digest))}` !== DIGESTS[file]) throw changedFile(file);
  }
  try {
    return await compiling;
  } catch (error) {
    throw new PlayerError(`This browser can't run the scene's WebAssembly (${String(error)}).`);
  }
}

async function compileBytes(response: Response, whole: Promise<ArrayBuffer>): Promise<WebAssembly.Module> {
  // Only under its MIME type.
  const type = response.headers.get("content-type")?.split(";")[0].trim();
  return type === "application/wasm" ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await whole);
}

/**
 * Fetch a bundle.
 *
 * @param integrity as of a script (`sha384-…`); "" for none.
 * @throws PlayerError: it isn't there, nobody answers, or it is larger than a bundle may be.
 */
export async function fetchBundle(address: string, integrity: string, signal: AbortSignal): Promise<Uint8Array> {
  const name = held && address.split("#")[1];
  if (held && name) return held(name);
  if (!address || address.length > MAX_ADDRESS) throw new PlayerError("The scene has no address (src).");
  const changed = new PlayerError("The scene can't be used: its bytes are not what the page expects.");
  return fetchPatiently(address, { signal, ...(integrity && { integrity }) }, bytesOf, changed);
}

/** The bytes of an answer. */
async function bytesOf(response: Response): Promise<Uint8Array> {
  if (!response.ok || !response.body) throw new PlayerError(`The scene isn't there (the host says ${response.status}).`);
  const tooLarge = new PlayerError("The scene's file is larger than a bundle may be.");
  if (Number(response.headers.get("content-length") ?? 0) > MAX_BUNDLE_BYTES) {
    await response.body.cancel();
    throw tooLarge;
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    length += piece.value.length;
    if (length > MAX_BUNDLE_BYTES) {
      await reader.cancel();
      throw tooLarge;
    }
    pieces.push(piece.value);
  }
  const whole = new Uint8Array(length);
  let place = 0;
  for (const piece of pieces) {
    whole.set(piece, place);
    place += piece.length;
  }
  return whole;
}
