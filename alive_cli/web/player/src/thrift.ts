/** How little a scene may cost: the attributes `fps`, `cpu` and `battery`. */

/** What pictures cost is judged by those of so many seconds, at least so many of them. */
const TRIAL_SECONDS = 2;
const TRIAL_PICTURES = 8;
/** After a change these suffice, as the next trial mends what the first one gets wrong. */
const FIRST_SECONDS = 0.5;
const FIRST_PICTURES = 3;
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
/** On a battery at least this step is taken: a quarter of the pixels, a third as often, as in views of `alive play`. */
const BATTERY_STEP = 5;
/** A picture stays for at most so many seconds, whatever `fps` says: the frames between two pictures are one task. */
const MOST_SECONDS = 10;
/** A step with more pictures must be expected to cost at most this share of what may be spent; else steps would alternate. */
const ROOM = 0.7;
/** What the attributes take, for a sentence. */
const TAKES = [
  ["fps", 'a number above 0, as in fps="12"'],
  ["cpu", 'a number above 0, as in cpu="25"'],
  ["battery", 'one word, as in battery="calm"'],
] as const;
/** A picture's seconds that don't depend on its size, as a share of those of a whole one. */
const FIXED = 0.15;

/** What of an element says how thrifty it is. */
export interface ThriftyElement {
  readonly fps: number | null;
  readonly cpu: number | null;
  readonly battery: string | null;
  getAttribute(name: string): string | null;
}

/** `BatteryManager`, which only Chromium has. */
interface Battery extends EventTarget {
  readonly charging: boolean;
}

export class Thrift {
  private step = 0;
  private onBattery = false;
  private ended = false;
  /** The part of a frame that is left over where pictures aren't whole frames apart. */
  private left = 0;
  /** Whether nothing was judged since the latest change, and which attributes were warned of. */
  private first = true;
  private readonly refused = new Set<string>();
  /** Seconds of one core that each picture took since `since`, in seconds. */
  private spent: number[] = [];
  private since = 0;
  private ending: () => void = () => {};

  /**
   * @param rate frames that the scene has in a second.
   * @param changed is called where the pictures' size or rate changes.
   * @param warn receives a sentence for each attribute that limits nothing.
   */
  constructor(
    private readonly element: ThriftyElement,
    private readonly rate: number,
    private readonly changed: () => void,
    private readonly warn: (message: string) => void,
  ) {
    this.check();
    void this.watchBattery();
  }

  /** The share of width and height that is drawn. */
  get scale(): number {
    return STEPS[this.place][0];
  }

  /** How many frames there are from picture to picture, ≥ 1; no whole number where single frames are left out. */
  get stride(): number {
    const { fps } = this.element;
    const limited = fps !== null && fps > 0 ? Math.min(this.rate / fps, MOST_SECONDS * this.rate) : 1;
    return Math.max(1, limited, STEPS[this.place][1]);
  }

  /** The whole number of frames by which the scene goes on for so many pictures. */
  pass(pictures: number): number {
    const frames = pictures * this.stride + this.left;
    this.left = frames % 1;
    return Math.floor(frames);
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
    const [least, pictures] = this.first ? [FIRST_SECONDS, FIRST_PICTURES] : [TRIAL_SECONDS, TRIAL_PICTURES];
    if (passed < least || length < pictures) return;
    const usual = this.spent.sort((one, other) => one - other)[Math.floor(USUAL * length)];
    this.rest();
    this.first = false;
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
    this.first = true;
    this.check();
    this.changed();
  }

  end(): void {
    this.ended = true;
    this.ending();
  }

  /** The share of one core that drawing may take; null for any. */
  private get share(): number | null {
    const { cpu } = this.element;
    return cpu !== null && cpu > 0 ? cpu / 100 : null;
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
    } else if (this.step === place) {
      // As many back as there is room for; what a guess gets wrong, the next trial mends.
      let next = place;
      while (next > 0 && cost * ratio(place, next - 1) < ROOM * share) next--;
      if (next < place) this.take(next);
    }
  }

  /** Warn of attributes that limit nothing, once as long as they do. */
  private check(): void {
    for (const [name, takes] of TAKES) {
      const wrong = this.element.getAttribute(name) !== null && !this.limits(name);
      if (wrong && !this.refused.has(name)) this.warn(`The attribute ${name} takes ${takes}; as it is, it limits nothing.`);
      if (wrong) this.refused.add(name);
      else this.refused.delete(name);
    }
  }

  private limits(name: "fps" | "cpu" | "battery"): boolean {
    const value = this.element[name];
    return name === "battery" ? value === "calm" : value !== null && Number(value) > 0;
  }

  private take(step: number): void {
    const before = [this.scale, this.stride];
    this.step = step;
    if (before[0] !== this.scale || before[1] !== this.stride) this.changed();
  }

  private async watchBattery(): Promise<void> {
    const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
    const battery = await getBattery?.call(navigator).catch(() => null);
    if (!battery || this.ended) return;
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
