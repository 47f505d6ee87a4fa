/** Reads `manifest.json` (SPEC.md, Manifest), and checks it against its JSON Schema. */

import { BundleError } from "./errors";
import { type Json, parseJson, readJson } from "./json";
import { FORMAT_MAJOR, FORMAT_MINOR, KNOWN_FEATURES, type Manifest } from "./manifest";
import { unpack } from "./packed";
import { validate } from "./schema";

type Schema = { [key: string]: Json };
/** The text of `manifest.schema.json`, packed; the build puts it in. */
declare const MANIFEST_SCHEMA: string;
/** The keys that decide whether the rest of the manifest may be judged at all; the last one may be left out. */
const HEADER = ["format_version", "min_reader_version", "features_required"];

/**
 * Read `manifest.json`; keys that it leaves out have their defaults.
 *
 * @throws BundleError: it is no manifest (corrupt), or needs a newer player (unsupported).
 */
export async function readManifest(data: Uint8Array): Promise<Manifest> {
  const text = new TextDecoder().decode(await unpack(MANIFEST_SCHEMA));
  const schema = parseJson(text, "manifest.schema.json") as Schema;
  // The schemas of the manifest's parts, to which references in the schema lead.
  const definitions = schema.$defs as Schema;
  const value = readJson(data, "manifest.json");
  const own = (definitions.Manifest as Schema).properties as Schema;
  const header = Object.fromEntries(HEADER.map((key) => [key, own[key]]));
  validate(value, { type: "object", properties: header, required: HEADER.slice(0, 2) }, definitions, "manifest.json");
  checkVersion(value as unknown as Record<string, string>, (value as Schema).features_required as string[]);
  validate(value, schema, definitions, "manifest.json");
  return value as unknown as Manifest;
}

function checkVersion(header: Record<string, string>, features: string[]): void {
  const [major] = header.format_version.split(".").map(Number);
  const [readerMajor, readerMinor] = header.min_reader_version.split(".").map(Number);
  const newer = readerMajor > FORMAT_MAJOR || (readerMajor === FORMAT_MAJOR && readerMinor > FORMAT_MINOR);
  if (major !== FORMAT_MAJOR || newer || features.some((feature) => !KNOWN_FEATURES.includes(feature))) {
    throw new BundleError("unsupported", "This scene needs a newer player than this page has.");
  }
}
