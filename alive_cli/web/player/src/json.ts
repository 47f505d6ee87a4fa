/**
 * A strict JSON reader. `JSON.parse` would round whole numbers beyond 2⁵³, of which a seed may be one, and take texts
 * with half a character in them.
 */

import { corrupt } from "./errors";
import { MAX_DEPTH } from "./limits";

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

/** A JSON number; the groups are its fraction and its exponent. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** A JSON text with its quotation marks. */
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** What may stand between the tokens of JSON. */
const SPACE = /[ \t\n\r]*/y;
/** Half a character of UTF-16, which no text may hold: other languages can't even represent it. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** The words of JSON, and what they mean. */
const WORDS: [string, Json][] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/**
 * Read UTF-8 JSON. Whole numbers beyond ±2⁵³ come as `bigint`; of a key that occurs twice the last counts.
 *
 * @param name what is read, for the message.
 * @throws BundleError (corrupt): it is no JSON, nested deeper than MAX_DEPTH, or holds a number beyond doubles.
 */
export function readJson(data: Uint8Array, name: string): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw corrupt(`${name} is not valid JSON: its bytes are no text.`);
  }
  return parseJson(text, name);
}

/** The same for a text. */
export function parseJson(text: string, name: string): Json {
  let place = 0;
  const fail = (): never => {
    throw corrupt(`${name} is not valid JSON (at character ${place}).`);
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = place;
    const result = pattern.exec(text);
    if (result) place += result[0].length;
    return result;
  };
  const skip = (): void => void match(SPACE);
  const take = (character: string): boolean => {
    if (text[place] !== character) return false;
    place++;
    return true;
  };
  const word = (): string => {
    const [literal] = match(TEXT) ?? fail();
    const value = JSON.parse(literal) as string;
    return LONE_SURROGATE.test(value) ? fail() : value;
  };
  const number = (): number | bigint => {
    const [literal, fraction, exponent] = match(NUMBER) ?? fail();
    const value = Number(literal);
    if (!Number.isFinite(value)) return fail();
    const whole = fraction === undefined && exponent === undefined;
    return whole && !Number.isSafeInteger(value) ? BigInt(literal) : value;
  };
  const list = (depth: number): Json[] => {
    const items: Json[] = [];
    skip();
    if (take("]")) return items;
    do items.push(value(depth));
    while (take(","));
    return take("]") ? items : fail();
  };
  const object = (depth: number): { [key: string]: Json } => {
    const items = Object.create(null) as { [key: string]: Json };
    skip();
    if (take("}")) return items;
    do {
      skip();
      const key = word();
      skip();
      if (!take(":")) fail();
      items[key] = value(depth);
    } while (take(","));
    return take("}") ? items : fail();
  };
  const value = (depth: number): Json => {
    if (depth > MAX_DEPTH) throw corrupt(`${name} is nested too deeply.`);
    skip();
    const result = one(depth);
    skip();
    return result;
  };
  const one = (depth: number): Json => {
    if (take("{")) return object(depth + 1);
    if (take("[")) return list(depth + 1);
    if (text[place] === '"') return word();
    for (const [name, meaning] of WORDS) {
      if (text.startsWith(name, place)) {
        place += name.length;
        return meaning;
      }
    }
    return number();
  };
  const whole = value(0);
  return place === text.length ? whole : fail();
}
