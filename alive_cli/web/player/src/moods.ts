/** Moods (SPEC.md, Moods). Which ones a bundle may have. */

import { BANK_NAME, describe } from "./contracts";
import { corrupt } from "./errors";
import type { Behavior, Control, Manifest } from "./manifest";
import type { BankTensor } from "./safetensors";

/**
 * @param frames N, the number of observed frames.
 * @throws BundleError (corrupt): the behavior has no use for moods, or a tensor is missing or not what it must be.
 */
export function checkMoods(
  moods: Manifest["moods"],
  bank: Map<string, BankTensor>,
  frames: number,
  behavior: Behavior,
  controls: readonly Control[],
): void {
  const tensors = Object.values(moods);
  const weighs = controls.some(({ role }) => role === "frame_weight");
  if (tensors.length && !(behavior.transitions && weighs)) {
    throw corrupt("The bundle has moods, but its behavior has no transitions or weighs no frames.");
  }
  for (const name of tensors) {
    const mood = bank.get(name);
    const sound =
      mood &&
      describe(mood.dtype, mood.shape) === describe("float32", [frames]) &&
      (mood.data as Float32Array).every((value) => value >= 0 && value <= 1);
    if (!sound) throw corrupt(`${BANK_NAME} has no sound tensor of a mood.`);
  }
}
