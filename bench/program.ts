/**
 * What every bench is as a program: its flags, the machine it names, its lines, and its end.
 * @module
 */
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { ArgumentError, terminalWriter, ZkgradError } from "../mod.ts";

const output = terminalWriter();

/** What a `deno` that a bench starts is given, so that it takes the packages of the lock file and no others. */
export const FROZEN: readonly string[] = [
  `--lock=${fileURLToPath(new URL("deno.lock", import.meta.url))}`,
  "--frozen",
];

/** Prints a line, or several. */
export function say(text: string): void {
  output.write(text + "\n");
}

/** One line that is written over; nothing where output is no terminal. */
export function status(text: string): void {
  if (output.terminal) output.write(`\r\x1b[K${text}`);
}

/** The machine's own words, for every table. */
export interface Machine {
  /** Its processor. */
  cpu: string;
  /** Threads that run at once. */
  cores: number;
  /** Gigabytes of memory. */
  memoryGb: number;
  /** Its system. */
  system: string;
  /** Deno's version. */
  deno: string;
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGb: Number((totalmem() / 1e9).toFixed(1)),
    system: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

/**
 * The values of the flags.
 * @throws {ArgumentError} for a flag that there is not, or one without its value
 */
export function flags<const T extends ParseArgsOptionsConfig>(
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`).join(", ");
    throw new ArgumentError(`${(error as Error).message}; there are ${known}`);
  }
}

/**
 * The names that a flag lists, or all of them.
 * @throws {ArgumentError} for a name that is none of `known`
 */
export function names(flag: string, list: string | undefined, known: readonly string[]): readonly string[] {
  const found = list?.split(",") ?? known;
  const unknown = found.find((name) => !known.includes(name));
  if (unknown === undefined) return found;
  throw new ArgumentError(`${flag} names ${unknown}, expected some of ${known.join(", ")}`);
}

/** Writes what a bench found, where `--json` names a file. */
export async function writeJson(path: string | undefined, found: unknown): Promise<void> {
  if (path !== undefined) await Deno.writeTextFile(path, JSON.stringify(found, null, 2) + "\n");
}

/** Runs a bench; what is wrong with its flags or its files is one sentence. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    say(error.message);
    Deno.exitCode = 1;
  }
}
