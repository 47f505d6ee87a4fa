/** The size of the picture that an element draws. */

/** A size is the longest side, or width and height, of the picture in pixels. */
const SIZE = /^\s*([0-9]{1,5})(?:x([0-9]{1,5}))?\s*$/;

/** Width and height that the attribute `size` says, for a scene of a size; the scene's own where it says none. */
export function pixelsOf(size: string | null, { width, height }: { width: number; height: number }): [number, number] {
  const match = SIZE.exec(size ?? "");
  if (!match) return [width, height];
  if (match[2]) return [Number(match[1]), Number(match[2])];
  const scale = Number(match[1]) / Math.max(width, height);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}
