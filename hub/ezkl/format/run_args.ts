/**
 * EZKL's run arguments, with its names and defaults, and the checks that the native
 * program makes before it uses them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";

/** Who sees a tensor. Only the first two and `Fixed` can be compiled here. */
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
  /** log2 of the number of rows. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
  /** Values of the model's symbolic dimensions. */
  variables: [name: string, value: number][];
  /** Who sees the inputs. */
  inputVisibility: Visibility;
  /** Who sees the outputs. */
  outputVisibility: Visibility;
  /** Who sees the weights. */
  paramVisibility: Visibility;
  /** Give whole-valued constants the scale 0. */
  rebaseFracZeroConstants: boolean;
  /** Whether the native program checks the tables while it runs a model. */
  checkMode: "SAFE" | "UNSAFE";
  /** The commitment scheme. */
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
 * @throws {ArgumentError} where an argument is outside what EZKL and its WebAssembly engine take
 */
export function runArgs(changes: Partial<RunArgs> = {}): RunArgs {
  const args = { ...defaultRunArgs, ...changes };
  checkRunArgs(args);
  return args;
}

/**
 * Refuses arguments that the native program or the engine would refuse, or misuse.
 * @throws {ArgumentError} naming the argument, its value and what it may be
 */
export function checkRunArgs(args: RunArgs): void {
  const positive = ["scaleRebaseMultiplier", "logrows", "numInnerCols", "decompBase", "decompLegs"] as const;
  for (const name of positive) {
    if (!Number.isInteger(args[name]) || args[name] < 1) {
      throw new ArgumentError(`runArgs: ${name} is ${args[name]}; it must be a whole number from 1`);
    }
  }
  for (const name of ["inputScale", "paramScale"] as const) {
    if (!Number.isInteger(args[name]) || Math.abs(args[name]) > 62) {
      throw new ArgumentError(`runArgs: ${name} is ${args[name]}; it must be a whole number from -62 to 62`);
    }
  }
  const { lookupRange: [low, high], decompBase, decompLegs } = args;
  if (low > high) throw new ArgumentError(`runArgs: lookupRange is from ${low} to ${high}; its start is above its end`);
  if (BigInt(decompBase) ** BigInt(decompLegs - 1) >= 2n ** 32n) {
    throw new ArgumentError(
      `runArgs: decompBase ${decompBase} with decompLegs ${decompLegs} needs ${decompBase}^${decompLegs - 1}, ` +
        `and the WebAssembly engine counts in 32 bits; take fewer legs or a smaller base`,
    );
  }
  for (const [name, value] of args.variables) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(`runArgs: variable ${name} is ${value}; it must be a whole number from 1`);
    }
  }
  if (args.paramVisibility === "Public") {
    throw new ArgumentError(
      `runArgs: paramVisibility is Public, which EZKL does not have for weights; take Fixed or Private`,
    );
  }
  const all = [args.inputVisibility, args.outputVisibility, args.paramVisibility];
  if (all.every((visibility) => visibility === "Private")) {
    throw new ArgumentError(
      "runArgs: inputs, weights and outputs are all Private; a proof must show something, so make one of them Public or Fixed",
    );
  }
}
