/** Pointers on a picture: mouse, pen and finger. */

/** A press that moves the pointer by less than this, in the picture's coordinates, is a nudge. */
const CLICK = 0.01;

/** Who is told of them. Points are in the picture's coordinates: its longest side spans −1…1, and y points down. */
export interface PointerHost {
  /** Whether presses and drags are wanted, and pointers that only move. */
  readonly touching: boolean;
  readonly looking: boolean;
  press(x: number, y: number): void;
  drag(x: number, y: number, dx: number, dy: number): void;
  /** @param nudged where a press without a drag ends. */
  release(nudged: [number, number] | null): void;
  /** @param point where a pointer is that holds nothing; null where it has left. */
  hover(point: [number, number] | null): void;
}

/** Report what pointers do on a canvas. */
export function watchPointers(canvas: HTMLCanvasElement, host: PointerHost): void {
  /** The pointer that presses, where it did, and how far it was at most. */
  let held: { id: number; x: number; y: number; farthest: number } | null = null;
  const end = (event: PointerEvent, nudges: boolean): void => {
    if (held?.id !== event.pointerId) return;
    const { x, y, farthest } = held;
    held = null;
    host.release(nudges && farthest < CLICK ? [x, y] : null);
  };
  const on = (types: string, listener: (event: PointerEvent) => void): void => {
    for (const type of types.split(" ")) canvas.addEventListener(`pointer${type}`, listener as EventListener);
  };
  on("down", (event) => {
    const [x, y] = pointOf(event, canvas);
    const longest = Math.max(canvas.width, canvas.height);
    const inside = Math.abs(x) <= canvas.width / longest && Math.abs(y) <= canvas.height / longest;
    if (!host.touching || held || event.button || !inside) return;
    held = { id: event.pointerId, x, y, farthest: 0 };
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // A page's script made the event; it has no pointer.
    }
    host.press(x, y);
  });
  on("down move", (event) => {
    const [x, y] = pointOf(event, canvas);
    // What is held must stay under the pointer.
    if (host.looking && !held) host.hover([x, y]);
    if (event.type !== "pointermove" || held?.id !== event.pointerId) return;
    const [dx, dy] = [x - held.x, y - held.y];
    held.farthest = Math.max(held.farthest, Math.hypot(dx, dy));
    host.drag(held.x, held.y, dx, dy);
  });
  on("up", (event) => end(event, true));
  on("cancel lostcapture", (event) => end(event, false));
  on("leave", () => host.hover(null));
}

/** Where an event is in a canvas's picture, wherever `object-fit` puts that; it may lie outside. */
function pointOf({ offsetX, offsetY }: PointerEvent, canvas: HTMLCanvasElement): [number, number] {
  const { objectFit, objectPosition } = getComputedStyle(canvas);
  const { clientWidth, clientHeight, width, height } = canvas;
  const scales = [clientWidth / width, clientHeight / height];
  const least = Math.min(...scales);
  const fitted: { [fit: string]: number } = { contain: least, cover: Math.max(...scales), none: 1, "scale-down": Math.min(1, least) };
  const [across, down] = objectFit in fitted ? [fitted[objectFit], fitted[objectFit]] : scales;
  const places = objectPosition.split(" ");
  const start = (place: string, room: number): number => (place.endsWith("%") ? room / 100 : 1) * parseFloat(place);
  const left = start(places[0], clientWidth - width * across);
  const top = start(places[1], clientHeight - height * down);
  const longest = Math.max(width, height);
  return [(2 * ((offsetX - left) / across) - width) / longest, (2 * ((offsetY - top) / down) - height) / longest];
}
