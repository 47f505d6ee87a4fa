/** The loop that plays one scene on a surface, at its pace. */

import type { Drawn } from "./division";
import { PlayerError } from "./errors";
import type { Goal } from "./goals";
import { Judge } from "./judge";
import { straighten } from "./opacity";
import type { PlaybackHost } from "./playback_host";
import type { Player } from "./player";
import type { RolloutFrame } from "./rollout";
import type { Surface } from "./surface";
import type { Net } from "./tasks";
import { Thrift } from "./thrift";
import type { View } from "./view";
import { Waiting } from "./waiting";

/** A scene that is late skips at most this many frames; if it is later still, it goes on from where it is. */
const MAX_SKIPPED = 4;
/** A frame is shown this much before its time, so that it appears at the screen's nearest refresh. */
const EARLY_SECONDS = 0.004;
/** What is left for later waits for so many milliseconds more where no frame has been shown yet. */
const RETRY_MILLISECONDS = 500;
/** How far the time that drawing takes follows that of the latest picture. */
const NEWER = 0.3;

/** A picture on its way to the screen. */
interface ComingFrame {
  frame: RolloutFrame;
  drawn: Drawn;
  /** What it shows, and what moves it; null where nothing does. */
  embedding: Float32Array;
  offset: Float32Array | null;
  view: View | null;
  /** Whether its frame has not been seen yet, and whether somebody steered when it was drawn. */
  fresh: boolean;
  steered: boolean;
}

export class Playback {
  private readonly context: CanvasRenderingContext2D;
  private readonly period: number;
  /** What has to be done anew before the next frame. */
  private stale = { size: true, rollout: true, goal: true };
  private net: Net;
  private image: ImageData | null = null;
  /** The pixels of a transparent picture, whose colours are multiplied by their opacity; null where none is. */
  private words: Uint32Array | null = null;
  /** The step after the one that is being drawn. */
  private ahead: Promise<RolloutFrame> | null = null;
  private coming: Promise<ComingFrame> | null = null;
  /** Frames that were drawn too early: somebody steers them now. */
  private queue: RolloutFrame[] = [];
  /** Whether a picture is wanted before the next frame is due, and the seconds that drawing one takes. */
  private urgent = false;
  private drawing = 0;
  /** Seconds that it took to put the latest picture on the canvas. */
  private putting = 0;
  /** The frame that can be seen. */
  private current: RolloutFrame | null = null;
  private ready = false;
  private skipped = 0;
  /** Second at which the next frame is due; 0 for at once. */
  private due = 0;
  private readonly judge: Judge;
  private readonly thrift: Thrift;
  /** The share of the canvas's width and height that the present pictures have. */
  private scale = 1;
  /** Whether a GPU is being compared with the CPU, and whether one was refused. */
  private gpu = { trying: false, refused: false };
  /** Whether something is left for later, and whether details are being computed. */
  private completing = false;
  private refining = false;
  private readonly waiting = new Waiting();
  private begun: () => void = () => {};
  private readonly beginning = new Promise<void>((resolve) => (this.begun = resolve));

  /**
   * @param signal ends the loop.
   * @param start when the scene began to load, in milliseconds.
   * @throws PlayerError: the browser has no canvas.
   */
  constructor(
    private readonly player: Player,
    private readonly surface: Surface,
    private readonly host: PlaybackHost,
    private readonly signal: AbortSignal,
    private readonly start: number,
  ) {
    const context = surface.canvas.getContext("2d");
    if (!context) throw new PlayerError("This browser has no canvas to draw on.");
    this.context = context;
    this.period = 1 / player.info.fps;
    this.judge = new Judge(1000 * this.period);
    this.thrift = new Thrift(host.settings, player.info.fps, () => this.spend(), host.warn);
    signal.addEventListener("abort", () => this.thrift.end());
    this.net = host.settings.net === "fast" ? "fast" : "fine";
  }

  /** Play until the signal comes. */
  async run(): Promise<void> {
    while (!this.signal.aborted) {
      this.stale.size ||= this.scale !== this.share;
      if (this.stale.rollout || this.stale.size || this.stale.goal) await this.refresh();
      else if (!this.host.moving) await this.rest();
      else if (this.steered) await this.steer();
      else await this.advance();
    }
  }

  /** Something of the picture, or of the rollout, has to be done anew. */
  invalidate(what: "size" | "rollout" | "goal"): void {
    this.stale[what] = true;
  }

  /** Draw with the net that the attribute names. */
  changeNet(): void {
    this.net = this.host.settings.net === "fast" ? "fast" : "fine";
    this.judge.reset();
    this.stale.size = true;
  }

  /** Follow the attributes that say how little the scene may cost. */
  changeThrift(): void {
    this.thrift.update();
  }

  /** Look whether something changed. */
  wake(): void {
    this.waiting.end();
  }

  /** Draw anew at once: a person moves the picture. */
  hurry(): void {
    this.urgent = true;
    this.waiting.end();
  }

  /**
   * Go to a second of the source, or to a name.
   *
   * @param queue go there after the goals that are left.
   * @throws PlayerError: the scene can't go there.
   */
  async goTo(goal: number | string, queue: boolean): Promise<Goal> {
    await this.beginning;
    return this.seen(await this.player.goTo(goal, queue, this.host.controls()));
  }

