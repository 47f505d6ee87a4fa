/** Enlarges a picture in its window. */

import type { Point } from "../marking/board";

/** A picture is enlarged so many times at most, and by this factor a step. */
const [MOST, STEP] = [6, 1.5];

export class Zoom {
  private scale = 1;

  /** @param size of the picture in its own pixels. */
  constructor(private window: HTMLElement, private board: HTMLElement, private size: Point) {}

  /** Enlarge by a step, or the other way; what is at `place` stays where it is on the screen. False if nothing changes. */
  step(direction: number, place: Point | null): boolean {
    const { window, board, size } = this;
    const [x, y] = [(place?.[0] ?? size[0] / 2) / size[0], (place?.[1] ?? size[1] / 2) / size[1]];
    const before = [x * board.clientWidth - window.scrollLeft, y * board.clientHeight - window.scrollTop];
    const scale = Math.min(MOST, Math.max(1, this.scale * STEP ** direction));
    if (scale === this.scale) return false;
    this.scale = scale;
    board.style.setProperty("--zoom", `${this.scale}`);
    window.scrollTo(x * board.clientWidth - before[0], y * board.clientHeight - before[1]);
    return true;
  }

  /** Scroll so that a place can be seen. */
  reveal([x, y]: Point): void {
    const { window, board, size } = this;
    const [left, top] = [(x / size[0]) * board.clientWidth, (y / size[1]) * board.clientHeight];
    const [width, height] = [window.clientWidth, window.clientHeight];
    if (left < window.scrollLeft || left > window.scrollLeft + width) window.scrollLeft = left - width / 2;
    if (top < window.scrollTop || top > window.scrollTop + height) window.scrollTop = top - height / 2;
  }
}
