/** The attributes of `<alive-scene>`, the properties that mirror them, and those of the controls that a scene declares. */

import { type Controls, isSlider, refusal, STANDARD_NAMES } from "./controls";
import type { Pace } from "./frames";
import type { Control } from "./manifest";

/** These attributes hold texts. */
const TEXTS = ["src", "integrity", "poster", "size", "net", "engine", "interactive", "battery"] as const;
/** These attributes hold numbers. */
const NUMBERS = ["start", "workers", "fps", "cpu"] as const;
/** The element has these attributes whatever scene it plays, each with a property of the same name. */
export const ATTRIBUTES = [...TEXTS, ...NUMBERS, "goal", "seed", "paused"] as const;
/** It has these attributes without a property of the same name. */
export const BARE_ATTRIBUTES = ["mood", "on", "view"] as const;
/** A seed is written in at most as many digits as 2⁶³−1 has. */
const SEED = /^[0-9]{1,19}$/;
/** HTML gives these attributes to every element without a property of the same name. */
const HTML_ATTRIBUTES = "class exportparts for is itemid itemprop itemref itemscope itemtype part role slot xmlns".split(" ");
/** Attributes that begin with these belong to assistive technology, to a page's scripts, and to XML. */
const FOREIGN_PREFIXES = ["aria-", "data-", "xml"];

export type Attribute = (typeof ATTRIBUTES | typeof BARE_ATTRIBUTES)[number];

/** Give a prototype the properties that mirror attributes, those of the controls of format 1.0 included. */
export function mirrorAttributes(prototype: HTMLElement): void {
  for (const name of TEXTS) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get: function (this: Element) {
        return this.getAttribute(name);
      },
      set: function (this: Element, value: string | null) {
        reflect(this, name, value);
      },
    });
  }
  for (const name of [...NUMBERS, ...STANDARD_NAMES]) mirrorNumber(prototype, name);
  Object.defineProperty(prototype, "seed", {
    configurable: true,
    enumerable: true,
    get: function (this: Element) {
      const text = this.getAttribute("seed")?.trim();
      return text && SEED.test(text) ? BigInt(text) : null;
    },
    set: function (this: Element, value: bigint | number | string | null) {
      reflect(this, "seed", value);
    },
  });
  Object.defineProperty(prototype, "goal", {
    configurable: true,
    enumerable: true,
    get: function (this: Element) {
      return readNumber(this, "goal") ?? (this.getAttribute("goal")?.trim() || null);
    },
    set: function (this: Element, value: number | string | null) {
      reflect(this, "goal", value);
    },
  });
}

/** Take over what a page set before the element had its properties. */
export function adoptProperties(element: HTMLElement): void {
  for (const name of [...ATTRIBUTES, ...STANDARD_NAMES]) adopt(element, name);
}

/** A number attribute; null where there is none, or one that is no number. */
function readNumber(element: Element, attribute: string): number | null {
  const text = element.getAttribute(attribute);
  const value = Number(text);
  return text === null || !text.trim() || !Number.isFinite(value) ? null : value;
}

function mirrorNumber(target: HTMLElement, name: string): void {
  const attribute = attributeOf(name);
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: function (this: Element) {
      return readNumber(this, attribute);
    },
    set: function (this: Element, value: number | null) {
      reflect(this, attribute, value);
    },
  });
}

function reflect(element: Element, attribute: string, value: string | number | bigint | null): void {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** Replace an element's own value by the property that it hides, and set that. */
function adopt(element: HTMLElement, name: string): void {
  const own = Object.getOwnPropertyDescriptor(element, name);
  if (!own?.configurable || !("value" in own)) return;
  Reflect.deleteProperty(element, name);
  Reflect.set(element, name, own.value);
}

/** The attribute that says the value of a control. */
function attributeOf(control: string): string {
  return control.replaceAll("_", "-");
}

/**
 * The controls of the open scene as attributes and properties of one element. Their names are a stranger's: none may
 * replace what the element, or any HTML element, has.
 */
export class ControlAttributes {
  private controls: Control[] = [];
  private readonly names = new Set<string>();
  private readonly refused = new Set<string>();

  constructor(
    private readonly element: HTMLElement,
    private readonly warn: (message: string) => void,
  ) {}

  /** Define the properties of a scene's controls, and delete those of the scene before. */
  declare(controls: readonly Control[]): void {
    for (const name of this.names) Reflect.deleteProperty(this.element, name);
    this.names.clear();
    this.refused.clear();
    const reserved = reservedNames(this.element);
    this.controls = controls.filter((control) => {
      const { name } = control;
      if (!isSlider(control)) return false;
      if (STANDARD_NAMES.includes(name)) return true;
      const attribute = attributeOf(name);
      const foreign = FOREIGN_PREFIXES.some((prefix) => attribute.startsWith(prefix));
      if (foreign || reserved.has(name) || reserved.has(attribute) || !this.define(name)) {
        this.warn(`The control ${name} can't be set here, because the page's element has something else of that name.`);
        return false;
      }
      return true;
    });
  }

  /** The values that attributes give to controls; what is out of its range is left out, with one warning. */
  values(pace: Pace): Controls {
    const values: Controls = {};
    for (const control of this.controls) {
      const { name } = control;
      const text = this.element.getAttribute(attributeOf(name));
      const value = text?.trim() ? Number(text) : NaN;
      const reason = text === null ? null : refusal(control, value, pace);
      if (text !== null && reason === null) values[name] = value;
      if (reason === null) this.refused.delete(name);
      else if (!this.refused.has(name)) {
        this.refused.add(name);
        this.warn(`${reason} Its default, ${control.default}, is used instead.`);
      }
    }
    return values;
  }

  /** Why a control can't have a value, as one sentence; null where it can. */
  refusal(name: string, value: number, pace?: Pace): string | null {
    const control = this.controls.find((each) => each.name === name);
    return control && pace ? refusal(control, value, pace) : `The scene has no control ${name} that can be set here.`;
  }

  /** Define one property; false where a page keeps something of its own under that name. */
  private define(name: string): boolean {
    const own = Object.getOwnPropertyDescriptor(this.element, name);
    if (own && !(own.configurable && ["number", "string"].includes(typeof own.value))) return false;
    Reflect.deleteProperty(this.element, name);
    mirrorNumber(this.element, name);
    this.names.add(name);
    if (own) Reflect.set(this.element, name, own.value);
    return true;
  }
}

/** The names, in lower case, of all that an element inherits, and of the attributes that every element has. */
function reservedNames(element: HTMLElement): Set<string> {
  const names = new Set<string>([...HTML_ATTRIBUTES, ...BARE_ATTRIBUTES]);
  for (let each: object | null = Object.getPrototypeOf(element); each; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) names.add(name.toLowerCase());
  }
  return names;
}
