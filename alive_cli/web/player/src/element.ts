/** `<alive-scene>`: a living scene in a page. */

import { adoptProperties, ATTRIBUTES, type Attribute, BARE_ATTRIBUTES, ControlAttributes, mirrorAttributes } from "./attributes";
import { BundleError, PlayerError, UnreachableError } from "./errors";
import { fetchBundle } from "./files";
import { Interaction, type InteractionHost } from "./interaction";
import type { LeadOptions, LeadVideo } from "./lead/lead";
import { Leading } from "./lead/leading";
import { MoodAttribute } from "./mood_attribute";
import { pixelsOf } from "./picture_size";
import { Playback } from "./playback";
import type { PlaybackHost } from "./playback_host";
import { Player } from "./player";
import type { Goal } from "./goals";
import { startFrame } from "./seconds";
import { SeenElement } from "./seen_element";
import { Surface } from "./surface";
import { plain } from "./text";

/** A page may ask for this many workers; more would only cost memory. */
const MAX_WORKERS = 16;

/** A property that takes more than it gives. */
export interface AliveScene {
  /** 0 … 2⁶³−1; null for the scene's own. Whole numbers beyond 2⁵³ are set as `bigint` or text. */
  get seed(): bigint | null;
  set seed(value: bigint | number | string | null);
}

/**
 * A custom element that plays the bundle at `src`. examples/WEB.md lists its attributes, properties, methods and events.
 *
 * Each control of the scene that is one number is an attribute and a property as well, under its name (in the attribute
 * `-` stands for `_`). A control whose name is that of something else of the element, or means something to every HTML
 * element, can't be set here and keeps its default.
 */
export class AliveScene extends SeenElement {
  static readonly observedAttributes: readonly string[] = [...ATTRIBUTES, ...BARE_ATTRIBUTES, "aria-label"];

  declare src: string | null;
  declare integrity: string | null;
  declare poster: string | null;
  declare size: string | null;
  declare net: string | null;
  declare engine: string | null;
  declare interactive: string | null;
  declare start: number | null;
  declare goal: number | string | null;
  declare workers: number | null;
  declare fps: number | null;
  declare cpu: number | null;
  declare battery: string | null;

