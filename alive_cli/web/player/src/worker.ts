/** A worker of the player: the first one verifies the bundle and lives; all of them draw. */

import { openBundle, type VerifiedScene } from "./bundle";
import { Engine } from "./engine";
import { packError, PlayerError } from "./errors";
import { Life } from "./life";
import { featuresOf, type GraphInfo } from "./manifest";
import { widened, writeModel } from "./onnx";
import { Painter } from "./painter";
import { movingPixels, resize } from "./resize";
import type { Answer, Graphs, Layers, Net, Request, SceneInfo, Task, Tasks } from "./tasks";

interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Answer, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
const WHITE = 255;

let scene: VerifiedScene | null = null;
let engine: Engine | null = null;
let lost: string | null = null;
let graphs: Graphs | null = null;
let living: Awaited<ReturnType<Engine["session"]>> | null = null;
let life: Life | null = null;
let painter: Painter | null = null;
const sessions = new Map<string, ReturnType<Engine["session"]>>();

const HANDLERS: { [T in Task]: (given: Tasks[T][0]) => Promise<Tasks[T][1]> | Tasks[T][1] } = {
  async open(file) {
    scene = await openBundle(file);
    return describe(scene);
  },

  async engine(source) {
    engine = await Engine.start(source);
    void engine.lost.then((message) => (lost = message));
    return null;
  },

  graphs(given) {
    graphs = given;
    return null;
  },

  layers({ width, height }) {
    const { background, mask } = needed(scene);
    return layersOf(background && resize(background, width, height), movingPixels(mask, width, height), width * height);
  },

  async canvas({ net, ...canvas }) {
    const { trunk, nets } = needed(graphs);
    const { graph, features } = needed(nets.find((each) => each.net === net));
    const fresh = new Painter(needed(engine), await opened("trunk", trunk), await opened(net, graph), features, canvas);
    await fresh.prepare();
    painter = fresh;
    return null;
  },

  observed(moment) {
    const { bank, manifest } = needed(scene);
    const { dimension } = manifest.encoder;
    return (bank.get("embedding")!.data as Float32Array).slice(moment * dimension, (moment + 1) * dimension);
  },

  async begin({ seed, start, weights }) {
    const { behavior } = needed(scene);
    living ??= await needed(engine).session(prepared(needed(scene), behavior.graph));
    life = new Life(needed(scene), living, needed(engine), seed, start, weights);
    return null;
  },

  follow(path) {
    needed(life).follow(path);
    return null;
  },

  goTo(goal) {
    return needed(life).goTo(goal);
  },

  async live({ controls, frames }) {
    for (let skipped = 1; skipped < frames; skipped++) await needed(life).frame(controls);
    return needed(life).frame(controls);
  },

  async draw(embedding) {
    if (lost !== null) throw new PlayerError(`The GPU was lost (${lost}).`);
    return needed(painter).paint(embedding);
  },
};

/** A graph opened once, however often the canvas changes. */
function opened(name: string, graph: Uint8Array): ReturnType<Engine["session"]> {
  let session = sessions.get(name);
  if (!session) sessions.set(name, (session = needed(engine).session(graph)));
  return session;
}

/** A graph for the runtime: what was checked, written anew. */
function prepared({ models }: VerifiedScene, { file }: GraphInfo): Uint8Array<ArrayBuffer> {
  return writeModel(widened(models.get(file)!));
}

function describe(scene: VerifiedScene): SceneInfo {
  const { manifest, drawing, behavior, moments, poster } = scene;
  const { temperature, pull, novelty, width, height, seed } = manifest.defaults;
  const net = (name: Net, info: GraphInfo): Graphs["nets"][0] => ({
    net: name,
    graph: prepared(scene, info),
    features: featuresOf(info),
  });
  const nets = [net("fine", drawing.generator), ...(drawing.fast ? [net("fast", drawing.fast)] : [])];
  return {
    title: manifest.title,
    fps: manifest.source.fps,
    first: manifest.source.start,
    moments,
    width,
    height,
    controls: { temperature, pull, novelty },
    seed: BigInt(seed),
    pace: { steps_per_frame: behavior.steps_per_frame, largest_step: behavior.largest_step },
    walks: behavior.transitions !== null,
    nets: nets.map((each) => each.net),
    poster,
    graphs: { trunk: prepared(scene, drawing.trunk), nets },
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
  return { still: new Uint32Array(bytes.buffer), places, background: behind };
}

function needed<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("A task came before what it needs.");
  return value;
}

/** Large results are handed over, not copied. */
function transferable(task: Task, result: unknown): Transferable[] {
  if (task === "draw") return [(result as Tasks["draw"][1]).buffer];
  if (task !== "layers") return [];
  const { still, places, background } = result as Layers;
  return [still.buffer, places.buffer, background.buffer];
}

async function answer({ id, task, given }: Request): Promise<void> {
  try {
    const result = await (HANDLERS[task] as (given: unknown) => unknown)(given);
    scope.postMessage({ id, result }, transferable(task, result));
  } catch (error) {
    scope.postMessage({ id, error: packError(error) }, []);
  }
}

// One after the other, in the order in which they were asked.
let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => (last = last.then(() => answer(data)));
