/** A worker of the player: the first one verifies the bundle and runs its behavior; all of them draw. */

import { openBundle, readPoster, type VerifiedScene } from "./bundle";
import { Engine } from "./engine";
import { packError, PlayerError } from "./errors";
import { Fields } from "./fields";
import type { GoalNews } from "./goals";
import { KernelMemory } from "./kernel";
import { KeyframeStore } from "./keyframe_store";
import { Leader } from "./lead/leader";
import { featuresOf, type GraphInfo, isTransparent } from "./manifest";
import { drawModes, Mixture } from "./mixture";
import { MoodWeights } from "./mood_weights";
import { writeModel } from "./onnx_writer";
import { Renderer } from "./renderer";
import { movingPixels, resize } from "./resize";
import { Rollout } from "./rollout";
import { simplify } from "./simplify";
import { OPAQUE, seenPlaces, stillLayer } from "./still_layer";
import type { Answer, Graphs, Layers, Net, Request, SceneInfo, Task, Tasks, WarpSource } from "./tasks";
import { plain } from "./text";
import { type PictureRenderer, WarpRenderer } from "./warp_renderer";
import { WarpShader } from "./warp_shader";

interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Answer, transfer: Transferable[]): void;
}

/** The worker itself, typed: the library that the compiler knows is the page's. */
const scope = self as unknown as Scope;
/** The largest value of a colour or an opacity of 8 bits. */
const WHITE = 255;

let scene: VerifiedScene | null = null;
let engine: Engine | null = null;
let lost: string | null = null;
let graphs: Graphs | null = null;
let behaviorSession: Awaited<ReturnType<Engine["session"]>> | null = null;
let rollout: Rollout | null = null;
/** The weights of moods, and those that every rollout has now. */
let moods: MoodWeights | null = null;
let mood: Float32Array | null = null;
let mixture: Mixture | null = null;
let fields: Fields | null = null;
/** How much of the kernel's memory the fields take; a canvas takes the rest. */
let fieldsEnd = 0;
let renderer: PictureRenderer | null = null;
let leader: Leader | null = null;
/** The sessions of the drawing graphs by name: each graph is opened once, however often the canvas changes. */
const sessions = new Map<string, ReturnType<Engine["session"]>>();

/** What this worker does for each task. */
const HANDLERS: { [T in Task]: (input: Tasks[T][0]) => Promise<Tasks[T][1]> | Tasks[T][1] } = {
  async open(file) {
    scene = await openBundle(file);
    return describe(scene);
  },

  async engine(source) {
    engine = await Engine.start(source);
    void engine.lost.then((message) => (lost = message));
    return null;
  },

  graphs(input) {
    graphs = input;
    return null;
  },

  async layers({ width, height }) {
    const { background, mask } = ensure(scene);
    const source = warpSource(ensure(scene));
    if (source) {
      const layer = mask && (await stillLayer(storeOf(source, width, height, 0), source.warp.count, mask, width, height));
      const still = layer?.words ?? new Uint32Array(width * height).fill(source.alpha ? 0 : OPAQUE);
      return { still, ...seenPlaces(layer?.share ?? null, width * height, Boolean(source.depth)), background: new Float32Array(0) };
    }
    return layersOf(background && resize(background, width, height), movingPixels(mask, width, height), width * height);
  },

  async modes({ colours, first, count }) {
    const { trunk, warp } = ensure(graphs);
    return drawModes(ensure(engine), await sessionOf("trunk", trunk), ensure(warp).warp, colours, first, count);
  },

  async adopt(modes) {
    if (!fields) {
      const memory = new KernelMemory();
      fields = new Fields(await memory.load(), memory, ensure(ensure(graphs).warp).warp, ensure(ensure(graphs).warp).depth);
      fieldsEnd = memory.mark;
    }
    fields.adopt(modes);
    return null;
  },

  async mixer() {
    const { nets, warp } = ensure(graphs);
    const { bank, warp: sizes } = ensure(warp);
    mixture = new Mixture(ensure(engine), await sessionOf("fine", nets[0].graph), sizes, bank);
    return null;
  },

  mix({ embedding, offset }) {
    return ensure(mixture).of(embedding, offset);
  },

  async canvas({ net, shading, room, ...canvas }) {
    const { trunk, nets, warp } = ensure(graphs);
    if (warp) {
      const store = storeOf(warp, canvas.width, canvas.height, room);
      const grids = ensure(fields);
      grids.memory.rewind(fieldsEnd);
      renderer =
        shading === "none"
          ? new WarpRenderer(grids, store, canvas, warp.mask)
          : new WarpShader(grids, store, canvas, shading === "any shader");
      return null;
    }
    const { graph, features } = ensure(nets.find((each) => each.net === net));
    const [trunkSession, session] = [await sessionOf("trunk", trunk), await sessionOf(net, graph)];
    const fresh = new Renderer(ensure(engine), trunkSession, session, features, canvas);
    await fresh.prepare();
    renderer = fresh;
    return null;
  },

  poster() {
    return readPoster(ensure(scene));
  },

  observed(frame) {
    const { bank, manifest } = ensure(scene);
    const { dimension } = manifest.encoder;
    return (bank.get("embedding")!.data as Float32Array).slice(frame * dimension, (frame + 1) * dimension);
  },

  embeddings() {
    return ensure(scene).bank.get("embedding")!.data as Float32Array;
  },

  async begin({ seed, start, weights }) {
    const { behavior } = ensure(scene);
    behaviorSession ??= await ensure(engine).session(graphBytes(ensure(scene), behavior.graph));
    rollout = new Rollout(ensure(scene), behaviorSession, ensure(engine), seed, start, weights);
    rollout.putIn(mood);
    return null;
  },

  moods(strengths) {
    moods ??= new MoodWeights(ensure(scene));
    mood = moods.of(strengths);
    rollout?.putIn(mood);
    return null;
  },

  follow(path) {
    ensure(rollout).follow(path);
    return null;
  },

  goTo({ place, queue, controls }) {
    return ensure(rollout).goTo(place, queue, controls);
  },

  giveUp() {
    ensure(rollout).follow([]);
    return null;
  },

  async live({ controls, frames }) {
    const news: GoalNews[] = [];
    for (let skipped = 1; skipped < frames; skipped++) news.push(...(await ensure(rollout).frame(controls)).news);
    const frame = await ensure(rollout).frame(controls);
    return { ...frame, news: [...news, ...frame.news] };
  },

  async draw(source) {
    if (lost !== null) throw new PlayerError(`The GPU was lost (${lost}).`);
    return ensure(renderer).draw(source);
  },

  leader(source) {
    leader = new Leader(source);
    return leader.numbers;
  },

  leadKnow(pictures) {
    ensure(leader).know(pictures);
    return null;
  },

  leadSee(pixels) {
    return ensure(leader).see(pixels);
  },
};

