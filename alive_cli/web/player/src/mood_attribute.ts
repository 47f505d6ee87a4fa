/** The attribute `mood` of `<alive-scene>`: the moods that a scene is in, as in `calm:0.7 asleep:-0.3`. */

import type { Strengths } from "./mood_weights";
import { checkStrength, readMoods } from "./mood_words";
import type { Player } from "./player";

/** Puts the scene of one element in the moods that its attribute says. */
export class MoodAttribute {
  private player: Player | null = null;
  private present: Strengths = new Map();
  /** What the scene is being put in, and whether that has changed meanwhile. */
  private sending: Promise<void> | null = null;
  private changed = false;

  constructor(
    private readonly element: Element,
    private readonly warn: (message: string) => void,
  ) {}

  /** Put another scene in the moods, or none. */
  declare(player: Player | null): void {
    this.player = player;
    this.present = new Map();
    this.sending = null;
    this.follow();
  }

  /** Follow the attribute; where it can't be followed, the scene is in no mood, and a warning says why. */
  follow(): void {
    if (!this.player) return;
    try {
      this.present = readMoods(this.element.getAttribute("mood") ?? "", this.player.info.moods);
    } catch (error) {
      this.present = new Map();
      this.warn((error as Error).message);
    }
    this.changed = true;
    if (!this.sending) this.send(this.player);
  }

  /**
   * Set one mood; what the others are doesn't change.
   *
   * @throws PlayerError: the scene has no such mood, the strength is out of range, or it takes no moods.
   */
  async put(name: string, strength: number): Promise<void> {
    checkStrength(name, strength, this.player!.info.moods);
    const words = [...new Map(this.present).set(name, strength)].filter(([, each]) => each);
    if (words.length) this.element.setAttribute("mood", words.map(([each, much]) => `${each}:${much}`).join(" "));
    else this.element.removeAttribute("mood");
    await this.sending;
  }

  /** The strength of each mood of the scene; 0 where it isn't in it. */
  get strengths(): Map<string, number> {
    return new Map(this.player?.info.moods.map((name) => [name, this.present.get(name) ?? 0]));
  }

  /** Put the scene in the present moods; what is chosen meanwhile follows in one piece. */
  private send(player: Player): void {
    const current = (): boolean => player === this.player;
    const all = async (): Promise<void> => {
      while (this.changed && current()) {
        this.changed = false;
        await player.putIn(this.present);
      }
    };
    this.sending = all().finally(() => current() && (this.sending = null));
    this.sending.catch((error: Error) => current() && this.warn(error.message));
  }
}
