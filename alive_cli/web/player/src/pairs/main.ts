/** The page of `alive hints --pairs`: what of a painting is what of a scene's frame. */

import { Board, type Point } from "../marking/board";
import { History } from "../marking/history";
import { type Actions, listen } from "../marking/keys";
import { Preview } from "../marking/preview";
import { send, watch } from "../marking/server";
import { drawPoints } from "./drawing";
import { NO_POINTS, type Points, type Selected, type Side, openPair, pairAt, spread, titleOf, withOthers, without } from "./points";
import { type Host, OutlineTool, PairTool, REACH } from "./tools";
import { Zoom } from "./zoom";

interface Picture {
  name: string;
  width: number;
  height: number;
}

/** What the command says to the page. */
interface Session {
  scene: Picture;
  painting: Picture;
  /** The name of the file that is saved. */
  file: string;
  second: number;
  /** A painting needs from so many to so many pairs. */
  least: number;
  most: number;
  /** The points of a face, at rough places. */
  face: Points;
}

/** One of the two pictures. */
interface Shown {
  board: Board;
  zoom: Zoom;
  pairs: PairTool;
}

/** The place of a crosshair is said once it rests for this long. */
const REST_MILLISECONDS = 500;
/** All points come closer together, or go farther apart, by this factor. */
const SPREAD = 1.06;
const SIDES: Side[] = ["scene", "painting"];

const form = document.querySelector("form")!;
const session: Session = JSON.parse(form.dataset.session!);
const find = <Kind extends HTMLElement>(selector: string): Kind => document.querySelector<Kind>(selector)!;
const button = (key: string): HTMLButtonElement => find(`button[data-key="${key}"]`);
const message = find("#message");

let history = new History<Points>(NO_POINTS);
/** What a gesture is changing. */
let draft: Points | null = null;
let selected: Selected | null = null;
/** Whether Shift was held when the pointer went down last. */
let shift = false;
/** The picture that was used last, which buttons and keys enlarge. */
let active: Side = "scene";
let mode: "p" | "o" = "p";
let isLoaded = false;
/** The number of this page, by which the command knows whether it was opened again. */
let page = 0;
let hasEnded = false;
let restTimer = 0;

const host: Host = {
  get points() {
    return history.present;
  },
  most: session.most,
  get shift() {
    return shift;
  },
  draft(points) {
    draft = points;
    redraw();
  },
  change,
  select: (one) => (selected = one),
  say,
};
const shown: { [side in Side]: Shown } = { scene: show("scene", "painting"), painting: show("painting", "frame") };
const outline = new OutlineTool(host, () => shown.painting.board.unit);
const image = find<HTMLImageElement>("#preview");
const preview = new Preview<Points>(
  image,
  button("v"),
  (text) => {
    say(text);
    redraw();
  },
  (seconds) => `It moves so for ${seconds} s of the clip, small and without shading.`,
);

function show(side: Side, other: string): Shown {
  const { name, width, height } = session[side];
  const [window, canvas] = [find(`#${side}`), find<HTMLCanvasElement>(`#${side} canvas`)];
  window.style.setProperty("--ratio", `${width / height}`);
  find<HTMLImageElement>(`#${side} img`).alt = name;
  canvas.ariaLabel = `${name}, on which you set points`;
  const zoom = new Zoom(window, find(`#${side} .board`), [width, height]);
  // Before the board's own listeners, which begin a gesture.
  canvas.addEventListener("pointerdown", ({ shiftKey }) => (shift = shiftKey));
  canvas.addEventListener("keydown", () => (shift = false));
  const board = new Board(canvas, [width, height], (context, unit) => draw(side, context, unit), (place) => {
    zoom.reveal(place);
    crossed(side, place);
  });
  const pairs = new PairTool(host, side, other, [width, height], () => board.unit);
  board.tool = pairs;
  const activate = (): void => {
    active = side;
    redraw();
  };
  canvas.addEventListener("focus", activate);
  for (const type of ["pointerdown", "pointermove"]) canvas.addEventListener(type, activate);
  find(`#${side}-name`).addEventListener("click", activate);
  canvas.addEventListener("pointerup", refresh);
  canvas.addEventListener("pointerleave", redraw);
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || !event.deltaY) return;
      if (zoom.step(event.deltaY < 0 ? 1 : -1, board.place)) event.preventDefault();
    },
    { passive: false },
  );
  return { board, zoom, pairs };
}

function say(text: string): void {
  if (!hasEnded) message.textContent = text;
}

function redraw(): void {
  for (const side of SIDES) {
    shown[side].board.redraw();
    find(`#${side}-name`).classList.toggle("active", side === active);
  }
}

function draw(side: Side, context: CanvasRenderingContext2D, unit: number): void {
  const { board } = shown[active];
  drawPoints(context, unit, {
    points: draft ?? history.present,
    side,
    selected,
    hovered: board.place && pairAt(history.present, active, board.place, REACH * board.unit),
    outlines: mode === "o",
    corners: side === "painting" && outline.corners.length && board.place && active === "painting"
      ? [...outline.corners, board.place]
      : outline.corners,
    bare: side === "painting" && preview.isOn && !image.hidden,
  });
}

