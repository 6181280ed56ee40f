/**
 * Whether an `input.json` is one that the engine can run a circuit on. The engine breaks
 * down over most mistakes in this file, or names neither the place nor the value.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import { fieldFromHex } from "../format/field.ts";
import { parseJson } from "../format/json.ts";
import { quote } from "../format/place.ts";

type Input = SupportedOp & { kind: "Input" };

/** The engine keeps quantised values as 128-bit integers. */
const ENGINE_LIMIT = 2 ** 127;

/**
 * Refuses an input file that does not fit the circuit.
 * @throws {FormatError} naming the file, the list and the element, with what the circuit takes there
 */
export function checkInput(text: string, { model, settings }: GraphCircuit, file: string = "input.json"): void {
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
    list.forEach((item, element) => checkElement(item, opkind, limit, `element ${element} of ${where}`));
  });
}

function checkElement(item: unknown, input: Input, limit: number, where: string): void {
  const { scale, datumType } = input;
  if (typeof item === "boolean" && datumType === "Bool") return;
  let value: number;
  if (typeof item === "string") value = Number(wholeOf(item, where));
  else if (typeof item === "number" || typeof item === "bigint") {
    const given = Number(item);
    value = (datumType === "F32" ? Math.fround(given) : given) * 2 ** scale;
  } else throw new FormatError(`${where} is ${quote(item)}, expected a number`);
  if (!Number.isFinite(value)) {
    throw new FormatError(`${where} is ${quote(item)}, expected a finite number in the range of 32-bit floats`);
  }
  if (Math.abs(value) <= limit) return;
  throw new FormatError(
    `${where} is ${
      quote(item)
    }, which at scale ${scale} is ${value}; the circuit takes at most ${limit} there, so check ` +
      "that inputs are normalised as they were in training, or calibrate with inputs like this one",
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