function sessionOf(name: string, graph: Uint8Array): ReturnType<Engine["session"]> {
  let session = sessions.get(name);
  if (!session) sessions.set(name, (session = ensure(engine).session(graph)));
  return session;
}

function warpSource({ drawing, keyframes, bank, mask, manifest }: VerifiedScene): WarpSource | null {
  const { warp } = drawing;
  if (!warp || !keyframes) return null;
  const inputs = warp.bank.map(({ input, tensor }) => {
    const { data, shape } = bank.get(tensor)!;
    return { input, data, shape };
  });
  const numbers = (name: string): Float32Array => bank.get(name)!.data as Float32Array;
  const steering = warp.steering && {
    spread: numbers(warp.steering.spread),
    frequency: numbers(warp.steering.frequency),
    look: numbers(warp.steering.look),
  };
  const depth = warp.depth == null ? null : numbers(warp.depth);
  return { warp, alpha: isTransparent(manifest), bank: inputs, steering, depth, mask: depth && mask, keyframes };
}

function storeOf({ keyframes, warp, alpha }: WarpSource, width: number, height: number, room: number): KeyframeStore {
  return new KeyframeStore(keyframes, warp, { width, height }, room, alpha);
}

/** A graph for the runtime: what was checked, written anew. */
function graphBytes({ models }: VerifiedScene, { file }: GraphInfo): Uint8Array<ArrayBuffer> {
  return writeModel(simplify(models.get(file)!));
}

function describe(scene: VerifiedScene): SceneInfo {
  const { manifest, drawing, behavior, controls, frames } = scene;
  const { width, height, seed } = manifest.defaults;
  const net = (name: Net, info: GraphInfo): Graphs["nets"][0] => ({
    net: name,
    graph: graphBytes(scene, info),
    features: drawing.warp ? 0 : featuresOf(info),
  });
  const nets = [net("fine", drawing.generator), ...(drawing.fast ? [net("fast", drawing.fast)] : [])];
  return {
    title: plain(manifest.title),
    fps: manifest.source.fps,
    first: manifest.source.start,
    frames,
    width,
    height,
    controls: controls.map((control) => ({ ...control, description: plain(control.description) })),
    seed: BigInt(seed),
    pace: { steps_per_frame: behavior.steps_per_frame, largest_step: behavior.largest_step },
    transitions: behavior.transitions !== null,
    names: new Map(Object.entries(manifest.names)),
    actions: new Map(Object.entries(manifest.actions)),
    moods: Object.keys(manifest.moods),
    starts: behavior.starts ? Array.from(scene.bank.get(behavior.starts)!.data as BigInt64Array, Number) : [0],
    nets: nets.map((each) => each.net),
    graphs: { trunk: graphBytes(scene, drawing.trunk), nets, warp: warpSource(scene) },
  };
}

function layersOf(background: { pixels: Uint8Array } | null, places: Uint32Array<ArrayBuffer>, count: number): Layers {
  const bytes = new Uint8Array(4 * count);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      bytes[4 * pixel + channel] = background ? background.pixels[3 * pixel + channel] : 0;
    }
    bytes[4 * pixel + 3] = WHITE;
  }
  const behind = new Float32Array(3 * places.length);
  if (background) {
    places.forEach((place, pixel) => {
      for (let channel = 0; channel < 3; channel++) {
        behind[3 * pixel + channel] = background.pixels[3 * place + channel] / WHITE;
      }
    });
  }
  return { still: new Uint32Array(bytes.buffer), places, background: behind, share: new Float32Array(0) };
}

function ensure<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("A task came before what it depends on.");
  return value;
}

/** Large results are handed over, not copied. */
function transferable(task: Task, result: unknown): Transferable[] {
  if (task === "draw" || task === "modes") return [(result as Tasks["draw" | "modes"][1]).buffer];
  if (task !== "layers") return [];
  const { still, places, background, share } = result as Layers;
  return [still.buffer, places.buffer, background.buffer, share.buffer];
}

async function answer({ id, task, input }: Request): Promise<void> {
  try {
    const result = await (HANDLERS[task] as (input: unknown) => unknown)(input);
    scope.postMessage({ id, result }, transferable(task, result));
  } catch (error) {
    scope.postMessage({ id, error: packError(error) }, []);
  }
}

// One after the other, in the order of the requests.
let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => (last = last.then(() => answer(data)));
