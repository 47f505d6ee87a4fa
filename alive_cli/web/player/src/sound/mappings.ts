/** Mappings of a sound's signals to what they drive, as people write them (alive_cli/runtime/mappings.py). */

import { PlayerError } from "../errors";
import { plain } from "../text";

/** A sound is mapped so unless a page says otherwise. */
export const DEFAULT_MAPPINGS = "loud=temperature";
/** At most so many mappings work at once. */
const MOST_MAPPINGS = 16;
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;
const FORM = "write it as in loud=temperature, loud=calm:0.7 or beat=nudge";

export interface Mapping {
  signal: "loud" | "beat";
  target: string;
  /** The value of a control, or the strength of a nudge, where the signal is 1; null: the usual one. */
  strength: number | null;
}

/** @throws PlayerError: a word is no mapping, there is no such signal, a mapping is there twice, or there are too many. */
export function readMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const mapping = read(plain(word));
    const { signal, target } = mapping;
    if (mappings.some((each) => each.signal === signal && each.target === target)) {
      throw new PlayerError(`The mapping ${signal}=${target} is there twice; leave one out.`);
    }
    mappings.push(mapping);
  }
  const { length } = mappings;
  if (length > MOST_MAPPINGS) throw new PlayerError(`There are ${length} mappings of sound; at most ${MOST_MAPPINGS} work at once.`);
  return mappings;
}

function read(word: string): Mapping {
  const [, signal, target, colon, text] = /^([^=]*)=([^:]*)(:?)(.*)$/.exec(word) ?? [];
  if (!target) throw new PlayerError(`'${word}' is no mapping of sound; ${FORM}.`);
  if (signal !== "loud" && signal !== "beat") {
    throw new PlayerError(`A sound has no signal '${signal}'; its signals are loud and beat.`);
  }
  if (colon && !(NUMBER.test(text) && Number.isFinite(Number(text)))) {
    throw new PlayerError(`'${text}' in ${word} is no number; ${FORM}.`);
  }
  return { signal, target, strength: colon ? Number(text) : null };
}
