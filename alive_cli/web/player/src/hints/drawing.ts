/** How marks look over a picture. */

import type { Point } from "../marking/board";
import type { Mark, Marks } from "./marks";

/** What is painted looks blue and lets the picture through; an arrow is white; what is selected is orange. */
const [PAINT, ARROW, SELECTED, DARK] = ["#1e90ff", "#fff", "#ffa724", "#000a"];
const PAINT_OPACITY = 0.42;
/** The head of an arrow is so many pixels of the screen long, and at most this share of the arrow. */
const [HEAD, HEAD_SHARE] = [13, 0.5];

/** A stroke that is drawn, or that the command hasn't turned into polygons yet. */
export interface Stroke {
  points: Point[];
  radius: number;
  erases: boolean;
}

export interface View {
  marks: Marks;
  strokes: Stroke[];
  selected: Mark | null;
  /** The corners so far of a polygon, or the ends of an arrow, that is being drawn. */
  corners: Point[];
  draft: Point[] | null;
  /** The brush at the pointer, if it is the tool. */
  brush: { place: Point; radius: number } | null;
  /** Whether a preview shows what flows, so that paint would hide it. */
  bare: boolean;
}

const layer = document.createElement("canvas");

export function drawMarks(context: CanvasRenderingContext2D, unit: number, view: View): void {
  const { marks, strokes, selected, corners, draft, brush, bare } = view;
  if (!bare || strokes.length) drawPaint(context, marks, strokes);
  for (const polygon of marks.polygons) {
    const isSelected = polygon === selected;
    drawLine(context, outline(polygon.points), isSelected ? SELECTED : bare ? "#fff8" : PAINT, (isSelected ? 3 : 1.5) * unit);
  }
  for (const arrow of marks.arrows) drawArrow(context, unit, arrow.points, arrow === selected ? SELECTED : ARROW);
  if (corners.length) {
    const path = new Path2D();
    corners.forEach(([x, y], number) => path[number ? "lineTo" : "moveTo"](x, y));
    drawLine(context, path, SELECTED, 2 * unit);
    corners.forEach(([x, y], number) => {
      context.beginPath();
      context.arc(x, y, (number ? 3 : 6) * unit, 0, 2 * Math.PI);
      context.fillStyle = SELECTED;
      context.fill();
    });
  }
  if (draft) drawArrow(context, unit, draft, SELECTED);
  if (brush) {
    const path = new Path2D();
    path.arc(...brush.place, brush.radius, 0, 2 * Math.PI);
    drawLine(context, path, "#fff", 1.5 * unit);
  }
}

/** Paint lies in a layer of its own: where polygons and strokes overlap, it isn't thicker. */
function drawPaint(context: CanvasRenderingContext2D, { polygons }: Marks, strokes: Stroke[]): void {
  const { width, height } = context.canvas;
  if (layer.width !== width || layer.height !== height) Object.assign(layer, { width, height });
  const paint = layer.getContext("2d")!;
  paint.setTransform(1, 0, 0, 1, 0, 0);
  paint.clearRect(0, 0, width, height);
  paint.setTransform(context.getTransform());
  paint.fillStyle = paint.strokeStyle = PAINT;
  paint.lineCap = paint.lineJoin = "round";
  for (const { points } of polygons) {
    paint.beginPath();
    points.forEach(([x, y], number) => paint[number ? "lineTo" : "moveTo"](x, y));
    paint.fill("evenodd");
  }
  for (const { points, radius, erases } of strokes) {
    paint.globalCompositeOperation = erases ? "destination-out" : "source-over";
    paint.lineWidth = 2 * radius;
    paint.beginPath();
    paint.moveTo(...points[0]);
    for (const point of points) paint.lineTo(...point);
    paint.stroke();
  }
  paint.globalCompositeOperation = "source-over";
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = PAINT_OPACITY;
  context.drawImage(layer, 0, 0);
  context.restore();
}

/** The border of a polygon, without the cuts to its holes, which it goes along both ways. */
function outline(points: Point[]): Path2D {
  const path = new Path2D();
  const edges = points.map((point, number) => [point, points[(number + 1) % points.length]]);
  const known = new Set(edges.map((edge) => edge.join()));
  for (const [from, to] of edges) {
    if (known.has([to, from].join())) continue;
    path.moveTo(...from);
    path.lineTo(...to);
  }
  return path;
}

function drawArrow(context: CanvasRenderingContext2D, unit: number, [from, to]: Point[], colour: string): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const head = Math.min(HEAD * unit, HEAD_SHARE * length);
  const path = new Path2D();
  path.moveTo(...from);
  path.lineTo(...to);
  for (const turn of [-2.6, 2.6]) {
    path.moveTo(...to);
    path.lineTo(to[0] + head * Math.cos(angle + turn), to[1] + head * Math.sin(angle + turn));
  }
  drawLine(context, path, colour, 2.5 * unit);
  context.beginPath();
  context.arc(...from, 3.5 * unit, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

/** A line that shows on any picture: it has a dark edge. */
function drawLine(context: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  context.lineCap = context.lineJoin = "round";
  for (const [style, own] of [[DARK, 2.2 * width], [colour, width]] as const) {
    context.strokeStyle = style;
    context.lineWidth = own;
    context.stroke(path);
  }
}
