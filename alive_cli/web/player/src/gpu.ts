/** Whether a page has a GPU, and how two engines compare. */

import type { EngineSource } from "./engine";
import { runtime } from "./files";

interface GpuAdapter {
  isFallbackAdapter?: boolean;
  info?: { isFallbackAdapter?: boolean };
}

/** The runtime for GPUs, where this browser has one that is no program in disguise. */
export async function gpuSource(software: boolean): Promise<EngineSource | null> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  const disguised = adapter?.isFallbackAdapter || adapter?.info?.isFallbackAdapter;
  return adapter && (software || !disguised) ? runtime("gpu").catch(() => null) : null;
}

/** Peak signal-to-noise ratio of two pictures' moving pixels, which are words, in decibels. */
export function psnr(one: Uint32Array, other: Uint32Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) {
    for (let shift = 0; shift < 24; shift += 8) {
      sum += (((one[place] >>> shift) & 255) - ((other[place] >>> shift) & 255)) ** 2;
    }
  }
  return 10 * Math.log10(255 ** 2 / (sum / (3 * one.length)));
}
