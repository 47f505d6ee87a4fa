/** A kiosk: a page that nobody looks after. It keeps the screen awake, and dozes while nobody is there. */

import type { AliveScene } from "../element";
import { Restart } from "./restart";

/** The cursor disappears after this many seconds without motion. */
const CURSOR_SECONDS = 1;
/** Where nobody moved for so many seconds, the scene dozes. */
const DOZE_SECONDS = 300;
/** A dozing scene has this share of its temperature, and at most so many pictures in a second. */
const DOZE_TEMPERATURE = 0.4;
const DOZE_RATE = 12;
/** A screen that the system no longer keeps awake is asked for anew after so many seconds. */
const ASK_SECONDS = 5;
/** These events say that somebody is there. */
const SIGNS = ["pointermove", "pointerdown", "wheel", "keydown", "touchstart"];

/** Watch over the scene of a page. */
export function watchOver(scene: AliveScene): void {
  const restart = new Restart(scene);
  scene.addEventListener("error", () => restart.begin());
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("dragstart", (event) => event.preventDefault());
  addEventListener("pointerdown", fillScreen);
  document.addEventListener("visibilitychange", () => void stayAwake());
  void stayAwake();
  watchPeople(scene);
}

/** Browsers fill the screen only when somebody presses. */
function fillScreen(): void {
  void stayAwake();
  const { documentElement, fullscreenElement } = document;
  if (!fullscreenElement) documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {}); // some never do
}

/** Whether the screen is kept awake, or that is being asked for. */
let awake = false;

/** Keep the screen from sleeping; a page that is hidden loses that, and asks anew when it is seen. */
async function stayAwake(): Promise<void> {
  if (document.hidden || awake) return;
  awake = true;
  const lock = await navigator.wakeLock?.request("screen").catch(() => null); // low batteries refuse
  awake = Boolean(lock && !lock.released);
  lock?.addEventListener("release", () => {
    awake = false;
    setTimeout(() => void stayAwake(), 1000 * ASK_SECONDS);
  });
}

function watchPeople(scene: AliveScene): void {
  const { classList } = document.body;
  let [still, alone] = [0, 0];
  let wake = (): void => {};
  const seen = (): void => {
    classList.remove("still");
    clearTimeout(still);
    clearTimeout(alone);
    wake();
    wake = () => {};
    still = setTimeout(() => classList.add("still"), 1000 * CURSOR_SECONDS);
    alone = setTimeout(() => (wake = doze(scene)), 1000 * DOZE_SECONDS);
  };
  for (const sign of SIGNS) addEventListener(sign, seen, { passive: true });
  seen();
}

/** Let the scene move less and cost less. Returns what wakes it. */
function doze(scene: AliveScene): () => void {
  const clock = scene.player?.info.controls.find(({ role }) => role === "clock");
  const attribute = clock?.name.replaceAll("_", "-");
  const { fps } = scene;
  const before = attribute ? scene.getAttribute(attribute) : null;
  if (clock && attribute) scene.setAttribute(attribute, String(DOZE_TEMPERATURE * Number(before ?? clock.default)));
  scene.fps = Math.min(fps ?? DOZE_RATE, DOZE_RATE);
  return () => {
    scene.fps = fps;
    if (attribute && before !== null) scene.setAttribute(attribute, before);
    else if (attribute) scene.removeAttribute(attribute);
  };
}
