/** Pairs of points, and the outlines of what moves. */

import type { Point } from "../marking/board";
import { distance, distanceToLine } from "../marking/plane";

export type Side = "scene" | "painting";

/** What of the frame is what of the painting; a point that isn't set yet is null. */
export interface Pair {
  name: string;
  scene: Point | null;
  painting: Point | null;
}

/** Points never change; each change makes new ones. */
export interface Points {
  pairs: Pair[];
  /** Polygons in the painting. */
  moves: Point[][];
}

/** What Delete removes. */
export type Selected = { pair: number } | { polygon: number; corner: number };

export const NO_POINTS: Points = { pairs: [], moves: [] };

/** The number of the nearest pair, from 0 on, whose point is at most `reach` away; null if none is. */
export function pairAt({ pairs }: Points, side: Side, point: Point, reach: number): number | null {
  let nearest: number | null = null;
  let least = reach;
  pairs.forEach((pair, number) => {
    const away = pair[side] ? distance(pair[side], point) : Infinity;
    if (away <= least) [nearest, least] = [number, away];
  });
  return nearest;
}

/** The corner of an outline that is at most `reach` away; null if none is. */
export function cornerAt({ moves }: Points, point: Point, reach: number): { polygon: number; corner: number } | null {
  for (const [polygon, corners] of moves.entries()) {
    const corner = corners.findIndex((each) => distance(each, point) <= reach);
    if (corner >= 0) return { polygon, corner };
  }
  return null;
}

/** The edge of an outline, by its first corner, that is at most `reach` away; null if none is. */
export function edgeAt({ moves }: Points, point: Point, reach: number): { polygon: number; corner: number } | null {
  for (const [polygon, corners] of moves.entries()) {
    const corner = corners.findIndex(
      (each, number) => distanceToLine(point, [each, corners[(number + 1) % corners.length]]) <= reach,
    );
    if (corner >= 0) return { polygon, corner };
  }
  return null;
}

/** The number of the pair that is set in one picture alone; null if there is none. */
export function openPair({ pairs }: Points): number | null {
  const number = pairs.findIndex((pair) => !pair.scene || !pair.painting);
  return number < 0 ? null : number;
}

export function withPoint(points: Points, pair: number, side: Side, point: Point): Points {
  return { ...points, pairs: points.pairs.map((each, number) => (number === pair ? { ...each, [side]: point } : each)) };
}

export function withCorner(points: Points, polygon: number, corner: number, point: Point): Points {
  const moved = points.moves[polygon].map((each, number) => (number === corner ? point : each));
  return { ...points, moves: points.moves.map((each, number) => (number === polygon ? moved : each)) };
}

export function without(points: Points, selected: Selected): Points {
  if ("pair" in selected) return { ...points, pairs: points.pairs.filter((_, number) => number !== selected.pair) };
  const moves = points.moves.map((each, number) =>
    number === selected.polygon ? each.filter((_, corner) => corner !== selected.corner) : each,
  );
  return { ...points, moves: moves.filter((each) => each.length > 2) };
}

/** What a pair is called on the page: its number, and its name if that says more. */
export function titleOf({ pairs }: Points, number: number): string {
  const { name } = pairs[number];
  return name === `pair ${number + 1}` ? name : `${number + 1} ${name}`;
}

/** All points of a picture elsewhere, but inside it, and in the painting the outlines, too. */
export function placed(points: Points, side: Side, [width, height]: Point, place: (point: Point) => Point): Points {
  const within = (point: Point): Point => {
    const [x, y] = place(point);
    return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
  };
  return {
    pairs: points.pairs.map((pair) => ({ ...pair, [side]: pair[side] && within(pair[side]) })),
    moves: side === "painting" ? points.moves.map((polygon) => polygon.map(within)) : points.moves,
  };
}

/** As `placed`, so many times as far from their middle. */
export function spread(points: Points, side: Side, size: Point, factor: number): Points {
  const own = points.pairs.map((pair) => pair[side]).filter((point) => point !== null);
  const middle = [0, 1].map((axis) => own.reduce((sum, point) => sum + point[axis] / own.length, 0));
  return placed(points, side, size, ([x, y]) => [
    middle[0] + factor * (x - middle[0]),
    middle[1] + factor * (y - middle[1]),
  ]);
}

/** A name that no pair has. */
export function newName({ pairs }: Points): string {
  let number = pairs.length + 1;
  while (pairs.some(({ name }) => name === `pair ${number}`)) number += 1;
  return `pair ${number}`;
}

/** Points with those of another list whose names are new, and its outlines if there are none. */
export function withOthers(points: Points, { pairs, moves }: Points, most: number): Points {
  const names = new Set(points.pairs.map(({ name }) => name));
  const others = pairs.filter(({ name }) => !names.has(name));
  return {
    pairs: [...points.pairs, ...others].slice(0, most),
    moves: points.moves.length ? points.moves : moves,
  };
}
