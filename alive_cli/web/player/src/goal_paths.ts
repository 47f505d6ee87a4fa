/** Paths to a goal on the motion graph: near jumps, each eased away before the next one and before the goal (SPEC.md, Goals). */

/** Each frame of a path has this price, so that a path prefers observed motion to jumps, but not at any length. */
const FRAME_PRICE = 0.1;
/** A jump of so many median steps has its cost as its price, which grows with the square of the cost. */
const USUAL_JUMP = 5;
/** A jump is eased away over so many frames for each median step that it costs, but at most over so many. */
const [EASING_PACE, LONGEST_EASING] = [1.5, 40];
/** Two jumps have at least so many frames between them, and no less than the first is eased over. */
const BETWEEN_JUMPS = 6;
/** What is left of a jump when the goal is reached has the price of so many such jumps. */
const OFFSET_PRICE = 5;
/** A path has at most so many jumps. */
const MOST_JUMPS = 12;
/** The search considers at most so many jumps, the cheapest of each frame. */
const MOST_EDGES = 400_000;
/** A bundle gives this cost, or more, to a transition that doesn't exist. */
const NO_EDGE = 1e6;

/** The motion graph: N observed frames, each with K transitions. */
export interface MotionGraph {
  /** [N, K] */
  targets: BigInt64Array;
  /** [N, K], ≥ 0, in median steps of the clip. */
  costs: Float32Array;
  /** [N], −1 where nothing follows. */
  following: BigInt64Array;
}

/** A jump between two frames of the clip. */
interface Jump {
  source: number;
  target: number;
  price: number;
  /** Frames over which it is eased away, and the frame after so many frames of observed motion. */
  easing: number;
  afterEasing: number;
  /** Frames of observed motion between it and the next jump, and the frame there. */
  gap: number;
  afterGap: number;
}

/** Plans paths on one motion graph. What doesn't depend on the goal is computed once. */
export class GoalPaths {
  private readonly count: number;
  /** The frame after 1, 2, 4, … frames of observed motion, [N + 1] each; N stands for none. */
  private readonly powers: Int32Array[];
  /** The jumps, sorted by their sources, the cheapest of each first. */
  private readonly jumps: Jump[] = [];
  /** The place of the first jump of each frame, and of the end, [N + 1]. */
  private readonly firsts: Int32Array;

  constructor({ targets, costs, following }: MotionGraph) {
    const count = (this.count = following.length);
    const after = Int32Array.from({ length: count + 1 }, (_, frame) => {
      return frame < count && following[frame] >= 0n ? Number(following[frame]) : count;
    });
    this.powers = [after];
    while (2 ** this.powers.length <= Math.max(count, LONGEST_EASING)) {
      const last = this.powers[this.powers.length - 1];
      this.powers.push(last.map((frame) => last[frame]));
    }
    this.firsts = new Int32Array(count + 1);
    const edges = targets.length / count;
    const most = Math.max(1, Math.floor(MOST_EDGES / count));
    const until = this.untilCut();
    for (let source = 0; source < count; source++) {
      const order = Array.from({ length: edges }, (_, edge) => source * edges + edge);
      order.sort((one, other) => costs[one] - costs[other]);
      for (const edge of order.slice(0, most)) {
        const [target, cost] = [Number(targets[edge]), costs[edge]];
        if (cost >= NO_EDGE || target === source || target === Number(following[source])) continue;
        const easing = Math.min(Math.max(Math.ceil(EASING_PACE * cost), 1), LONGEST_EASING);
        const gap = Math.min(Math.max(easing, BETWEEN_JUMPS), until[target]);
        const [afterEasing, afterGap] = [this.ahead(target, easing), this.ahead(target, gap)];
        const price = (cost * cost) / USUAL_JUMP + FRAME_PRICE;
        this.jumps.push({ source, target, price, easing, afterEasing, gap, afterGap });
      }
      this.firsts[source + 1] = this.jumps.length;
    }
  }

