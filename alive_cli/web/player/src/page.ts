/** What surrounds the scene of a page: a slider for each control that it declares, buttons, keys and a status line. */

import { CameraLead } from "./camera_lead";
import type { AliveScene } from "./element";
import type { Goal } from "./goals";
import type { Control } from "./manifest";
import { make } from "./markup";
import { MoodSliders } from "./mood_sliders";
import { plain } from "./text";

/** These pairs of keys, less and more, change the controls in the order of their declaration. */
const KEYS = ["ArrowDown ArrowUp", "ArrowLeft ArrowRight", "[ ]", "{ }", "< >"].map((pair) => pair.split(" "));
const ARROWS: { [key: string]: string } = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→" };
/** A key moves a slider from one end to the other in this many presses, so that each press is visible. */
const STEPS_ACROSS = 20;
/** A slider ends at this, or at twice the default: controls may allow far larger values than people use. */
const LONGEST_SLIDER = 2;
/** A message replaces the figures for this long, which is enough to read it. */
const MESSAGE_MILLISECONDS = 4000;
/** A gif holds the pictures of the last seconds, this many. */
const KEPT_SECONDS = 6;
/** The rate is that of the last seconds, this many. */
const RATE_MILLISECONDS = 2000;
/** A scene that is late skips at most this many frames (playback.ts). */
const MAX_SKIPPED = 4;
/** So often is the status line written anew, and `alive play` asked whether it still runs. */
const REFRESH_MILLISECONDS = 1000;

/** What `alive play`, which serves the page, has to say; an exported page has none. */
interface Session {
  /** The values of controls by name. */
  controls: { [name: string]: number };
  /** How many frames to play; null for no end. */
  frames: number | null;
  /** The action to do first, if any. */
  action?: string;
}

interface Slider {
  control: Control;
  range: HTMLInputElement;
  /** A field for values beyond the slider's ends. */
  field: HTMLInputElement;
}

const scene = document.querySelector<AliveScene>("alive-scene")!;
const panel = document.querySelector("form")!;
const find = (selector: string): HTMLElement => panel.querySelector(selector)!;
const figures = find("#figures");
const message = find("#message");
const pauseText = find("[data-key=' ']").firstChild as Text;
const session: Session | null = JSON.parse(panel.dataset.session || "null");
const sliders = new Map<string, Slider>();
const camera = new CameraLead(scene, find("[data-key=c]"), say);
const moods = new MoodSliders(scene, find("#moods"), say);
/** The embeddings that were shown in the last seconds, each with its offset and its view behind it where scenes have these. */
let recent: Float32Array<ArrayBuffer>[] = [];
/** When the latest frames were shown, in milliseconds. */
let times: number[] = [];
/** The action that the key for the next one did last. */
let lastAction = "";
let [full, size, step, node, played, messageEnd, ended] = ["", "", -1, -1, 0, 0, false];

function rate(): number {
  return times.length > 1 ? (1000 * (times.length - 1)) / (times.at(-1)! - times[0]) : 0;
}

/** The second of the source that an observed frame shows. */
function secondOf(frame: number): number {
  const { first, fps } = scene.player!.info;
  return first + frame / fps;
}

/** The value that the scene uses: its default where what the page says is out of range. */
function valueOf({ name, default: own }: Control): number {
  const value = Reflect.get(scene, name) ?? own;
  return scene.refusal(name, value) ? own : value;
}

function say(text: string, milliseconds = MESSAGE_MILLISECONDS): void {
  if (ended) return;
  message.textContent = text;
  messageEnd = performance.now() + milliseconds;
  refresh();
}

function refresh(): void {
  const { player, held, seed } = scene;
  if (performance.now() > messageEnd) message.textContent = "";
  pauseText.data = held ? "Play " : "Pause ";
  const parts = [held ? "paused" : times.length > 1 ? `${rate().toFixed(1)} frames a second` : "loading …"];
  if (player) parts.push(`seed ${seed ?? player.info.seed}`);
  if (player && node >= 0) parts.push(`near ${secondOf(node).toFixed(1)} s`);
  if (size !== full) parts.push(`${size} pixels instead of ${full}, to keep up`);
  figures.textContent = message.textContent ? "" : parts.join(" · ");
}

function show({ control, range, field }: Slider): void {
  range.value = field.value = String(+valueOf(control).toPrecision(6));
}

/** Set a control; a value that it can't have changes nothing. Returns why, as one sentence, or "". */
function set(name: string, value: number): string {
  const reason = scene.refusal(name, value);
  if (!reason) Reflect.set(scene, name, value);
  const slider = sliders.get(name);
  if (slider) show(slider);
  return reason ?? "";
}

function nudge({ control, range }: Slider, direction: number): void {
  const { name, minimum, maximum } = control;
  const value = valueOf(control) + (direction * (Number(range.max) - Number(range.min))) / STEPS_ACROSS;
  say(set(name, +Math.min(Math.max(value, minimum ?? value), maximum ?? value).toPrecision(6)));
}

