/** What `<alive-scene>` hears: the attribute `on`, and the methods `listen` and `stopListening`. */

import type { Controls } from "../controls";
import { PlayerError } from "../errors";
import type { Player } from "../player";
import { SoundDriver, type SoundHost } from "./driver";
import { Ear, type SoundNews, type SoundSource } from "./ear";
import { DEFAULT_MAPPINGS, readMappings } from "./mappings";

export class HearingElement extends HTMLElement {
  #ear: Ear | null = null;
  #driver: SoundDriver | null = null;
  /** Counts what was begun, so that what a person ends while it opens doesn't begin. */
  #attempt = 0;

  /**
   * Let the scene hear a sound, which drives what the attribute `on` says (`loud=temperature` by default). Call it when a
   * person clicks or presses a key. Nothing is recorded or sent. The event `sound` (detail: state, message) says when it
   * is on, silent for long, or has ended.
   *
   * @param source `"mic"`, a MediaStream, or an audio or video element that plays.
   * @throws PlayerError: there is no scene yet, it can't do what `on` says, or the sound can't be heard.
   */
  async listen(source: SoundSource): Promise<void> {
    this.stopListening();
    const driver = this.#driver;
    if (!driver) throw new PlayerError("The scene is not ready yet; wait for the event ready.");
    driver.map(readMappings(this.getAttribute("on") ?? DEFAULT_MAPPINGS));
    const attempt = ++this.#attempt;
    const tell = (news: SoundNews): void => {
      if (news.state === "ended") this.stopListening();
      this.#tell(news);
    };
    const ear = await Ear.open(source, { update: () => driver.update(this.#ear?.hearing ?? null), tell });
    if (attempt !== this.#attempt) return ear.close();
    this.#ear = ear;
    this.#tell({ state: "on", message: "The scene hears; nothing is recorded or sent." });
  }

  /** Hear nothing any more, and give back the microphone. */
  stopListening(): void {
    this.#attempt++;
    this.#ear?.close();
    this.#ear = null;
    this.#driver?.update(null);
  }

  /** Whether the scene hears a sound. */
  get listening(): boolean {
    return Boolean(this.#ear);
  }

  #tell(news: SoundNews): void {
    this.dispatchEvent(new CustomEvent("sound", { detail: news }));
  }

  /** Another scene is open, or none. */
  protected hearFor(player: Player | null, host?: SoundHost): void {
    const heard = this.listening;
    this.stopListening();
    if (heard) this.#tell({ state: "ended", message: "The scene hears nothing any more." });
    this.#driver = player && host ? new SoundDriver(player, host) : null;
  }

  /** Follow the attribute `on` while the scene hears. Returns why it can't be followed, as one sentence, or "". */
  protected followMappings(): string {
    try {
      if (this.#ear) this.#driver?.map(readMappings(this.getAttribute("on") ?? DEFAULT_MAPPINGS));
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The values of controls with what the sound makes of them. */
  protected heard(values: Controls): Controls {
    this.#driver?.update(this.#ear?.hearing ?? null);
    return this.#driver?.drive(values, this.#ear?.hearing ?? null) ?? values;
  }
}
