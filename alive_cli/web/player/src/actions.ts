/** Actions (SPEC.md, Actions): which ones a bundle may have. */

import { corrupt } from "./errors";
import type { Behavior, Manifest } from "./manifest";

/** @throws BundleError (corrupt): no transitions lead to the actions, or they have frames that there are not. */
export function checkActions(actions: Manifest["actions"], frames: number, { transitions }: Behavior): void {
  const ranges = Object.values(actions).flat();
  if (Object.keys(actions).length && !transitions) {
    throw corrupt("The bundle has actions, but its behavior has no transitions that lead to them.");
  }
  if (ranges.some(([first, last]) => first > last || last >= frames)) {
    throw corrupt("The manifest has actions with frames that the scene doesn't have.");
  }
}
