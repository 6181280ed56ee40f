/**
 * JSON in which whole numbers of any size stay exact, as Rust's serde reads and writes them.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";

/** No integer of an EZKL file has more digits than a 128-bit one. */
const MAX_DIGITS = 40;

/** What newer JavaScript adds to `JSON`: a number by its digits. Node 20 has it not. */
const { rawJSON } = JSON as unknown as { rawJSON?(text: string): unknown };
/** Digits as a string that is found again, and as that stands in JSON. */
const digits = rawJSON ?? ((text: string): unknown => `\0${text}\0`);
const DIGITS = /"\\u0000([-+.e\d]+)\\u0000"/g;

/**
 * The value of a JSON text, with whole numbers beyond 2^53 as bigints.
 * @throws {FormatError} for a text that is not JSON, and one that says a key twice, of which readers take one or the
 * other; `file` is what the error calls it
 */
export function parseJson(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text, exact);
  } catch (cause) {
    throw new FormatError(`${file} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const twice = repeatedKey(text);
  if (twice !== null) {
    throw new FormatError(`${file} has the key ${twice} twice in one object, expected once; the file was changed`);
  }
  return value;
}

/** A key, as it is written, that an object of a whole JSON text has twice; null where there is none. */
function repeatedKey(text: string): string | null {
  const open: Set<unknown>[] = [];
  for (const [token, name] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (name !== undefined) {
      const key: unknown = JSON.parse(name), known = open.at(-1)!;
      if (known.has(key)) return name;
      known.add(key);
    }
  }
  return null;
}

/**
 * A value as one line of JSON, bigints as numbers.
 * @throws {ArgumentError} for a value without a JSON form, such as one that holds itself
 */
export function formatJson(value: unknown, file: string): string {
  try {
    const text = JSON.stringify(value, (_key, item) => typeof item === "bigint" ? digits(String(item)) : item);
    return rawJSON === undefined ? text.replaceAll(DIGITS, "$1") : text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : cause;
    throw new ArgumentError(`${file} cannot be written as JSON: ${why}`, { cause });
  }
}

/** A 32-bit float as Rust prints it: the fewest digits that give the same float, and a point. */
export function floatJson(value: number): unknown {
  let short = value;
  for (let places = 1; places <= 9; places++) {
    short = Number(value.toPrecision(places));
    if (Math.fround(short) === value) break;
  }
  const text = Object.is(value, -0) ? "-0" : String(short);
  return digits(/[.e]/.test(text) ? text : `${text}.0`);
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  if (context === undefined && Number.isInteger(value)) {
    throw new RangeError(
      "it has a whole number beyond 2^53, which this runtime's JSON.parse() rounds; take Node 22 or newer",
    );
  }
  return source !== undefined && source.length <= MAX_DIGITS && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
