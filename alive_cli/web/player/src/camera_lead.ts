/** A camera leads the scene of a page. It is asked for only when a person presses the button. */

import type { AliveScene } from "./element";
import type { LeadStatus } from "./lead/lead";
import { NO_MODES } from "./steering";

/** Pictures of this width are enough: they are reduced to 128 pixels. */
const WIDTH = 640;
/** People read these where the browser gives no camera, by the name of its error. */
const REASONS: { [name: string]: string } = {
  NotAllowedError: "The camera was refused; allow it for this page, and press the button again.",
  NotFoundError: "There is no camera here.",
  NotReadableError: "The camera can't be used; another program may have it.",
};
const INSECURE = "Browsers give a camera only to pages that come over https or from this machine.";
const LEADING = "The camera leads the scene; nothing is recorded or sent.";

export class CameraLead {
  private stream: MediaStream | null = null;
  private asking = false;
  private over = false;

  /** @param say shows one sentence. */
  constructor(
    private readonly scene: AliveScene,
    private readonly button: HTMLElement,
    private readonly say: (sentence: string) => void,
  ) {
    scene.addEventListener("lead", (event) => this.hear((event as CustomEvent<LeadStatus>).detail));
    this.show();
  }

  /** Let a camera lead, or end its lead. */
  async toggle(): Promise<void> {
    if (this.stream) {
      this.scene.leadAway();
      return this.close();
    }
    if (this.asking) return;
    if (!this.scene.player?.steerer) return this.say(NO_MODES);
    this.asking = true;
    try {
      this.stream = await askForCamera();
      if (this.over) return this.close();
      this.show();
      this.scene.play();
      await this.scene.lead(this.stream, { mirrored: true });
    } catch (error) {
      const { name, message } = error as Error;
      this.close();
      this.say(REASONS[name] ?? message);
    } finally {
      this.asking = false;
    }
  }

  /** Give the camera back for good, also one that a person allows later. */
  end(): void {
    this.over = true;
    this.scene.leadAway();
    this.close();
  }

  private hear({ state, message }: LeadStatus): void {
    if (!this.stream) return;
    if (state === "ended") this.close();
    this.say(state === "leading" ? LEADING : message);
  }

  /** Let go of the camera. */
  private close(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.show();
  }

  private show(): void {
    this.button.ariaPressed = `${this.stream !== null}`;
  }
}

async function askForCamera(): Promise<MediaStream> {
  // Browsers have none where a page is not secure, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new Error(INSECURE);
  return devices.getUserMedia({ video: { width: { ideal: WIDTH }, facingMode: "user" }, audio: false });
}
