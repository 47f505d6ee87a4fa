/** Texts from strangers, and names in messages. */

/** A message lists at most so many names. */
const SHOWN_NAMES = 12;

/** A text without control and format characters: safe for an attribute or a text node, not for HTML. */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** The names that a message lists: the first ones, and dots if there are more. */
export function shownNames(names: Iterable<string>): string[] {
  const known = [...names];
  return known.length > SHOWN_NAMES ? [...known.slice(0, SHOWN_NAMES), "…"] : known;
}