  /** As `goTo`, for an action. */
  async act(name: string, queue: boolean): Promise<Goal> {
    await this.beginning;
    return this.seen(await this.player.act(name, queue, this.host.controls()));
  }

  /** Forget all goals. */
  async giveUp(): Promise<void> {
    await this.beginning;
    await this.player.giveUp();
  }

  /** A goal with the seconds until it can be seen: the behavior is some frames ahead of what can be seen. */
  private seen({ goal, number }: { goal: Goal; number: number }): Goal {
    const ahead = this.current ? Math.max(0, number - this.current.number) : 0;
    return { ...goal, seconds: goal.seconds + ahead * this.period };
  }

  /** Whether pictures between two frames show what somebody does: they would cost more than a thrifty scene may. */
  private get steered(): boolean {
    return this.player.active && !this.thrift.limited;
  }

  /** Seconds from picture to picture. */
  private get spacing(): number {
    return this.thrift.stride * this.period;
  }

  /** The share of width and height to draw: a picture that stays is looked at closely, and has all the time it takes. */
  private get share(): number {
    return this.host.held && this.current ? 1 : this.judge.scale * this.thrift.scale;
  }

  /** The size of pictures, or their rate, is another from now on. */
  private spend(): void {
    this.judge.expect(1000 * this.spacing);
    this.due = Math.min(this.due, performance.now() / 1000 + this.spacing);
    this.wake();
  }

  private async refresh(): Promise<void> {
    const { player, host } = this;
    const coming = await this.coming?.catch(() => null);
    await this.ahead?.catch(() => {});
    const { rollout, size, goal } = this.stale;
    this.stale = { rollout: false, size: false, goal: false };
    this.coming = null;
    // The behavior has gone on already.
    if (rollout) this.queue = [];
    else if (coming?.fresh) this.queue.push(coming.frame);
    if (size) await this.resize();
    if (rollout) {
      const seed = host.settings.seed ?? player.info.seed;
      const start = host.startFrame() ?? player.startOf(seed);
      // Where the rollout begins can be seen before the behavior is ready to go on from there.
      if (!this.ready && host.moving) this.put(await player.draw(await player.observed(start)));
      await player.begin(seed, start);
      this.begun();
      this.ahead = null;
    }
    const target = rollout || goal ? host.settings.goal : null;
    if (target !== null) await this.goTo(target, false).catch(({ message }: Error) => host.warn(message));
    if (size) this.complete();
    host.update();
  }

  private async resize(): Promise<void> {
    const { player, current } = this;
    this.scale = this.share;
    const [width, height] = this.host.pixels().map((side) => Math.max(1, Math.round(side * this.scale)));
    await player.resize(width, height, this.net, true);
    this.image = new ImageData(width, height);
    this.words = player.info.graphs.warp?.alpha ? player.still.slice() : null;
    new Uint32Array(this.image.data.buffer).set(player.still);
    this.host.emit("resolution", { width, height, coarse: player.coarse });
    if (current) this.show(await this.drawn(current));
    this.judge.restart();
  }

  /** Hold still until something changes. */
  private async rest(): Promise<void> {
    const { player, host, surface } = this;
    // Held from the start: something has to be seen all the same.
    if (!this.current && host.held && surface.canvas.hidden && host.settings.poster === null) {
      surface.showStill(this.context, await player.poster(), player.still);
      this.stale.size = true;
    }
    await this.waiting.change();
    this.due = 0;
    this.judge.restart();
    this.thrift.rest();
  }

  private async advance(): Promise<void> {
    if (!this.coming) this.begin();
    const next = await this.coming!;
    if (this.stale.size || this.stale.rollout) return;
    this.begin();
    await this.waiting.refresh(this.due - EARLY_SECONDS);
    if (this.signal.aborted || this.stale.size || this.stale.rollout) return;
    if (this.steered && !next.steered) return void this.queue.push(next.frame);
    this.show(next);
    if (!this.host.moving) return;
    this.keepPace();
    this.judgeNet();
  }

  /**
   * Draw nothing ahead while somebody steers, so that pictures show at once what the pointer does: between two frames
   * the latest one is drawn anew.
   */
  private async steer(): Promise<void> {
    if (!this.coming) {
      const wait = this.due - this.drawing - performance.now() / 1000;
      if (wait > 0 && !this.urgent) await this.waiting.seconds(wait);
      if (this.signal.aborted || !this.host.moving || this.stale.size || this.stale.rollout) return;
      this.begin();
    }
    const next = await this.coming!;
    this.coming = null;
    if (this.stale.size || this.stale.rollout) return;
    if (!next.steered) return void this.queue.push(next.frame);
    if (next.fresh) this.keepPace();
    if (this.urgent || this.due - this.drawing <= performance.now() / 1000) this.begin(next.frame);
    if (!next.fresh) return this.put(next.drawn);
    this.show(next);
    this.judgeNet();
  }

