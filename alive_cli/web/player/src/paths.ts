/** Paths through the motion graph (SPEC.md, Transitions). */

/** Each frame of a path costs this many median steps, so that real motion is preferred to jumps, but not for ever. */
const STEP_COST = 0.1;
/** A plan ends with this many frames of observed motion, so that its last jump is over by then. */
const RUN_UP = 20;
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

/**
 * A path to a goal that ends, where it can, with the frames that led there in the clip.
 *
 * @returns the frames after `start`, the goal last; empty where there is no path, or nowhere to go.
 */
export function pathTo(graph: MotionGraph, start: number, goal: number): number[] {
  const before = new Map<number, number>();
  graph.following.forEach((next, frame) => {
    if (next >= 0n && !before.has(Number(next))) before.set(Number(next), frame);
  });
  const run = [goal];
  while (run[0] !== start && run.length <= RUN_UP) {
    const earlier = before.get(run[0]);
    if (earlier === undefined || run.includes(earlier)) break;
    run.unshift(earlier);
  }
  if (run[0] === start) return run.slice(1);
  const path = cheapestPath(graph, start, run[0]);
  return path.length ? [...path, ...run.slice(1)] : [];
}

/** The cheapest path (Dijkstra 1959) without its start; empty where there is none. */
function cheapestPath({ targets, costs, following }: MotionGraph, start: number, goal: number): number[] {
  const count = following.length;
  const edges = targets.length / count;
  const price = new Float64Array(count).fill(Infinity);
  const from = new Int32Array(count).fill(-1);
  const heap = new Heap();
  price[start] = 0;
  heap.push(0, start);
  for (let next = heap.pop(); next && next[1] !== goal; next = heap.pop()) {
    const [cost, here] = next;
    if (cost > price[here]) continue;
    for (let edge = here * edges; edge < (here + 1) * edges; edge++) {
      if (costs[edge] >= NO_EDGE) continue;
      const there = Number(targets[edge]);
      const total = cost + costs[edge] + STEP_COST;
      if (total < price[there]) {
        price[there] = total;
        from[there] = here;
        heap.push(total, there);
      }
    }
  }
  const path: number[] = [];
  if (price[goal] === Infinity) return path;
  for (let here = goal; here !== start; here = from[here]) path.unshift(here);
  return path;
}

/** A binary heap of pairs, the smallest first. */
class Heap {
  private readonly items: [number, number][] = [];

  push(key: number, value: number): void {
    let place = this.items.push([key, value]) - 1;
    for (let above = (place - 1) >> 1; place && this.items[above][0] > key; above = (place - 1) >> 1) {
      this.swap(place, above);
      place = above;
    }
  }

  pop(): [number, number] | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (!first || !last || !this.items.length) return first;
    this.items[0] = last;
    for (let place = 0; ; ) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.items.length && this.items[child][0] < this.items[least][0]) least = child;
      }
      if (least === place) return first;
      this.swap(place, least);
      place = least;
    }
  }

  private swap(one: number, other: number): void {
    [this.items[one], this.items[other]] = [this.items[other], this.items[one]];
  }
}
