/** Polygons of what flows or lives, and arrows along the flow. */

import type { Point } from "../marking/board";
import { distanceToLine } from "../marking/plane";

export interface Mark {
  points: Point[];
  /** The number of the shape in its file, if it comes from one. */
  origin?: number | null;
}

/** Marks never change; each change makes new ones. */
export interface Marks {
  polygons: Mark[];
  arrows: Mark[];
}

export const NO_MARKS: Marks = { polygons: [], arrows: [] };

/** Whether a point is in a polygon, by the even-odd rule. */
export function isInside([x, y]: Point, { points }: Mark): boolean {
  let inside = false;
  points.forEach(([a, b], number) => {
    const [c, d] = points[(number || points.length) - 1];
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) inside = !inside;
  });
  return inside;
}

/** The mark at a point: an arrow that is at most `reach` away, or else a polygon around it. */
export function markAt(point: Point, { polygons, arrows }: Marks, reach: number): Mark | null {
  const near = arrows.filter(({ points }) => distanceToLine(point, points) <= reach);
  near.sort((a, b) => distanceToLine(point, a.points) - distanceToLine(point, b.points));
  return near[0] ?? polygons.filter((polygon) => isInside(point, polygon)).at(-1) ?? null;
}

export function without({ polygons, arrows }: Marks, mark: Mark): Marks {
  return { polygons: polygons.filter((each) => each !== mark), arrows: arrows.filter((each) => each !== mark) };
}