function addSlider(control: Control, keys: string[]): void {
  const { name, description, minimum, maximum, default: own } = control;
  const label = plain(name[0].toUpperCase() + name.slice(1).replaceAll("_", " "));
  const reach = Math.max(LONGEST_SLIDER, 2 * Math.abs(own));
  const min = Math.min(Math.max(minimum ?? -reach, -reach), own);
  const max = Math.max(Math.min(maximum ?? reach, reach), own);
  const change = ({ target }: Event): void => say(set(name, (target as HTMLInputElement).valueAsNumber));
  const range = make("input", { type: "range", min: `${min}`, max: `${max}`, step: `${(max - min) / (2 * STEPS_ACROSS) || 1}` });
  const field = make("input", { type: "number", step: "any", ariaLabel: `${label} as a number` });
  range.addEventListener("input", change);
  field.addEventListener("change", change);
  const bounds = `From ${minimum ?? "−∞"} to ${maximum ?? "∞"}, ${own} by default.`;
  const help = make("small", { id: `about-${name}` }, `${plain(description)} ${bounds}`.trim());
  range.setAttribute("aria-describedby", help.id);
  const hint = make("kbd", { ariaHidden: "true" }, keys.map((key) => ARROWS[key] ?? key).join(" "));
  find("#sliders").append(make("div", {}, make("label", {}, `${label} `, hint, range), field, help));
  const slider = { control, range, field };
  sliders.set(name, slider);
  show(slider);
}

/** The scene is open, so its controls are known. */
function open(): void {
  const { info, steerer } = scene.player!;
  const { controls, transitions, names } = info;
  const settable = controls.filter(({ name, default: own }) => !scene.refusal(name, own));
  settable.forEach((control, place) => addSlider(control, KEYS[place] ?? []));
  const reason = Object.entries(session?.controls ?? {}).map(([name, value]) => set(name, value)).find(Boolean);
  if (reason) say(reason);
  find("#tenths").hidden = !transitions;
  find("#names").hidden = !transitions || !names.size;
  for (const name of names.keys()) {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => goTo(name));
    find("#names").append(button);
  }
  find("#actions").hidden = !scene.actions.length;
  for (const name of scene.actions) {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => act(name));
    find("#actions").append(button);
  }
  find("[data-key=a]").hidden = !scene.actions.length;
  if (session?.action) void act(session.action);
  moods.open();
  find("[data-key=m]").hidden = !scene.moods.size;
  find("[data-key=t]").hidden = find("[data-key=c]").hidden = !steerer;
  find("[data-key=f]").hidden = !following().length;
  showWords();
}

/** What people may do to the picture: the words of `interactive`. */
function words(): string[] {
  return (scene.interactive ?? "").split(" ").filter(Boolean);
}

/** The words that let a scene follow the pointer. */
function following(): string[] {
  const { steerer, view } = scene.player!;
  return [...(steerer?.steering.turns ? ["look"] : []), ...(view ? ["view"] : [])];
}

function showWords(): void {
  const pressed = (key: string, all: string[]): string =>
    (find(`[data-key=${key}]`).ariaPressed = `${all.length > 0 && all.every((word) => words().includes(word))}`);
  pressed("t", ["touch"]);
  pressed("f", following());
}

/** Allow something to people, or forbid it. */
function toggle(...chosen: string[]): void {
  const others = words().filter((each) => !chosen.includes(each));
  const all = chosen.every((word) => words().includes(word));
  scene.interactive = (all ? others : [...others, ...chosen]).join(" ");
  showWords();
}

/** Let the scene hear the microphone, or stop that. */
async function listen(): Promise<void> {
  if (scene.listening) {
    scene.stopListening();
    say("listening is off");
  } else await scene.listen("mic").catch((error: Error) => say(error.message));
  showListening();
}

function showListening(): void {
  find("[data-key=l]").ariaPressed = `${scene.listening}`;
}

/** Begin another rollout where this one is. */
function beginAnother(): void {
  scene.goal = null;
  scene.start = node < 0 ? null : secondOf(node);
  scene.seed = Math.floor(1e6 * Math.random());
  scene.play();
}

function textOf({ name, second }: Goal): string {
  return name ?? `second ${second.toFixed(1)}`;
}

async function goTo(place: number | string): Promise<void> {
  try {
    const goal = await scene.goTo(place);
    scene.play();
    say(goal.seconds ? `going to ${textOf(goal)}, in ${goal.seconds.toFixed(1)} s` : `at ${textOf(goal)}`);
  } catch (error) {
    say((error as Error).message);
  }
}

async function act(name: string): Promise<void> {
  try {
    const { seconds } = await scene.act(name);
    scene.play();
    say(`action: ${name}${seconds ? `, in ${seconds.toFixed(1)} s` : ""}`);
  } catch (error) {
    say((error as Error).message);
  }
}

/** Do the action after the one that this did last. */
function actNext(): void {
  const { actions } = scene;
  if (!actions.length) return say("This scene has no actions; alive actions with --find looks for some.");
  lastAction = actions[(actions.indexOf(lastAction) + 1) % actions.length];
  void act(lastAction);
}

