/** How many steps a frame takes (SPEC.md, Living). */

/** The part of `behavior` that says so. */
export interface Pace {
  steps_per_frame: number;
  /** Largest temperature of one step; null where there is none. */
  largest_step: number | null;
}

/** Into how many parts a frame at a temperature is split (SPEC.md, Living): ≥ 1. */
export function frameParts(pace: Pace, temperature: number): number {
  return pace.largest_step ? Math.max(1, Math.ceil(temperature / pace.largest_step)) : 1;
}

/** Steps that a frame at a temperature takes. */
export function frameSteps(pace: Pace, temperature: number): number {
  return frameParts(pace, temperature) * pace.steps_per_frame;
}
