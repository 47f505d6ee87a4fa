/** What the page asks of its workers: one request, one answer. */

import type { Controls } from "./controls";
import type { EngineSource } from "./engine";
import type { PackedError } from "./errors";
import type { Pace } from "./frames";
import type { Goal, Place } from "./goals";
import type { LeadNews, LeadSource } from "./lead/leader";
import type { Control, Warp } from "./manifest";
import type { FedTensor, Mixed, Modes } from "./mixture";
import type { Strengths } from "./mood_weights";
import type { Picture } from "./png";
import type { Canvas } from "./renderer";
import type { RolloutFrame } from "./rollout";
import type { SteeringTensors } from "./steering";

export type Net = "fine" | "fast";

/** What the page learns of a verified scene. Texts are a stranger's, without control characters; they are no HTML. */
export interface SceneInfo {
  title: string;
  fps: number;
  /** Second of the source at observed frame 0. */
  first: number;
  /** N, the number of observed frames. */
  frames: number;
  width: number;
  height: number;
  /** The controls as the bundle declares them: names, ranges, defaults and descriptions, for sliders and help. */
  controls: Control[];
  seed: bigint;
  pace: Pace;
  /** Whether it has a motion graph, and so can be sent to an observed frame. */
  transitions: boolean;
  /** The first and the last observed frame of each name that it can be sent to. */
  names: Map<string, [number, number]>;
  /** The first and the last observed frame of each occurrence of an action. */
  actions: Map<string, [number, number][]>;
  /** The names of the moods that it can be put in. */
  moods: string[];
  /** The observed frames that rollouts begin at: the seed chooses one. */
  starts: number[];
  nets: Net[];
  graphs: Graphs;
}

/** The drawing graphs, checked and written anew. */
export interface Graphs {
  trunk: Uint8Array<ArrayBuffer>;
  nets: { net: Net; graph: Uint8Array<ArrayBuffer>; features: number }[];
  /** What draws displaced keyframes besides the graphs; null for scenes whose graphs give the pixels. */
  warp: WarpSource | null;
}

export interface WarpSource {
  warp: Warp;
  /** Whether pictures have opacity, by which their colours are then multiplied. */
  alpha: boolean;
  bank: FedTensor[];
  /** What of the bank says how offsets move the picture; null where nothing does. */
  steering: SteeringTensors | null;
  /** Displacements that views of 1 add, [2, rows, columns] of the motion grid; null where nothing is near or far. */
  depth: Float32Array | null;
  /** The mask, where a view moves the still layer. */
  mask: Picture | null;
  /** WebP files: the keyframes, and the background where there is a mask. */
  keyframes: Uint8Array<ArrayBuffer>[];
}

/** How displaced keyframes are drawn: row by row on the CPU, by a shader, or by one even where the GPU is a program. */
export type Shading = "none" | "shader" | "any shader";

/** A picture's still part, and which of its pixels move. */
export interface Layers {
  still: Uint32Array<ArrayBuffer>;
  places: Uint32Array<ArrayBuffer>;
  background: Float32Array<ArrayBuffer>;
  /** How much of the drawn picture is seen at the moving pixels, 0 … 1, where keyframes have a background; else empty. */
  share: Float32Array<ArrayBuffer>;
}

/** How a rollout begins. */
export interface RolloutStart {
  seed: bigint;
  start: number;
  weights: Float32Array | null;
}

/** Tasks by name: the input of each, and its result. */
export interface Tasks {
  open: [file: Uint8Array, info: SceneInfo];
  engine: [source: EngineSource, done: null];
  graphs: [graphs: Graphs, done: null];
  layers: [size: { width: number; height: number }, layers: Layers];
  /** Some of the values of the modes that keyframes are displaced and coloured by. */
  modes: [cells: { colours: [number, number]; first: number; count: number }, values: Float32Array<ArrayBuffer>];
  /** Take all of them. */
  adopt: [modes: Modes, done: null];
  /** Get ready to mix. */
  mixer: [nothing: null, done: null];
  /** What an embedding is drawn from in a scene of keyframes, moved by an offset of the motion modes. */
  mix: [input: { embedding: Float32Array; offset: Float32Array | null }, mixed: Mixed];
  /** `room`: bytes that decoded keyframes may take. */
  canvas: [canvas: Canvas & { net: Net; shading: Shading; room: number }, done: null];
  /** The bundle's still, where it has one that can be shown. */
  poster: [nothing: null, poster: Picture | null];
  observed: [frame: number, embedding: Float32Array];
  /** All of them, [N · D]. */
  embeddings: [nothing: null, rows: Float32Array];
  begin: [start: RolloutStart, done: null];
  follow: [path: number[], done: null];
  moods: [strengths: Strengths, done: null];
  goTo: [input: { place: Place; queue: boolean; controls: Controls }, way: { goal: Goal; number: number }];
  giveUp: [nothing: null, done: null];
  live: [input: { controls: Controls; frames: number }, frame: RolloutFrame];
  draw: [source: Float32Array | Mixed, words: Uint32Array<ArrayBuffer>];
  /** Get ready for pictures of a lead; the observed frames whose pictures have to be known first. */
  leader: [source: LeadSource, numbers: number[]];
  /** Know the pictures of these frames, words of pixels each. */
  leadKnow: [pictures: Uint32Array[], done: null];
  /** What a reduced picture asks for: pixels of four bytes each. */
  leadSee: [pixels: Uint8ClampedArray, news: LeadNews];
}

export type Task = keyof Tasks;

export interface Request {
  id: number;
  task: Task;
  input: unknown;
}

export interface Answer {
  id: number;
  result?: unknown;
  error?: PackedError;
}
