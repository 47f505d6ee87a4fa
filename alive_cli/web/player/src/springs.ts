/** Springs that move offsets of the motion modes exactly, whatever the time from one picture to the next. */

import { plus } from "./steering";

/**
 * A critically damped spring after some seconds.
 *
 * @param offset its place, [S].
 * @param speed per second, [S].
 * @param goal where it comes to rest, [S].
 * @param rate in radians a second: 1 ÷ this is how far it stays behind a goal that moves.
 * @returns the place and the speed then.
 */
export function follow(
  offset: Float64Array,
  speed: Float64Array,
  goal: Float64Array,
  rate: number,
  seconds: number,
): [Float64Array, Float64Array] {
  const apart = plus(offset, goal, -1);
  const drift = plus(speed, apart, rate);
  const decay = Math.exp(-rate * seconds);
  return [
    goal.map((value, mode) => value + (apart[mode] + drift[mode] * seconds) * decay),
    speed.map((value, mode) => (value - rate * drift[mode] * seconds) * decay),
  ];
}