function goToTenth(tenth: number): void {
  const { frames } = scene.player!.info;
  void goTo(secondOf(Math.min(frames - 1, Math.floor((tenth / 10) * frames))));
}

/** Let `alive play` draw what was shown and write it into a file, and download that. */
async function save(kind: "still" | "gif"): Promise<void> {
  const kept = kind === "gif" ? recent : recent.slice(-1);
  say("saving …", Infinity);
  const address = `${kind}?fps=${rate() || scene.player!.info.fps}`;
  const answer = await fetch(address, { method: "POST", body: new Blob(kept) }).catch(stop);
  if (!answer) return;
  const file = answer.headers.get("Content-Location");
  if (file) make("a", { href: file, download: "" }).click();
  say(await answer.text());
}

function leave(): void {
  void fetch("leave", { method: "POST" }).then(stop, stop);
}

/** `alive play` has ended. */
function stop(): void {
  scene.pause();
  camera.end();
  scene.stopListening();
  say("alive has stopped; start it again, and open the address that it prints.", Infinity);
  for (const each of panel.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button, input")) each.disabled = true;
  ended = true;
}

const actions: { [key: string]: () => unknown } = {
  " ": () => (scene.held ? scene.play() : scene.pause()),
  r: beginAnother,
  m: () => moods.next(),
  a: actNext,
  c: () => camera.toggle(),
  t: () => toggle("touch"),
  f: () => toggle(...following()),
  l: () => listen(),
};
if (session) Object.assign(actions, { s: () => save("still"), g: () => save("gif"), q: leave });

/** Run the action of a key; false where it has none. */
function press(key: string): boolean {
  if (ended || (key !== " " && !scene.player)) return false;
  const pair = KEYS.findIndex((keys) => keys.includes(key));
  const slider = [...sliders.values()][pair];
  if (slider) nudge(slider, 2 * KEYS[pair].indexOf(key) - 1);
  else if (/^[0-9]$/.test(key)) goToTenth(Number(key));
  else if (Object.hasOwn(actions, key)) actions[key]();
  else return false;
  refresh();
  return true;
}

scene.addEventListener("resolution", (event) => {
  const { width, height } = (event as CustomEvent).detail;
  size = `${width}×${height}`;
  if (!full) open();
  full ||= size;
});
scene.addEventListener("frame", (event) => {
  const { detail, timeStamp } = event as CustomEvent;
  if (detail.step === step) return; // the same frame, in another size
  ({ step, node } = detail);
  const { fps } = scene.player!.info;
  times = times.filter((time) => time > timeStamp - RATE_MILLISECONDS);
  const late = Math.round(((timeStamp - (times.at(-1) ?? timeStamp)) / 1000) * fps) - 1;
  played += 1 + Math.min(Math.max(late, 0), MAX_SKIPPED);
  times.push(timeStamp);
  const { steerer, view } = scene.player!;
  const before = detail.embedding.length + (steerer?.steering.spread.length ?? 0);
  const row = new Float32Array(before + (view ? 2 : 0));
  row.set(detail.embedding);
  row.set(detail.offset ?? [], detail.embedding.length);
  row.set(detail.view ?? [], before);
  recent = [...recent.slice(1 - Math.max(2, Math.round(KEPT_SECONDS * fps))), row];
  if (session?.frames && played >= session.frames && !ended) leave();
});
scene.addEventListener("touched", (event) => {
  if (!(event as CustomEvent).detail.follows) say("This place hardly moves in the clip.");
});
scene.addEventListener("arrived", (event) => {
  const { detail } = event as CustomEvent<Goal>;
  say(`${detail.action ? "doing" : "arrived at"} ${textOf(detail)}`);
});
scene.addEventListener("sound", (event) => {
  say((event as CustomEvent).detail.message);
  showListening();
});
scene.addEventListener("warning", (event) => say((event as CustomEvent).detail.message));
scene.addEventListener("error", () => (panel.hidden = true));
panel.addEventListener("click", ({ target }) => press((target as Element).closest("button")?.dataset.key ?? ""));
addEventListener("keydown", (event) => {
  const { key, repeat } = event;
  const { type } = event.composedPath()[0] as HTMLInputElement;
  const own = type === "number" || (type === "range" && key in ARROWS) || (type === "button" && [" ", "Enter"].includes(key));
  if (event.ctrlKey || event.metaKey || event.altKey || own) return;
  // Only sliders go on while a key is held; a microphone or camera would go on and off.
  const held = repeat && Object.hasOwn(actions, key);
  if (held || press(key)) event.preventDefault();
});

for (let tenth = 0; tenth < 10; tenth++) {
  const button = make("button", { type: "button", ariaLabel: `Go to ${10 * tenth} % of the clip` }, `${tenth}`);
  button.dataset.key = `${tenth}`;
  find("#tenths").append(button);
}
for (const button of panel.querySelectorAll<HTMLElement>("[data-served]")) button.hidden = !session;
panel.hidden = false;
refresh();
setInterval(() => {
  refresh();
  if (session && !ended && !document.hidden) fetch("status").then(({ ok }) => ok || stop(), stop);
}, REFRESH_MILLISECONDS);
