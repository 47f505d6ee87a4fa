/** Seconds of the source, and names, as places of a scene. */

import { PlayerError } from "./errors";
import type { GoalRange } from "./goals";
import type { SceneInfo } from "./tasks";
import { plain } from "./text";

/** A message lists at most so many names. */
const SHOWN_NAMES = 12;

/**
 * The observed frame at a second of the source.
 *
 * @throws PlayerError: there is none.
 */
export function frameAt(second: number, { first, fps, frames }: SceneInfo): number {
  const frame = Math.round((second - first) * fps);
  if (frame >= 0 && frame < frames) return frame;
  const end = (first + (frames - 1) / fps).toFixed(1);
  throw new PlayerError(`The scene has no second ${plain(String(second))}; it has ${first} to ${end}.`);
}

/** The observed frame at which rollouts begin at a second; null, with a warning, where there is none. */
export function startFrame(second: number | null, info: SceneInfo, warn: (message: string) => void): number | null {
  try {
    return second === null ? null : frameAt(second, info);
  } catch (error) {
    warn((error as Error).message);
    return null;
  }
}

/**
 * The frames that a second of the source, or a name, stands for.
 *
 * @throws PlayerError: there is no such second or name.
 */
export function rangeOf(goal: number | string, info: SceneInfo): GoalRange {
  if (typeof goal !== "string") {
    const frame = frameAt(goal, info);
    return { name: null, first: frame, last: frame };
  }
  const range = info.names.get(goal);
  if (range) return { name: goal, first: range[0], last: range[1] };
  const known = [...info.names.keys()].map((name, place) => (place < SHOWN_NAMES ? name : "…")).slice(0, SHOWN_NAMES + 1);
  const there = known.length ? `its names are ${known.join(", ")}` : "it has no names yet";
  throw new PlayerError(`This scene has no name ${plain(goal)}; ${there}.`);
}
