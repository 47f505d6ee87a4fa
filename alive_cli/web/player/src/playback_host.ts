/** What the loop that plays a scene needs of its element. */

import type { Controls } from "./controls";
import type { ThriftyElement } from "./thrift";

/** What the element's attributes say. */
export interface PlaybackSettings extends ThriftyElement {
  readonly poster: string | null;
  readonly seed: bigint | null;
  readonly net: string | null;
  readonly engine: string | null;
  /** The second, or the name, that the rollout is sent to first; null for none. */
  readonly goal: number | string | null;
}

/** What the loop needs of the element that it plays for. */
export interface PlaybackHost {
  /** Whether frames go by at all. */
  readonly moving: boolean;
  /** Whether a person, or the system's settings, hold it still. */
  readonly held: boolean;
  readonly settings: PlaybackSettings;
  /** Width and height of the picture. */
  pixels(): [number, number];
  /** The observed frame that it begins at; null where the seed chooses it. */
  startFrame(): number | null;
  controls(): Controls;
  /** Show what has changed. */
  update(): void;
  emit(type: string, detail: unknown): void;
  warn(message: string): void;
}