  readonly #surface = new Surface(this, () => (this.#moving || !this.held ? this.pause() : this.play()));
  readonly #controls = new ControlAttributes(this, (message) => this.#warn(message));
  readonly #moods = new MoodAttribute(this, (message) => this.#warn(message));
  readonly #interaction = new Interaction(this.#hands(), this.#surface.canvas);
  readonly #leading = new Leading({
    moving: () => this.#moving,
    hurry: () => this.#playback?.hurry(),
    tell: (status) => this.#emit("lead", status),
  });
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #watcher = new IntersectionObserver(([entry]) => this.#seen(entry.isIntersecting));
  readonly #changed = (): void => this.#update();
  /** The connection is back after the host couldn't be reached. */
  readonly #online = (): void => {
    this.#restart();
    this.#update();
  };

  #player: Player | null = null;
  #playback: Playback | null = null;
  #loading: AbortController | null = null;
  #onScreen = false;
  /** A person pressed play, where motion is not welcome otherwise. */
  #playPressed = false;
  #failed = false;
  /** Whether pictures can be drawn. */
  #drawing = false;

  connectedCallback(): void {
    adoptProperties(this);
    this.#watcher.observe(this);
    document.addEventListener("visibilitychange", this.#changed);
    this.#calm.addEventListener("change", this.#changed);
    this.#surface.showPoster(this.poster);
    this.#update();
  }

  disconnectedCallback(): void {
    this.#watcher.disconnect();
    document.removeEventListener("visibilitychange", this.#changed);
    this.#calm.removeEventListener("change", this.#changed);
    this.#restart();
  }

  attributeChangedCallback(name: Attribute | "aria-label", before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (name === "src" || name === "integrity" || name === "workers") this.#restart();
    if (name === "poster") this.#surface.showPoster(this.poster);
    if (name === "net") this.#playback?.changeNet();
    if (name === "size" || name === "engine") this.#playback?.invalidate("size");
    if (name === "fps" || name === "cpu" || name === "battery") this.#playback?.changeThrift();
    if (name === "seed" || name === "start") this.#playback?.invalidate("rollout");
    if (name === "goal") this.#playback?.invalidate("goal");
    if (name === "mood") this.#moods.follow();
    if (name === "on") this.#warnIf(this.followMappings());
    if (name === "interactive" && this.#drawing) this.#interact();
    if (name === "view" && this.#drawing) this.#warnIf(this.followView());
    this.#update();
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

  /** Play, even where the visitor prefers less motion. */
  play(): void {
    this.#playPressed = true;
    this.paused = false;
    this.#update();
  }

  pause(): void {
    this.#playPressed = false;
    this.paused = true;
    this.#update();
  }

  /** Whether a person, or the system's settings, hold it still. */
  get held(): boolean {
    return this.paused || (this.#calm.matches && !this.#playPressed);
  }

  /** Why a control of the open scene can't have a value, as one sentence; null where it can. */
  refusal(control: string, value: number): string | null {
    return this.#controls.refusal(control, value, this.#player?.info.pace);
  }

  /**
   * Hold what is at a point, dragged by (dx, dy), until `letGo`; without a drag, nudge it. Points are in the picture's
   * coordinates: its longest side spans −1…1, and y points down.
   *
   * @returns whether what is there moves so much in the clip that it follows.
   * @throws PlayerError: the point is outside the picture, or the scene is not ready, or has nothing to move it with.
   */
  touch(x: number, y: number, dx = 0, dy = 0): boolean {
    this.#ensureReady();
    return this.#interaction.touch(x, y, dx, dy);
  }

  /** Let go of what `touch` holds, so that it swings back. */
  letGo(): void {
    this.#interaction.letGo();
  }

  /**
   * Turn what moves most toward a point of the picture, −1…1 across and down, until `lookAway`.
   *
   * @throws PlayerError: nothing in the clip turns, or the scene is not ready, or doesn't say how.
   */
  lookAt(across: number, down: number): void {
    this.#ensureReady();
    this.#interaction.lookAt(across, down);
  }

  /** Return to the scene's own life after `lookAt`. */
  lookAway(): void {
    this.#interaction.lookAway();
  }

  /**
   * Let another video lead: the scene takes its poses until it ends, or `leadAway`. Nothing of it is recorded or sent.
   *
   * @param source a video, or the stream of a camera.
   * @param options `like`: how the video moves from its calm picture moves the scene from its calm pose (`relative`, the
   *   default), or it shows what the scene shows (`absolute`). `region`: x, y, width and height of the part that leads, in
   *   shares of its pictures. `mirrored`: exchange left and right, as people expect of their own camera.
   * @throws PlayerError: the scene doesn't say how its pictures move, is not ready, or the video can't lead.
   */
  async lead(source: LeadVideo, options: LeadOptions = {}): Promise<void> {
    this.#ensureReady();
    await this.#leading.begin(this.#player!, source, options);
  }

  /** Return to the scene's own life after `lead`. */
  leadAway(): void {
    this.#leading.end();
  }

  /**
   * Go to a second of the source, or to a name; then the scene chooses freely again.
   *
   * @param queue go there after the goals that are left; otherwise it replaces them.
   * @returns the goal with the seconds until it arrives, as soon as the way is known; the event `arrived` comes then.
   * @throws PlayerError: the scene can't go there, or is not ready.
   */
  async goTo(goal: number | string, { queue = false } = {}): Promise<Goal> {
    this.#ensureReady();
    return this.#playback!.goTo(goal, queue);
  }

  /**
   * Do an action of the scene, from wherever it is; `arrived` comes when it begins. The rest is as for `goTo`.
   *
   * @throws PlayerError: the scene has no such action, can't go there, or is not ready.
   */
  async act(name: string, { queue = false } = {}): Promise<Goal> {
    this.#ensureReady();
    return this.#playback!.act(name, queue);
  }

  /** The names of the actions that the scene can do; empty before it is open. */
  get actions(): string[] {
    return [...(this.#player?.info.actions.keys() ?? [])];
  }

  /**
   * Seek frames that have much of a mood, or avoid them if the strength, −1 … 1, is below 0; 0 ends the mood. Moods mix.
   * The attribute `mood` says them all.
   *
   * @throws PlayerError: the scene has no such mood, the strength is out of range, or the scene is not ready.
   */
  async mood(name: string, strength = 1): Promise<void> {
    this.#ensureReady();
    await this.#moods.put(name, strength);
  }

  /** The strength of each mood that the scene has, by name; 0 where it isn't in it. Empty before the scene is open. */
  get moods(): Map<string, number> {
    return this.#moods.strengths;
  }

  /** Forget all goals. The scene chooses freely again. */
  giveUp(): void {
    void this.#playback?.giveUp().catch(() => {}); // a worker that failed does so in the loop as well
  }

  get #moving(): boolean {
    return this.isConnected && !this.#failed && this.#onScreen && !document.hidden && !this.held;
  }

  #seen(onScreen: boolean): void {
    this.#onScreen = onScreen;
    this.#update();
  }

  /** Something changed: load, go on, or hold still. */
  #update(): void {
    const held = this.held;
    const title = this.#player?.info.title;
    const label = this.getAttribute("aria-label") ?? (title ? `A living scene: ${title}` : "A living scene");
    this.#surface.describe(label, held, !this.#failed);
    // What is held behind a poster need not be fetched.
    const due = this.#onScreen && !document.hidden && !(held && this.poster);
    if (this.isConnected && due && !this.#loading && !this.#failed && this.src !== null) void this.#load();
    this.#playback?.wake();
  }

  async #load(): Promise<void> {
    const loading = (this.#loading = new AbortController());
    const start = performance.now();
    let player: Player | null = null;
    try {
      const address = new URL(this.src ?? "", document.baseURI).href;
      const file = fetchBundle(address, this.integrity ?? "", loading.signal);
      const { workers } = this;
      const own = workers !== null && workers >= 1 && workers <= MAX_WORKERS;
      player = await Player.open(file, own ? { workers } : {});
      if (loading.signal.aborted) return;
      this.#player = player;
      this.#controls.declare(player.info.controls);
      this.#moods.declare(player);
      const hurry = (): void => this.#playback?.hurry();
      const moving = (): boolean => this.#moving;
      const [goTo, act] = [(name: string) => this.goTo(name), (name: string) => this.act(name)];
      this.hearFor(player, { goTo, act, moving, hurry, moods: () => this.moods });
      this.#playback = new Playback(player, this.#surface, this.#host(player), loading.signal, start);
      await this.#playback.run();
    } catch (error) {
      if (!loading.signal.aborted) this.#fail(error);
    } finally {
      player?.close();
    }
  }

  /** What the loop sees of this element. */
  #host(player: Player): PlaybackHost {
    const element = this;
    return {
      get moving() {
        return element.#moving;
      },
      get held() {
        return element.held;
      },
      settings: element,
      pixels: () => pixelsOf(this.size, player.info),
      startFrame: () => startFrame(element.start, player.info, (message) => this.#warn(message)),
      controls: () => this.heard(this.#controls.values(player.info.pace)),
      update: () => this.#update(),
      emit: (type, detail) => {
        if (type === "resolution" && !this.#drawing) {
          this.#drawing = true;
          this.#interact();
        }
        this.#emit(type, detail);
      },
      warn: (message) => this.#warn(message),
    };
  }

  /** What the interaction sees of this element. */
  #hands(): InteractionHost {
    const element = this;
    return {
      get steerer() {
        return element.#player?.steerer ?? null;
      },
      get view() {
        return element.#player?.view ?? null;
      },
      get words() {
        return (element.interactive ?? "").toLowerCase().split(/\s+/);
      },
      play: () => this.held && this.play(),
      hurry: () => this.#playback?.hurry(),
      emit: (type, detail) => this.#emit(type, detail),
    };
  }

  /** Follow `interactive`, once pictures can be drawn. */
  #interact(): void {
    this.#warnIf(this.seeFor(this.#player!.view, this.#hands().words.includes("view"), () => this.#playback?.hurry()));
    this.#warnIf(this.#interaction.update());
  }

  #ensureReady(): void {
    if (!this.#drawing) throw new PlayerError("The scene is not ready yet; wait for the event ready.");
  }

  #emit(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #warnIf(reason: string): void {
    if (reason) this.#warn(reason);
  }

  #warn(message: string): void {
    console.warn(`alive-scene: ${message}`);
    this.#emit("warning", { message });
  }

  #fail(error: unknown): void {
    const known = error instanceof BundleError || error instanceof PlayerError;
    const message = plain(known ? error.message : `The scene can't be played (${String(error)}).`);
    this.#close();
    this.#failed = true;
    if (error instanceof UnreachableError) addEventListener("online", this.#online);
    this.#surface.showNote(message, this.poster);
    console.error(`alive-scene: ${message}`);
    this.#update();
    this.#emit("error", { message, kind: error instanceof BundleError ? error.kind : null });
  }

  /** Forget the scene, and why it failed. */
  #restart(): void {
    this.#close();
    this.#failed = false;
    this.#surface.hideNote();
  }

  #close(): void {
    removeEventListener("online", this.#online);
    this.#drawing = false;
    this.#loading?.abort();
    this.#loading = null;
    this.#player?.close();
    this.#leading.end();
    this.#player = null;
    this.#moods.declare(null);
    this.hearFor(null);
    this.seeFor(null);
    this.#playback?.wake();
    this.#playback = null;
  }
}

mirrorAttributes(AliveScene.prototype);
