/** How little a scene may cost: the attributes `fps`, `cpu` and `battery`. */

/** What pictures cost is judged by those of so many seconds, at least so many of them. */
const TRIAL_SECONDS = 2;
const TRIAL_PICTURES = 8;
/** A picture costs what it takes at this place among the others: more only says that other programs were busy. */
const USUAL = 0.25;
/** Steps of thrift: the share of width and height that is drawn, and every how many-th frame. First pixels go, as they are
 *  missed least, then frames, each in turn. */
const STEPS: readonly (readonly [scale: number, stride: number])[] = [
  [1, 1],
  [0.84, 1],
  [0.71, 1],
  [0.71, 2],
  [0.5, 2],
  [0.5, 3],
  [0.5, 5],
  [0.35, 5],
  [0.35, 8],
];
/** On a battery at least this step is taken: half of the pixels, and half of the frames. */
const BATTERY_STEP = 3;
/** A step with more pictures must be expected to cost at most this share of what may be spent; else steps would alternate. */
const ROOM = 0.7;
/** A picture's seconds that don't depend on its size, as a share of those of a whole one. */
const FIXED = 0.15;

/** What of an element says how thrifty it is. */
export interface ThriftyElement {
  readonly fps: number | null;
  readonly cpu: number | null;
  readonly battery: string | null;
}

/** `BatteryManager`, which only Chromium has. */
interface Battery extends EventTarget {
  readonly charging: boolean;
}

export class Thrift {
  private step = 0;
  private onBattery = false;
  /** Seconds of one core that each picture took since `since`, in seconds. */
  private spent: number[] = [];
  private since = 0;
  private ending: () => void = () => {};

  /**
   * @param rate frames that the scene has in a second.
   * @param changed is called where the pictures' size or rate changes.
   */
  constructor(
    private readonly element: ThriftyElement,
    private readonly rate: number,
    private readonly changed: () => void,
  ) {
    void this.watchBattery();
  }

  /** The share of width and height that is drawn. */
  get scale(): number {
    return STEPS[this.place][0];
  }

  /** Every how many-th frame is drawn. */
  get stride(): number {
    const { fps } = this.element;
    const limited = fps !== null && fps > 0 ? Math.ceil(this.rate / fps - 0.01) : 1;
    return Math.max(limited, STEPS[this.place][1]);
  }

  /** Whether pictures between two frames cost more than may be spent. */
  get limited(): boolean {
    return this.stride > 1 || this.share !== null || this.place > 0;
  }

  /**
   * Note that a picture was drawn.
   *
   * @param seconds of one core that it took.
   * @param now in seconds.
   */
  note(seconds: number, now: number): void {
    const { share } = this;
    if (share === null) {
      if (this.step) this.take(0);
      return;
    }
    if (!this.since) this.since = now;
    else this.spent.push(seconds);
    const passed = now - this.since;
    const { length } = this.spent;
    if (passed < TRIAL_SECONDS || length < TRIAL_PICTURES) return;
    const usual = this.spent.sort((one, other) => one - other)[Math.floor(USUAL * length)];
    this.rest();
    this.judge((usual * length) / passed, share);
  }

  /** Begin to count anew: time in which nothing was drawn isn't time in which little was spent. */
  rest(): void {
    this.spent = [];
    this.since = 0;
  }

  /** Something of the attributes changed. */
  update(): void {
    this.rest();
    this.changed();
  }

  end(): void {
    this.ending();
  }

  /** The share of one core that drawing may take; null for any. */
  private get share(): number | null {
    const { cpu } = this.element;
    return cpu !== null && cpu > 0 && cpu < 100 ? cpu / 100 : null;
  }

  private get place(): number {
    return Math.max(this.step, this.onBattery && this.element.battery === "calm" ? BATTERY_STEP : 0);
  }

  private judge(cost: number, share: number): void {
    const { place } = this;
    if (cost > share && place < STEPS.length - 1) {
      // Many steps at once where one wouldn't do.
      let next = place + 1;
      while (next < STEPS.length - 1 && cost * ratio(place, next) > share) next++;
      this.take(next);
    } else if (this.step && this.step === place && cost * ratio(place, place - 1) < ROOM * share) this.take(place - 1);
  }

  private take(step: number): void {
    const before = [this.scale, this.stride];
    this.step = step;
    if (before[0] !== this.scale || before[1] !== this.stride) this.changed();
  }

  private async watchBattery(): Promise<void> {
    const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
    const battery = await getBattery?.call(navigator).catch(() => null);
    if (!battery) return;
    const look = (): void => {
      this.onBattery = !battery.charging;
      this.update();
    };
    battery.addEventListener("chargingchange", look);
    this.ending = () => battery.removeEventListener("chargingchange", look);
    if (!battery.charging) look();
  }
}

/** How much one step costs in comparison with another. */
function ratio(from: number, to: number): number {
  const cost = ([scale, stride]: readonly [number, number]): number => (FIXED + (1 - FIXED) * scale ** 2) / stride;
  return cost(STEPS[to]) / cost(STEPS[from]);
}
