/** `<alive-scene>`: a living scene in a page. */

import { BundleError, PlayerError } from "./errors";
import { fetchBundle } from "./files";
import type { Controls, Moment } from "./life";
import type { Picture } from "./png";
import { type Drawn, Player } from "./player";
import { STYLE } from "./style";
import type { Net } from "./tasks";

/** Attributes, each with a property of the same name that mirrors it. */
const TEXTS = ["src", "integrity", "poster", "size", "net", "engine"] as const;
const NUMBERS = ["temperature", "pull", "novelty", "start", "goal", "workers"] as const;
const ATTRIBUTES = [...TEXTS, ...NUMBERS, "seed", "paused"] as const;
type Attribute = (typeof ATTRIBUTES)[number];
const CONTROL_LIMITS: { [name in keyof Controls]: number } = { temperature: 100, pull: 1, novelty: 1 };
const MOST_WORKERS = 16;
/** Frames that a life may be behind; beyond, it doesn't catch up. */
const MOST_SKIPPED = 4;
/** A frame is shown at the screen's refresh that is nearest to its time. */
const EARLY_SECONDS = 0.004;
/** Frames after which it is known whether the fine net keeps up. */
const TRIAL_FRAMES = 20;
const PLAY = "M3 1.5v13l11-6.5z";
const PAUSE = "M3 1.5h3.5v13H3zm6.5 0H13v13H9.5z";

/** A picture on its way to the screen. */
interface Frame {
  moment: Moment;
  drawn: Drawn;
}

/**
 * A custom element that plays the bundle at `src`.
 *
 * Attributes and properties: `temperature` (0 … 100), `pull`, `novelty` (0 … 1) steer the life as it runs; `seed`
 * (0 … 2⁶³−1) and `start` (second of the source) begin another; `goal` (second of the source) sends it somewhere;
 * `size` (longest side, or `WIDTHxHEIGHT`), `net` (`auto`, `fine`, `fast`), `engine` (`auto`, `cpu`, `gpu`),
 * `workers` (1 … 16), `poster`, `integrity`, `paused`.
 *
 * Events: `ready`, `frame` (detail: embedding [D], moment, step), `moment` (detail: moment) when it comes to another
 * observed moment, `play`, `pause`, and `error` (detail: message, kind).
 */
export class AliveScene extends HTMLElement {
  static readonly observedAttributes: readonly string[] = [...ATTRIBUTES, "aria-label"];

  declare src: string | null;
  declare integrity: string | null;
  declare poster: string | null;
  declare size: string | null;
  declare net: string | null;
  declare engine: string | null;
  declare temperature: number | null;
  declare pull: number | null;
  declare novelty: number | null;
  declare start: number | null;
  declare goal: number | null;
  declare workers: number | null;

  readonly #canvas = document.createElement("canvas");
  readonly #image = document.createElement("img");
  readonly #button = document.createElement("button");
  readonly #note = document.createElement("p");
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #watcher = new IntersectionObserver(([entry]) => this.#seen(entry.isIntersecting));
  readonly #changed = (): void => this.#update();

