/** Distances in a picture. */

import type { Point } from "./board";

export function distance([x, y]: Point, [u, v]: Point): number {
  return Math.hypot(x - u, y - v);
}

/** How far a point is from the line between two others. */
export function distanceToLine([x, y]: Point, [[a, b], [c, d]]: Point[]): number {
  const [across, down] = [c - a, d - b];
  const share = ((x - a) * across + (y - b) * down) / (across ** 2 + down ** 2 || 1);
  const along = Math.min(Math.max(share, 0), 1);
  return distance([x, y], [a + along * across, b + along * down]);
}
