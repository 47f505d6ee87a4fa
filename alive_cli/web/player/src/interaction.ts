/** What people, and a page's scripts, do to the picture of one element. */

import { PlayerError } from "./errors";
import { watchPointers } from "./pointer";
import type { Steerer } from "./steerer";
import { NO_MODES, type Steering } from "./steering";
import { NO_DEPTH, type ViewDriver } from "./view";

/** A pointer that hasn't moved for so many seconds is no longer followed. */
const RESTS = 4;
const NO_LOOK = "Nothing in this clip turns across or up, so the scene can't look at the pointer.";

/** What the interaction needs of its element. */
export interface InteractionHost {
  /** What moves pictures of the open scene; null before it is open, and where it doesn't say how. */
  readonly steerer: Steerer | null;
  /** From where the open scene is seen; null where nothing is near or far. */
  readonly view: ViewDriver | null;
  /** The words of the attribute. */
  readonly words: string[];
  play(): void;
  /** Draw anew at once. */
  hurry(): void;
  emit(type: string, detail: unknown): void;
}

export class Interaction {
  constructor(
    private readonly host: InteractionHost,
    private readonly canvas: HTMLCanvasElement,
  ) {
    const able = (): Steering | undefined => host.steerer?.steering;
    const seeing = (): boolean => this.seeing;
    watchPointers(canvas, {
      get touching() {
        return Boolean(able()) && host.words.includes("touch");
      },
      get looking() {
        return (Boolean(able()?.turns) && host.words.includes("look")) || seeing();
      },
      press: (x, y) => {
        host.play();
        host.steerer?.touch.hold(x, y, 0, 0);
        host.emit("touched", { x, y, follows: able()!.follows(x, y) });
      },
      drag: (x, y, dx, dy) => {
        host.steerer?.touch.hold(x, y, dx, dy);
        host.hurry();
      },
      release: (nudged) => {
        this.letGo();
        if (nudged) host.steerer?.touch.nudge(...nudged);
        host.hurry();
      },
      hover: (point) => {
        if (!point) {
          if (seeing()) host.view!.letGo();
          return this.lookAway();
        }
        const { width, height } = canvas;
        const longest = Math.max(width, height);
        const [across, down] = [(point[0] * longest) / width, (point[1] * longest) / height];
        if (able()?.turns && host.words.includes("look")) this.lookAt(across, down, RESTS);
        if (seeing()) host.view!.hold(across, down, RESTS);
        host.hurry();
      },
    });
  }

  /** Whether the view follows pointers. */
  private get seeing(): boolean {
    return Boolean(this.host.view) && this.host.words.includes("view");
  }

  /** Follow the attribute. Returns why it can't be followed, as one sentence, or "". */
  update(): string {
    const { steerer, words } = this.host;
    const [touching, looking] = ["touch", "look"].map((word) => words.includes(word));
    if (!touching) this.letGo();
    if (!looking) this.lookAway();
    this.canvas.classList.toggle("touch", touching && Boolean(steerer));
    if (words.includes("view") && !this.host.view) return NO_DEPTH;
    if (!steerer) return touching || looking ? NO_MODES : "";
    return looking && !steerer.steering.turns ? NO_LOOK : "";
  }

  /** Hold what is at a point, dragged by (dx, dy); without a drag, nudge it. */
  touch(x: number, y: number, dx: number, dy: number): boolean {
    const { steerer } = this.host;
    if (!steerer) throw new PlayerError(NO_MODES);
    const { across, down } = steerer.steering;
    if (!(Math.abs(x) <= across && Math.abs(y) <= down && Number.isFinite(dx) && Number.isFinite(dy))) {
      const [width, height] = [across, down].map((side) => +side.toPrecision(3));
      throw new PlayerError(`The picture spans ±${width} across and ±${height} down; touch a point of it.`);
    }
    if (dx || dy) steerer.touch.hold(x, y, dx, dy);
    else steerer.touch.nudge(x, y);
    this.host.hurry();
    return steerer.steering.follows(x, y);
  }

  letGo(): void {
    this.host.steerer?.touch.letGo();
  }

  lookAt(across: number, down: number, seconds?: number): void {
    const { steerer } = this.host;
    if (!steerer) throw new PlayerError(NO_MODES);
    if (!steerer.steering.turns) throw new PlayerError(NO_LOOK);
    if (!Number.isFinite(across) || !Number.isFinite(down)) throw new PlayerError("Look at a point of two finite numbers.");
    steerer.look.at(across, down, seconds);
    this.host.hurry();
  }

  lookAway(): void {
    this.host.steerer?.look.away();
  }
}