/** Say where the crosshair is, once it rests. */
function crossed(side: Side, [x, y]: Point): void {
  clearTimeout(restTimer);
  restTimer = setTimeout(() => {
    const { width, height } = session[side];
    const near = pairAt(history.present, side, [x, y], REACH * shown[side].board.unit);
    const at = near === null ? "" : `; at ${titleOf(history.present, near)}`;
    say(`${Math.round((100 * x) / width)} % across, ${Math.round((100 * y) / height)} % down${at}.`);
  }, REST_MILLISECONDS);
}

function change(points: Points, text: string): void {
  history.set(points);
  changed(text);
}

/** Show the present points, wherever they come from. */
function changed(text: string): void {
  const { pairs, moves } = history.present;
  const isThere =
    selected && ("pair" in selected ? selected.pair < pairs.length : selected.corner < (moves[selected.polygon]?.length ?? 0));
  if (!isThere) selected = null;
  clearTimeout(restTimer);
  const missing = session.least - pairs.length;
  const more = openPair(history.present) === null && missing > 0 && pairs.length ? ` It needs at least ${missing} more.` : "";
  say(text + more);
  preview.change(history.present);
  refresh();
}

function refresh(): void {
  const able: { [key: string]: boolean } = {
    undo: history.canUndo || outline.corners.length > 0,
    redo: history.canRedo,
    clear: history.present.pairs.length + history.present.moves.length > 0,
    Delete: selected !== null,
    "[": history.present.pairs.length > 0,
    "]": history.present.pairs.length > 0,
    save: true,
    v: true,
    f: true,
  };
  for (const [key, is] of Object.entries(able)) button(key).disabled = hasEnded || !isLoaded || !is;
  document.title = `${history.isSaved ? "" : "• "}${session.file}`;
  redraw();
}

async function save(): Promise<void> {
  const points = history.present;
  try {
    const answer = await send<{ message: string }>("save", { ...points, page });
    history.markSaved(points);
    say(answer.message);
  } catch (error) {
    say((error as Error).message);
  }
  refresh();
}

function choose(key: "p" | "o"): void {
  giveUp();
  selected = null;
  mode = key;
  shown.painting.board.tool = key === "p" ? shown.painting.pairs : outline;
  for (const each of ["p", "o"]) button(each).ariaPressed = `${each === key}`;
  find("#help").textContent =
    key === "p"
      ? "Click a place in one picture, and the same one in the other. Drag points to move them; with Shift, all of a picture."
      : "Click around what moves in the painting; the first corner again closes the outline. Drag corners and edges.";
  refresh();
}

function giveUp(): boolean {
  return SIDES.map((side) => shown[side].board.giveUp()).includes(true);
}

function zoom(direction: number): void {
  const { board, zoom: own } = shown[active];
  const pair = selected && "pair" in selected ? history.present.pairs[selected.pair][active] : null;
  own.step(direction, board.place ?? pair);
}

/** Let all points of the picture that was used last lie closer together, or farther apart. */
function spreadAll(factor: number): void {
  const { width, height } = session[active];
  if (!history.present.pairs.length) return;
  const what = active === "scene" ? "frame" : "painting";
  change(spread(history.present, active, [width, height], factor), `All points of the ${what} are moved.`);
}

const actions: Actions = {
  p: () => choose("p"),
  o: () => choose("o"),
  f: () => change(withOthers(history.present, session.face, session.most), "Shift and drag moves all points of a picture, and [ and ] bring them closer together or farther apart. Then drag each to its place; delete what a picture doesn't show."),
  undo: () => (outline.back() ? refresh() : history.undo() && changed("Undone.")),
  redo: () => history.redo() && changed("Redone."),
  Delete: () => {
    if (!selected) return;
    const points = without(history.present, selected);
    selected = null;
    change(points, "Deleted.");
  },
  clear: () => change(NO_POINTS, "All is cleared; Undo brings it back."),
  v: () => preview.toggle(history.present),
  save: () => void save(),
  "[": () => spreadAll(1 / SPREAD),
  "]": () => spreadAll(SPREAD),
  "+": () => zoom(1),
  "-": () => zoom(-1),
  Escape: () => {
    if (!giveUp()) selected = null;
    refresh();
  },
};
actions.Backspace = actions.Delete;
actions["="] = actions["+"];

listen(actions, form, () => !hasEnded && isLoaded);
addEventListener("beforeunload", (event) => {
  if (!history.isSaved) event.preventDefault();
});

find("#scene-name").textContent = `${session.scene.name}, the frame at ${session.second} s`;
find("#painting-name").textContent = session.painting.name;
choose("p");
watch(() => {
  say("alive has stopped, so nothing can be saved any more; start it again, and open the address that it prints.");
  hasEnded = true;
  refresh();
});
send<{ points: Points; page: number }>("load", {}).then(
  (answer) => {
    page = answer.page;
    history = new History(answer.points);
    isLoaded = true;
    const isNew = answer.points.pairs.length === 0;
    changed(isNew ? "Click a place in one picture, then the same one in the other; or begin with Face." : `${session.file} is loaded.`);
  },
  (error: Error) => say(error.message),
);
