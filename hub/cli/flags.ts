/**
 * Command-line flags: a table of names in, typed values or one sentence out.
 * @module
 */
import { parseArgs } from "node:util";
import { ArgumentError } from "../../core/base/errors.ts";
import { nearestName } from "../../core/base/known.ts";

/** The flags of a program: those that take a value, and those that are only said or not. */
export type FlagTable = Readonly<Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>>;

/** What was given: the text of each flag with a value, the last where several were given; true for one that was said. */
export type FlagTexts<F extends FlagTable> = {
  readonly [name in keyof F]?: F[name]["type"] extends "string" ? string : true;
};

/**
 * Reads `--name value`, `--name=value` and `--name`.
 * @param args The arguments, as in `Deno.args`.
 * @param table The flags that there are, without their dashes.
 * @returns What was given.
 * @throws {ArgumentError} A flag that there is not, a word that belongs to none, a value that is missing or one too many.
 */
export function parseFlags<const F extends FlagTable>(args: readonly string[], table: F): FlagTexts<F> {
  // Strict parsing would answer `--lr -1` with advice on dashes; what was given is told below instead.
  const { values, tokens } = parseArgs({ args: [...args], options: table, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") refuseFlags(`"${token.value}" belongs to no flag`);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(table, name)) {
      const meant = nearestName(name, Object.keys(table));
      refuseFlags(`there is no flag ${rawName}${meant === undefined ? "" : `, did you mean --${meant}?`}`);
    }
    const takesValue = table[name].type === "string";
    if (!takesValue && value !== undefined) refuseFlags(`${rawName} takes no value and was given "${value}"`);
    if (!takesValue) continue;
    if (value === undefined) refuseFlags(`${rawName} takes a value and was given none`);
    if (!inlineValue && value.startsWith("--")) {
      refuseFlags(`${rawName} takes a value and was given none before ${value}`);
    }
  }
  return values as FlagTexts<F>;
}

/**
 * A whole number of at least `least`; `standard` where none was given.
 * @throws {ArgumentError} for anything else
 */
export function wholeFlag(flag: string, text: string | undefined, standard: number, least: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
    const bound = value > Number.MAX_SAFE_INTEGER ? " and below 2^53" : "";
    throw new ArgumentError(`${flag} takes a whole number of at least ${least}${bound} and was given "${text}"`);
  }
  return value;
}

/**
 * A number from 0 to 1; `standard` where none was given.
 * @throws {ArgumentError} for anything else
 */
export function shareFlag(flag: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new ArgumentError(`${flag} takes a number from 0 to 1 and was given "${text}"`);
  }
  return value;
}

/**
 * A finite number greater than 0.
 * @throws {ArgumentError} for anything else
 */
export function positiveFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value))) {
    throw new ArgumentError(`${flag} takes a number greater than 0 and was given "${text}"`);
  }
  return value;
}

/**
 * The path of a folder, without a slash at its end.
 * @throws {ArgumentError} for the empty path, which would put files at the root of the file system
 */
export function folderFlag(flag: string, path: string | undefined): string | undefined {
  if (path === "") throw new ArgumentError(`${flag} takes the path of a folder and was given ""`);
  // A trailing slash would show twice in the paths that are printed.
  return path !== undefined && path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}

/**
 * One of a few words.
 * @throws {ArgumentError} for any other
 */
export function wordFlag<const T extends string>(flag: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const meant = nearestName(text, words);
  const hint = meant === undefined ? "" : `, did you mean ${meant}?`;
  return refuseFlags(`${flag} takes ${words.join(", ")} and was given "${text}"${hint}`);
}

/** Ends with a sentence about flags, and where to read about them. */
export function refuseFlags(what: string): never {
  throw new ArgumentError(`${what}${what.endsWith("?") ? "" : ";"} --help lists the flags`);
}
