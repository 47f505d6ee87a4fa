/** Is a drawing of keyframes sound? No picture is decoded (SPEC.md, Keyframes). */

import { BANK_NAME, describe, expectGraph, feeds, type Signature } from "./contracts";
import { corrupt, unsafe } from "./errors";
import {
  MAX_COLOUR_MODES,
  MAX_COLOUR_SIDE,
  MAX_GRID_ELEMENTS,
  MAX_KEYFRAME_PIXELS,
  MAX_KEYFRAME_SIDE,
  MAX_KEYFRAMES,
  MAX_KEYFRAMES_BYTES,
  MAX_MIXED_KEYFRAMES,
  MAX_MOTION_MODES,
  MAX_MOTION_SIDE,
} from "./limits";
import { type Drawing, isTransparent, type Manifest, type SteeringInfo, type Warp } from "./manifest";
import { type BankTensor, splitTensors } from "./safetensors";
import { readStill } from "./webp";

/** A scene with keyframes requires this feature of its readers. */
const FEATURE = "warp";

/** At how many points a player runs the trunk, once for a scene. */
export function gridPoints({ motion_grid: motion, colour_grid: colour }: Warp): number {
  return motion[0] * motion[1] + colour[0] * colour[1];
}

/**
 * Check a drawing of keyframes: its sizes, graphs, bank and pictures.
 *
 * @param frames N, the number of observed frames.
 * @param part finds a part of the bundle by its name.
 * @returns the keyframes as WebP files, and the background as the last one where the drawing has a mask.
 * @throws BundleError: something contradicts itself or the contract (corrupt), or exceeds a limit (unsafe).
 */
export function checkWarp(
  manifest: Manifest,
  drawing: Drawing,
  warp: Warp,
  bank: Map<string, BankTensor>,
  frames: number,
  part: (name: string) => Uint8Array,
): Uint8Array<ArrayBuffer>[] {
  if (!manifest.features_required.includes(FEATURE)) {
    throw corrupt(`The bundle has keyframes, but doesn't require the feature ${FEATURE}.`);
  }
  if (drawing.fast !== null || drawing.background !== null) {
    throw corrupt("The bundle has keyframes beside a fast generator or a background of its own.");
  }
  checkSizes(warp);
  checkGraphs(drawing, warp, manifest.encoder.dimension);
  checkBank(drawing, warp, bank, frames);
  if (warp.steering) checkSteering(warp.steering, warp, bank, manifest.encoder.dimension);
  if (warp.depth != null) checkDepth(warp.depth, warp, bank);
  const pictures = readPictures(part(warp.keyframes), warp, warp.count + (drawing.mask === null ? 0 : 1));
  const alpha = isTransparent(manifest);
  let clear = false;
  pictures.forEach((picture, number) => {
    const still = readStill(picture);
    if (!still || (still.alpha && !alpha)) throw corrupt(`Picture ${number} of ${warp.keyframes} can't be used: it is not a plain WebP picture.`);
    const [width, height] = still.size;
    clear ||= still.alpha;
    if (width !== warp.width || height !== warp.height) {
      throw corrupt(`Picture ${number} of ${warp.keyframes} has ${width}×${height} pixels, not as declared.`);
    }
  });
  if (alpha && !clear) throw corrupt("The bundle requires the feature alpha, but none of its keyframes has alpha.");
  return pictures;
}

function checkSizes(warp: Warp): void {
  const { motion_grid: motion, colour_grid: colour } = warp;
  const elements = motion[0] * motion[1] * 2 * warp.motion_modes + colour[0] * colour[1] * warp.colour_modes;
  const limits: [string, number, number][] = [
    ["keyframes", warp.count, MAX_KEYFRAMES],
    ["pixels on a side of a keyframe", Math.max(warp.width, warp.height), MAX_KEYFRAME_SIDE],
    ["pixels in a keyframe", warp.width * warp.height, MAX_KEYFRAME_PIXELS],
    ["motion modes", warp.motion_modes, MAX_MOTION_MODES],
    ["colour modes", warp.colour_modes, MAX_COLOUR_MODES],
    ["cells on a side of the motion grid", Math.max(...motion), MAX_MOTION_SIDE],
    ["cells on a side of the colour grid", Math.max(...colour), MAX_COLOUR_SIDE],
    ["values of modes on the grids", elements, MAX_GRID_ELEMENTS],
  ];
  for (const [what, number, most] of limits) {
    if (number > most) throw unsafe(`The bundle has ${number} ${what}; at most ${most} are allowed.`);
  }
}

