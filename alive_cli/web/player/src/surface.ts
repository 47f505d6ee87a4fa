/** What of the element can be seen: the picture, the poster, the button, and the note of an error. */

import { straighten } from "./opacity";
import type { Picture } from "./png";
import { STYLE } from "./style";

/** The outline of the button's icon while the scene is held: a triangle. */
const PLAY = "M3 1.5v13l11-6.5z";
/** The outline of the button's icon while the scene plays: two bars. */
const PAUSE = "M3 1.5h3.5v13H3zm6.5 0H13v13H9.5z";
/** A picture is tall from this height ÷ width on, as in views/crop.py. */
const TALL = 1.25;

export class Surface {
  readonly canvas = document.createElement("canvas");
  private readonly image = document.createElement("img");
  private readonly button = document.createElement("button");
  private readonly note = document.createElement("p");

  /** @param press what the button does. */
  constructor(host: HTMLElement, press: () => void) {
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.canvas.setAttribute("role", "img");
    for (const [name, element] of Object.entries({ canvas: this.canvas, poster: this.image, button: this.button, note: this.note })) {
      element.setAttribute("part", name);
    }
    this.canvas.hidden = this.image.hidden = this.note.hidden = true;
    this.note.setAttribute("role", "status");
    this.button.type = "button";
    this.button.append(icon(PLAY));
    this.button.addEventListener("click", press);
    this.image.addEventListener("error", () => (this.image.hidden = true));
    this.image.addEventListener("load", () => markTall(this.image, this.image.naturalWidth, this.image.naturalHeight));
    root.append(this.canvas, this.image, this.button, this.note);
  }

  /**
   * Show what the scene is and what the button does.
   *
   * @param button whether there is one.
   */
  describe(label: string, held: boolean, button: boolean): void {
    this.canvas.setAttribute("aria-label", label);
    this.image.alt = label;
    this.button.setAttribute("aria-label", held ? "Play" : "Pause");
    this.button.classList.toggle("waiting", held);
    this.button.querySelector("path")!.setAttribute("d", held ? PLAY : PAUSE);
    this.button.hidden = !button;
  }

  showPoster(address: string | null): void {
    this.image.hidden = address === null;
    if (address === null) this.image.removeAttribute("src");
    else this.image.src = address;
    this.image.classList.toggle("alone", Boolean(this.canvas.hidden));
  }

  /** Show a sentence instead of the picture, over the poster where there is one. */
  showNote(message: string, poster: string | null): void {
    this.canvas.hidden = true;
    this.showPoster(poster);
    this.note.textContent = message;
    this.note.hidden = false;
    this.note.classList.toggle("alone", Boolean(this.image.hidden));
  }

  hideNote(): void {
    // Where the scene didn't come, its poster may not have come either.
    if (!this.note.hidden && this.image.src) this.showPoster(this.image.src);
    this.note.hidden = true;
  }

  /** Show a frame: in place of the poster. */
  showFrame(context: CanvasRenderingContext2D, image: ImageData): void {
    // A canvas is black from when its size is set until a picture comes, so both come at once.
    if (this.canvas.width !== image.width) this.canvas.width = image.width;
    if (this.canvas.height !== image.height) this.canvas.height = image.height;
    markTall(this.canvas, image.width, image.height);
    context.putImageData(image, 0, 0);
    this.canvas.hidden = false;
    this.image.hidden = true;
  }

  /** Show a picture that stays: the bundle's poster, or else words of pixels, [H · W], in the canvas's size. */
  showStill(context: CanvasRenderingContext2D, poster: Picture | null, words: Uint32Array): void {
    const { width, height } = poster ?? this.canvas;
    this.canvas.width = width;
    this.canvas.height = height;
    markTall(this.canvas, width, height);
    const image = new ImageData(width, height);
    if (poster) copyPixels(poster, image.data);
    else straighten(words, image.data);
    context.putImageData(image, 0, 0);
    this.canvas.hidden = false;
  }
}

/** Say whether a picture is tall, on which depends what of it is seen where a page lets it cover something. */
function markTall({ classList }: HTMLElement, width: number, height: number): void {
  classList.toggle("tall", height >= TALL * width);
}

/** Copy a picture; one without opacity hides all that is behind it. */
function copyPixels({ pixels, channels }: Picture, data: Uint8ClampedArray): void {
  if (channels === 4) return data.set(pixels);
  for (let pixel = 0; pixel < pixels.length / 3; pixel++) {
    for (let channel = 0; channel < 3; channel++) data[4 * pixel + channel] = pixels[3 * pixel + channel];
    data[4 * pixel + 3] = 255;
  }
}

function icon(path: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  picture.append(shape);
  return picture;
}
