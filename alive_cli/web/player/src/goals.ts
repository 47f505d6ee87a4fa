/** Goals of a rollout: it goes along the motion graph to observed frames, one goal after the other (SPEC.md, Goals). */

import { PlayerError } from "./errors";
import { GoalPaths, type MotionGraph } from "./goal_paths";

/** So many goals wait at most. */
const MOST_GOALS = 64;

/** Where a rollout is sent: to the cheapest frame of some ranges, and on to the end of that range. */
export interface Place {
  /** The name that it was given by; null where it was a second. */
  name: string | null;
  /** The first and the last observed frame of each range. */
  ranges: readonly (readonly [number, number])[];
  /** Whether it is an action, which begins at the first frame of a range; elsewhere a rollout may arrive at any frame. */
  action: boolean;
}

/** Where it goes, and how long that takes. */
export interface Goal {
  name: string | null;
  /** The second of the source where it arrives. */
  second: number;
  /** Seconds until it arrives, unless somebody changes the clock. */
  seconds: number;
  /** Whether the name is that of an action, which the rollout does once it has arrived. */
  action: boolean;
}

/** A rollout sets out for a goal, or its picture shows the goal. */
export interface GoalNews {
  event: "arriving" | "arrived";
  goal: Goal;
}

/** What goals need of their rollout. */
export interface GoalHost {
  readonly node: number;
  /** How far the picture is from the frame of the node, in frames; and whether no later one shows it better. */
  readonly left: number;
  readonly atNode: boolean;
  secondOf(frame: number): number;
  /** Seconds until the rollout has come so many frames further. */
  secondsUntil(frames: number): number;
}

/** The way to one goal and through it. */
interface Leg {
  place: Place;
  goal: Goal;
  /** The last frame of the way as it was planned. */
  end: number;
  /** The node that it begins at. */
  at: number;
  /** The frames that are left; the last so many of them lead through the goal. */
  way: number[];
  through: number;
  setOut: boolean;
  arrived: boolean;
}

export class Goals {
  private legs: Leg[] = [];
  private paths: GoalPaths | null = null;
  private news: GoalNews[] = [];

  constructor(
    private readonly graph: MotionGraph,
    private readonly host: GoalHost,
  ) {}

  /** The frame to come to next; null where there is no goal. */
  get next(): number | null {
    return this.legs[0]?.way[0] ?? null;
  }

  /**
   * Go to a goal.
   *
   * @param queue go there after the goals that are left; otherwise it replaces them.
   * @throws PlayerError: no transitions lead there, or too many goals wait.
   */
  goTo(place: Place, queue: boolean): Goal {
    const { host } = this;
    const before = queue ? this.legs : [];
    if (before.length >= MOST_GOALS) throw new PlayerError(`At most ${MOST_GOALS} goals can wait; give some up.`);
    const start = before.length ? before[before.length - 1].end : host.node;
    const plan = this.plan(start, place);
    if (!plan) throw new PlayerError("No transitions of this scene lead there.");
    const { way, through, frame } = plan;
    const waited = before.reduce((sum, leg) => sum + leg.way.length, host.left) + way.length - through;
    const { name, action } = place;
    const goal = { name, second: host.secondOf(frame), seconds: host.secondsUntil(waited), action };
    const end = way.length ? way[way.length - 1] : start;
    this.legs = [...before, { place, goal, end, at: start, way, through, setOut: false, arrived: false }];
    return goal;
  }

  /** Forget all goals. */
  giveUp(): void {
    this.legs = [];
  }

  /** What happened since the last call. */
  takeNews(): GoalNews[] {
    const { news } = this;
    this.news = [];
    return news;
  }

  /** Compare the present leg with where the rollout is: before each step, and after it. */
  progress(): void {
    const { host } = this;
    while (this.legs.length) {
      const leg = this.legs[0];
      const { node } = host;
      const due = leg.way.length === leg.through;
      if (leg.way[0] === node) {
        leg.at = node;
        leg.way.shift();
      } else if (node !== leg.at && !due && !this.planAnew(leg, node)) {
        this.legs.shift(); // nothing leads there any more
        continue;
      }
      if (!leg.setOut) this.news.push({ event: "arriving", goal: leg.goal });
      leg.setOut = true;
      // Between two pictures the rollout may go past the goal; then this picture is the nearest.
      const passed = due && node !== leg.at;
      if (leg.way.length > leg.through || !(host.atNode || passed)) return;
      if (!leg.arrived) this.news.push({ event: "arrived", goal: leg.goal });
      leg.arrived = true;
      if (leg.way.length) return;
      this.legs.shift();
    }
  }

  /** Plan from another node: the rollout went on while the goal was given, or something else steered it. */
  private planAnew(leg: Leg, node: number): boolean {
    const plan = this.plan(node, leg.place);
    if (plan) Object.assign(leg, { at: node, way: plan.way, through: plan.through });
    return plan !== null;
  }

  /** The way to a goal and through it, and the frame where it arrives. */
  private plan(start: number, place: Place): { way: number[]; through: number; frame: number } | null {
    this.paths ??= new GoalPaths(this.graph);
    const way = this.paths.path(start, framesOf(place));
    if (!way) return null;
    const frame = way.length ? way[way.length - 1] : start;
    const [first, last] = rangeAt(place, frame);
    const before = way.length;
    for (let left = last - first, next = frame; left > 0; left--) {
      next = Number(this.graph.following[next]);
      if (next < first || next > last) break;
      way.push(next);
    }
    return { way, through: way.length - before, frame };
  }
}

/** The frames where a rollout may arrive. */
function framesOf({ ranges, action }: Place): number[] {
  if (action) return ranges.map(([first]) => first);
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, place) => first + place));
}

/** The range that a rollout goes through once it has arrived at a frame: the one that ends last. */
function rangeAt({ ranges, action }: Place, frame: number): readonly [number, number] {
  const here = ranges.filter(([first, last]) => (action ? first === frame : first <= frame && frame <= last));
  return here.reduce((best, each) => (each[1] > best[1] ? each : best));
}
