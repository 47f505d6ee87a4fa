/** As much of JSON Schema (2020-12) as `manifest.schema.json` uses. */

import { corrupt } from "./errors";
import type { Json } from "./json";

type Schema = { [key: string]: Json };

/**
 * Check a value against a schema, and fill in the defaults of keys that are missing.
 *
 * @param schema a schema, whose references are looked up in `definitions`.
 * @param path what is checked, for the message.
 * @throws BundleError (corrupt): the value doesn't fit.
 */
export function validate(value: Json, schema: Schema, definitions: Schema, path: string): void {
  const fail = (why: string): never => {
    throw corrupt(`${path} ${why}.`);
  };
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.replace("#/$defs/", "");
    validate(value, definitions[name] as Schema, definitions, path);
  }
  if (schema.anyOf) checkAny(value, schema.anyOf as Schema[], definitions, path);
  if (schema.type !== undefined && !isOfType(value, schema.type)) fail(`is not of type ${String(schema.type)}`);
  if (schema.enum && !(schema.enum as Json[]).includes(value)) fail("is none of the values allowed");
  if (typeof value === "number" || typeof value === "bigint") {
    if (schema.minimum !== undefined && value < (schema.minimum as number)) fail("is too small");
    if (schema.maximum !== undefined && value > (schema.maximum as number)) fail("is too large");
    if (schema.exclusiveMinimum !== undefined && value <= (schema.exclusiveMinimum as number)) fail("is too small");
  } else if (typeof value === "string") {
    const length = [...value].length;
    if (length < ((schema.minLength as number) ?? 0) || length > ((schema.maxLength as number) ?? Infinity)) {
      fail("is of a length that is not allowed");
    }
    if (schema.pattern && !new RegExp(schema.pattern as string, "u").test(value)) fail("is not written as it should be");
  } else if (Array.isArray(value)) {
    if (value.length > ((schema.maxItems as number) ?? Infinity)) fail("has too many items");
    if (value.length < ((schema.minItems as number) ?? 0)) fail("has too few items");
    if (isObject(schema.items)) {
      value.forEach((item, place) => validate(item, schema.items as Schema, definitions, `${path}[${place}]`));
    }
  } else if (isObject(value)) {
    checkObject(value, schema, definitions, path);
  }
}

function checkAny(value: Json, schemas: Schema[], definitions: Schema, path: string): void {
  let first: unknown = null;
  for (const schema of schemas) {
    try {
      return validate(value, schema, definitions, path);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function checkObject(value: { [key: string]: Json }, schema: Schema, definitions: Schema, path: string): void {
  if (Object.keys(value).length > ((schema.maxProperties as number) ?? Infinity)) throw corrupt(`${path} has too many entries.`);
  const known = (schema.properties ?? {}) as { [key: string]: Schema };
  for (const key of (schema.required ?? []) as string[]) {
    if (!(key in value)) throw corrupt(`${path} has no ${key}.`);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) validate(value[key], known[key], definitions, `${path}: ${key}`);
    else if (isObject(schema.additionalProperties)) {
      validate(value[key], schema.additionalProperties, definitions, `${path}: an entry`);
    }
    if (isObject(schema.propertyNames)) validate(key, schema.propertyNames, definitions, `${path}: a name`);
  }
  for (const [key, each] of Object.entries(known)) {
    if (!(key in value) && each.default !== undefined) value[key] = structuredClone(each.default);
  }
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfType(value: Json, type: Json): boolean {
  if (Array.isArray(type)) return type.some((each) => isOfType(value, each));
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    case "number":
      return typeof value === "bigint" || typeof value === "number";
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}
