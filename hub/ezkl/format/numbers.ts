/**
 * Numbers that a caller may give, each with the least and the most that an option takes.
 * @module
 */
import { expect } from "../../../core/base/arguments.ts";

/** Which numbers may be; without `least` and `most`, all that are finite. */
export interface NumberRange {
  /** Whether it must be whole. */
  readonly whole?: boolean;
  /** The smallest. */
  readonly least?: number;
  /** The largest. */
  readonly most?: number;
}

/**
 * Refuses a number outside what an option takes; `what` is what errors call it.
 * @throws {ArgumentError} with the value and the numbers that may be
 */
export function checkNumber(
  what: string,
  value: unknown,
  { whole = false, least = -Infinity, most = Infinity }: NumberRange = {},
): void {
  const fits = typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
  const kind = whole ? "a whole number" : "a number";
  const range = most === Infinity ? least === -Infinity ? "" : ` from ${least}` : ` from ${least} to ${most}`;
  expect(fits && (!whole || Number.isInteger(value)), what, value, `${kind}${range}`);
}

/**
 * The same for each option of a caller that is given.
 * @throws {ArgumentError} naming the option
 */
export function checkNumberOptions(
  where: string,
  options: Readonly<Record<string, unknown>>,
  range: NumberRange,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) checkNumber(`${where}: ${name}`, value, range);
  }
}

/**
 * The same for each number of each list that is given, none of them empty.
 * @throws {ArgumentError} naming the place in the list
 */
export function checkNumberLists(where: string, lists: Readonly<Record<string, unknown>>, range: NumberRange): void {
  for (const [name, values] of Object.entries(lists)) {
    if (values === undefined) continue;
    const what = `${where}: ${name}`;
    expect(Array.isArray(values) && values.length > 0, what, values, "a list of one number or more");
    values.forEach((value, index) => checkNumber(`${what}[${index}]`, value, range));
  }
}
