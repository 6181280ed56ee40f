/**
 * Inputs that only say how to compute, as attributes: what later opsets moved from
 * one to the other is read in one form.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { sizeOf } from "../../core/base/shape.ts";
import { quote } from "../quote.ts";
import { type Call, LONGEST, type Rule } from "./call.ts";
import type { ReadAttribute, ReadValue } from "./graph.ts";
import { isNumeric } from "./typed.ts";

/** The node with such inputs as attributes, where all of them are constants; else as it is. */
export function withSettings(call: Call, settings: Rule["settings"]): Call {
  if (settings === undefined) return call;
  const places = Object.keys(settings).map(Number).filter((place) => call.inputs[place]);
  const first = Math.min(...Object.keys(settings).map(Number));
  if (places.length === 0) return call.with(call.attributes, call.inputs.slice(0, first));
  if (!places.every((place) => isSetting(call.inputs[place]!))) return call;
  const attributes: Record<string, ReadAttribute> = { ...call.attributes };
  for (const place of places) {
    const [name, kind] = settings[place];
    const numbers = Array.from<number | bigint, number>(call.tensor(place).data, Number);
    // An input without elements stands for one that is left out, as Resize has it.
    if (numbers.length === 0 && kind !== "ints") continue;
    if (kind === "ints") attributes[name] = numbers;
    else if (kind === "floats") attributes[name] = { floats: numbers };
    else attributes[name] = kind === "int" ? single(numbers, name) : { float: single(numbers, name) };
  }
  return call.with(attributes, call.inputs.slice(0, first));
}

function isSetting({ constant, shape, type }: ReadValue): boolean {
  return constant !== null && shape !== null && isNumeric(type) && sizeOf(shape) <= LONGEST;
}

function single(numbers: readonly number[], name: string): number {
  if (numbers.length === 1) return numbers[0];
  throw new ArgumentError(`its ${quote(name)} holds ${numbers.length} numbers, expected one; export the model again`);
}