function checkGraphs({ trunk, generator }: Drawing, warp: Warp, dimension: number): void {
  const { motion_modes: modes, colour_modes: colours } = warp;
  expectGraph(
    trunk,
    new Map([["coords", describe("float32", ["P", 2])]]),
    new Map([["features", describe("float32", ["P", 2 * modes + colours])]]),
  );
  const keyframe = generator.outputs.find(({ name, shape }) => name === "keyframe" && shape.length === 2);
  const mixed = keyframe?.shape[1];
  if (typeof mixed !== "number" || mixed < 1) throw corrupt(`${generator.file} doesn't choose keyframes [B, L].`);
  if (mixed > MAX_MIXED_KEYFRAMES) {
    throw unsafe(`${generator.file} mixes ${mixed} keyframes; at most ${MAX_MIXED_KEYFRAMES} are allowed.`);
  }
  const inputs: Signature = new Map([
    ["embedding", describe("float32", ["B", dimension])],
    ["offset", describe("float32", ["B", modes])],
  ]);
  for (const { input } of warp.bank) {
    const declared = generator.inputs.find(({ name }) => name === input);
    if (!declared || inputs.has(input)) {
      throw corrupt(`${generator.file} has no input '${input}' of its own for the bank.`);
    }
    inputs.set(input, describe(declared.dtype, declared.shape));
  }
  const outputs: Signature = new Map([
    ["keyframe", describe("int64", ["B", mixed])],
    ["weight", describe("float32", ["B", mixed])],
    ["motion", describe("float32", ["B", mixed, modes])],
    ["shift", describe("float32", ["B", modes])],
    ["colour", describe("float32", ["B", colours, 3])],
  ]);
  expectGraph(generator, inputs, outputs);
  const order = [...outputs.keys()];
  if (generator.outputs.some(({ name }, place) => name !== order[place])) {
    throw corrupt(`${generator.file} doesn't give its outputs in the order of its contract.`);
  }
}

function checkBank({ generator }: Drawing, warp: Warp, bank: Map<string, BankTensor>, frames: number): void {
  for (const { input, tensor } of warp.bank) {
    const values = bank.get(tensor);
    const declared = generator.inputs.find(({ name }) => name === input)!;
    if (!values || !feeds(values, declared, frames, true)) {
      throw corrupt(`${BANK_NAME} has no tensor '${tensor}' that fits ${generator.file}.`);
    }
    const whole = declared.dtype !== "float32";
    for (const value of values.data) {
      if (whole ? value < 0 || value >= warp.count : !Number.isFinite(value)) {
        throw corrupt(
          whole
            ? `${BANK_NAME} names keyframes in '${tensor}' that the bundle doesn't have.`
            : `${BANK_NAME} holds numbers in '${tensor}' that are not finite.`,
        );
      }
    }
  }
}

function checkSteering(steering: SteeringInfo, { motion_modes: modes }: Warp, bank: Map<string, BankTensor>, dimension: number): void {
  const [first, end] = steering.pose.map(Number);
  if (end - first !== modes || end >= dimension) {
    throw corrupt("The pose that the bundle steers is not part of its embeddings, or has other modes.");
  }
  const numbers = (name: string, shape: number[]): Float32Array => {
    const values = bank.get(name);
    const sound =
      values &&
      describe(values.dtype, values.shape) === describe("float32", shape) &&
      (values.data as Float32Array).every(Number.isFinite);
    if (!sound) throw corrupt(`${BANK_NAME} has no tensor '${name}' that fits its motion modes.`);
    return values.data as Float32Array;
  };
  numbers(steering.look, [2, modes]);
  const [spread, frequency] = [numbers(steering.spread, [modes]), numbers(steering.frequency, [modes])];
  if (!spread.every((value) => value >= 0) || !frequency.every((value) => value >= 0 && value <= 1)) {
    throw corrupt(`${BANK_NAME} holds spreads or frequencies of motion modes that can't be.`);
  }
}

function checkDepth(name: string, { motion_grid: [columns, rows] }: Warp, bank: Map<string, BankTensor>): void {
  const values = bank.get(name);
  const sound =
    values &&
    describe(values.dtype, values.shape) === describe("float32", [2, rows, columns]) &&
    (values.data as Float32Array).every(Number.isFinite);
  if (!sound) throw corrupt(`${BANK_NAME} has no tensor '${name.slice(0, 64)}' that fits the grid of its depth.`);
}

/** The WebP files of the part with the keyframes, each in memory of its own; there must be `count` of them. */
function readPictures(part: Uint8Array, { keyframes: name }: Warp, count: number): Uint8Array<ArrayBuffer>[] {
  if (part.length > MAX_KEYFRAMES_BYTES) throw unsafe(`${name} is larger than ${MAX_KEYFRAMES_BYTES / 2 ** 20} MiB.`);
  const tensors = splitTensors(part, name);
  const offsets = tensors.get("offsets");
  const data = tensors.get("data");
  if (offsets?.dtype !== "I64" || offsets.shape.length !== 1 || offsets.shape[0] < 2) {
    throw corrupt(`${name} has no offsets.`);
  }
  if (data?.dtype !== "U8" || data.shape.length !== 1) throw corrupt(`${name} has no data.`);
  // The part could hold millions of files of a byte each, so they are counted before they are taken apart.
  if (offsets.shape[0] !== count + 1) {
    throw corrupt(`${name} holds ${offsets.shape[0] - 1} pictures, which is not what the manifest says.`);
  }
  // Offsets beyond 2⁵³ lose digits here, but none of them can become the length of the data.
  const places = Array.from(new BigInt64Array(offsets.bytes.slice().buffer), Number);
  const increasing = places.every((place, number) => !number || place > places[number - 1]);
  if (places[0] !== 0 || places.at(-1) !== data.bytes.length || !increasing) {
    throw corrupt(`${name} has offsets that don't divide its data.`);
  }
  return places.slice(1).map((end, number) => data.bytes.slice(places[number], end));
}
