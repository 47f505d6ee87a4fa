/** Moods as people write them, and the sentences that refuse them. */

import { PlayerError } from "./errors";
import type { Strengths } from "./mood_weights";
import { plain, shownNames } from "./text";

/** A strength is a decimal number. */
const STRENGTH = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;

/**
 * Read moods with their strengths; a mood alone has the strength 1.
 *
 * @param known the names of the scene's moods.
 * @throws PlayerError: a mood is unknown or there twice, or a strength is out of range.
 */
export function readMoods(text: string, known: readonly string[]): Strengths {
  const strengths = new Map<string, number>();
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [name, ...rest] = word.split(":");
    const strength = rest.join(":");
    if (rest.length && !STRENGTH.test(strength)) {
      throw new PlayerError(`'${plain(strength)}' is no strength of a mood; write it as in ${plain(name) || "calm"}:0.7.`);
    }
    if (strengths.has(name)) throw new PlayerError(`The mood ${plain(name)} is there twice; give it one strength.`);
    strengths.set(name, checkStrength(name, rest.length ? Number(strength) : 1, known));
  }
  return strengths;
}

/**
 * The strength of a mood, if the scene has that mood.
 *
 * @throws PlayerError: it has no such mood, or the strength is no number from −1 to 1.
 */
export function checkStrength(name: string, strength: number, known: readonly string[]): number {
  if (!known.includes(name)) {
    const there = known.length ? `its moods are ${shownNames(known).join(", ")}` : "it has no moods yet, and alive mood gives it some";
    throw new PlayerError(`This scene has no mood '${plain(String(name))}'; ${there}.`);
  }
  if (!(typeof strength === "number" && Math.abs(strength) <= 1)) {
    throw new PlayerError(`The mood ${name} has the strength ${plain(String(strength))}; choose a number from -1 to 1.`);
  }
  return strength;
}
