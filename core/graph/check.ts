/**
 * What modules are made of and given, checked where a caller hands it over.
 * @module
 */
import { expect } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { show } from "../base/known.ts";
import { sizeOf } from "../base/shape.ts";

/** Why a layer may not be found, for those who find none or too few. */
export const WHERE_LAYERS_ARE = "layers and parameters are found where they are properties of a module, or in an " +
  "array that is one: not in a #private field, a Map, a plain object, an array in an array, or a variable outside; " +
  "make them properties";

/** The name of a model's input, the first of several, in its graph and in an ONNX file. */
export const INPUT_NAME = "input_0";
/** The name of input `k`, from 0. */
export const inputName = (k: number): string => `input_${k}`;
/** The name of output `k`, from 0, of a model that has `count`. */
export const outputName = (k: number, count: number): string => count === 1 ? OUTPUT_NAME : `output_${k}`;
/** The name of its output in an ONNX file. */
export const OUTPUT_NAME = "output";

/** Throws an `ArgumentError` where two things have one name: at export, or in a checkpoint, one would be lost. */
export function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw new ArgumentError(
        `two parameters of the model have the name ${name}, one by a property whose own name has a dot or a number; ` +
          "rename that property",
      );
    }
    seen.add(name);
  }
}

/** Throws an `ArgumentError` unless it is a map of names to tensors on the host. */
export function checkState(where: string, state: unknown): void {
  if (!(state instanceof Map)) {
    throw new ArgumentError(
      `${where}: the state is ${show(state)}, expected a Map of names to { shape, data }, as stateDict() and ` +
        "readSafetensors().tensors are; an object becomes one by new Map(Object.entries(state))",
    );
  }
  for (const [name, tensor] of state as Map<unknown, { shape?: unknown; data?: unknown } | null | undefined>) {
    expect(typeof name === "string", `${where}: a name`, name, "text");
    const { shape, data } = tensor ?? {};
    expect(Array.isArray(shape), `${where}: the shape of ${name}`, shape, "a list of sizes; give { shape, data }");
    const typed = ArrayBuffer.isView(data) && !(data instanceof DataView);
    expect(typed, `${where}: the data of ${name}`, data, "a typed array of numbers; give { shape, data }");
  }
}

/** Throws an `ArgumentError` unless the values are floats that fill the shape. */
export function checkValues(where: string, sizes: unknown, data: unknown): void {
  const sound = Array.isArray(sizes) && sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
  expect(sound, `${where}: the shape`, sizes, "a list of sizes");
  const size = sizeOf(sizes as number[]);
  expect(data instanceof Float32Array, `${where}: the data`, data, "a Float32Array");
  const count = data.length;
  expect(count === size, `${where}: the number of values`, count, `${size}, which fill the shape`);
}