  /**
   * The cheapest path from `start` to one of some frames, without `start`.
   *
   * @returns empty if `start` is one of them, and null if no path leads there.
   */
  path(start: number, frames: readonly number[]): number[] | null {
    const { jumps, count, firsts } = this;
    const goals = new Float64Array(count + 1).fill(Infinity);
    for (const frame of frames) goals[frame] = 0;
    const direct = this.onward(goals);
    const eased: boolean[] = [];
    const arriving = Float64Array.from(jumps, ({ target, price, easing, afterEasing }, place) => {
      let soon = direct[target];
      const gone = Math.min((soon < Infinity ? soon : 0) / FRAME_PRICE / easing, 1);
      soon += OFFSET_PRICE * (0.5 + 0.5 * Math.cos(Math.PI * gone)) * (price - FRAME_PRICE);
      const later = FRAME_PRICE * easing + direct[afterEasing];
      eased[place] = later < soon;
      return price + Math.min(soon, later);
    });
    // Each round adds a jump, as in Bellman and Ford's search (Ford 1956).
    let best = arriving;
    let jumping = new Float64Array(count + 1).fill(Infinity);
    let later = jumping;
    for (let round = 0; round < MOST_JUMPS; round++) {
      const cheapest = new Float64Array(count + 1).fill(Infinity);
      jumps.forEach(({ source }, place) => (cheapest[source] = Math.min(cheapest[source], best[place])));
      if (!cheapest.some((price, frame) => price < jumping[frame])) break;
      jumping = cheapest;
      later = this.onward(cheapest);
      const reached = later;
      best = arriving.map((price, place) => {
        const jump = jumps[place];
        return Math.min(price, jump.price + FRAME_PRICE * jump.gap + reached[jump.afterGap]);
      });
    }
    const path = [start];
    if (Math.min(direct[start], later[start]) === Infinity) return null;
    if (direct[start] <= later[start]) return this.extended(path, direct[start]).slice(1);
    while (path.length <= count * MOST_JUMPS) {
      const frame = path[path.length - 1];
      if (jumping[frame] > later[frame]) {
        this.extended(path, FRAME_PRICE);
        continue;
      }
      let chosen = firsts[frame];
      for (let place = chosen; place < firsts[frame + 1]; place++) if (best[place] < best[chosen]) chosen = place;
      const { target, easing, gap } = jumps[chosen];
      path.push(target);
      if (arriving[chosen] <= best[chosen]) {
        if (eased[chosen]) this.extended(path, FRAME_PRICE * easing);
        return this.extended(path, direct[path[path.length - 1]]).slice(1);
      }
      this.extended(path, FRAME_PRICE * gap);
    }
    return null;
  }

  /** The least of the prices, [N + 1], over all observed motion from each frame on, with that of its frames. */
  private onward(prices: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    let result = prices;
    this.powers.forEach((power, number) => {
      const before = result;
      result = before.map((price, frame) => Math.min(price, before[power[frame]] + FRAME_PRICE * 2 ** number));
    });
    return result;
  }

  /** Frames of observed motion from each frame on, up to the longest easing: [N + 1]. */
  private untilCut(): Int32Array {
    const frames = Int32Array.from({ length: this.count + 1 }, (_, frame) => frame);
    const until = new Int32Array(frames.length);
    for (let turn = 0; turn < LONGEST_EASING; turn++) {
      frames.forEach((frame, place) => (frames[place] = this.powers[0][frame]));
      frames.forEach((frame, place) => (until[place] += Number(frame < this.count)));
    }
    return until;
  }

  /** The frame after so many frames of observed motion. */
  private ahead(frame: number, count: number): number {
    for (let turn = 0; turn < count; turn++) frame = this.powers[0][frame];
    return frame;
  }

  /** The path with the observed motion that has a price behind it. */
  private extended(path: number[], price: number): number[] {
    for (let left = Math.round(price / FRAME_PRICE); left > 0; left--) path.push(this.powers[0][path[path.length - 1]]);
    return path;
  }
}
