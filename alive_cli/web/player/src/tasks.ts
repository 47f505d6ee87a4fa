/** What the page asks of its workers: one request, one answer. */

import type { EngineSource } from "./engine";
import type { PackedError } from "./errors";
import type { Pace } from "./frames";
import type { Controls, Moment } from "./life";
import type { Canvas } from "./painter";
import type { Picture } from "./png";

export type Net = "fine" | "fast";

/** What the page is told of a verified scene. Texts are a stranger's. */
export interface SceneInfo {
  title: string;
  fps: number;
  /** Second of the source at the first observed moment. */
  first: number;
  moments: number;
  width: number;
  height: number;
  controls: Controls;
  seed: bigint;
  pace: Pace;
  /** Whether it can be sent to a moment. */
  walks: boolean;
  nets: Net[];
  poster: Picture | null;
  graphs: Graphs;
}

/** The drawing graphs, checked and written anew. */
export interface Graphs {
  trunk: Uint8Array<ArrayBuffer>;
  nets: { net: Net; graph: Uint8Array<ArrayBuffer>; features: number }[];
}

/** A picture's still part, and which of its pixels move. */
export interface Layers {
  still: Uint32Array<ArrayBuffer>;
  places: Uint32Array<ArrayBuffer>;
  background: Float32Array<ArrayBuffer>;
}

export interface Birth {
  seed: bigint;
  start: number;
  weights: Float32Array | null;
}

/** Tasks by name: what is given and what comes back. */
export interface Tasks {
  open: [file: Uint8Array, info: SceneInfo];
  engine: [source: EngineSource, done: null];
  graphs: [graphs: Graphs, done: null];
  layers: [size: { width: number; height: number }, layers: Layers];
  canvas: [canvas: Canvas & { net: Net }, done: null];
  observed: [moment: number, embedding: Float32Array];
  begin: [birth: Birth, done: null];
  follow: [path: number[], done: null];
  goTo: [goal: number, found: boolean];
  live: [asked: { controls: Controls; frames: number }, moment: Moment];
  draw: [embedding: Float32Array, words: Uint32Array<ArrayBuffer>];
}

export type Task = keyof Tasks;

export interface Request {
  id: number;
  task: Task;
  given: unknown;
}

export interface Answer {
  id: number;
  result?: unknown;
  error?: PackedError;
}
