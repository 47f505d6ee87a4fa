/** Texts from strangers. */

/** A text without control and format characters: safe for an attribute or a text node, not for HTML. */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
