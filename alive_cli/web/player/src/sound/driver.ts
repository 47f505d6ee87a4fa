/** What a sound drives in the scene of one element (alive_cli/runtime/sound_targets.py, drivers/sound.py). */

import { type Controls, isSlider } from "../controls";
import { PlayerError } from "../errors";
import type { Control } from "../manifest";
import type { Player } from "../player";
import { checkStrength } from "../mood_words";
import { NO_MODES } from "../steering";
import { plain, shownNames } from "../text";
import type { Hearing } from "./hearing";
import type { Mapping } from "./mappings";

/** Loudness changes controls with this time constant, in seconds. */
const EASE = 0.12;
/** After a beat, controls and moods return with these time constants, in seconds. */
const [FADE, MOOD_FADE] = [0.3, 1.5];
/** Moods change in steps of this strength, at most every so many seconds: what they mean for all frames takes long. */
const [MOOD_STEP, MOOD_SECONDS] = [0.2, 1];
/** A key or slider reaches this value, or twice the default. */
const LONGEST_SLIDER = 2;
const MOST_NUDGE = 3;
/** A signal below this drives nothing, so that what fades ends. */
const AUDIBLE = 0.02;

type Effect = { signal: Mapping["signal"] } & (
  | { kind: "control"; control: Control; top: number | null }
  | { kind: "mood"; name: string; strength: number }
  | { kind: "name"; name: string }
  | { kind: "nudge"; strength: number }
);

/** What a sound needs of its element. */
export interface SoundHost {
  goTo(name: string): Promise<{ seconds: number }>;
  act(name: string): Promise<{ seconds: number }>;
  /** The strengths of the moods that the page has chosen, by name. */
  moods(): Map<string, number>;
  /** Whether frames go by: a scene that stands still does nothing on beats. */
  moving(): boolean;
  /** Draw anew at once. */
  hurry(): void;
}

export class SoundDriver {
  private effects: Effect[] = [];
  private loud = 0;
  private time = 0;
  private beats = 0;
  /** The moods that the sound has put the scene in, as a text, and the second when they may change; null: the page's. */
  private mood: string | null = null;
  private moodDue = 0;
  /** The second until which the scene is on its way to a name. */
  private busy = 0;

  constructor(
    private readonly player: Player,
    private readonly host: SoundHost,
  ) {}

  /**
   * Replace all mappings.
   *
   * @throws PlayerError: the scene can't do what one says; then the old ones stay.
   */
  map(mappings: readonly Mapping[]): void {
    this.effects = mappings.map((mapping) => this.effectOf(mapping));
  }

  /** Look at what is heard, some hundred times a second; null at the end of the sound. */
  update(hearing: Hearing | null): void {
    const now = performance.now() / 1000;
    const goal = hearing?.loud ?? 0;
    this.loud += (goal - this.loud) * (1 - Math.exp(-(now - this.time) / EASE));
    this.time = now;
    const nudge = this.player.steerer?.nudge;
    const isNew = (hearing?.beats ?? 0) > this.beats && this.host.moving();
    this.beats = hearing?.beats ?? 0;
    let held = 0;
    for (const effect of this.effects) {
      if (effect.kind === "nudge" && effect.signal === "loud") held += goal * effect.strength;
      else if (!isNew) continue;
      else if (effect.kind === "nudge") nudge?.push(hearing!.strength * effect.strength);
      else if (effect.kind === "name") this.once(effect.name, now);
    }
    this.putInMoods(hearing, now);
    if (!nudge) return;
    nudge.held = held;
    nudge.expected = Boolean(hearing && this.effects.length);
    if (isNew) this.host.hurry();
  }

  /** Do an action, or go to a name, unless the scene is on its way already; one that stands still stays. */
  private once(name: string, now: number): void {
    if (now < this.busy) return;
    this.busy = Infinity;
    const end = (seconds: number): void => void (this.busy = performance.now() / 1000 + seconds);
    const way = this.player.info.actions.has(name) ? this.host.act(name) : this.host.goTo(name);
    way.then(({ seconds }) => end(seconds), () => end(0));
  }

