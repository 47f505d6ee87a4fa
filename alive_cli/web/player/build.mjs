// Builds the player into ../dist, with the files of onnxruntime-web that it runs on; `node build.mjs`.

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { main as compile } from "assemblyscript/asc";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = join(HERE, "..", "dist");
const DRAFT = `${TARGET}.new`;
const RUNTIME = join(HERE, "node_modules", "onnxruntime-web");
/** What runs graphs: the script and the WebAssembly, on CPUs and on GPUs. */
const RUNTIME_FILES = {
  cpu: ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"],
  gpu: ["ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"],
};

/** The schema without what only people read. */
function bare(value, names = false) {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => names || !["title", "description", "$schema"].includes(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, bare(item, ["properties", "$defs"].includes(key))]));
}

async function integrity(file) {
  return `sha384-${createHash("sha384").update(await readFile(join(DRAFT, file))).digest("base64")}`;
}

async function script(source, define, name = source, format = "esm") {
  await build({
    entryPoints: [join(HERE, "src", `${source}.ts`)],
    outfile: join(DRAFT, `${name}.js`),
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    // A script inside a page has no address, and loads nothing.
    logOverride: format === "iife" ? { "empty-import-meta": "silent" } : {},
    define: Object.fromEntries(Object.entries(define).map(([key, value]) => [key, JSON.stringify(value)])),
  });
}

/** What packed.ts unpacks. */
function pack(data) {
  return deflateRawSync(data, { level: 9 }).toString("base64");
}

/** The inner loops of drawing, as WebAssembly. */
async function kernel() {
  const file = join(DRAFT, "kernel.wasm");
  const options = ["-O3", "--runtime", "stub", "--enable", "simd", "--importMemory", "--noAssert"];
  const { error, stderr } = await compile([join(HERE, "kernel", "kernel.ts"), ...options, "--outFile", file]);
  if (error) throw new Error(stderr.toString());
  const code = await readFile(file);
  await rm(file);
  return code;
}

await rm(DRAFT, { recursive: true, force: true });
await mkdir(DRAFT);
for (const file of Object.values(RUNTIME_FILES).flat()) await cp(join(RUNTIME, "dist", file), join(DRAFT, file));
const { version, license } = JSON.parse(await readFile(join(RUNTIME, "package.json"), "utf8"));
await writeFile(
  join(DRAFT, "NOTICE.txt"),
  `ort*.mjs and ort*.wasm are ONNX Runtime Web ${version}, Copyright (c) Microsoft Corporation, ${license} licensed.\n`,
);
const schema = JSON.parse(await readFile(join(HERE, "..", "..", "..", "bundle_spec", "manifest.schema.json"), "utf8"));
// The largest seed is beyond what JavaScript's JSON can say.
const text = JSON.stringify(bare(schema)).replaceAll("9223372036854776000", "9223372036854775807");
const packed = { MANIFEST_SCHEMA: pack(text), KERNEL: pack(await kernel()) };
await script("worker", packed);
await script("places/worker", packed, "place_worker", "iife");
const digests = {};
for (const file of ["worker.js", ...Object.values(RUNTIME_FILES).flat()]) digests[file] = await integrity(file);
await script("main", { RUNTIME_FILES, DIGESTS: digests }, "alive-scene");
await script("page", {});
await script("places/main", { RUNTIME_FILES, DIGESTS: {} }, "place", "iife");
// The pages that `alive hints` serves, which the player's own pages never load.
await script("hints/main", {}, "hints");
await script("pairs/main", {}, "pairs");
await script("gallery", {});
await rm(TARGET, { recursive: true, force: true });
await rename(DRAFT, TARGET);