  #player: Player | null = null;
  #loading: AbortController | null = null;
  #onScreen = false;
  /** Asked for by a person, where motion is not wanted otherwise. */
  #asked = false;
  #failed = false;
  /** What has to be done anew before the next frame. */
  #stale = { size: true, life: true, goal: true };
  #net: Net = "fine";
  #wake: () => void = () => {};

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#canvas.setAttribute("role", "img");
    for (const [name, element] of Object.entries({ canvas: this.#canvas, poster: this.#image, button: this.#button, note: this.#note })) {
      element.setAttribute("part", name);
    }
    this.#canvas.hidden = this.#image.hidden = this.#note.hidden = true;
    this.#note.setAttribute("role", "status");
    this.#button.type = "button";
    this.#button.append(icon(PLAY));
    this.#button.addEventListener("click", () => (this.#moving || !this.#held ? this.pause() : this.play()));
    this.#image.addEventListener("error", () => (this.#image.hidden = true));
    root.append(this.#canvas, this.#image, this.#button, this.#note);
  }

  connectedCallback(): void {
    this.#watcher.observe(this);
    document.addEventListener("visibilitychange", this.#changed);
    this.#calm.addEventListener("change", this.#changed);
    this.#showPoster();
    this.#update();
  }

  disconnectedCallback(): void {
    this.#watcher.disconnect();
    document.removeEventListener("visibilitychange", this.#changed);
    this.#calm.removeEventListener("change", this.#changed);
    this.#close();
  }

  attributeChangedCallback(name: Attribute | "aria-label", before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (name === "src" || name === "integrity" || name === "workers") {
      this.#close();
      this.#failed = false;
      this.#note.hidden = true;
    }
    if (name === "poster") this.#showPoster();
    if (name === "size" || name === "net" || name === "engine") this.#stale.size = true;
    if (name === "seed" || name === "start") this.#stale.life = true;
    if (name === "goal") this.#stale.goal = true;
    this.#update();
  }

  /** 0 … 2⁶³−1; null for the scene's own. Whole numbers beyond 2⁵³ are given as `bigint` or text. */
  get seed(): bigint | null {
    const text = this.getAttribute("seed")?.trim();
    return text && /^[0-9]{1,19}$/.test(text) ? BigInt(text) : null;
  }

  set seed(value: bigint | number | string | null) {
    if (value === null) this.removeAttribute("seed");
    else this.setAttribute("seed", String(value));
  }

  get paused(): boolean {
    return this.hasAttribute("paused");
  }

  set paused(value: boolean) {
    this.toggleAttribute("paused", value);
  }

  /** The player, once the scene is ready: for those who want embeddings without pictures. */
  get player(): Player | null {
    return this.#player;
  }

  /** Let it live, even where the visitor prefers less motion. */
  play(): void {
    this.#asked = true;
    this.paused = false;
    this.#update();
  }

  pause(): void {
    this.#asked = false;
    this.paused = true;
    this.#update();
  }

  /** Whether a person, or the system's settings, hold it still. */
  get #held(): boolean {
    return this.paused || (this.#calm.matches && !this.#asked);
  }

  get #moving(): boolean {
    return this.isConnected && !this.#failed && this.#onScreen && !document.hidden && !this.#held;
  }

  #seen(onScreen: boolean): void {
    this.#onScreen = onScreen;
    this.#update();
  }

  /** Something changed: load, go on, or hold still. */
  #update(): void {
    const held = this.#held;
    const label = this.#label;
    this.#canvas.setAttribute("aria-label", label);
    this.#image.alt = label;
    this.#button.setAttribute("aria-label", held ? "Play" : "Pause");
    this.#button.classList.toggle("waiting", held);
    this.#button.querySelector("path")!.setAttribute("d", held ? PLAY : PAUSE);
    this.#button.hidden = this.#failed;
    // What is held behind a poster need not be fetched.
    const wanted = this.#onScreen && !document.hidden && !(held && this.poster);
    if (this.isConnected && wanted && !this.#loading && !this.#failed && this.src !== null) void this.#load();
    this.#wake();
  }

  get #label(): string {
    const own = this.getAttribute("aria-label");
    const title = plain(this.#player?.info.title ?? "");
    return own ?? (title ? `A living scene: ${title}` : "A living scene");
  }

  #showPoster(): void {
    const { poster } = this;
    this.#image.hidden = poster === null;
    if (poster !== null) this.#image.src = poster;
    this.#image.classList.toggle("alone", Boolean(this.#canvas.hidden));
  }

  async #load(): Promise<void> {
    const loading = (this.#loading = new AbortController());
    const begun = performance.now();
    let player: Player | null = null;
    try {
      const address = new URL(this.src ?? "", document.baseURI).href;
      const file = await fetchBundle(address, this.integrity ?? "", loading.signal);
      const workers = this.#number("workers", 1, MOST_WORKERS);
      player = await Player.open(file, workers === null ? {} : { workers });
      if (loading.signal.aborted) return;
      this.#player = player;
      this.#stale = { size: true, life: true, goal: true };
      this.#net = this.net === "fast" ? "fast" : "fine";
      await this.#run(player, loading.signal, begun);
    } catch (error) {
      if (!loading.signal.aborted) this.#fail(error);
    } finally {
      player?.close();
    }
  }

  async #run(player: Player, signal: AbortSignal, begun: number): Promise<void> {
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (!context) throw new PlayerError("This browser has no canvas to draw on.");
    const period = 1 / player.info.fps;
    let image: ImageData | null = null;
    let ahead = null as Promise<Moment> | null;
    let coming: Promise<Frame> | null = null;
    let shown = null as Moment | null;
    let skipped = 0;
    let due = 0;
    let trial = 0;
    let spent = 0;
    const live = (): Promise<Moment> => {
      const living = player.live(this.#controls(player), 1 + skipped);
      living.catch(() => {}); // whoever awaits it is told
      skipped = 0;
      return living;
    };
    const compose = async (): Promise<Frame> => {
      const moment = await (ahead ?? live());
      ahead = live(); // the next step is taken while this one is drawn
      const start = performance.now();
      const drawn = await player.draw(moment.embedding);
      spent += performance.now() - start;
      trial++;
      return { moment, drawn };
    };
    let ready = false;
    const put = (drawn: Drawn): void => {
      player.compose(drawn, new Uint32Array(image!.data.buffer));
      context.putImageData(image!, 0, 0);
      this.#canvas.hidden = false;
      this.#image.hidden = true;
      if (!ready) this.#emit("ready", { seconds: (performance.now() - begun) / 1000 });
      ready = true;
    };
    const show = ({ moment, drawn }: Frame): void => {
      put(drawn);
      const { embedding, node, step } = moment;
      this.#emit("frame", { embedding, moment: node, step });
      if (node !== shown?.node) this.#emit("moment", { moment: node });
      shown = moment;
    };
    while (!signal.aborted) {
      if (this.#stale.life || this.#stale.size || this.#stale.goal) {
        await coming?.catch(() => {});
        await ahead?.catch(() => {});
        const { life, size, goal } = this.#stale;
        this.#stale = { life: false, size: false, goal: false };
        coming = null;
        if (size) {
          const [width, height] = this.#pixels(player);
          await player.resize(width, height, this.#net);
          this.#canvas.width = width;
          this.#canvas.height = height;
          image = new ImageData(width, height);
          new Uint32Array(image.data.buffer).set(player.still);
          if (shown) show({ moment: shown, drawn: await player.draw(shown.embedding) });
          trial = spent = 0;
        }
        if (life) {
          const start = this.#moment(player, "start") ?? 0;
          // Where the life begins can be seen before the behavior is ready to go on from there.
          if (!ready && this.#moving) put(await player.draw(await player.observed(start)));
          await player.begin(this.seed ?? player.info.seed, start);
          ahead = null;
        }
        const there = life || goal ? this.#moment(player, "goal") : null;
        if (there !== null) {
          if (!(await player.goTo(there))) this.#warn("This scene can't be sent there.");
          ahead = null;
        }
        if (size) this.#tryGpu(player, () => shown);
        this.#update();
        continue;
      }
      if (!this.#moving) {
        // Held from the start: something has to be seen all the same.
        if (!shown && this.#held) this.#showStill(player, context);
        await new Promise<void>((resolve) => (this.#wake = resolve));
        due = 0;
        continue;
      }
      coming ??= compose();
      const frame = await coming;
      if (this.#stale.size || this.#stale.life) continue;
      coming = compose();
      coming.catch(() => {});
      await this.#until(due);
      if (signal.aborted || !this.#moving || this.#stale.size || this.#stale.life) {
        if (!signal.aborted && !this.#stale.life && !this.#stale.size) show(frame);
        continue;
      }
      show(frame);
      const now = performance.now() / 1000;
      const late = due ? Math.floor((now - due) / period) : 0;
      skipped = Math.min(late, MOST_SKIPPED);
      due = due && late <= MOST_SKIPPED ? due + (1 + late) * period : now + period;
      if (trial >= TRIAL_FRAMES) {
        const slow = spent / trial > 1000 * period;
        if (slow && this.#net === "fine" && (this.net ?? "auto") === "auto" && player.info.nets.includes("fast")) {
          this.#net = "fast";
          this.#stale.size = true;
        }
        trial = spent = 0;
      }
    }
  }

  /** Wait for a time in seconds, or until something changed. */
  #until(due: number): Promise<void> {
    return new Promise((resolve) => {
      let waiting = true;
      this.#wake = () => {
        waiting = false;
        resolve();
      };
      const look = (): void => {
        if (!waiting) return;
        if (performance.now() / 1000 >= due - EARLY_SECONDS) resolve();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  }

  /** The bundle's own poster, or its first moment. */
  #showStill(player: Player, context: CanvasRenderingContext2D): void {
    if (!this.#canvas.hidden || this.poster !== null) return;
    const { poster } = player.info;
    const { width, height } = poster ?? this.#canvas;
    this.#canvas.width = width;
    this.#canvas.height = height;
    const image = new ImageData(width, height);
    if (poster) opaque(poster, image.data);
    else new Uint32Array(image.data.buffer).set(player.still);
    context.putImageData(image, 0, 0);
    this.#canvas.hidden = false;
    this.#stale.size = true;
  }

  #tryGpu(player: Player, shown: () => Moment | null): void {
    const wanted = this.engine ?? "auto";
    if (wanted === "cpu") return;
    const attempt = async (): Promise<void> => {
      const moment = shown();
      if (!moment) return void setTimeout(() => void attempt(), 500);
      if (this.#player !== player) return;
      const why = await player.tryGpu(this.#canvas.width, this.#canvas.height, moment.embedding, wanted === "gpu");
      if (why && wanted === "gpu") this.#warn(why);
      this.#emit("engine", { engine: player.engine, why });
    };
    void attempt();
  }

  #controls(player: Player): Controls {
    const controls = { ...player.info.controls };
    for (const name of Object.keys(CONTROL_LIMITS) as (keyof Controls)[]) {
      controls[name] = this.#number(name, 0, CONTROL_LIMITS[name]) ?? controls[name];
    }
    return controls;
  }

  /** A number attribute within its range; null where there is none, or none that makes sense. */
  #number(name: (typeof NUMBERS)[number], least: number, most: number): number | null {
    const value = this[name];
    return value !== null && value >= least && value <= most ? value : null;
  }

  #moment(player: Player, name: "start" | "goal"): number | null {
    const { first, fps, moments } = player.info;
    const second = this[name];
    if (second === null) return null;
    const moment = Math.round((second - first) * fps);
    if (moment >= 0 && moment < moments) return moment;
    this.#warn(`The scene knows nothing of second ${second}; ${first} to ${(first + (moments - 1) / fps).toFixed(1)} are known.`);
    return null;
  }

  #pixels(player: Player): [number, number] {
    const { width, height } = player.info;
    const asked = /^\s*([0-9]{1,5})(?:x([0-9]{1,5}))?\s*$/.exec(this.size ?? "");
    if (!asked) return [width, height];
    if (asked[2]) return [Number(asked[1]), Number(asked[2])];
    const scale = Number(asked[1]) / Math.max(width, height);
    return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  }

  #emit(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #warn(message: string): void {
    console.warn(`alive-scene: ${message}`);
  }

  #fail(error: unknown): void {
    const known = error instanceof BundleError || error instanceof PlayerError;
    const message = plain(known ? error.message : `The scene can't be played (${String(error)}).`);
    this.#close();
    this.#failed = true;
    this.#canvas.hidden = true;
    this.#showPoster();
    this.#note.textContent = message;
    this.#note.hidden = false;
    this.#note.classList.toggle("alone", Boolean(this.#image.hidden));
    console.error(`alive-scene: ${message}`);
    this.#update();
    this.#emit("error", { message, kind: error instanceof BundleError ? error.kind : null });
  }

  #close(): void {
    this.#loading?.abort();
    this.#loading = null;
    this.#player?.close();
    this.#player = null;
    this.#wake();
  }
}

for (const name of TEXTS) {
  Object.defineProperty(AliveScene.prototype, name, {
    get: function (this: AliveScene) {
      return this.getAttribute(name);
    },
    set: function (this: AliveScene, value: string | null) {
      reflect(this, name, value);
    },
  });
}
for (const name of NUMBERS) {
  Object.defineProperty(AliveScene.prototype, name, {
    get: function (this: AliveScene) {
      const text = this.getAttribute(name);
      const value = Number(text);
      return text === null || !text.trim() || !Number.isFinite(value) ? null : value;
    },
    set: function (this: AliveScene, value: number | null) {
      reflect(this, name, value);
    },
  });
}

function reflect(element: Element, name: string, value: string | number | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

/** A stranger's text without control and format characters. */
function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function opaque({ pixels }: Picture, data: Uint8ClampedArray): void {
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
