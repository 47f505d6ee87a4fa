/** The tools: a brush and an eraser, arrows, and selection. */

import type { Point, Tool } from "../marking/board";
import { distance } from "../marking/plane";
import type { Stroke } from "./drawing";
import { type Mark, type Marks, isInside, markAt } from "./marks";

/** A stroke has a point after each move of this share of its radius, and at most so many points. */
const [STROKE_STEP, MOST_STROKE] = [0.15, 4000];
/** So near an arrow, in pixels of the screen, a click selects it. */
const SELECTS = 10;
/** An arrow is at least so many pixels of the screen long, and of the picture. */
const [SHORTEST_SHOWN, SHORTEST] = [4, 2];
/** What starts at the beginning of an arrow comes to its end in so many seconds (flow_field.py). */
const ARROW_SECONDS = 2;

/** What tools do to the page. */
export interface Host {
  readonly marks: Marks;
  /** Pixels of the picture in one of the screen. */
  readonly unit: number;
  readonly radius: number;
  /** Change the marks, after all changes before, and say what was done. */
  change(make: (marks: Marks) => Marks, text: string): void;
  paint(stroke: Stroke): void;
  select(mark: Mark | null): void;
  say(text: string): void;
}

/** Paints, or erases. */
export class Brush implements Tool {
  drags = true;
  stroke: Stroke | null = null;

  constructor(private host: Host, private erases: boolean) {}

  begin(point: Point): void {
    this.stroke = { points: [point], radius: this.host.radius, erases: this.erases };
  }

  move(point: Point): void {
    if (!this.stroke) return;
    const { points, radius } = this.stroke;
    const isFar = distance(points.at(-1)!, point) >= STROKE_STEP * radius;
    if (!isFar) return;
    points.push(point);
    if (points.length < MOST_STROKE) return;
    this.end(point);
    this.begin(point);
  }

  end(point: Point): void {
    if (!this.stroke) return;
    this.stroke.points.push(point);
    this.host.paint(this.stroke);
    this.stroke = null;
  }

  cancel(): boolean {
    const begun = this.stroke !== null;
    this.stroke = null;
    return begun;
  }
}

export class ArrowTool implements Tool {
  drags = true;
  draft: Point[] | null = null;

  constructor(private host: Host) {}

  begin(point: Point): void {
    this.draft = [point, point];
  }

  move(point: Point): void {
    if (this.draft) this.draft = [this.draft[0], point];
  }

  end(point: Point): void {
    const { host } = this;
    if (!this.draft) return;
    const points = [this.draft[0], point];
    this.draft = null;
    const length = distance(points[0], point);
    if (length < SHORTEST_SHOWN * host.unit || length < SHORTEST) {
      host.say("An arrow has a length: drag from where something is to where it is two seconds later.");
      return;
    }
    const isBeside = !points.some((each) => host.marks.polygons.some((polygon) => isInside(each, polygon)));
    const speed = `It flows ${Math.round(length / ARROW_SECONDS)} pixels a second here.`;
    const text = isBeside ? `${speed} The arrow lies beside what is painted, so paint there, too.` : speed;
    host.change((marks) => ({ ...marks, arrows: [...marks.arrows, { points }] }), text);
  }

  cancel(): boolean {
    const begun = this.draft !== null;
    this.draft = null;
    return begun;
  }
}

export class SelectTool implements Tool {
  drags = false;

  constructor(private host: Host) {}

  begin(point: Point): void {
    const { host } = this;
    const mark = markAt(point, host.marks, SELECTS * host.unit);
    host.select(mark);
    const what = mark && host.marks.arrows.includes(mark) ? "An arrow" : "A polygon";
    host.say(mark ? `${what} is selected; Delete removes it.` : "There is no arrow and nothing painted here.");
  }
}
