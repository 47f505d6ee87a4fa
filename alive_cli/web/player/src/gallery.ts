/** The grid of a gallery: of the scenes that can be seen, a few are alive at once. */

import type { AliveScene } from "./element";
import { make } from "./markup";

/** Where there is a mouse, this many scenes are alive at most, and never more than half of the cores. */
const MOST_ALIVE = 4;
/** On phones and tablets this many are: each living scene holds its decoded keyframes in memory. */
const MOST_ON_TOUCH = 2;
/** What is scrolled past sooner is not loaded. */
const SETTLED_MILLISECONDS = 250;
/** A scene that is alive stays so while no other one is nearer to the middle by this share of the window. */
const LOYALTY = 0.15;
/** This stands above the grid while a visitor holds it still. */
const HELD = "All scenes are held still. Open one to play with it.";
/** This stands there where the visitor's system holds them. */
const HELD_BY_SYSTEM = "Your system asks for less motion, so the scenes are still. Open one to play with it.";

const cards = [...document.querySelectorAll<HTMLElement>("li")];
const visible = new Set<HTMLElement>();
const failed = new Set<HTMLElement>();
const touch = matchMedia("(hover: none)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let timer = 0;
let still = false;

function sceneOf(card: HTMLElement): AliveScene {
  return card.querySelector<AliveScene>("alive-scene")!;
}

/** How far a card is from the middle of the window, as a share of it; nearest is what a person points at or moved to. */
function distance(card: HTMLElement): number {
  if (card.matches(touch.matches ? ":focus-within" : ":hover, :focus-within")) return -1;
  const { left, right, top, bottom } = card.getBoundingClientRect();
  const across = ((left + right) / 2 - innerWidth / 2) / innerWidth;
  const down = ((top + bottom) / 2 - innerHeight / 2) / innerHeight;
  return Math.hypot(across, down) - (sceneOf(card).src === null ? 0 : LOYALTY);
}

function choose(): void {
  const most = touch.matches ? MOST_ON_TOUCH : Math.max(1, Math.min(MOST_ALIVE, (navigator.hardwareConcurrency || 2) >> 1));
  const near = still ? [] : [...visible].filter((card) => !failed.has(card)).map((card) => ({ card, away: distance(card) }));
  const alive = new Set(near.sort((a, b) => a.away - b.away).slice(0, most).map(({ card }) => card));
  for (const card of cards) {
    const scene = sceneOf(card);
    // Without an address a scene gives back its workers and its memory; its last picture stays.
    const src = alive.has(card) ? scene.dataset.src! : null;
    if (scene.src !== src) scene.src = src;
  }
}

function soon(): void {
  clearTimeout(timer);
  timer = setTimeout(choose, SETTLED_MILLISECONDS);
}

/** What moves by itself has to be something that anybody can hold still. */
function offerStillness(): void {
  const button = make("button", { type: "button" });
  const introduction = document.querySelector("header p")!;
  const living = introduction.textContent;
  const show = (): void => {
    button.hidden = calm.matches; // the system's settings hold them already
    button.textContent = still ? "Let them live" : "Hold still";
    introduction.textContent = calm.matches ? HELD_BY_SYSTEM : still ? HELD : living;
  };
  button.addEventListener("click", () => {
    still = !still;
    show();
    choose();
  });
  calm.addEventListener("change", show);
  show();
  introduction.setAttribute("role", "status");
  document.querySelector("header")!.append(make("p", {}, button));
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target as HTMLElement);
    else visible.delete(target as HTMLElement);
  }
  soon();
}, { threshold: 0.5 });

for (const card of cards) {
  watcher.observe(card);
  for (const type of ["pointerenter", "pointerleave", "focusin", "focusout"]) card.addEventListener(type, soon);
  sceneOf(card).addEventListener("error", () => {
    failed.add(card);
    soon();
  });
}
offerStillness();
addEventListener("scroll", soon, { passive: true });
addEventListener("resize", soon);
