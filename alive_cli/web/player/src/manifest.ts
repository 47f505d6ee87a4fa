/** What the manifest of a bundle says (SPEC.md, Manifest). */

import { BundleError, corrupt } from "./errors";

/** The major version of the format that this player reads; another one may mean anything. */
export const FORMAT_MAJOR = 1;
/** The latest minor version of the format that this player knows; a scene may ask for this one or an earlier one. */
export const FORMAT_MINOR = 1;
/** The features of the format that this player implements; a scene that requires another one is refused. */
export const KNOWN_FEATURES: readonly string[] = ["alpha", "controls", "warp"];

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

/** A constant input of a graph, and the tensor of the bank that feeds it. */
export interface BankInput {
  input: string;
  tensor: string;
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

/** What a player does with a control beyond feeding its value to the behavior graph. */
export type Role = "plain" | "clock" | "frame_weight" | "next_frame";

/** A control input of the behavior graph, as the bundle declares it. */
export interface Control {
  name: string;
  dtype: DType;
  shape: Dim[];
  /** What a player uses unless the control is set; of a vector, the value of each element. */
  default: number;
  /** Least value of each element; null where there is none. */
  minimum: number | null;
  /** Largest value of each element; null where there is none. */
  maximum: number | null;
  role: Role;
  /** A stranger's text. */
  description: string;
}

export interface Behavior {
  graph: GraphInfo;
  steps_per_frame: number;
  largest_step: number | null;
  transitions: Transitions | null;
  /** Bank tensor: the observed frames that rollouts begin at; absent or null where all begin at the first. */
  starts?: string | null;
  /** Absent or null in a bundle whose controls are those of format 1.0. */
  controls?: Control[] | null;
  state: StateInfo[];
  noise: NoiseInfo[];
  bank: BankInput[];
}

/** How the motion modes move by themselves, so that offsets can move a picture as its clip moves. */
export interface SteeringInfo {
  /** The elements of an embedding that hold the pose: the first, and the one after the last. */
  pose: [number, number];
  pose_scale: number;
  /** Length of the largest offset, in spreads, whose pictures look natural. */
  reach: number;
  /** Tensors of the bank. */
  spread: string;
  frequency: string;
  look: string;
}

/** How keyframes are displaced and coloured. */
export interface Warp {
  /** The part that holds the keyframes. */
  keyframes: string;
  /** K, the number of keyframes without the background. */
  count: number;
  /** Width of every keyframe, and of the background, in pixels. */
  width: number;
  height: number;
  /** S: the first 2·S features of the trunk are their displacements, x before y. */
  motion_modes: number;
  /** R: the last features of the trunk. */
  colour_modes: number;
  /** Cells across and down. */
  motion_grid: [number, number];
  colour_grid: [number, number];
  /** The constant inputs of the generator. */
  bank: BankInput[];
  /** Null where nothing says how offsets move the picture. */
  steering: SteeringInfo | null;
  /** The tensor of the bank that says how a view displaces the picture; null where nothing is near or far. */
  depth: string | null;
}

export interface Drawing {
  trunk: GraphInfo;
  generator: GraphInfo;
  fast: GraphInfo | null;
  background: string | null;
  mask: string | null;
  /** Keyframes that the generator displaces; null where it gives the pixels. */
  warp: Warp | null;
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
  features_required: string[];
  title: string;
  source: { fps: number; start: number; width: number; height: number };
  encoder: { dimension: number };
  drawing: Drawing | null;
  behavior: Behavior | null;
  defaults: Defaults;
  /** The first and the last observed frame of each name. */
  names: { [name: string]: [number, number] };
  /** The first and the last observed frame of each occurrence of an action, by its name. */
  actions: { [name: string]: [number, number][] };
  /** The tensor of the bank that says how much each frame has of a mood, by the name of the mood. */
  moods: { [name: string]: string };
  parts: { [name: string]: { bytes: number; sha256: string } };
}

/** A declaration from what differs: most controls of format 1.0 are numbers from 0 to 1. */
const control = (name: string, role: Role, fields: Partial<Control>): Control => ({
  ...{ name, role, dtype: "float32", shape: [], default: 1, minimum: 0, maximum: 1, description: "" },
  ...fields,
});

/** The five controls that every behavior graph of format 1.0 has; nothing else in this player knows them by name. */
export const STANDARD_CONTROLS: readonly Control[] = [
  control("temperature", "clock", { maximum: 100, description: "Scale of the motion: 0 is still, 1 as in the clip." }),
  control("pull", "plain", { default: 0.1, description: "How strongly the scene is drawn to what was observed." }),
  control("novelty", "plain", { default: 0.5, description: "How far the scene may leave what was observed." }),
  control("bank_weight", "frame_weight", { shape: ["N"], maximum: null }),
  control("next_node", "next_frame", { dtype: "int64", shape: ["B"], default: -1, minimum: -1, maximum: null }),
];

/** The controls that a behavior declares, or those of format 1.0 with the defaults that the manifest gives. */
export function declaredControls(behavior: Behavior, defaults: Defaults): Control[] {
  // Whole numbers that JSON says beyond 2⁵³ come as bigints.
  const number = (value: number | null): number | null => (value === null ? null : Number(value));
  if (behavior.controls) {
    return behavior.controls.map((each) => ({
      ...each,
      default: Number(each.default),
      minimum: number(each.minimum),
      maximum: number(each.maximum),
    }));
  }
  const { temperature, pull, novelty } = defaults;
  const values = new Map(Object.entries({ temperature, pull, novelty }));
  return STANDARD_CONTROLS.map((each) => ({ ...each, default: values.get(each.name) ?? each.default }));
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

/** Whether the pictures of a scene have alpha. */
export function isTransparent({ features_required }: Manifest): boolean {
  return features_required.includes("alpha");
}

/** How many features of each pixel a generator reads. */
export function featuresOf(generator: GraphInfo): number {
  const count = generator.inputs.find((input) => input.name === "features")?.shape[1];
  if (typeof count !== "number" || count < 1) throw corrupt(`${generator.file} doesn't say what features it reads.`);
  return count;
}
