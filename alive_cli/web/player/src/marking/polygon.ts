/** Draws polygons, corner by corner. */

import type { Point, Tool } from "./board";
import { distance } from "./plane";

/** So near to the first corner, in pixels of the screen, a click closes a polygon. */
const CLOSES = 10;
/** Two presses of Enter within this distance, in pixels of the screen, are at the same place. */
const SAME = 1;

/** The page that a polygon is drawn on. */
export interface PolygonHost {
  /** Pixels of the picture in one of the screen. */
  readonly unit: number;
  say(text: string): void;
}

export class PolygonTool implements Tool {
  drags = false;
  corners: Point[] = [];

  /** @param closed receives the corners of a polygon once it is closed. */
  constructor(private host: PolygonHost, private closed: (points: Point[]) => void) {}

  begin(point: Point): void {
    const { corners, host } = this;
    const near = (corner: Point, reach: number): boolean => distance(corner, point) <= reach * host.unit;
    const isAgain = corners.length > 0 && near(corners.at(-1)!, SAME);
    if (corners.length > 2 && (near(corners[0], CLOSES) || isAgain)) {
      this.corners = [];
      this.closed(corners);
    } else if (!isAgain) {
      this.corners = [...corners, point];
      const closing = corners.length > 1 ? "; the first corner again, or Enter twice, closes the polygon" : "";
      host.say(`Corner ${this.corners.length}${closing}.`);
    }
  }

  /** Remove the last corner; false if there is none. */
  back(): boolean {
    const begun = this.corners.length > 0;
    this.corners = this.corners.slice(0, -1);
    return begun;
  }

  cancel(): boolean {
    const begun = this.corners.length > 0;
    this.corners = [];
    return begun;
  }
}
