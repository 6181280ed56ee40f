/**
 * Options and names that are not known are refused, with the nearest one that is: a type
 * checker is not there in every program, and an option with a slip in its name would do
 * nothing without a word.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { quote } from "./place.ts";

/**
 * Refuses an options object with a property that is not among `known`; `where` begins the error.
 * @throws {ArgumentError} naming the property and the nearest one that is known
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ArgumentError(`${where}: the options are ${quote(options)}, expected an object of ${known.join(", ")}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ArgumentError(
    `${where}: there is no option ${JSON.stringify(unknown)}${hint(unknown, known)}; the options are ${
      known.join(", ")
    }`,
  );
}

/**
 * Refuses a value that is not one of some names; `name` is what the error calls it.
 * @throws {ArgumentError} with the value, the nearest name and all that may be
 */
export function checkChoice(where: string, name: string, value: unknown, known: readonly string[]): void {
  if (typeof value === "string" && known.includes(value)) return;
  const near = typeof value === "string" ? hint(value, known) : "";
  throw new ArgumentError(`${where}: ${name} is ${quote(value)}, expected ${listed(known)}${near}`);
}

/**
 * Refuses a number outside what an option takes.
 * @throws {ArgumentError} with the value and the numbers that may be
 */
export function checkNumber(
  where: string,
  name: string,
  value: unknown,
  { whole = false, least = -Infinity, most = Infinity }: { whole?: boolean; least?: number; most?: number } = {},
): void {
  const fits = typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return;
  const kind = whole ? "a whole number" : "a number";
  const range = most === Infinity ? least === -Infinity ? "" : ` from ${least}` : ` from ${least} to ${most}`;
  throw new ArgumentError(`${where}: ${name} is ${quote(value)}; it must be ${kind}${range}`);
}

/**
 * The same for each number of a list that is not empty; a list that is left out is not looked at.
 * @throws {ArgumentError} naming the place in the list
 */
export function checkNumbers(
  where: string,
  name: string,
  values: readonly number[] | undefined,
  range: { whole?: boolean; least?: number; most?: number },
): void {
  if (values === undefined) return;
  if (!Array.isArray(values) || values.length === 0) {
    throw new ArgumentError(`${where}: ${name} is ${quote(values)}, expected a list of one number or more`);
  }
  values.forEach((value, index) => checkNumber(where, `${name}[${index}]`, value, range));
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** The sentence's part that names the nearest of `known`; empty where none is near. */
function hint(name: string, known: readonly string[]): string {
  const [best] = known.map((other): [number, string] => [distance(plain(name), plain(other)), other])
    .toSorted(([a], [b]) => a - b);
  return best !== undefined && best[0] <= Math.max(1, best[1].length / 3) ? ` (did you mean ${best[1]}?)` : "";
}

/** Case and underscores are what differs between the spellings of EZKL's languages. */
function plain(name: string): string {
  return name.slice(0, 80).replaceAll(/[_-]/g, "").toLowerCase();
}

/** Characters to insert, remove or replace to come from one name to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
