/** A leader turns pictures of another video into poses of a scene. It runs in a worker of its own. */

import type { Warp } from "../manifest";
import { plus, Steering, type SteeringTensors } from "../steering";
import { type LeadPose, medoid, ObservedPoses } from "./poses";
import { type Pyramid, pyramidOf, reducedSize, type Size } from "./pyramid";
import { Registration } from "./registration";
import { Tracker } from "./tracking";

/** A lead that shows what the scene shows is compared with so many observed frames: 32 lose 0.05 dB. */
const REFERENCES = 48;
/** A pose is at most so many spreads from what it is drawn from. What was seen in pictures may go farther than a drag. */
const REACH: { [like in Likeness]: number } = { relative: 6, absolute: 8 };
/** The calm picture is chosen among so many, which come in a second. */
const SETTLING = 30;
/** After so many pictures without the reference, another calm picture is chosen. */
const PATIENCE = 30;

/**
 * How a lead moves the scene: how it moves from its calm picture moves the scene from its calm pose (`relative`), or it
 * shows what the scene shows (`absolute`).
 */
export type Likeness = "relative" | "absolute";

/** What a leader needs of a scene. */
export interface LeadSource {
  warp: Warp;
  tensors: SteeringTensors;
  /** The motion modes at the cells of their grid, [cells, S, 2]; what follows them is not read. */
  modes: Float32Array;
  fps: number;
  /** Those observed, [N · D], and N. */
  embeddings: Float32Array;
  frames: number;
  like: Likeness;
  /** Exchange left and right, as people expect of their own camera. */
  mirrored: boolean;
}

/** What a picture says: a pose, nothing while the calm picture is being chosen, or that it shows something else. */
export type LeadNews = { state: "leading"; pose: LeadPose } | { state: "choosing" } | { state: "lost" };

export class Leader {
  /** Width and height of the pictures that it sees. */
  readonly size: Size;
  /** The observed frames whose pictures it has to know first. */
  readonly numbers: number[];
  private readonly steering: Steering;
  private readonly observed: ObservedPoses;
  private readonly registration: Registration;
  private tracker: Tracker | null = null;
  private seen: Pyramid[] = [];
  private lost = 0;

  constructor(private readonly source: LeadSource) {
    const { warp, tensors, modes, fps, embeddings, like } = source;
    const relative = like === "relative";
    const steering = { ...warp.steering!, reach: REACH[like] };
    this.steering = new Steering({ ...warp, steering }, tensors, modes, fps);
    const dimension = embeddings.length / source.frames;
    const rows = Array.from({ length: source.frames }, (_, frame) =>
      embeddings.subarray(frame * dimension, (frame + 1) * dimension),
    );
    this.observed = new ObservedPoses(this.steering, rows);
    this.size = reducedSize([this.steering.across, this.steering.down]);
    this.registration = new Registration(this.steering, this.size);
    this.numbers = relative ? [] : this.observed.spreadOut(REFERENCES);
  }

  /** Learn the pictures of the observed frames `numbers`, words of pixels each. */
  know(pictures: Uint32Array[]): void {
    if (!pictures.length) return;
    const references = pictures.map((words, place) => {
      const number = this.numbers[place];
      const pyramid = pyramidOf(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), this.size);
      return { pyramid, pose: this.observed.poses[number], number };
    });
    this.tracker = new Tracker(this.registration, references);
  }

  /** What a picture asks for: pixels of four bytes each, row by row, in `size`. */
  see(pixels: ArrayLike<number>): LeadNews {
    const { observed, steering, source } = this;
    const pyramid = pyramidOf(pixels, this.size, source.mirrored);
    if (!this.tracker) {
      this.seen.push(pyramid);
      if (this.seen.length >= SETTLING) this.settle();
      return { state: "choosing" };
    }
    const track = this.tracker.follow(pyramid);
    if (!track) {
      if (++this.lost >= PATIENCE && source.like === "relative") [this.tracker, this.lost] = [null, 0];
      return { state: "lost" };
    }
    this.lost = 0;
    const relative = source.like === "relative";
    const pose = relative ? plus(observed.poses[observed.calm], track.pose) : track.pose;
    const base = relative ? observed.near(pose) : observed.plane[track.reference.number];
    const own = steering.own(base);
    if (!pose.every(Number.isFinite)) return { state: "lost" };
    return { state: "leading", pose: { base, pose: plus(own, steering.within(plus(pose, own, -1))) } };
  }

  /** Choose the calm picture: the one most like the others. */
  private settle(): void {
    const pyramid = this.seen[medoid(this.seen.map(({ look }) => look))];
    const still = { pyramid, pose: new Float64Array(this.registration.modes), number: -1 };
    this.tracker = new Tracker(this.registration, [still]);
    this.seen = [];
  }
}
