/**
 * Whether an `input.json` is one that the engine can run a circuit on. The engine breaks
 * down over most mistakes in this file, or names neither the place nor the value.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { quantize } from "../numbers/fixed_point.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import { fieldFromHex } from "../format/field.ts";
import { parseJson } from "../format/json.ts";
import { quote } from "../format/place.ts";

type Input = SupportedOp & { kind: "Input" };

/** What the circuit's grid made of the element that it moved furthest. */
export interface InputRounding {
  /** Number of the input. */
  input: number;
  /** Number of the element in it, row-major. */
  element: number;
  /** What was given, as a 32-bit float. */
  value: number;
  /** What the circuit computes with, in the same unit. */
  becomes: number;
  /** Elements of all inputs that are not what was given. */
  rounded: number;
}

/** The engine keeps quantised values as 128-bit integers. */
const ENGINE_LIMIT = 2 ** 127;

/**
 * Refuses an input file that does not fit the circuit: fractions too, where the circuit takes whole numbers and
 * `roundInputs` does not ask for it. On a finer grid rounding is the rule; what it did is returned, or null where every element stayed what it is.
 * @throws {FormatError} naming the file, the list and the element, with what the circuit takes there
 */
export function checkInput(
  text: string,
  { model, settings }: GraphCircuit,
  file: string = "input.json",
  roundInputs: boolean = false,
): InputRounding | null {
  const json = parseJson(text, file);
  const lists = typeof json === "object" && json !== null && "input_data" in json ? json.input_data : undefined;
  if (!Array.isArray(lists)) {
    throw new FormatError(`${file} has no list of lists under "input_data", as in {"input_data": [[0.5, 1.0]]}`);
  }
  if (lists.length > 0 && !lists.some((list) => Array.isArray(list))) {
    throw new FormatError(
      `${file} has one flat list of ${lists.length} values under "input_data", expected a list with one flat list for each ` +
        `of the circuit's ${model.inputs.length} inputs, as in {"input_data": [[0.5, 1.0]]}`,
    );
  }
  if (lists.length !== model.inputs.length) {
    throw new FormatError(
      `${file} has ${lists.length} lists under "input_data", expected ${model.inputs.length}, one for each input of the circuit`,
    );
  }
  const { decompBase, decompLegs } = settings.runArgs;
  let rounded = 0, furthest: InputRounding | null = null;
  model.inputs.forEach((key, index) => {
    const { opkind, outDims } = model.nodes.get(key)!;
    const list: unknown = lists[index], size = sizeOf(outDims);
    const where = `input_data[${index}] in ${file}`;
    if (!Array.isArray(list)) throw new FormatError(`${where} is ${quote(list)}, expected one flat list of numbers`);
    const nested = list.findIndex((item) => Array.isArray(item));
    if (nested >= 0) {
      throw new FormatError(
        `element ${nested} of ${where} is a list, expected one flat list of ${size} numbers; put the rows of ` +
          `[${outDims}] one after another`,
      );
    }
    if (list.length !== size) {
      throw new FormatError(`${where} has ${list.length} elements, expected ${size} for the shape [${outDims}]`);
    }
    if (opkind.kind !== "Input") return;
    const limit = opkind.decomp ? decompBase ** decompLegs - 1 : ENGINE_LIMIT;
    list.forEach((item, element) => {
      const place = `element ${element} of ${where}`, value = checkElement(item, opkind, limit, place);
      if (!roundInputs) checkGrid(value * 2 ** opkind.scale, item, opkind, place);
      const becomes = onGrid(value, opkind);
      if (becomes === value) return;
      rounded++;
      if (furthest !== null && Math.abs(becomes - value) <= Math.abs(furthest.becomes - furthest.value)) return;
      furthest = { input: index, element, value, becomes, rounded };
    });
  });
  return furthest === null ? null : { ...furthest as InputRounding, rounded };
}

/** The whole numbers that the circuit computes with, input by input. `text` must have passed {@linkcode checkInput}. */
export function wholeInputs(text: string, { model }: Pick<GraphCircuit, "model">): bigint[][] {
  const { input_data: lists } = parseJson(text, "input.json") as {
    input_data: (number | bigint | string | boolean)[][];
  };
  return model.inputs.map((key, index) => {
    const { opkind } = model.nodes.get(key)!;
    return lists[index].map((item) => {
      if (typeof item === "string") return fieldFromHex(item);
      if (opkind.kind !== "Input") return BigInt(item);
      const { datumType, scale } = opkind, given = Number(item);
      return BigInt(onGrid(datumType === "F32" ? Math.fround(given) : given, opkind) * 2 ** scale);
    });
  });
}

/** The element as the engine reads it. */
function checkElement(item: unknown, input: Input, limit: number, where: string): number {
  const { scale, datumType } = input;
  if (typeof item === "boolean" && datumType === "Bool") return Number(item);
  let value: number;
  if (typeof item === "string") value = Number(wholeOf(item, where));
  else if (typeof item === "number" || typeof item === "bigint") {
    const given = Number(item);
    value = (datumType === "F32" ? Math.fround(given) : given) * 2 ** scale;
  } else throw new FormatError(`${where} is ${quote(item)}, expected a number`);
  if (!Number.isFinite(value)) {
    throw new FormatError(`${where} is ${quote(item)}, expected a finite number in the range of 32-bit floats`);
  }
  if (Math.abs(value) <= limit) return value * 2 ** -scale;
  throw new FormatError(
    `${where} is ${
      quote(item)
    }, which at scale ${scale} is ${value}; the circuit takes at most ${limit} there, so check ` +
      "that inputs are normalised as they were in training, or calibrate with inputs like this one",
  );
}

/** What the engine makes of an element, in the element's unit. */
function onGrid(value: number, { scale, datumType }: Pick<Input, "scale" | "datumType">): number {
  if (datumType === "Bool") return Number(value !== 0);
  const kept = datumType === "Int" || datumType === "TDim" ? Math.trunc(value) : value;
  return quantize(kept, scale) * 2 ** -scale;
}

/** Fractions on a grid of whole numbers would be proven as other numbers altogether. */
function checkGrid(value: number, item: unknown, { scale, datumType }: Input, where: string): void {
  const isBit = datumType !== "Bool" || value === 0 || value === 1;
  if (scale > 0 || (Number.isInteger(value) && isBit)) return;
  const unit = 2 ** -scale, becomes = onGrid(value * unit, { scale, datumType });
  const takes = datumType === "Bool" ? "0 and 1" : unit === 1 ? "whole numbers" : `multiples of ${unit}`;
  throw new FormatError(
    `${where} is ${quote(item)}, and the circuit takes ${takes} there: it would be proven as ${becomes}; round the ` +
      "input as the samples of the calibration were, calibrate with samples like this one, or ask for rounding " +
      "(roundInputs of genWitness(), --round-inputs of the command)",
  );
}

function wholeOf(hex: string, where: string): bigint {
  try {
    return fieldFromHex(hex);
  } catch (cause) {
    throw new FormatError(
      `${where} is the text ${quote(hex)}, expected a number, or a field element in 64 hexadecimal digits`,
      { cause },
    );
  }
}
