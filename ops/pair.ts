/**
 * Sizes in two directions.
 * @module
 */

/** A number for both directions, or (rows, columns). */
export type Pair = number | readonly [number, number];

/** `2` or `[2, 2]` as (rows, columns). */
export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : [value[0], value[1]];
}
