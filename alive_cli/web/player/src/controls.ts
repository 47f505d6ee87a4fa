/** Declared controls (SPEC.md, Controls): which ones a bundle may declare, and which values a control accepts. */

import { corrupt, PlayerError } from "./errors";
import { frameSteps, type Pace } from "./frames";
import { MAX_CONTROL_ELEMENTS, MAX_FRAME_STEPS } from "./limits";
import { type Behavior, type Control, type Dim, type DType, type Role, STANDARD_CONTROLS } from "./manifest";

/** Values of controls by name: a number for a scalar, a list of numbers for a vector. */
export type Controls = { [name: string]: number | ArrayLike<number> };

/** The type and shape that a role asks of its control; null where several shapes are possible. */
const FORMS: { [role in Role]: { dtype: DType; shape: Dim[] | null; many: boolean } } = {
  plain: { dtype: "float32", shape: null, many: true },
  clock: { dtype: "float32", shape: [], many: false },
  frame_weight: { dtype: "float32", shape: ["N"], many: false },
  next_frame: { dtype: "int64", shape: ["B"], many: false },
};
/** The roles of the controls whose values are set for each frame; the others belong to rollouts and paths. */
const STEERING_ROLES: readonly Role[] = ["plain", "clock"];

/** The scalar controls of format 1.0 that can be set for each frame: every element has them before a scene is open. */
export const STANDARD_NAMES: readonly string[] = STANDARD_CONTROLS.filter(isSlider).map(({ name }) => name);

export function controlOfRole(controls: readonly Control[], role: Role): Control | null {
  return controls.find((control) => control.role === role) ?? null;
}

/** Whether a control is set for each frame, as a number or a list of numbers. */
export function isSteering({ role }: Control): boolean {
  return STEERING_ROLES.includes(role);
}

/** Whether a control is one number that is set for each frame: what a slider or an attribute can say. */
export function isSlider(control: Control): boolean {
  return isSteering(control) && !control.shape.length;
}

/** What a control has unless it is set: a number, or a list of numbers for a vector. */
export function defaultValue({ shape: [size], default: value }: Control): number | number[] {
  return size === undefined ? value : new Array<number>(Number(size)).fill(value);
}

/** The temperature, or another clock, that a frame has unless it is set; 0 where nothing is a clock. */
export function defaultClock(controls: readonly Control[]): number {
  return controlOfRole(controls, "clock")?.default ?? 0;
}

/**
 * Check the declarations themselves; whether the graph has these inputs is checked with the graph.
 *
 * @throws BundleError (corrupt): a declaration contradicts itself, another one, or what the behavior declares.
 */
export function checkControls(behavior: Behavior, controls: readonly Control[]): void {
  const inputs = new Set([...behavior.state, ...behavior.noise, ...behavior.bank].map(({ input }) => input));
  const names = new Set<string>();
  const roles = new Map<Role, string>();
  for (const control of controls) {
    const { name, role } = control;
    if (names.has(name)) throw corrupt(`The control ${name} is declared twice.`);
    if (inputs.has(name)) throw corrupt(`The control ${name} has the name of a state, noise or bank input.`);
    names.add(name);
    const other = roles.get(role);
    if (other !== undefined && !FORMS[role].many) throw corrupt(`The controls ${other} and ${name} have one role, ${role}.`);
    roles.set(role, name);
    checkForm(control);
    checkRange(control);
  }
  if (behavior.transitions && !roles.has("next_frame")) {
    throw corrupt("The behavior has transitions, but no control has the role next_frame.");
  }
}

function checkForm({ name, role, dtype, shape }: Control): void {
  const form = FORMS[role];
  const fits = form.shape
    ? form.shape.join() === shape.join() && form.shape.length === shape.length
    : shape.length <= 1 && shape.every((size) => typeof size === "number" && size >= 1 && size <= MAX_CONTROL_ELEMENTS);
  if (dtype !== form.dtype || !fits) throw corrupt(`The control ${name} has a type or shape that its role, ${role}, forbids.`);
}

function checkRange({ name, role, default: value, minimum, maximum }: Control): void {
  if (minimum !== null && maximum !== null && minimum > maximum) {
    throw corrupt(`The control ${name} has a minimum above its maximum.`);
  }
  if ((minimum !== null && value < minimum) || (maximum !== null && value > maximum)) {
    throw corrupt(`The control ${name} has a default outside its range.`);
  }
  if ((role === "clock" || role === "frame_weight") && !(minimum !== null && minimum >= 0)) {
    throw corrupt(`The control ${name} has no minimum of 0 or more, which its role, ${role}, asks for.`);
  }
  if (role === "next_frame" && (value !== -1 || minimum !== -1 || maximum !== null)) {
    throw corrupt(`The control ${name} has another default or range than its role, ${role}, has.`);
  }
}

/**
 * Why a value can't be set, as one sentence that has the range; null where it can.
 *
 * @param pace how the behavior splits a frame, which bounds a clock as well.
 */
export function refusal(control: Control, value: unknown, pace: Pace): string | null {
  const size = control.shape[0];
  const numbers: unknown[] = size === undefined ? [value] : isList(value) ? Array.from(value) : [];
  const fits = (each: unknown): boolean =>
    typeof each === "number" &&
    Number.isFinite(Math.fround(each)) &&
    each >= (control.minimum ?? -Infinity) &&
    each <= (control.maximum ?? Infinity);
  if (numbers.length !== (size ?? 1) || !numbers.every(fits)) return `The control ${control.name} must be ${rangeText(control)}.`;
  if (control.role === "clock" && frameSteps(pace, value as number) > MAX_FRAME_STEPS) {
    return `The control ${control.name} must be ${rangeText(control)}, and small enough for ${MAX_FRAME_STEPS} steps a frame.`;
  }
  return null;
}

/**
 * The values of all controls that are set for each frame.
 *
 * @param controls values by name; what is left out has its default.
 * @throws PlayerError: there is no such control, or a value is out of its range.
 */
export function completed(controls: Controls, declared: readonly Control[], pace: Pace): Controls {
  const steering = declared.filter(isSteering);
  const stray = Object.keys(controls).find((name) => !steering.some((control) => control.name === name));
  if (stray !== undefined) throw new PlayerError(`The scene has no control ${stray} that is set for each frame.`);
  const values: Controls = {};
  for (const control of steering) {
    const { name } = control;
    // A control may be named like something that every object inherits.
    const value = (Object.hasOwn(controls, name) ? controls[name] : null) ?? defaultValue(control);
    const reason = refusal(control, value, pace);
    if (reason !== null) throw new PlayerError(reason);
    values[name] = typeof value === "number" ? value : Float32Array.from(value);
  }
  return values;
}

/** What a value of a control must be, for a sentence: "a number from 0 to 1". */
function rangeText({ shape: [size], minimum, maximum }: Control): string {
  const what = size === undefined ? "a number" : `${size} numbers, each`;
  if (minimum !== null && maximum !== null) return `${what} from ${minimum} to ${maximum}`;
  if (minimum !== null) return `${what} of ${minimum} or more`;
  if (maximum !== null) return `${what} of ${maximum} or less`;
  return size === undefined ? "a finite number" : `${what} finite`;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