  private keepPace(): void {
    const [due, spacing, now] = [this.due, this.spacing, performance.now() / 1000];
    // A frame may come early, too.
    const late = due ? Math.max(0, Math.floor((now - due) / spacing)) : 0;
    this.skipped = Math.min(late, MAX_SKIPPED);
    this.due = due && late <= MAX_SKIPPED ? due + (1 + late) * spacing : now + spacing;
  }

  /** Change to the fast net, or draw fewer pixels, where a scene doesn't keep up. */
  private judgeNet(): void {
    if (this.gpu.trying || this.refining) this.judge.restart();
    const usual = this.judge.slow();
    const { info, engine } = this.player;
    if (usual === null || (this.host.settings.net ?? "auto") !== "auto") return;
    if (this.net === "fine" && info.nets.includes("fast")) {
      this.net = "fast";
      this.stale.size = true;
    }
    if (info.graphs.warp && engine === "cpu") this.judge.reduce(usual);
  }

  private step(): Promise<RolloutFrame> {
    const frame = this.player.live(this.host.controls(), this.thrift.pass(1 + this.skipped));
    frame.catch(() => {}); // whoever awaits it handles the error
    this.skipped = 0;
    return frame;
  }

  /** Begin to draw the picture after `latest`, the frame that is seen by then. */
  private begin(latest = this.current): void {
    this.coming = this.compose(latest);
    this.coming.catch(() => {}); // it is awaited at the next turn
  }

  private async compose(latest: RolloutFrame | null): Promise<ComingFrame> {
    const early = performance.now() / 1000 + this.drawing < this.due - this.spacing / 2;
    if (this.steered && latest && early) return { ...(await this.drawn(latest)), fresh: false };
    let frame = this.queue.shift();
    if (!frame) {
      frame = await (this.ahead ?? this.step());
      this.ahead = null;
    }
    this.ahead ??= this.step(); // it runs while this one is drawn
    return this.drawn(frame);
  }

  /** The picture of a frame, moved as people move it now. */
  private async drawn(frame: RolloutFrame): Promise<ComingFrame> {
    const { player, steered } = this;
    const begun = performance.now();
    this.urgent = false;
    const { embedding, offset, view } = player.moved(frame.embedding);
    const drawn = await player.draw(embedding, offset, view);
    const seconds = (performance.now() - begun) / 1000;
    this.drawing += (seconds - this.drawing) * (this.drawing ? NEWER : 1);
    // What is done once, beside, isn't what pictures cost.
    if (this.gpu.trying || this.refining) this.thrift.rest();
    else this.thrift.note(seconds * player.cores + this.putting, performance.now() / 1000);
    return { frame, drawn, embedding, offset, view, fresh: true, steered };
  }

  private put(drawn: Drawn): void {
    const begun = performance.now();
    this.player.compose(drawn, this.words ?? new Uint32Array(this.image!.data.buffer));
    if (this.words) straighten(this.words, this.image!.data);
    this.surface.showFrame(this.context, this.image!);
    this.putting = (performance.now() - begun) / 1000;
    if (!this.ready) this.host.emit("ready", { seconds: (performance.now() - this.start) / 1000 });
    this.ready = true;
  }

  private show({ frame, drawn, embedding, offset, view }: ComingFrame): void {
    this.put(drawn);
    this.judge.show();
    const { node, step } = frame;
    this.host.emit("frame", { embedding, offset, view, node, step });
    for (const { event, goal } of frame === this.current ? [] : frame.news) this.host.emit(event, goal);
    if (node !== this.current?.node) this.host.emit("node", { node });
    this.current = frame;
  }

  /** Once a frame has been shown, do what was left for later: see to all details, and look for a GPU. */
  private complete(): void {
    if (this.completing) return;
    this.completing = true;
    const attempt = async (): Promise<void> => {
      if (this.signal.aborted) return;
      if (!this.current) return void setTimeout(go, RETRY_MILLISECONDS);
      await this.refine();
      this.completing = false;
      await this.tryGpu(this.current);
    };
    const go = (): void => void attempt().catch(() => {}); // a worker that failed does so in the loop as well
    go();
  }

  private async refine(): Promise<void> {
    const { player, host } = this;
    if (!player.coarse) return;
    this.refining = true;
    await player.refine();
    this.refining = false;
    const { width, height } = this.image!;
    if (!this.stale.size) host.emit("resolution", { width, height, coarse: false });
    if (!host.moving && this.current) this.put((await this.drawn(this.current)).drawn);
  }

  private async tryGpu(current: RolloutFrame): Promise<void> {
    const { player, host, surface } = this;
    const engine = host.settings.engine ?? "auto";
    if (engine === "cpu" || this.gpu.trying || (this.gpu.refused && engine === "auto")) return;
    const { width, height } = this.image!;
    this.gpu.trying = true;
    const reason = await player.tryGpu(width, height, current.embedding, engine === "gpu");
    this.gpu = { trying: false, refused: reason !== "" && width === surface.canvas.width };
    if (reason && engine === "gpu") host.warn(reason);
    if (!reason) this.judge.reset(); // a GPU that is faster than the CPU draws all pixels
    host.emit("engine", { engine: player.engine, why: reason });
  }
}
