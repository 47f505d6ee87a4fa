/** From where `<alive-scene>` is seen: the attribute `view`, and the methods `viewFrom` and `viewAway`. */

import { PlayerError } from "./errors";
import { HearingElement } from "./sound/hearing_element";
import { Tilt } from "./tilt";
import { NO_DEPTH, type ViewDriver } from "./view";

/** A tilt that hasn't been reported for so many seconds is no longer followed. */
const RESTS = 4;
const NO_VIEW = 'The attribute view takes how far it sways, 0 to 1, or two numbers from −1 to 1, as in view="0.5,-0.2".';

export class SeenElement extends HearingElement {
  #view: ViewDriver | null = null;
  #hurry: () => void = () => {};
  #tilt: Tilt | null = null;

  /**
   * See a scene with depth from elsewhere, −1…1 across and down (1 is far on the right, and far below), until `viewAway`.
   *
   * @throws PlayerError: a number is out of range, or the scene has no depth, or is not ready.
   */
  viewFrom(across: number, down: number): void {
    if (!this.#view) throw new PlayerError(NO_DEPTH);
    if (!(Math.abs(across) <= 1 && Math.abs(down) <= 1)) {
      throw new PlayerError("A view needs two numbers from −1 to 1: across and down.");
    }
    this.#view.hold(across, down);
    this.#hurry();
  }

  /** Let the view sway again after `viewFrom`. */
  viewAway(): void {
    this.#view?.letGo();
  }

  /**
   * Another scene can be seen, or none.
   *
   * @param follows whether its view follows how the device is tilted.
   * @returns why the attribute can't be followed, as one sentence, or "".
   */
  protected seeFor(view: ViewDriver | null, follows = false, hurry: () => void = () => {}): string {
    const before = this.#view;
    this.#view = view;
    this.#hurry = hurry;
    this.#tilt?.end();
    this.#tilt = view && follows ? new Tilt(this, ([across, down]) => view.hold(across, down, RESTS)) : null;
    return view && view === before ? "" : this.followView();
  }

  /** Follow the attribute `view`. Returns why it can't be followed, as one sentence, or "". */
  protected followView(): string {
    const text = this.getAttribute("view");
    const view = this.#view;
    if (!view) return text === null ? "" : NO_DEPTH;
    if (text === null) {
      view.swayAs(null);
      return "";
    }
    const numbers = text.split(",").map((part) => (part.trim() ? Number(part) : NaN));
    if (numbers.length === 1 && numbers[0] >= 0 && numbers[0] <= 1) view.swayAs(numbers[0]);
    else if (numbers.length === 2 && numbers.every((number) => Math.abs(number) <= 1)) view.begin(numbers[0], numbers[1]);
    else return NO_VIEW;
    this.#hurry();
    return "";
  }
}
