/** The tools: one sets and moves points, the other outlines what moves. */

import type { Point, Tool } from "../marking/board";
import { distance } from "../marking/plane";
import { PolygonTool } from "../marking/polygon";
import * as of from "./points";

/** So near a point or an edge, in pixels of the screen, a press takes hold of it. */
export const REACH = 11;
/** Whoever moves less than so many pixels of the screen only selects. */
const STILL = 2;

/** What tools do to the page. */
export interface Host {
  readonly points: of.Points;
  /** There are at most so many pairs. */
  readonly most: number;
  /** Whether Shift is held. */
  readonly shift: boolean;
  /** Show points that are not in the history yet; null for those that are. */
  draft(points: of.Points | null): void;
  change(points: of.Points, text: string): void;
  select(selected: of.Selected | null): void;
  say(text: string): void;
}

/** Takes hold of something, moves it, and lets it go. */
class Grip {
  private start: Point | null = null;
  private isMoved = false;
  private draft: of.Points | null = null;

  constructor(private host: Host, private unit: () => number) {}

  /** @param put makes points in which what is held lies elsewhere. */
  take(point: Point, held: Point, put: (place: Point) => of.Points): void {
    this.start = point;
    this.isMoved = false;
    this.draft = null;
    this.put = (there) => put([held[0] + there[0] - point[0], held[1] + there[1] - point[1]]);
  }

  move(point: Point): void {
    if (!this.start) return;
    this.isMoved ||= distance(this.start, point) >= STILL * this.unit();
    if (this.isMoved) this.host.draft((this.draft = this.put(point)));
  }

  /** Let go; false if nothing was held. */
  end(point: Point, text: string): boolean {
    if (!this.start) return false;
    this.move(point);
    const { draft } = this;
    this.cancel();
    if (draft) this.host.change(draft, text);
    return true;
  }

  cancel(): boolean {
    const held = this.start !== null;
    this.start = this.draft = null;
    this.host.draft(null);
    return held;
  }

  private put: (point: Point) => of.Points = () => this.host.points;
}

export class PairTool implements Tool {
  /** With keys, a point is held from one press of Enter to the next; a new one is set by one. */
  drags = false;
  private grip: Grip;
  private added: of.Points | null = null;
  private number = 0;
  /** What is said of what the grip moves. */
  private moved = "";

  /**
   * @param other what the other picture is called.
   * @param size of this one.
   */
  constructor(
    private host: Host,
    private side: of.Side,
    private other: string,
    private size: Point,
    private unit: () => number,
  ) {
    this.grip = new Grip(host, unit);
  }

  begin(point: Point): void {
    const { host, side } = this;
    if (host.shift && host.points.pairs.length) {
      this.moved = "All points of the picture are moved.";
      const [left, top] = point;
      this.grip.take(point, point, ([x, y]) =>
        of.placed(host.points, side, this.size, (each) => [each[0] + x - left, each[1] + y - top]),
      );
      return;
    }
    const near = of.pairAt(host.points, side, point, REACH * this.unit());
    this.drags = near !== null;
    if (near !== null) {
      const pair = host.points.pairs[near];
      const title = of.titleOf(host.points, near);
      this.moved = `Pair ${near + 1} is moved.`;
      host.select({ pair: near });
      host.say(`${title[0].toUpperCase()}${title.slice(1)} is selected; drag it, or remove it with Delete.`);
      this.grip.take(point, pair[side]!, (place) => of.withPoint(host.points, near, side, place));
      return;
    }
    const open = of.openPair(host.points);
    if (open === null && host.points.pairs.length >= host.most) {
      host.say(`There are ${host.most} pairs, which are the most; delete some.`);
      return;
    }
    const { pairs } = host.points;
    this.number = open ?? pairs.length;
    const added = { ...host.points, pairs: [...pairs, { name: of.newName(host.points), scene: null, painting: null }] };
    this.added = open === null ? added : host.points;
    this.move(point);
  }

  move(point: Point): void {
    if (this.added) this.host.draft((this.added = of.withPoint(this.added, this.number, this.side, point)));
    else this.grip.move(point);
  }

  end(point: Point): void {
    const { host, added, number } = this;
    if (!added) {
      this.grip.end(point, this.moved);
      return;
    }
    this.move(point);
    const points = this.added!;
    this.added = null;
    host.draft(null);
    host.select({ pair: number });
    const isSet = points.pairs[number].scene && points.pairs[number].painting;
    host.change(points, isSet ? `Pair ${number + 1} is set.` : `Now click the same place in the ${this.other}.`);
  }

  cancel(): boolean {
    const begun = this.added !== null;
    this.added = null;
    return this.grip.cancel() || begun;
  }
}

export class OutlineTool implements Tool {
  drags = false;
  private grip: Grip;
  private polygon: PolygonTool;

  constructor(private host: Host, private unit: () => number) {
    this.grip = new Grip(host, unit);
    const drawing = {
      get unit() {
        return unit();
      },
      say: (text: string) => host.say(text),
    };
    this.polygon = new PolygonTool(drawing, (corners) => {
      host.change({ ...host.points, moves: [...host.points.moves, corners] }, "What it surrounds moves.");
    });
  }

  /** The corners so far of an outline that is being drawn. */
  get corners(): Point[] {
    return this.polygon.corners;
  }

  begin(point: Point): void {
    const { host } = this;
    const reach = REACH * this.unit();
    const corner = this.corners.length ? null : of.cornerAt(host.points, point, reach);
    const edge = this.corners.length ? null : of.edgeAt(host.points, point, reach);
    const at = corner ?? (edge && { polygon: edge.polygon, corner: edge.corner + 1 });
    this.drags = at !== null;
    if (!at) {
      this.polygon.begin(point);
      return;
    }
    const { moves } = host.points;
    const corners = [...moves[at.polygon]];
    if (!corner) corners.splice(at.corner, 0, point);
    const points = { ...host.points, moves: moves.map((each, number) => (number === at.polygon ? corners : each)) };
    host.select(corner);
    host.say(corner ? "A corner is selected; drag it, or remove it with Delete." : "Drag the edge to a new corner.");
    this.grip.take(point, corners[at.corner], (place) => of.withCorner(points, at.polygon, at.corner, place));
  }

  move(point: Point): void {
    this.grip.move(point);
  }

  end(point: Point): void {
    this.grip.end(point, "The outline is changed.");
  }

  /** Remove the last corner of an outline that is being drawn; false if none is. */
  back(): boolean {
    return this.polygon.back();
  }

  cancel(): boolean {
    const held = this.grip.cancel();
    return this.polygon.cancel() || held;
  }
}
