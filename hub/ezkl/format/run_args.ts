/**
 * EZKL's run arguments, with its names and defaults, and the checks that the native
 * program makes before it uses them.
 * @module
 */
import { expect, flag } from "../../../core/base/arguments.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, oneOf } from "../../../core/base/known.ts";
import { checkNumber } from "./numbers.ts";

/**
 * Who sees a tensor. Inputs and outputs are compiled as the first two or by their Poseidon hash, which ties what one
 * proof gave out to what another took in ({@linkcode HASHED}); weights as `Private` or `Fixed`. The others are there for
 * files that EZKL wrote.
 */
export type Visibility =
  | "Private"
  | "Public"
  | "Fixed"
  | "KZGCommit"
  | { Hashed: { hashIsPublic: boolean; outlets: number[] } };

/** Arguments that shape a circuit. */
export interface RunArgs {
  /** log2 of the multiplier of the inputs. */
  inputScale: number;
  /** log2 of the multiplier of the weights. */
  paramScale: number;
  /** Products are rescaled when their scale passes max(inputScale, paramScale) times this. */
  scaleRebaseMultiplier: number;
  /** Smallest and largest input of the lookup tables. */
  lookupRange: [bigint, bigint];
  /** log2 of the number of rows, at most 26. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
  /** Values of the model's symbolic dimensions. */
  variables: [name: string, value: number][];
  /** Who sees the inputs: Private, Public, or Hashed. */
  inputVisibility: Visibility;
  /** Who sees the outputs: Private, Public, or Hashed. */
  outputVisibility: Visibility;
  /** Who sees the weights: Private, or Fixed in the keys. */
  paramVisibility: Visibility;
  /** Give whole-valued constants the scale 0. */
  rebaseFracZeroConstants: boolean;
  /** Whether the native program checks the tables while it runs a model. */
  checkMode: "SAFE" | "UNSAFE";
  /** The commitment scheme: KZG, which null means too; IPA cannot be proven here. */
  commitment: "KZG" | "IPA" | null;
  /** Base in which magnitudes are written where a sign is needed. */
  decompBase: number;
  /** Digits of that base. */
  decompLegs: number;
  /** Take logarithms from a bounded table. */
  boundedLogLookup: boolean;
  /** Leave inputs and outputs without a range check. */
  ignoreRangeCheckInputsOutputs: boolean;
}

/** EZKL's defaults, as its command line gives them. */
export const defaultRunArgs: Readonly<RunArgs> = {
  inputScale: 7,
  paramScale: 7,
  scaleRebaseMultiplier: 1,
  lookupRange: [-32768n, 32768n],
  logrows: 17,
  numInnerCols: 2,
  variables: [["batch_size", 1]],
  inputVisibility: "Private",
  outputVisibility: "Public",
  paramVisibility: "Private",
  rebaseFracZeroConstants: false,
  checkMode: "UNSAFE",
  commitment: "KZG",
  decompBase: 16384,
  decompLegs: 2,
  boundedLogLookup: false,
  ignoreRangeCheckInputsOutputs: false,
};

/**
 * The defaults with `changes` over them, checked.
 * @throws {ArgumentError} for an argument that is unknown, or outside what EZKL and its WebAssembly engine take
 */
export function runArgs(changes: Partial<RunArgs> = {}): RunArgs {
  checkOptions("runArgs", changes, Object.keys(defaultRunArgs));
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const args = { ...defaultRunArgs, ...Object.fromEntries(given) } as RunArgs;
  checkRunArgs(args);
  checkCompilable(args);
  return args;
}

/** Whether what is seen of a tensor is its hash. */
export function isHashed(
  visibility: Visibility,
): visibility is { Hashed: { hashIsPublic: boolean; outlets: number[] } } {
  return typeof visibility === "object" && visibility !== null;
}

/** Every tensor's hash is shown in the proof, and nothing else of it: what `hashed` means in EZKL's programs. */
export const HASHED: Visibility = { Hashed: { hashIsPublic: true, outlets: [] } };

/**
 * Refuses who-sees-what that only EZKL compiles, or that binds nothing: commitments, hashes that are not shown, and hashes
 * of weights.
 * @throws {ArgumentError} naming the argument, and what it may be
 */
