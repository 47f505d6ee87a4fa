/** How a device is tilted: a view follows it, as if the scene lay behind a window. */

import type { View } from "./view";

/** The view is as far aside as it goes where the device is tilted by so many degrees. */
const RANGE = 15;
/** How people usually hold the device follows their present way with this time constant, in seconds. */
const USUAL = 8;

/** `DeviceOrientationEvent` where a page needs a permission. */
interface Permitting {
  requestPermission?(): Promise<string>;
}

export class Tilt {
  /** How the device is usually held: to the right, and toward its holder, in degrees. */
  private usual: View | null = null;
  private last = 0;
  private permitted = false;
  private readonly turned = (event: DeviceOrientationEvent): void => this.follow(event);
  private readonly pressed = (): void => void this.permit();

  /**
   * @param target a press on it may ask a person for the permission that some devices want.
   * @param see receives the view.
   */
  constructor(
    private readonly target: HTMLElement,
    private readonly see: (view: View) => void,
  ) {
    addEventListener("deviceorientation", this.turned);
    target.addEventListener("click", this.pressed);
  }

  /** Follow no device any more. */
  end(): void {
    removeEventListener("deviceorientation", this.turned);
    this.target.removeEventListener("click", this.pressed);
  }

  private async permit(): Promise<void> {
    if (this.permitted || typeof DeviceOrientationEvent === "undefined") return;
    this.permitted = true;
    await (DeviceOrientationEvent as Permitting).requestPermission?.().catch(() => {}); // a person may refuse
  }

  private follow({ beta, gamma, timeStamp }: DeviceOrientationEvent): void {
    if (beta === null || gamma === null || !Number.isFinite(beta + gamma)) return;
    const angle = ((screen.orientation?.angle ?? 0) * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const now: View = [gamma * cosine + beta * sine, beta * cosine - gamma * sine];
    const usual = (this.usual ??= now);
    const share = 1 - Math.exp(-Math.max(0, timeStamp - this.last) / 1000 / USUAL);
    if (this.last) this.usual = [usual[0] + share * (now[0] - usual[0]), usual[1] + share * (now[1] - usual[1])];
    this.last = timeStamp;
    // Who tilts a device to the right sees it from farther left.
    this.see([(usual[0] - now[0]) / RANGE, (usual[1] - now[1]) / RANGE]);
  }
}