  /** The values of controls with what the sound makes of them. */
  drive(values: Controls, hearing: Hearing | null): Controls {
    if (!hearing && this.loud < AUDIBLE) return values;
    const driven = { ...values };
    const beat = hearing ? hearing.strength * Math.exp(-hearing.since / FADE) : 0;
    for (const effect of this.effects) {
      if (effect.kind !== "control") continue;
      const { name, default: own, minimum, maximum } = effect.control;
      const chosen = (values[name] ?? own) as number;
      const now = (driven[name] ?? own) as number;
      const top = effect.top ?? Math.max(reach(effect.control), chosen);
      const value = now + audible(effect.signal === "loud" ? this.loud : beat) * (top - chosen);
      driven[name] = Math.min(Math.max(value, minimum ?? value), maximum ?? value);
    }
    return driven;
  }

  /** Put the scene in the moods of the page and of the sound, seldom. */
  private putInMoods(hearing: Hearing | null, now: number): void {
    const moods = this.effects.filter((effect) => effect.kind === "mood");
    if (!(moods.length || this.mood) || (hearing && now < this.moodDue)) return;
    const strengths = this.host.moods();
    for (const { name, signal, strength } of moods) {
      const beat = hearing ? hearing.strength * Math.exp(-hearing.since / MOOD_FADE) : 0;
      const share = hearing ? audible(signal === "loud" ? this.loud : beat) : 0;
      const much = (strengths.get(name) ?? 0) + MOOD_STEP * Math.round((share * strength) / MOOD_STEP);
      strengths.set(name, Math.min(Math.max(much, -1), 1));
    }
    const mood = [...strengths].join(" ");
    if (mood === (this.mood ?? [...this.host.moods()].join(" "))) return;
    this.mood = hearing ? mood : null;
    this.moodDue = now + MOOD_SECONDS;
    this.player.putIn(strengths).catch(() => {}); // a worker that failed does so in the loop as well
  }

  /** A name of several things of the scene is that of the control, else of the mood, the action, the frame. */
  private effectOf({ signal, target, strength }: Mapping): Effect {
    const { info, steerer } = this.player;
    const written = `${signal}=${target}${strength === null ? "" : `:${strength}`}`;
    const sliders = info.controls.filter(isSlider);
    const control = sliders.find(({ name }) => name === target);
    if (control) {
      const [low, high] = [control.minimum ?? -Infinity, control.maximum ?? Infinity];
      if (strength !== null && !(low <= strength && strength <= high)) {
        throw new PlayerError(`The mapping ${written} needs a ${target} from ${low} to ${high}.`);
      }
      return { kind: "control", signal, control, top: strength };
    }
    if (info.moods.includes(target)) {
      return { kind: "mood", signal, name: target, strength: checkStrength(target, strength ?? 1, info.moods) };
    }
    if (info.actions.has(target) || info.names.has(target)) {
      if (signal !== "beat" || strength !== null) throw new PlayerError(`${target} happens on beats; write beat=${target}.`);
      return { kind: "name", signal, name: target };
    }
    if (target === "nudge") {
      const much = strength ?? 1;
      if (!(much >= 0 && much <= MOST_NUDGE)) throw new PlayerError(`The mapping ${written} needs a strength from 0 to ${MOST_NUDGE}.`);
      if (!steerer) throw new PlayerError(NO_MODES);
      return { kind: "nudge", signal, strength: much };
    }
    const names = new Set([...info.actions.keys(), ...info.names.keys()]);
    const shown = shownNames([...sliders.map(({ name }) => name), ...info.moods, ...names]);
    throw new PlayerError(`This scene has no '${plain(target)}' for a sound to drive; it has ${[...shown, "nudge"].join(", ")}.`);
  }
}

function audible(signal: number): number {
  return Math.max(0, (signal - AUDIBLE) / (1 - AUDIBLE));
}

/** The value at the end of a control's slider. */
function reach({ default: own, minimum, maximum }: Control): number {
  const far = Math.max(LONGEST_SLIDER, 2 * Math.abs(own));
  return Math.max(Math.min(maximum ?? far, far), own, minimum ?? own);
}
