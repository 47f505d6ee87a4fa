/** A picture on which points are set, by mouse, pen, finger or keys. */

/** A point in pixels of the whole picture. */
export type Point = [number, number];

/** What is done with points. A gesture begins, moves and ends; a click or Enter is one that doesn't move. */
export interface Tool {
  /** Whether a gesture goes on between two presses of Enter; otherwise each is a gesture of its own. */
  drags: boolean;
  begin(point: Point): void;
  move?(point: Point): void;
  end?(point: Point): void;
  /** Give up what was begun; false if nothing was. */
  cancel?(): boolean;
}

/** An arrow key moves the crosshair by this share of the longest side, and with Shift by one pixel of the screen. */
const STEP = 0.02;
const DIRECTIONS: { [key: string]: Point } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Board {
  /** Where the crosshair or the pointer is; null if it isn't over the picture. */
  place: Point | null = null;
  /** Whether keys moved it last, so that a crosshair shows where it is. */
  hasCrosshair = false;
  tool!: Tool;
  private pointer: number | null = null;
  private isDragging = false;
  private frame = 0;

  /**
   * @param draw draws all marks, in pixels of the picture; a pixel of the screen is `unit` of them.
   * @param crossed is called when keys have moved the crosshair.
   */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly size: Point,
    private draw: (context: CanvasRenderingContext2D, unit: number) => void,
    private crossed: (place: Point) => void = () => {},
  ) {
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => event.pointerId === this.pointer && this.giveUp());
    canvas.addEventListener("pointerleave", () => {
      if (this.pointer !== null) return;
      this.place = null;
      this.redraw();
    });
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    canvas.addEventListener("blur", () => this.redraw());
    canvas.addEventListener("focus", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** Pixels of the picture in a pixel of the screen. */
  get unit(): number {
    return this.size[0] / (this.canvas.clientWidth || 1);
  }

  redraw(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { canvas, size } = this;
      const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d")!;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      context.setTransform(width / size[0], 0, 0, height / size[1], 0, 0);
      this.draw(context, this.unit);
      if (this.hasCrosshair && this.place && document.activeElement === canvas) this.drawCrosshair(context, this.place);
    });
  }

  /** Give up the gesture, and what the tool has begun; false if there was nothing. */
  giveUp(): boolean {
    const dragged = this.isDragging;
    this.pointer = null;
    this.isDragging = false;
    const begun = this.tool.cancel?.() ?? false;
    this.redraw();
    return dragged || begun;
  }

  private pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return this.within([((clientX - left) / width) * this.size[0], ((clientY - top) / height) * this.size[1]]);
  }

  private within([x, y]: Point): Point {
    const [width, height] = this.size;
    return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
  }

  private down(event: PointerEvent): void {
    if (event.button || this.pointer !== null) return;
    if (this.isDragging) this.giveUp(); // keys had begun something
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.isDragging = true;
    this.hasCrosshair = false;
    this.place = this.pointOf(event);
    this.tool.begin(this.place);
    this.redraw();
  }

  private moved(event: PointerEvent): void {
    if (this.pointer !== null && event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    if (this.pointer !== null) {
      for (const each of events.length ? events : [event]) this.tool.move?.(this.pointOf(each));
    }
    if (this.isDragging && this.pointer === null) return; // keys draw
    this.hasCrosshair = false;
    this.place = this.pointOf(event);
    this.redraw();
  }

  private up(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.isDragging = false;
    this.tool.end?.(this.pointOf(event));
    this.redraw();
  }

  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.pointer !== null) return;
    const direction = DIRECTIONS[event.key];
    if (direction) {
      const step = event.shiftKey ? this.unit : STEP * Math.max(...this.size);
      const [x, y] = this.place ?? [this.size[0] / 2, this.size[1] / 2];
      this.place = this.within([x + step * direction[0], y + step * direction[1]]);
      if (this.isDragging) this.tool.move?.(this.place);
      this.crossed(this.place);
    } else if (event.key === "Enter" && !event.repeat) {
      this.place ??= [this.size[0] / 2, this.size[1] / 2];
      if (this.isDragging) {
        this.isDragging = false;
        this.tool.end?.(this.place);
      } else {
        this.tool.begin(this.place);
        this.isDragging = this.tool.drags;
        if (!this.isDragging) this.tool.end?.(this.place);
      }
    } else return;
    event.preventDefault();
    this.hasCrosshair = true;
    this.redraw();
  }

  private drawCrosshair(context: CanvasRenderingContext2D, [x, y]: Point): void {
    const arm = 14 * this.unit;
    for (const [colour, width] of [["#000", 3.5], ["#fff", 1.5]] as const) {
      context.beginPath();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
      context.strokeStyle = colour;
      context.lineWidth = width * this.unit;
      context.stroke();
    }
  }
}
