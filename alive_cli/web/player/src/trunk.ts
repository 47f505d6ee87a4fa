/** The trunk of a scene of keyframes, which the workers run together, piece by piece. */

import type { Warp } from "./manifest";
import { modesLayout, type Modes } from "./mixture";
import type { Remote } from "./remote";

/** A worker runs the trunk at this many cells at once while nothing else is to be done. */
const PIECE = 1024;
/** It does so at this many between pictures. */
const SMALL_PIECE = 192;
/** A coarse colour grid has this many times fewer cells across and down. */
const COARSE = 3;

/** A colour grid with fewer cells: what is drawn from it differs by little, and begins sooner. */
export function coarseGrid({ colour_grid }: Warp): [number, number] {
  return colour_grid.map((cells) => Math.ceil(cells / COARSE)) as [number, number];
}

/**
 * The modes at all cells.
 *
 * @param known modes on another colour grid: those of motion are taken from it, and pictures may be drawn meanwhile.
 */
export async function runTrunk(
  workers: Remote[],
  warp: Warp,
  colours: [number, number],
  known: Modes | null,
): Promise<Modes> {
  const { padded, motionCells, colourCells } = modesLayout(warp, colours);
  const features = 2 * warp.motion_modes;
  const values = new Float32Array(motionCells * features + colourCells * padded);
  if (known) values.set(known.values.subarray(0, motionCells * features));
  let next = known ? motionCells : 0;
  const work = async (worker: Remote): Promise<void> => {
    while (next < motionCells + colourCells) {
      const first = next;
      next = Math.min(first + (known ? SMALL_PIECE : PIECE), motionCells + colourCells);
      const piece = await worker.ask("modes", { colours, first, count: next - first });
      const before = Math.min(first, motionCells);
      values.set(piece, before * features + (first - before) * padded);
    }
  };
  await Promise.all(workers.map(work));
  return { colours, values };
}
