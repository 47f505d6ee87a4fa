/** The page of `alive hints`: what flows is painted, and arrows say which way; or what lives is painted. */

import { Board, type Point, type Tool } from "../marking/board";
import { History } from "../marking/history";
import { type Actions, listen } from "../marking/keys";
import { PolygonTool } from "../marking/polygon";
import { Preview } from "../marking/preview";
import { send, watch } from "../marking/server";
import { type Stroke, drawMarks } from "./drawing";
import { type Mark, type Marks, NO_MARKS, isInside, without } from "./marks";
import { ArrowTool, Brush, type Host, SelectTool } from "./tools";

/** What the command says to the page. */
interface Session {
  kind: "hints" | "mask";
  /** The names of the photograph or clip, and of the file that is saved. */
  name: string;
  file: string;
  width: number;
  height: number;
}

/** The place of a crosshair is said once it rests for this long. */
const REST_MILLISECONDS = 500;

const form = document.querySelector("form")!;
const session: Session = JSON.parse(form.dataset.session!);
const canvas = document.querySelector<HTMLCanvasElement>("#marks")!;
const find = (selector: string): HTMLElement => document.querySelector(selector)!;
const button = (key: string): HTMLButtonElement => document.querySelector(`button[data-key="${key}"]`)!;
const message = find("#message");
const size = find("#size input") as HTMLInputElement;
const longest = Math.max(session.width, session.height);
const does = session.kind === "hints" ? "flows" : "lives";

let history = new History<Marks>(NO_MARKS);
/** Strokes that the command is turning into polygons. */
let pending: Stroke[] = [];
let selected: Mark | null = null;
let isLoaded = false;
/** The number of this page, by which the command knows whether it was opened again. */
let page = 0;
let hasEnded = false;
let restTimer = 0;
/** Changes come one after another, though the command takes time for some. */
let turn: Promise<unknown> = Promise.resolve();

const host: Host = {
  get marks() {
    return history.present;
  },
  get unit() {
    return board.unit;
  },
  get radius() {
    return (Number(size.value) / 200) * longest;
  },
  change,
  paint,
  select(mark) {
    selected = mark;
    refresh();
  },
  say,
};
const [brush, eraser] = [new Brush(host, false), new Brush(host, true)];
const polygon = new PolygonTool(host, (points) => {
  change((marks) => ({ ...marks, polygons: [...marks.polygons, { points }] }), "The polygon is closed.");
});
const [arrow, select] = [new ArrowTool(host), new SelectTool(host)];
const tools: { [key: string]: [Tool, string] } = {
  b: [brush, `Paint what ${does}.`],
  e: [eraser, `Erase what doesn't ${does.slice(0, -1)}.`],
  p: [polygon, `Click the corners of what ${does}; the first one again closes the polygon.`],
  a: [arrow, "Drag from where something is to where it is two seconds later: a longer arrow flows faster."],
  s: [select, "Click an arrow or something painted to select it, and delete it with Delete."],
};
const board = new Board(canvas, [session.width, session.height], draw, crossed);
board.tool = brush;
const preview = new Preview<Marks>(
  find("#preview") as HTMLImageElement,
  button("v"),
  (text) => {
    say(text);
    board.redraw();
  },
  (seconds) => `It flows so, coarsely; a period takes ${seconds} s.`,
);

function say(text: string): void {
  if (!hasEnded) message.textContent = text;
}

function draw(context: CanvasRenderingContext2D, unit: number): void {
  const painting = board.tool instanceof Brush;
  const strokes = [brush.stroke, eraser.stroke].filter((stroke) => stroke !== null);
  drawMarks(context, unit, {
    marks: history.present,
    strokes: [...pending, ...strokes],
    selected,
    corners: polygon.corners.length && board.place ? [...polygon.corners, board.place] : polygon.corners,
    draft: arrow.draft,
    brush: painting && board.place ? { place: board.place, radius: host.radius } : null,
    bare: preview.isOn && !find("#preview").hidden,
  });
}

/** Say where the crosshair is, once it rests. */
function crossed([x, y]: Point): void {
  clearTimeout(restTimer);
  restTimer = setTimeout(() => {
    const isPainted = history.present.polygons.some((each) => isInside([x, y], each));
    const [across, down] = [x / session.width, y / session.height].map((share) => Math.round(100 * share));
    say(`${across} % across, ${down} % down, ${isPainted ? "painted" : "not painted"}.`);
  }, REST_MILLISECONDS);
}

