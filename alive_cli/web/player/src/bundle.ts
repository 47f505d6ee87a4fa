/** A bundle, opened and verified in the order that SPEC.md asks for (Security considerations). */

import { checkActions } from "./actions";
import { BANK_NAME, checkBehavior, checkDefaults, checkDrawing, checkNames } from "./contracts";
import { defaultClock } from "./controls";
import { sha256 } from "./digest";
import { corrupt, unsafe } from "./errors";
import { measure } from "./footprint";
import { frameSteps } from "./frames";
import { checkWarp, gridPoints } from "./keyframes";
import { CHECKED_PIXELS, MAX_FRAME_WORK, MAX_MANIFEST_BYTES } from "./limits";
import { type Behavior, type Control, declaredControls, type Drawing, exported, type GraphInfo, isTransparent, type Manifest } from "./manifest";
import { readManifest } from "./manifest_reader";
import { checkMoods } from "./moods";
import type { Model } from "./onnx";
import { readModel } from "./onnx_reader";
import { type Picture, readPng } from "./png";
import { type BankTensor, readTensors } from "./safetensors";
import { inflateEntry, MIMETYPE_NAME, readEntries } from "./zip";

/** The entry that says what a bundle holds; every other part is listed in it. */
const MANIFEST_NAME = "manifest.json";
/** The part that may hold a picture to show before the scene plays. */
const POSTER_NAME = "poster.png";

/** All that a player needs of a bundle, checked. */
export interface VerifiedScene {
  manifest: Manifest;
  drawing: Drawing;
  behavior: Behavior;
  /** The controls, declared by the bundle or those of format 1.0. */
  controls: Control[];
  /** The graphs by their file names. */
  models: Map<string, Model>;
  bank: Map<string, BankTensor>;
  /** N, the number of observed frames. */
  frames: number;
  background: Picture | null;
  mask: Picture | null;
  /**
   * The keyframes of a drawing that displaces them, as WebP files, and their background last where there is a mask;
   * null for any other drawing.
   */
  keyframes: Uint8Array<ArrayBuffer>[] | null;
  /** The file of the poster, not decoded. */
  poster: Uint8Array | null;
}

/**
 * Verify the bytes of a bundle, and take them apart.
 *
 * @throws BundleError: it is no bundle, damaged, unsafe, needs a newer player, or has not been exported.
 */
export async function openBundle(file: Uint8Array): Promise<VerifiedScene> {
  const { manifest, parts } = await readParts(file);
  const part = (name: string): Uint8Array => {
    const data = parts.get(name);
    if (!data) throw corrupt(`The bundle has no ${name}.`);
    return data;
  };
  const { drawing, behavior } = exported(manifest);
  const graphs = [drawing.trunk, drawing.generator, behavior.graph, ...(drawing.fast ? [drawing.fast] : [])];
  const models = new Map(graphs.map((graph) => [graph.file, readModel(part(graph.file), graph)]));
  const bank = readTensors(part(BANK_NAME), BANK_NAME);
  const dimension = manifest.encoder.dimension;
  const { warp } = drawing;
  if (!warp) checkDrawing(drawing, dimension);
  const controls = declaredControls(behavior, manifest.defaults);
  const frames = checkBehavior(behavior, controls, bank, dimension);
  checkNames(manifest.names, frames);
  checkActions(manifest.actions, frames, behavior);
  checkMoods(manifest.moods, bank, frames, behavior, controls);
  checkDefaults(manifest.defaults, behavior, controls);
  if (!warp && isTransparent(manifest)) {
    throw corrupt("The bundle requires alpha, but has no keyframes that could have any.");
  }
  const keyframes = warp ? checkWarp(manifest, drawing, warp, bank, frames, part) : null;
  /** How often a graph runs for CHECKED_PIXELS pixels, or for one rollout, in the first frame. */
  const runs = (graph: GraphInfo): number => {
    if (graph === behavior.graph) return frameSteps(behavior, defaultClock(controls));
    if (!warp) return (manifest.defaults.width * manifest.defaults.height) / CHECKED_PIXELS;
    return graph === drawing.trunk ? gridPoints(warp) / CHECKED_PIXELS : 1;
  };
  for (const graph of graphs) {
    const work = measure(models.get(graph.file)!, graph, { B: 1, P: CHECKED_PIXELS, N: frames });
    if (work * runs(graph) > MAX_FRAME_WORK) throw unsafe(`${graph.file} does more work for a frame than it may.`);
  }
  const background = drawing.background ? await readPng(part(drawing.background), drawing.background, 3) : null;
  const mask = drawing.mask ? await readPng(part(drawing.mask), drawing.mask, 1) : null;
  if (mask && !warp && (mask.width !== background?.width || mask.height !== background.height)) {
    throw corrupt("The bundle has a mask without a background of its size.");
  }
  const poster = parts.get(POSTER_NAME) ?? null;
  return { manifest, drawing, behavior, controls, models, bank, frames, background, mask, keyframes, poster };
}

async function readParts(file: Uint8Array): Promise<{ manifest: Manifest; parts: Map<string, Uint8Array> }> {
  const entries = readEntries(file);
  const first = entries.find((entry) => entry.name === MANIFEST_NAME);
  if (!first) throw corrupt("The bundle has no manifest.json.");
  const manifest = await readManifest(await inflateEntry(file, first, MAX_MANIFEST_BYTES));
  const rest = entries.filter((entry) => entry.name !== MANIFEST_NAME && entry.name !== MIMETYPE_NAME);
  for (const { name } of rest) {
    if (!Object.hasOwn(manifest.parts, name)) throw unsafe(`The bundle holds ${name}, which its manifest doesn't list.`);
  }
  const missing = Object.keys(manifest.parts).find((name) => !rest.some((entry) => entry.name === name));
  if (missing !== undefined) throw corrupt(`The bundle's ${missing} is missing.`);
  const parts = new Map<string, Uint8Array>();
  for (const entry of rest) {
    const listed = manifest.parts[entry.name];
    const data = await inflateEntry(file, entry);
    if (data.length !== listed.bytes || (await sha256(data)) !== listed.sha256) {
      throw corrupt(`The bundle's ${entry.name} is not what its manifest says: it was damaged or swapped.`);
    }
    parts.set(entry.name, data);
  }
  return { manifest, parts };
}

/** The poster, where it is a picture that can be shown; a scene plays without one too. */
export async function readPoster({ poster, manifest }: VerifiedScene): Promise<Picture | null> {
  return poster && readPng(poster, POSTER_NAME, isTransparent(manifest) ? 4 : 3).catch(() => null);
}
