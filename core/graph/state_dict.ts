/**
 * Weights by name, from wherever they come, made fit for a model's parameters.
 * @module
 */
import { flag } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { checkOptions } from "../base/known.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import type { TensorArray } from "../base/tensor_array.ts";

/** A tensor that a parameter can be loaded from: numbers of any type that a typed array has. */
export interface StateTensor {
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its values, row-major. */
  readonly data: TensorArray<ArrayBufferLike>;
  /** What the elements are where the array does not say it, as `readSafetensors` gives it. */
  readonly dtype?: string;
}

/** Options of `Module.loadStateDict`. */
export interface LoadOptions {
  /** False: names that are missing or not known are reported, not refused. Default true. */
  readonly strict?: boolean;
  /** True: NaN and infinities are taken too. Default false. */
  readonly allowNonFinite?: boolean;
}

/** What `Module.loadStateDict` found, as names; PyTorch's missing_keys and unexpected_keys. */
export interface LoadResult {
  /** Parameters of the model that were not given; they stay as they are. */
  readonly missingKeys: readonly string[];
  /** What was given and is no parameter of the model. */
  readonly unexpectedKeys: readonly string[];
  /** Parameters that were rounded: 32-bit floats do not hold all of the given values. */
  readonly roundedKeys: readonly string[];
}

/** Where a parameter's values go. */
interface Target {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Checks all of it, then writes; throws an `ArgumentError`, and changes nothing, for what does not fit. */
export function loadState(
  own: ReadonlyMap<string, Target>,
  state: ReadonlyMap<string, StateTensor>,
  options: LoadOptions = {},
): LoadResult {
  checkOptions("loadStateDict()", options, ["strict", "allowNonFinite"]);
  const { strict = true, allowNonFinite = false } = options;
  flag("loadStateDict(): strict", strict);
  flag("loadStateDict(): allowNonFinite", allowNonFinite);
  const missingKeys = [...own.keys()].filter((name) => !state.has(name));
  const unexpectedKeys = [...state.keys()].filter((name) => !own.has(name));
  const problems = [...own].flatMap(([name, target]) => {
    const given = state.get(name);
    return given === undefined ? [] : mismatch(name, target.shape, given) ?? [];
  });
  if (strict) {
    problems.unshift(...missingKeys.map((name) => `${name} is missing`));
    problems.push(...unexpectedKeys.map((name) => `${name} is unknown to this model`));
  }
  if (problems.length > 0) {
    const hint = strict && missingKeys.length + unexpectedKeys.length === problems.length
      ? "; { strict: false } loads those that are known"
      : "";
    throw new ArgumentError(`these are weights of another model: ${problems.join("; ")}${hint}`);
  }
  const taken = [...own].filter(([name]) => state.has(name)).map(([name, { data }]) => {
    const given = state.get(name)!.data;
    const values = given instanceof Float32Array ? given : Float32Array.from(given as ArrayLike<number>, Number);
    if (!allowNonFinite) checkFinite(name, values, given);
    return {
      name,
      data,
      values,
      rounded: values !== given && values.some((value, k) => Number.isFinite(value) && value != given[k]),
    };
  });
  for (const { data, values } of taken) data.set(values);
  return { missingKeys, unexpectedKeys, roundedKeys: taken.filter(({ rounded }) => rounded).map(({ name }) => name) };
}

/** Types whose bytes are the numbers' own: 0 and 1. */
const READABLE = new Set([undefined, "F16", "BF16", "BOOL"]);

/** Why a tensor cannot be the parameter, or undefined. */
function mismatch(name: string, shape: Shape, given: StateTensor): string | undefined {
  if (!READABLE.has(given.dtype)) {
    return `${name} is of type ${given.dtype}, which comes as raw bytes and should be numbers: convert it to ` +
      "float32 where the file is made";
  }
  if (given.shape.join() === shape.join() && given.data.length === sizeOf(shape)) return undefined;
  const count = given.data.length === sizeOf(given.shape) ? "" : ` with ${given.data.length} values`;
  return `${name} is ${showShape(given.shape)}${count} and should be ${showShape(shape)}`;
}

function checkFinite(name: string, values: Float32Array, given: StateTensor["data"]): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  const lost = Number.isFinite(Number(given[at])) ? ", which no 32-bit float holds" : "";
  throw new ArgumentError(
    `loadStateDict(): element ${at} of ${name} is ${given[at]}${lost}, expected finite numbers; ` +
      "take other weights, or { allowNonFinite: true } where it must be so",
  );
}
