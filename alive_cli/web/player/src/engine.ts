/** onnxruntime-web in a worker: one thread, on the CPU by WebAssembly or on the GPU by WebGPU. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { corrupt, PlayerError } from "./errors";
import { FLOAT, type Model } from "./onnx";
import { writeModel } from "./onnx_writer";
import { plain } from "./text";

/** At most this many characters of the runtime's own messages are shown. */
const MOST_SAID = 240;

export type EngineKind = "cpu" | "gpu";

/** What a worker needs to start the runtime. */
export interface EngineSource {
  kind: EngineKind;
  /** Address of the runtime's script; "" where the worker holds it. */
  script: string;
  /** Its WebAssembly, compiled once for all workers. */
  module: WebAssembly.Module;
}

export type Runtime = typeof import("onnxruntime-web");

/** The runtime where it is part of the worker's script. */
let held: Runtime | null = null;

export function holdRuntime(runtime: Runtime): void {
  held = runtime;
}

/** This graph gives back its input, and serves to start the runtime. */
const IDENTITY: Model = {
  irVersion: 9,
  opset: 17,
  nodes: [{ operator: "Identity", inputs: ["x"], outputs: ["y"], attributes: new Map() }],
  constants: new Map(),
  inputs: [{ name: "x", type: FLOAT, shape: [1] }],
  outputs: [{ name: "y", type: FLOAT, shape: [1] }],
};

/** The runtime, started. */
export class Engine {
  private constructor(
    private readonly runtime: Runtime,
    readonly kind: EngineKind,
    /** Settles when the GPU is lost; never on the CPU. */
    readonly lost: Promise<string>,
  ) {}

  /** @throws PlayerError: the runtime can't be started here. */
  static async start({ kind, script, module }: EngineSource): Promise<Engine> {
    const instantiate = WebAssembly.instantiate;
    // The runtime takes bytes only, and would have each worker compile them again.
    const withModule = async (_: BufferSource, imports?: WebAssembly.Imports) => ({
      module,
      instance: await instantiate(module, imports),
    });
    try {
      const runtime = held ?? ((await import(script)) as Runtime);
      runtime.env.logLevel = "error";
      runtime.env.wasm.numThreads = 1;
      runtime.env.wasm.wasmBinary = new ArrayBuffer(8);
      WebAssembly.instantiate = withModule as typeof WebAssembly.instantiate;
      // The first session starts the runtime.
      await runtime.InferenceSession.create(writeModel(IDENTITY), options(kind));
      const device = kind === "gpu" ? ((await runtime.env.webgpu.device) as unknown as GpuDevice | undefined) : undefined;
      const lost = device ? device.lost.then(({ message }) => message) : new Promise<string>(() => {});
      return new Engine(runtime, kind, lost);
    } catch (error) {
      throw new PlayerError(`The runtime can't be started in this browser (${String(error)}).`);
    } finally {
      WebAssembly.instantiate = instantiate;
    }
  }

  /**
   * Open a graph of a bundle.
   *
   * @throws BundleError (corrupt): the runtime can't open it. Its runs throw one as well: a graph that passed every check
   *   can still fail, for example where an index that it computes lies outside its tensor.
   */
  async session(model: Uint8Array): Promise<InferenceSession> {
    const session = await this.runtime.InferenceSession.create(model, options(this.kind)).catch((error: unknown) => {
      throw corrupt(`A graph of the bundle can't be opened (${firstLine(error)}).`);
    });
    const run = session.run.bind(session) as (feeds: InferenceSession.FeedsType) => Promise<InferenceSession.ReturnType>;
    session.run = (feeds: InferenceSession.FeedsType) =>
      run(feeds).catch((error: unknown) => {
        throw corrupt(`A graph of the bundle can't be run (${firstLine(error)}).`);
      });
    return session;
  }

  tensor(data: Float32Array | Int32Array | BigInt64Array, shape: readonly number[]): Tensor {
    const { Tensor } = this.runtime;
    if (data instanceof Float32Array) return new Tensor("float32", data, shape);
    return data instanceof Int32Array ? new Tensor("int32", data, shape) : new Tensor("int64", data, shape);
  }
}

/** What the runtime says, which may quote names from the graph. */
function firstLine(error: unknown): string {
  return plain(String(error).split("\n")[0].slice(0, MOST_SAID));
}

interface GpuDevice {
  lost: Promise<{ message: string }>;
}

function options(kind: EngineKind): InferenceSession.SessionOptions {
  return { executionProviders: [kind === "gpu" ? "webgpu" : "wasm"], graphOptimizationLevel: "disabled" };
}
