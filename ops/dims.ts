/**
 * Dimensions by their numbers, which may count from the end.
 * @module
 */
import { expect } from "../core/base/arguments.ts";

/** The dimension that `dim` means, from the front; throws an `ArgumentError` that begins with `where` for one that is not there. */
export function dimOf(where: string, dim: unknown, rank: number, what = "dim"): number {
  const sound = Number.isSafeInteger(dim) && (dim as number) >= -rank && (dim as number) < rank;
  expect(sound, `${where}: ${what}`, dim, `a whole number from ${-rank} to ${rank - 1}, of ${rank} dimensions`);
  return (dim as number) < 0 ? (dim as number) + rank : dim as number;
}

/** The same of several, or of one, each of which may be named once. */
export function dimsOf(where: string, dims: unknown, rank: number, what = "dims"): readonly number[] {
  const list: unknown = typeof dims === "number" ? [dims] : dims;
  expect(Array.isArray(list), `${where}: ${what}`, dims, "a whole number or a list of them");
  const found = list.map((dim) => dimOf(where, dim, rank, what));
  expect(new Set(found).size === found.length, `${where}: ${what}`, dims, "dimensions that are named once each");
  return found;
}

/** A list of whole numbers from `least` on; throws an `ArgumentError` for anything else. */
export function wholes(what: string, list: unknown, least: number, expected: string): readonly number[] {
  const sound = Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= least);
  expect(sound, what, list, expected);
  return list as number[];
}
