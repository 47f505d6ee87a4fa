/** A wallpaper that obeys what shows it: Lively Wallpaper or Wallpaper Engine. */

import type { AliveScene } from "../element";

/** These are the settings of the page itself; all others are controls of the scene. */
const [FIT, RATE, BATTERY] = ["page_fit", "page_rate", "page_battery"];
/** How a picture fills the screen, in the order in which lists of settings offer it. */
const FITS = ["cover", "contain"];
/** A message of Lively has at most this many characters. */
const MOST_CHARACTERS = 1000;

/** Wallpaper Engine's settings come as objects by name. */
interface Properties {
  [name: string]: { value?: unknown } | undefined;
}

/**
 * Give the window the functions that hosts call.
 *
 * @param controls the names of the scene's controls that hosts offer as sliders.
 */
export function obeyHost(scene: AliveScene, controls: string[]): void {
  /** The most pictures in a second that the page's own setting and the host's allow; 0 for any. It begins as exported. */
  const rates = { page: positive(scene.fps), host: 0 };
  const limit = (): void => {
    const rate = Math.min(rates.page || Infinity, rates.host || Infinity);
    scene.fps = Number.isFinite(rate) ? rate : null;
  };
  const hold = (held: boolean): void => (held ? scene.pause() : scene.play());
  /** A stranger's control may have the name of something else of the element, which no host may set. */
  const steer = (name: string, value: number): void => {
    if (scene.refusal(name, value) === null) scene.setAttribute(name.replaceAll("_", "-"), String(value));
  };
  const sliders = new Map<string, number>();
  // Before the scene is open nobody knows what it refuses.
  scene.addEventListener("ready", () => sliders.forEach((value, name) => steer(name, value)));
  const set = (name: string, value: unknown): void => {
    if (name === FIT) {
      const fit = typeof value === "number" ? FITS[value] : FITS.find((each) => each === value);
      document.body.classList.toggle("whole", fit === "contain");
    } else if (name === BATTERY) scene.battery = value === true ? "calm" : null;
    else if (name === RATE) {
      rates.page = positive(value);
      limit();
    } else if (controls.includes(name) && typeof value === "number") {
      sliders.set(name, value);
      steer(name, value);
    }
  };
  Object.assign(window, {
    livelyPropertyListener: set,
    livelyWallpaperPlaybackChanged: (state: unknown) => hold(pausedByLively(state)),
    wallpaperPropertyListener: {
      applyUserProperties: (properties: Properties) => {
        for (const [name, property] of Object.entries(properties)) set(name, property?.value);
      },
      applyGeneralProperties: ({ fps }: { fps?: unknown }) => {
        if (fps === undefined) return;
        rates.host = positive(fps);
        limit();
      },
      setPaused: (held: unknown) => hold(held === true),
    },
  });
}

/** Lively says it in an object, or in the text of one. */
function pausedByLively(state: unknown): boolean {
  try {
    const said = typeof state === "string" && state.length < MOST_CHARACTERS ? JSON.parse(state) : state;
    return said?.IsPaused === true;
  } catch {
    return false;
  }
}

function positive(value: unknown): number {
  return typeof value === "number" && value > 0 && Number.isFinite(value) ? value : 0;
}
