/** Files that the page holds in itself: blocks of raw deflate in base64, by name. */

import { PlayerError } from "../errors";
import { unpack } from "../packed";

/** @throws PlayerError: the page has no such block. */
export async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = document.querySelector(`script[type="text/plain"][data-name="${CSS.escape(name)}"]`)?.textContent;
  if (!text) throw new PlayerError(`The page holds no ${name}; it was changed.`);
  return unpack(text);
}
