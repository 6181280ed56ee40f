/**
 * Arguments as callers give them: wherever types are not checked anything can come, and
 * what cannot be used is refused by a sentence at the call, not by an error deep inside.
 * @module
 */
import { ArgumentError } from "./errors.ts";
import { checkOptions, isOptions, show as showValue } from "./known.ts";
import type { Shape } from "./shape.ts";

/**
 * Refuses a value that does not do: `DataLoader: batchSize is "4", expected a positive integer`.
 * @param sound Whether it does.
 * @param what The function or class and the argument.
 * @param value What was given.
 * @param expected What was expected, and what to do.
 * @throws {ArgumentError} It does not do.
 */
export function expect(sound: boolean, what: string, value: unknown, expected: string): asserts sound {
  if (!sound) throw new ArgumentError(`${what} is ${show(value)}, expected ${expected}`);
}

/** Refuses all but whole numbers from `least` on, and returns the number. */
export function whole(what: string, value: unknown, least = 1): number {
  const name = least === 1
    ? "a positive integer"
    : least === 0
    ? "a non-negative integer"
    : least === -Infinity
    ? "a whole number"
    : `an integer from ${least} on`;
  expect(Number.isSafeInteger(value) && (value as number) >= least, what, value, name);
  return value as number;
}

/** Whether a text has no half of a surrogate pair alone, which no UTF-8 can hold. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Refuses all but numbers that are finite in 32 bits and lie in [`least`, `below`), and returns the number. */
export function finite(what: string, value: unknown, least = -Infinity, below = Infinity): number {
  const sound = typeof value === "number" && Number.isFinite(Math.fround(value)) && value >= least && value < below;
  const range = least === -Infinity ? "" : below === Infinity ? ` of at least ${least}` : ` in [${least}, ${below})`;
  expect(sound, what, value, `a finite 32-bit number${range}`);
  return value;
}

/** Refuses all but true and false, and returns which it is. */
export function flag(what: string, value: unknown): boolean {
  expect(typeof value === "boolean", what, value, "true or false");
  return value;
}

/** Refuses all but text, and returns it. */
export function text(what: string, value: unknown): string {
  expect(typeof value === "string", what, value, "text");
  return value;
}

/** Refuses all but functions, among them classes, which nobody can call; `does` says what it is for. */
export function callable(what: string, value: unknown, does: string): void {
  const isClass = typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
  expect(typeof value === "function" && !isClass, what, value, `a function ${does}`);
}

/** Refuses all but bytes. */
export function bytes(what: string, value: unknown): void {
  expect(value instanceof Uint8Array, what, value, "the bytes themselves, a Uint8Array");
}

/** Refuses all but lists of positive integers. */
export function shape(what: string, value: unknown): Shape {
  const sound = Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size > 0);
  expect(sound, what, value, "positive integers, such as [1, 28, 28]");
  return value as Shape;
}

/** A value in a sentence; a few numbers are written out. */
function show(value: unknown): string {
  const numbers = Array.isArray(value) && value.length <= 8 && value.every((item) => typeof item === "number");
  return numbers ? `[${value.join(", ")}]` : showValue(value);
}

/** What an array, typed or not, is to those who read its numbers; a string has a length too, and is none. */
export function isList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** A class, also one that is abstract or whose constructor is private. */
// deno-lint-ignore ban-types
type Class<T> = Function & { readonly prototype: T };

/**
 * Refuses all but instances of a class; for the class itself, or one below it, the
 * sentence says to write `new`.
 */
export function instance<T>(what: string, value: unknown, type: Class<T>, hint = ""): asserts value is T {
  if (value instanceof type) return;
  const isClass = typeof value === "function" && (value === type || value.prototype instanceof type);
  expect(false, what, value, `${article(type.name)}${isClass ? `; write new ${value.name}()` : hint}`);
}

/**
 * Refuses arguments that nobody reads: too many, and values where options belong. PyTorch
 * takes many by position that are options here; the sentence says how they are written.
 *
 * @param where The function or class, as errors name it: `Conv2d`, `avgPool2d()`.
 * @param given The `arguments` of the call.
 * @param fixed How many come before the options.
 * @param known The names of the options; none: it takes no options.
 * @param positional What PyTorch has at the places after the fixed ones.
 */
export function checkArguments(
  where: string,
  given: ArrayLike<unknown>,
  fixed: number,
  known: readonly string[] = [],
  positional: readonly string[] = [],
): void {
  const rest = Array.from(given).slice(fixed);
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop();
  if (rest.length === 0) return;
  const first = rest[0];
  const meant = known.length > 0
    ? isOptions(first) || positional.length === 0
    : isOptions(first) && Object.getPrototypeOf(first) === Object.prototype;
  if (rest.length === 1 && meant) return checkOptions(where, first, known);
  const most = fixed + (known.length > 0 ? 1 : 0);
  const takes = most === 0 ? "no arguments" : most === 1 ? "one argument" : `${most} arguments`;
  const plain = rest.every((value) => !isOptions(value) && typeof value !== "function");
  if (known.length === 0 || !plain || rest.length > positional.length) {
    const options = known.length === 0
      ? ""
      : `${most === 1 ? ", an" : ", the last an"} object of options ({ ${known.join(", ")} })`;
    throw new ArgumentError(`${where} takes ${takes}${options}, and was given ${given.length}: ${showAll(given)}`);
  }
  const written = rest.map((value, index) => ({ name: positional[index], value }));
  const missing = written.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  const options = written.filter(({ name }) => known.includes(name)).map(({ name, value }) =>
    `${name}: ${show(value)}`
  );
  const call = where.endsWith("()") ? where.slice(0, -2) : `new ${where}`;
  const rewritten = [
    ...Array.from(given).slice(0, fixed).map(show),
    ...options.length ? [`{ ${options.join(", ")} }`] : [],
  ];
  throw new ArgumentError(
    `${where} takes ${fixed === 0 ? "its arguments" : "what follows its first arguments"} as an object of options ({ ${
      known.join(", ")
    } }) and was given ` +
      `${showAll(rest)}; write ${call}(${rewritten.join(", ")})` +
      (missing.length === 0 ? "" : `, there is no option ${missing.join(", ")}`),
  );
}

function showAll(values: ArrayLike<unknown>): string {
  return Array.from(values, show).join(", ");
}

function article(name: string): string {
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
