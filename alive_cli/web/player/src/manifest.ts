/** The manifest of a bundle (SPEC.md, Manifest), checked against its JSON Schema. */

import { BundleError, corrupt } from "./errors";
import { type Json, parseJson, readJson } from "./json";
import { validate } from "./schema";

export const FORMAT_MAJOR = 1;
export const FORMAT_MINOR = 0;
const KNOWN_FEATURES: readonly string[] = [];

export type DType = "float32" | "int32" | "int64";
export type Dim = number | string;

export interface TensorInfo {
  name: string;
  dtype: DType;
  shape: Dim[];
}

export interface GraphInfo {
  file: string;
  opset: number;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
}

export interface Transitions {
  targets: string;
  costs: string;
  following: string;
  node: string;
}

export interface StateInfo {
  input: string;
  output: string;
  dtype: DType;
  shape: number[];
  initial: string | null;
}

export interface NoiseInfo {
  input: string;
  distribution: "uniform" | "normal" | "gumbel";
  shape: number[];
}

export interface Behavior {
  graph: GraphInfo;
  steps_per_frame: number;
  largest_step: number | null;
  transitions: Transitions | null;
  state: StateInfo[];
  noise: NoiseInfo[];
  bank: { input: string; tensor: string }[];
}

export interface Drawing {
  trunk: GraphInfo;
  generator: GraphInfo;
  fast: GraphInfo | null;
  background: string | null;
  mask: string | null;
}

export interface Defaults {
  temperature: number;
  pull: number;
  novelty: number;
  width: number;
  height: number;
  seed: number | bigint;
}

export interface Manifest {
  format_version: string;
  title: string;
  source: { fps: number; start: number; width: number; height: number };
  encoder: { dimension: number };
  drawing: Drawing | null;
  behavior: Behavior | null;
  defaults: Defaults;
  parts: { [name: string]: { bytes: number; sha256: string } };
}

type Schema = { [key: string]: Json };
/** `manifest.schema.json`, put in by the build. */
declare const MANIFEST_SCHEMA: string;
const SCHEMA = parseJson(MANIFEST_SCHEMA, "manifest.schema.json") as Schema;
const DEFINITIONS = SCHEMA.$defs as Schema;
/** What decides whether the rest may be judged at all. */
const HEADER = ["format_version", "min_reader_version", "features_required"];

/**
 * Read `manifest.json`; keys that it leaves out have their defaults.
 *
 * @throws BundleError: it is no manifest (corrupt), or needs a newer player (unsupported).
 */
export function readManifest(data: Uint8Array): Manifest {
  const found = readJson(data, "manifest.json");
  const own = (DEFINITIONS.Manifest as Schema).properties as Schema;
  const header = Object.fromEntries(HEADER.map((key) => [key, own[key]]));
  validate(found, { type: "object", properties: header, required: HEADER.slice(0, 2) }, DEFINITIONS, "manifest.json");
  checkVersion(found as unknown as Record<string, string>, (found as Schema).features_required as string[]);
  validate(found, SCHEMA, DEFINITIONS, "manifest.json");
  return found as unknown as Manifest;
}

function checkVersion(header: Record<string, string>, features: string[]): void {
  const [major] = header.format_version.split(".").map(Number);
  const [needed, minor] = header.min_reader_version.split(".").map(Number);
  const newer = needed > FORMAT_MAJOR || (needed === FORMAT_MAJOR && minor > FORMAT_MINOR);
  if (major !== FORMAT_MAJOR || newer || features.some((feature) => !KNOWN_FEATURES.includes(feature))) {
    throw new BundleError("unsupported", "This scene needs a newer player than this page has.");
  }
}

/**
 * The manifest's drawing and behavior.
 *
 * @throws BundleError (not exported): the bundle holds none.
 */
export function exported(manifest: Manifest): { drawing: Drawing; behavior: Behavior } {
  const { drawing, behavior } = manifest;
  if (!drawing || !behavior) {
    throw new BundleError("not exported", "This scene has not been exported yet; run alive export on it first.");
  }
  return { drawing, behavior };
}

/** How many features of each pixel a generator reads. */
export function featuresOf(generator: GraphInfo): number {
  const count = generator.inputs.find((input) => input.name === "features")?.shape[1];
  if (typeof count !== "number" || count < 1) throw corrupt(`${generator.file} doesn't say what features it reads.`);
  return count;
}
