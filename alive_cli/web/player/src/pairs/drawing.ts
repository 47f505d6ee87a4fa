/** How points and outlines look over a picture. */

import type { Point } from "../marking/board";
import { type Points, type Selected, type Side, titleOf } from "./points";

const [SELECTED, OUTLINE, DARK] = ["#ffa724", "#1e90ff", "#000c"];
/** Consecutive colours are a golden angle apart, so that neighbours differ. */
const GOLDEN_ANGLE = 137.508;
/** Radii of a point, and of one that is selected, in pixels of the screen. */
const [RADIUS, LARGE] = [4, 6.5];

export interface View {
  points: Points;
  side: Side;
  selected: Selected | null;
  /** The number of the pair under the pointer, in either picture. */
  hovered: number | null;
  /** Whether corners of outlines can be moved. */
  outlines: boolean;
  /** The corners so far of an outline that is being drawn. */
  corners: Point[];
  /** Whether a preview shows how it moves, so that points would hide it. */
  bare: boolean;
}

export function drawPoints(context: CanvasRenderingContext2D, unit: number, view: View): void {
  const { points, side, selected, hovered, outlines, corners, bare } = view;
  context.lineJoin = context.lineCap = "round";
  if (side === "painting") {
    for (const [number, polygon] of points.moves.entries()) {
      drawPath(context, unit, polygon, true, OUTLINE, bare ? 0.75 : 1.5);
      if (!outlines) continue;
      for (const [corner, place] of polygon.entries()) {
        const is = selected && "polygon" in selected && selected.polygon === number && selected.corner === corner;
        drawDot(context, place, (is ? LARGE : RADIUS) * unit, is ? SELECTED : OUTLINE, unit);
      }
    }
    if (corners.length) drawPath(context, unit, corners, false, SELECTED, 2);
    for (const [number, corner] of corners.entries()) drawDot(context, corner, (number ? 3 : 6) * unit, SELECTED, unit);
  }
  for (const [number, pair] of points.pairs.entries()) {
    const place = pair[side];
    if (!place) continue;
    const colour = `hsl(${(number * GOLDEN_ANGLE) % 360} 95% 62%)`;
    const isSelected = selected !== null && "pair" in selected && selected.pair === number;
    const isShown = isSelected || hovered === number;
    if (bare && !isShown) {
      drawDot(context, place, 1.5 * unit, colour, unit / 2);
      continue;
    }
    drawDot(context, place, (isShown ? LARGE : RADIUS) * unit, colour, unit);
    if (isSelected) {
      context.beginPath();
      context.arc(...place, (LARGE + 3) * unit, 0, 2 * Math.PI);
      context.strokeStyle = SELECTED;
      context.lineWidth = 2 * unit;
      context.stroke();
    }
    if (!isShown) drawText(context, `${number + 1}`, place, 10, unit, colour);
  }
  // Names lie above all points.
  for (const [number, pair] of points.pairs.entries()) {
    const isSelected = selected !== null && "pair" in selected && selected.pair === number;
    if (pair[side] && (isSelected || hovered === number)) {
      drawText(context, titleOf(points, number), pair[side], 13, unit, "#fff");
    }
  }
}

function drawDot(context: CanvasRenderingContext2D, [x, y]: Point, radius: number, colour: string, edge: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = DARK;
  context.lineWidth = edge;
  context.stroke();
}

function drawPath(
  context: CanvasRenderingContext2D, unit: number, points: Point[], closed: boolean, colour: string, width: number,
): void {
  context.beginPath();
  points.forEach(([x, y], number) => context[number ? "lineTo" : "moveTo"](x, y));
  if (closed) context.closePath();
  for (const [style, own] of [[DARK, 2.2 * width], [colour, width]] as const) {
    context.strokeStyle = style;
    context.lineWidth = own * unit;
    context.stroke();
  }
}

/** A text beside a point, inside the picture. */
function drawText(
  context: CanvasRenderingContext2D, text: string, [x, y]: Point, size: number, unit: number, colour: string,
): void {
  context.font = `600 ${size * unit}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const width = context.measureText(text).width;
  const [across, down] = [(size > 10 ? 12 : 6) * unit, size > 10 ? 0 : -6 * unit];
  const right = context.canvas.width / context.getTransform().a;
  const left = x + across + width > right ? x - across - width : x + across;
  context.lineWidth = 3 * unit;
  context.strokeStyle = DARK;
  context.strokeText(text, left, y + down);
  context.fillStyle = colour;
  context.fillText(text, left, y + down);
}
