/**
 * EZKL's run arguments as flags, under EZKL's names: `--input-scale 7`, `--param-visibility fixed`.
 * @module
 */
import { type Command, Option } from "npm:commander@14.0.3";
import { ArgumentError } from "../../../core/base/errors.ts";
import { defaultRunArgs, HASHED, type RunArgs } from "../../ezkl/mod.ts";
import { sizesOf, variablesOf } from "./network.ts";
import type { Telling } from "./telling.ts";

/** Who sees the tensors of a circuit that is made from nothing but a network: the tutorial's answer. */
const SEEN: Partial<RunArgs> = { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" };

const WORDS = { private: "Private", public: "Public", fixed: "Fixed", hashed: HASHED } as const;
const ABOUT: Partial<Record<keyof RunArgs, string>> = {
  inputScale: "log2 of the inputs' multiplier",
  paramScale: "log2 of the weights' multiplier",
  scaleRebaseMultiplier: "when products are rescaled",
  lookupRange: "smallest and largest input of a table, as in -32768->32767",
  logrows: "log2 of the number of rows",
  numInnerCols: "columns of a block",
  inputVisibility: "who sees the inputs: private, public or hashed",
  outputVisibility: "who sees the outputs: private, public or hashed",
  paramVisibility: "who sees the weights: private or fixed",
  decompBase: "base in which magnitudes are written",
  decompLegs: "digits of that base",
  variables: "sizes of open dimensions, as in batch_size->1,length->12",
};

/** The flag for what a calibration aims at; `otherwise` says what it aims at without the flag. */
export function targetFlag(otherwise: string): Option {
  return new Option("--target <target>", `what calibration aims at (${otherwise})`)
    .choices(["resources", "resources/col-overflow", "accuracy", "fidelity"]);
}

/** Adds the flags to a command. */
export function addRunArguments(command: Command): Command {
  for (const [name, about] of Object.entries(ABOUT)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.addOption(new Option(`${name === "variables" ? "-V, " : ""}--${flag} <value>`, about));
  }
  return command;
}

/**
 * The run arguments among a command's options, with the sizes that a network leaves open: its `bytes`, and its `name`
 * for errors.
 */
export function runArguments(
  telling: Telling,
  options: Readonly<Record<string, unknown>>,
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
): Partial<RunArgs> {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(ABOUT) as (keyof RunArgs)[]) {
    const given = options[name];
    if (typeof given === "string" && name !== "variables") found[name] = valueOf(name, given);
  }
  const variables = sizesOf(telling, bytes, name, variablesOf(options.variables as string | undefined));
  return { ...SEEN, ...found, variables };
}

function valueOf(name: keyof RunArgs, text: string): unknown {
  const standard = defaultRunArgs[name];
  if (typeof standard === "string") {
    const word = WORDS[text.toLowerCase() as keyof typeof WORDS];
    if (word !== undefined) return word;
    throw new ArgumentError(`${name} is ${text}, expected ${Object.keys(WORDS).join(", ")}`);
  }
  if (Array.isArray(standard)) {
    const [, low, high] = /^\(?(-?\d+)(?:->|,)(-?\d+)\)?$/.exec(text.replaceAll(" ", "")) ?? [];
    if (high !== undefined) return [BigInt(low), BigInt(high)];
    throw new ArgumentError(`${name} is ${text}, expected two whole numbers, as in -32768->32767`);
  }
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value)) return value;
  throw new ArgumentError(`${name} is ${text}, expected a whole number`);
}
