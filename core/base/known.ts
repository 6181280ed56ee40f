/**
 * Names that a caller may give: the keys of an options object, a word out of a list.
 * What is not known is refused with the nearest name that is, wherever types are not
 * checked: a misspelt option that nobody reads is a wish that nobody hears.
 * @module
 */
import { ArgumentError } from "./errors.ts";

/**
 * Refuses options that nobody reads.
 * @param where The function or class as its caller writes it: `new Adam()`.
 * @param options What was given; undefined counts as nothing given.
 * @param known The names of all options.
 * @throws {ArgumentError} What was given is no object of options, or holds a name that is not known.
 */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (!isOptions(options)) {
    throw new ArgumentError(`${where}: expected an object of options ({ ${known.join(", ")} }), got ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ArgumentError(`${where}: there is no option ${name}${hint(name, known)}`);
  }
}

/** Whether a value can be an object of options: no array, and nothing of a class that has nothing to read, such as a Map. */
export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0;
}

/**
 * The names of a type's options, written once and held to the type by the compiler: an
 * option that the list lacks is a type error, and so is a name that the type lacks.
 */
export function namesOf<Options>(names: Readonly<Record<keyof Options, true>>): readonly string[] {
  return Object.keys(names);
}

/**
 * Refuses a word that is not on a list.
 * @param where What the word is for: `genSettings(), inputVisibility`.
 * @param word What was given.
 * @param known All words that there are.
 * @returns The word.
 * @throws {ArgumentError} The word is not on the list.
 */
export function oneOf<T extends string | number>(where: string, word: unknown, known: readonly T[]): T {
  if ((known as readonly unknown[]).includes(word)) return word as T;
  throw new ArgumentError(`${where}: there is no ${show(word)}${hint(String(word), known.map(String))}`);
}

/** Says which name was probably meant, and all that there are. */
function hint(name: string, known: readonly string[]): string {
  if (known.length === 0) return "; it takes none";
  const meant = nearestName(name, known);
  return `${meant === undefined ? "" : `, did you mean ${meant}?`} It takes ${known.join(", ")}`
    .replace(/^ It/, "; it");
}

/**
 * The name that another was probably meant to be.
 * @param name A name that is not known.
 * @param known Those that are.
 * @returns The nearest by letters changed, put in or left out, whatever their case and
 * underscores; undefined where none is near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[_\s-]/g, "");
  const wanted = plain(name);
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein's distance: single letters changed, put in or left out. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** A value in a sentence. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return value.name ? `the class or function ${value.name}` : "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const { dtype, shape, constructor } = value as { dtype?: unknown; shape?: unknown; constructor?: { name: string } };
  if (constructor !== Object) return `an object of ${constructor?.name ?? "no class"}`;
  // A tensor of a running forward() is a plain object too.
  return dtype !== undefined && Array.isArray(shape) ? `a tensor of [${shape.join(", ")}]` : "an object";
}