export function checkCompilable({ inputVisibility, outputVisibility, paramVisibility }: RunArgs): void {
  const all = { inputVisibility, outputVisibility, paramVisibility };
  for (const [name, value] of Object.entries(all)) {
    if (!isHashed(value) && value !== "KZGCommit") continue;
    const isParam = name === "paramVisibility";
    const expected = isParam ? "Private or Fixed" : "Private, Public or Hashed";
    const why = value === "KZGCommit"
      ? "commitments are not compiled here"
      : isParam
      ? "EZKL's circuits compute with other cells than those of the weights that they hash, so the hash would bind nothing"
      : value.Hashed.hashIsPublic && value.Hashed.outlets.length === 0
      ? null
      : "a hash that is not shown, or is made of some tensors alone, binds no proof to another; take hashIsPublic true and " +
        "no outlets";
    if (why !== null) {
      throw new ArgumentError(`runArgs: ${name} is ${JSON.stringify(value)}, expected ${expected}; ${why}`);
    }
  }
}

/** The largest log2 of rows that a reference string is published for. */
const MAX_LOGROWS = 26;

/**
 * Refuses arguments that the native program or the engine would refuse, or misuse.
 * @throws {ArgumentError} naming the argument, its value and what it may be
 */
export function checkRunArgs(args: RunArgs): void {
  checkNumber("runArgs: logrows", args.logrows, { whole: true, least: 1, most: MAX_LOGROWS });
  for (const name of ["scaleRebaseMultiplier", "numInnerCols", "decompBase", "decompLegs"] as const) {
    checkNumber(`runArgs: ${name}`, args[name], { whole: true, least: 1, most: 2 ** 32 - 1 });
  }
  for (const name of ["inputScale", "paramScale"] as const) {
    checkNumber(`runArgs: ${name}`, args[name], { whole: true, least: -62, most: 62 });
  }
  for (const name of ["rebaseFracZeroConstants", "boundedLogLookup", "ignoreRangeCheckInputsOutputs"] as const) {
    flag(`runArgs: ${name}`, args[name]);
  }
  oneOf("runArgs, checkMode", args.checkMode, ["SAFE", "UNSAFE"]);
  if (args.commitment !== null) oneOf("runArgs, commitment", args.commitment, ["KZG"]);
  checkRanges(args);
  checkVisibilities(args);
}

function checkRanges({ lookupRange, decompBase, decompLegs, variables }: RunArgs): void {
  const isRange = Array.isArray(lookupRange) && lookupRange.length === 2 &&
    lookupRange.every((end) => typeof end === "bigint");
  expect(isRange, "runArgs: lookupRange", lookupRange, "two bigints, as in [-32768n, 32768n]");
  const [low, high] = lookupRange;
  if (low > high) throw new ArgumentError(`runArgs: lookupRange is from ${low} to ${high}; its start is above its end`);
  if (BigInt(decompBase) ** BigInt(Math.min(decompLegs, 64) - 1) >= 2n ** 32n) {
    throw new ArgumentError(
      `runArgs: decompBase ${decompBase} with decompLegs ${decompLegs} needs ${decompBase}^${decompLegs - 1}, ` +
        `and the WebAssembly engine counts in 32 bits; take fewer legs or a smaller base`,
    );
  }
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string";
  const arePairs = Array.isArray(variables) && variables.every(isPair);
  expect(arePairs, "runArgs: variables", variables, 'pairs of a name and a number, as in [["batch_size", 1]]');
  for (const [name, value] of variables) {
    checkNumber(`runArgs: variable ${name}`, value, { whole: true, least: 1 });
  }
}

function checkVisibilities({ inputVisibility, outputVisibility, paramVisibility }: RunArgs): void {
  const all = { inputVisibility, outputVisibility, paramVisibility };
  for (const [name, value] of Object.entries(all)) {
    if (isHashed(value)) {
      const { hashIsPublic, outlets } = value.Hashed ?? {};
      const isRight = typeof hashIsPublic === "boolean" && Array.isArray(outlets);
      expect(isRight, `runArgs: ${name}`, value, "{ Hashed: { hashIsPublic: true, outlets: [] } }");
      continue;
    }
    oneOf(`runArgs, ${name}`, value, ["Private", "Public", "Fixed", "KZGCommit"]);
  }
  if (paramVisibility === "Public") {
    throw new ArgumentError(
      `runArgs: paramVisibility is Public, which EZKL does not have for weights; take Fixed or Private`,
    );
  }
  for (const name of ["inputVisibility", "outputVisibility"] as const) {
    if (all[name] !== "Fixed") continue;
    throw new ArgumentError(
      `runArgs: ${name} is Fixed, which puts the values of one run into the keys, and no proof would verify; take ` +
        "Public to show them in the proof, or Private",
    );
  }
  if (Object.values(all).every((visibility) => visibility === "Private")) {
    throw new ArgumentError(
      "runArgs: inputs, weights and outputs are all Private; a proof must show something, so make inputs or outputs " +
        "Public or Hashed, or the weights Fixed",
    );
  }
}
