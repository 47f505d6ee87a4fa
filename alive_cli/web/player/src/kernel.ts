/** The inner loops of drawing keyframes (kernel/kernel.ts), and the memory that they work in. */

import { PlayerError } from "./errors";

/** The module, in base64; the build puts it here. */
declare const KERNEL: string;
/** A page of WebAssembly's memory has this many bytes. */
const PAGE_BYTES = 65536;
/** WebAssembly's memory has at most this many pages. */
const MOST_PAGES = 65536;

/** Addresses are bytes of the memory; kernel.ts documents the arguments. */
export interface Kernel {
  tint(modes: number, cells: number, count: number, coefficients: number, result: number): void;
  displace(...values: number[]): void;
  expandColours(...addresses: number[]): void;
  expandMoves(...addresses: number[]): void;
  begin(sums: number, one: number, other: number, part: number, from: number, to: number): void;
  add(...values: number[]): void;
  finish(sums: number, still: number, shares: number, result: number, from: number, to: number): void;
}

let module: Promise<WebAssembly.Module> | null = null;

/** The memory of one kernel. What was reserved stays; views of it are made anew where they are needed. */
export class KernelMemory {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
  private used = 16;

  /** @throws PlayerError: the browser runs no such module. */
  async load(): Promise<Kernel> {
    try {
      module ??= WebAssembly.compile(Uint8Array.from(atob(KERNEL), (letter) => letter.charCodeAt(0)));
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

  /** Reserve memory for these values, and copy them there. */
  put(values: Float32Array | Int32Array | Uint32Array | Uint16Array): number {
    const address = this.reserve(values.byteLength);
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

  words(address: number, count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer, address, count).slice();
  }
}
