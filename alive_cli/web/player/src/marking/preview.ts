/** The picture as it will move, computed by the command anew after each change. */

import { Replaced, send } from "./server";

/** A change is previewed after this long without another. */
const REST_MILLISECONDS = 250;

interface Answer {
  /** An animated WebP, as base64. */
  picture: string;
  seconds: number;
  note: string;
}

export class Preview<Marks> {
  isOn = false;
  private timer = 0;
  private control = new AbortController();

  constructor(
    private image: HTMLImageElement,
    private button: HTMLElement,
    private say: (text: string) => void,
    /** What is said of a preview of so many seconds. */
    private sentence: (seconds: string) => string,
  ) {}

  toggle(marks: Marks): void {
    this.isOn = !this.isOn;
    this.button.ariaPressed = `${this.isOn}`;
    if (this.isOn) void this.show(marks);
    else this.hide();
  }

  /** Marks have changed. */
  change(marks: Marks): void {
    clearTimeout(this.timer);
    if (this.isOn) this.timer = setTimeout(() => void this.show(marks), REST_MILLISECONDS);
  }

  private async show(marks: Marks): Promise<void> {
    this.control.abort();
    const { signal } = (this.control = new AbortController());
    this.say("The preview is being computed …");
    this.image.ariaBusy = "true";
    try {
      const { picture, seconds, note } = await send<Answer>("preview", marks, signal);
      if (signal.aborted) return;
      this.image.src = `data:image/webp;base64,${picture}`;
      await this.image.decode();
      if (signal.aborted) return;
      this.image.hidden = false;
      this.say(`${this.sentence(seconds.toFixed(1))} ${note}`);
    } catch (error) {
      if (signal.aborted) return;
      this.image.hidden = !(error instanceof Replaced);
      this.say(error instanceof Replaced ? "Another page asked for a preview meanwhile." : (error as Error).message);
    }
    this.image.ariaBusy = "false";
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.control.abort();
    this.image.hidden = true;
    this.image.ariaBusy = "false";
    this.say("");
  }
}
