/** Tracking of a lead: each picture is registered to the reference that explains it best. */

import { plus } from "../steering";
import type { Pyramid } from "./pyramid";
import type { Registration } from "./registration";

/** Another reference is used if its look differs this much less from the picture, so that two don't take turns. */
const STAYS = 0.8;
/**
 * The references that look most like a picture are compared again where it was registered to the first: one of them may
 * have the eyes closed as well.
 */
const CANDIDATES = 8;
/** They are compared at this level, where eyes have a few pixels. */
const COMPARED = 1;
/** One of them is used if the cost there is at most this share. */
const BETTER = 0.9;
/** A mean cost above this means that a picture doesn't show what the reference shows. */
const LOST = 130;

/** A picture whose pose is known. */
export interface Reference {
  pyramid: Pyramid;
  /** In spreads, [S]. */
  pose: Float64Array;
  /** The observed frame that it shows; −1 for a picture of the lead. */
  number: number;
}

/** Where a picture is. */
export interface Track {
  reference: Reference;
  cost: number;
  /** In spreads, [S]. */
  pose: Float64Array;
}

/** Follows one picture after the other. */
export class Tracker {
  private last: Track | null = null;

  /** @param references at least one. */
  constructor(
    private readonly registration: Registration,
    private readonly references: Reference[],
  ) {}

  /** Where a picture is; null where it shows something else than the references. */
  follow(picture: Pyramid): Track | null {
    const apart = this.references.map(({ pyramid: { look } }) =>
      look.reduce((sum, value, place) => sum + (value - picture.look[place]) ** 2, 0),
    );
    const reference = this.references[this.mostAlike(apart)];
    const begins: Float64Array[] = [new Float64Array(this.registration.modes)];
    if (this.last) begins.push(plus(this.last.pose, reference.pose, -1));
    let track = this.register(reference, picture, begins);
    const better = this.better(track, picture, apart);
    if (better) {
      const other = this.register(better, picture, [plus(track.pose, better.pose, -1)]);
      if (other.cost < track.cost) track = other;
    }
    this.last = track.cost <= LOST ? track : null;
    return this.last;
  }

  /** The reference whose look is nearest; the present one if that is nearly as near. */
  private mostAlike(apart: number[]): number {
    const best = apart.reduce((nearest, value, number) => (value < apart[nearest] ? number : nearest), 0);
    const present = this.references.findIndex((each) => each === this.last?.reference);
    return present >= 0 && apart[best] > STAYS * apart[present] ? present : best;
  }

  private register(reference: Reference, picture: Pyramid, begins: Float64Array[]): Track {
    const { coefficients, cost } = this.registration.register(reference.pyramid, picture, begins);
    return { reference, cost, pose: plus(reference.pose, coefficients) };
  }

  /** The reference that explains a picture better in its present pose; null where none does. */
  private better(track: Track, picture: Pyramid, apart: number[]): Reference | null {
    const cost = ({ pyramid, pose }: Reference): number =>
      this.registration.cost(COMPARED, pyramid, picture, plus(track.pose, pose, -1));
    let best: Reference | null = null;
    let least = BETTER * cost(track.reference);
    const order = [...apart.keys()].sort((one, other) => apart[one] - apart[other] || one - other);
    for (const number of order.slice(0, CANDIDATES)) {
      const reference = this.references[number];
      const here = reference === track.reference ? Infinity : cost(reference);
      if (here < least) [best, least] = [reference, here];
    }
    return best;
  }
}
