/** The inner loops of drawing keyframes (kernel/kernel.ts), and the memory that they work in. */

import { PlayerError } from "./errors";
import { unpack } from "./packed";

/** The module, packed; the build puts it here. */
declare const KERNEL: string;
/** A page of WebAssembly's memory has this many bytes. */
const PAGE_BYTES = 65536;
/** WebAssembly's memory has at most this many pages. */
const MOST_PAGES = 65536;

/** A function of the kernel; kernel/kernel.ts documents the arguments. Addresses are bytes of the memory. */
type Loop = (...values: number[]) => void;

export type Kernel = Record<
  "combine" | "bound" | "carry" | "tint" | "displace" | "expandColours" | "expandMoves" | "begin" | "add" | "cover" | "finish",
  Loop
>;

let module: Promise<WebAssembly.Module> | null = null;

/** The memory of one kernel. What was reserved stays; views of it are made anew where they are needed. */
export class KernelMemory {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
  private used = 16;

  /** @throws PlayerError: the browser runs no such module. */
  async load(): Promise<Kernel> {
    try {
      module ??= unpack(KERNEL).then((code) => WebAssembly.compile(code));
      const { exports } = await WebAssembly.instantiate(await module, { env: { memory: this.memory } });
      return exports as unknown as Kernel;
    } catch (error) {
      throw new PlayerError(`This browser can't run the player's WebAssembly (${String(error)}).`);
    }
  }

  /**
   * Reserve memory.
   *
   * @returns its address, a multiple of 16.
   * @throws PlayerError: the browser has no more.
   */
  reserve(bytes: number): number {
    const address = this.used;
    this.used = 16 * Math.ceil((address + bytes) / 16);
    const missing = Math.ceil((this.used - this.memory.buffer.byteLength) / PAGE_BYTES);
    try {
      if (missing > 0) this.memory.grow(missing);
    } catch {
      throw new PlayerError("The browser has too little memory for this picture.");
    }
    return address;
  }

  /** What is reserved from here on can be given up. */
  get mark(): number {
    return this.used;
  }

  /** Give up what was reserved since `mark` had this value. */
  rewind(mark: number): void {
    this.used = mark;
  }

  /** Reserve memory for these values and some bytes more, and copy them there. */
  put(values: Float32Array | Int32Array | Uint32Array | Uint16Array, more = 0): number {
    const address = this.reserve(values.byteLength + more);
    this.copy(values, address);
    return address;
  }

  copy(values: Float32Array | Int32Array | Uint32Array | Uint16Array, address: number): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.memory.buffer, address, values.byteLength).set(bytes);
  }

  /** Numbers in the memory itself, until more of it is reserved. */
  floats(address: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** Words in the memory itself, until more of it is reserved. */
  view(address: number, count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  /** A copy of words. */
  words(address: number, count: number): Uint32Array<ArrayBuffer> {
    return this.view(address, count).slice();
  }
}
