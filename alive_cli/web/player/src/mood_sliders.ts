/** A slider for each mood of the scene of a page. */

import type { AliveScene } from "./element";
import { make } from "./markup";

/** A slider has a place for each multiple of this strength, which is as much as people see. */
const STEP = 0.05;

export class MoodSliders {
  /** The slider of each mood, and a field for its strength as a number. */
  private readonly inputs = new Map<string, HTMLInputElement[]>();

  /** @param say shows one sentence. */
  constructor(
    private readonly scene: AliveScene,
    private readonly place: HTMLElement,
    private readonly say: (sentence: string) => void,
  ) {}

  /** The scene is open, so its moods are known. */
  open(): void {
    const names = [...this.scene.moods.keys()];
    this.place.hidden = !names.length;
    for (const name of names) this.add(name);
    this.show();
  }

  /** Change to the next mood at strength 1, and after the last one to none. */
  next(): void {
    const { scene } = this;
    const names = [...scene.moods.keys()];
    if (!names.length) return this.say("This scene has no moods yet; alive mood gives it some.");
    const present = names.findIndex((name) => scene.moods.get(name));
    const next = names[present + 1];
    if (next) scene.setAttribute("mood", `${next}:1`);
    else scene.removeAttribute("mood");
    scene.play();
    this.show();
    this.say(next ? `mood: ${next}` : "no mood");
  }

  private add(name: string): void {
    const ends = { min: "-1", max: "1" };
    const range = make("input", { type: "range", step: `${STEP}`, ...ends });
    const field = make("input", { type: "number", step: "any", ariaLabel: `${name} as a number`, ...ends });
    const change = ({ target }: Event): void => this.set(name, (target as HTMLInputElement).valueAsNumber);
    range.addEventListener("input", change);
    field.addEventListener("change", change);
    this.inputs.set(name, [range, field]);
    this.place.append(make("div", {}, make("label", {}, `${name} `, range), field));
  }

  private set(name: string, strength: number): void {
    this.say("");
    this.scene.mood(name, strength).catch((error: Error) => this.say(error.message));
    this.show();
  }

  private show(): void {
    for (const [name, strength] of this.scene.moods) {
      for (const input of this.inputs.get(name) ?? []) input.value = String(+strength.toPrecision(6));
    }
  }
}
