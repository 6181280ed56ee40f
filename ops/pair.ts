/**
 * Sizes in two directions.
 * @module
 */
import { expect } from "../core/base/arguments.ts";

/** A number for both directions, or (rows, columns). */
export type Pair = number | readonly [number, number];

/** `2` or `[2, 2]` as (rows, columns). */
export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : [value[0], value[1]];
}

/** The same of what a caller gave; throws an `ArgumentError` unless it is one or two whole numbers from `least` on. */
export function checkedPair(what: string, value: unknown, least: number): readonly [number, number] {
  const sizes: unknown = typeof value === "number" ? [value, value] : value;
  const sound = Array.isArray(sizes) && sizes.length === 2 &&
    sizes.every((size) => Number.isSafeInteger(size) && size >= least);
  const number = least > 0 ? "a positive integer" : "a non-negative integer";
  expect(sound, what, value, `${number}, or two of them: [rows, columns]`);
  return pair(value as Pair);
}
