/** Seconds of the source, names, and actions, as places of a scene. */

import { PlayerError } from "./errors";
import type { Place } from "./goals";
import type { SceneInfo } from "./tasks";
import { plain, shownNames } from "./text";

/** People read this where they name an action of a scene without any. */
const NO_ACTIONS = "it has no actions, and alive actions with --find looks for some";

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
 * The place that a second of the source, or a name, stands for.
 *
 * @throws PlayerError: there is no such second or name.
 */
export function placeOf(goal: number | string, info: SceneInfo): Place {
  if (typeof goal !== "string") {
    const frame = frameAt(goal, info);
    return { name: null, ranges: [[frame, frame]], action: false };
  }
  const range = info.names.get(goal);
  if (range) return { name: goal, ranges: [range], action: false };
  throw new PlayerError(`This scene has no name ${plain(goal)}; ${listed("names", info.names, "it has no names yet")}.`);
}

/**
 * The place of an action.
 *
 * @throws PlayerError: there is no such action.
 */
export function actionOf(name: string, { actions }: SceneInfo): Place {
  const ranges = actions.get(name);
  if (ranges) return { name, ranges, action: true };
  throw new PlayerError(`This scene has no action '${plain(String(name))}'; ${listed("actions", actions, NO_ACTIONS)}.`);
}

/** What a scene has, as a part of a sentence. */
function listed(what: string, all: Map<string, unknown>, none: string): string {
  const known = shownNames(all.keys());
  return known.length ? `its ${what} are ${known.join(", ")}` : none;
}
