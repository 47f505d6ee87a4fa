/** Ways through the graph over the observed moments (SPEC.md, Transitions). */

/** What a frame on the way costs, in median steps: real motion is preferred to jumps, but not for ever. */
const STEP_COST = 0.1;
/** Moments of observed motion that a plan ends with, so that the bridge of its last jump is over by then. */
const RUN_UP = 20;
/** The cost that stands for an edge that isn't there. */
const NO_EDGE = 1e6;

/** The graph: N moments, each with K edges. */
export interface Ways {
  /** [N, K] */
  targets: BigInt64Array;
  /** [N, K], ≥ 0, in median steps of the clip. */
  costs: Float32Array;
  /** [N], −1 where nothing follows. */
  following: BigInt64Array;
}

/**
 * A way to a goal that ends, where it can, with the moments that really led there.
 *
 * @returns the moments after `start`, the goal last; empty where there is no way, or nowhere to go.
 */
export function wayTo(ways: Ways, start: number, goal: number): number[] {
  const before = new Map<number, number>();
  ways.following.forEach((next, moment) => {
    if (next >= 0n && !before.has(Number(next))) before.set(Number(next), moment);
  });
  const run = [goal];
  while (run[0] !== start && run.length <= RUN_UP) {
    const earlier = before.get(run[0]);
    if (earlier === undefined || run.includes(earlier)) break;
    run.unshift(earlier);
  }
  if (run[0] === start) return run.slice(1);
  const way = cheapest(ways, start, run[0]);
  return way.length ? [...way, ...run.slice(1)] : [];
}

/** The cheapest way (Dijkstra 1959) without its start; empty where there is none. */
function cheapest({ targets, costs, following }: Ways, start: number, goal: number): number[] {
  const count = following.length;
  const edges = targets.length / count;
  const price = new Float64Array(count).fill(Infinity);
  const from = new Int32Array(count).fill(-1);
  const heap = new Heap();
  price[start] = 0;
  heap.push(0, start);
  for (let next = heap.pop(); next && next[1] !== goal; next = heap.pop()) {
    const [paid, here] = next;
    if (paid > price[here]) continue;
    for (let edge = here * edges; edge < (here + 1) * edges; edge++) {
      if (costs[edge] >= NO_EDGE) continue;
      const there = Number(targets[edge]);
      const total = paid + costs[edge] + STEP_COST;
      if (total < price[there]) {
        price[there] = total;
        from[there] = here;
        heap.push(total, there);
      }
    }
  }
  const way: number[] = [];
  if (price[goal] === Infinity) return way;
  for (let here = goal; here !== start; here = from[here]) way.unshift(here);
  return way;
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