/** Change the marks, after all changes before. */
function change(make: (marks: Marks) => Marks, text: string): void {
  inTurn(async () => {
    history.set(make(history.present));
    changed(text);
  });
}

/** Show the present marks, wherever they come from. */
function changed(text: string): void {
  const { polygons, arrows } = history.present;
  if (selected && !polygons.includes(selected) && !arrows.includes(selected)) selected = null;
  clearTimeout(restTimer);
  say(text);
  preview.change(history.present);
  refresh();
}

function refresh(): void {
  const { polygons, arrows } = history.present;
  const able: { [key: string]: boolean } = {
    undo: history.canUndo || polygon.corners.length > 0,
    redo: history.canRedo,
    clear: polygons.length + arrows.length > 0,
    Delete: selected !== null,
  };
  for (const [key, is] of Object.entries(able)) button(key).disabled = hasEnded || !isLoaded || !is;
  for (const key of ["save", "v"]) button(key).disabled = hasEnded || !isLoaded;
  document.title = `${history.isSaved ? "" : "• "}${session.file}`;
  board.redraw();
}

/** Do something after all changes so far; an error's sentence is shown. */
function inTurn(work: () => Promise<void>): void {
  turn = turn.then(work).catch((error: Error) => say(error.message));
}

function paint(stroke: Stroke): void {
  if (!isLoaded) return;
  pending.push(stroke);
  inTurn(async () => {
    try {
      const polygons = await send<Mark[]>("paint", { polygons: history.present.polygons, stroke });
      history.set({ ...history.present, polygons });
      changed(stroke.erases ? "Erased." : "Painted.");
    } finally {
      pending = pending.filter((each) => each !== stroke);
      board.redraw();
    }
  });
}

function save(): void {
  inTurn(async () => {
    const marks = history.present;
    const answer = await send<{ message: string }>("save", { ...marks, page });
    history.markSaved(marks);
    say(answer.message);
    refresh();
  });
}

function choose(key: string): void {
  board.giveUp();
  selected = null;
  [board.tool] = tools[key];
  for (const each of Object.keys(tools)) button(each).ariaPressed = `${each === key}`;
  find("#help").textContent = tools[key][1];
  refresh();
}

function resize(step: number): void {
  step > 0 ? size.stepUp() : size.stepDown();
  say(`The brush is ${size.value} % of the picture wide.`);
  board.redraw();
}

const actions: Actions = {
  ...Object.fromEntries(Object.keys(tools).map((key) => [key, () => choose(key)])),
  undo: () => (polygon.back() ? refresh() : inTurn(async () => (history.undo() ? changed("Undone.") : undefined))),
  redo: () => inTurn(async () => (history.redo() ? changed("Redone.") : undefined)),
  Delete: () => {
    const mark = selected;
    if (mark) change((marks) => without(marks, mark), "Deleted.");
  },
  clear: () => change(() => NO_MARKS, "All is cleared; Undo brings it back."),
  v: () => inTurn(async () => preview.toggle(history.present)),
  save,
  "[": () => resize(-1),
  "]": () => resize(1),
  Escape: () => {
    if (!board.giveUp()) selected = null;
    refresh();
  },
};
actions.Backspace = actions.Delete;
if (session.kind === "mask") for (const key of ["a", "v"]) delete actions[key];

listen(actions, form, () => !hasEnded && isLoaded);
size.addEventListener("input", () => board.redraw());
canvas.addEventListener("pointerup", refresh);
addEventListener("beforeunload", (event) => {
  if (!history.isSaved || pending.length) event.preventDefault();
});

for (const each of document.querySelectorAll<HTMLElement>("[data-kind]")) each.hidden = each.dataset.kind !== session.kind;
canvas.ariaLabel = `${session.name}, on which you paint what ${does}`;
(find("#picture") as HTMLImageElement).alt = session.name;
choose("b");
watch(() => {
  say("alive has stopped, so nothing can be saved any more; start it again, and open the address that it prints.");
  hasEnded = true;
  refresh();
});
inTurn(async () => {
  const answer = await send<{ marks: Marks; page: number }>("load", {});
  const { marks } = answer;
  page = answer.page;
  history = new History(marks);
  isLoaded = true;
  const isNew = marks.polygons.length + marks.arrows.length === 0;
  const drawn = session.kind === "hints" ? `Paint what ${does}, then draw arrows along it.` : `Paint what ${does}.`;
  changed(isNew ? drawn : `${session.file} is loaded.`);
});
