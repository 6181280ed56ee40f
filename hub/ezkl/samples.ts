/**
 * The JSON files that carry a model's inputs to EZKL: `input.json` with one
 * sample and `cal_data.json` with several.
 *
 * Both are `{"input_data": [[...]]}`, one flat list for the model's only input;
 * in a calibration file the samples follow each other in that list.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";

/** `input.json` for one sample, row-major; throws an `ArgumentError` for a value that is not finite. */
export function inputJson(sample: Float32Array): string {
  return calibrationJson([sample]);
}

/**
 * `cal_data.json` for samples of one size. Numbers have the fewest digits that
 * still give the same 32-bit float. Throws an `ArgumentError` for a value that is
 * not finite, for samples of different sizes, and for none at all.
 */
export function calibrationJson(samples: readonly Float32Array[]): string {
  const isList: boolean = Array.isArray(samples);
  if (!isList) {
    throw new ArgumentError("calibrationJson(): expected a list of samples, a Float32Array each; for one, inputJson()");
  }
  const size = samples[0]?.length ?? 0;
  if (size === 0) throw new ArgumentError("there is no sample to write, expected one element or more");
  const numbers = samples.flatMap((sample, index) => {
    if (sample.length !== size) {
      throw new ArgumentError(`sample ${index} has ${sample.length} elements, expected ${size} like the first`);
    }
    return Array.from(sample, (value, element) => show(value, `element ${element} of sample ${index}`));
  });
  return `{"input_data": [[${numbers.join(", ")}]]}`;
}

/**
 * The sample of `size` elements in an `input.json`; `name` is the file's, for
 * errors. Throws a `FormatError` that says which element is not a number or how
 * many there are.
 */
export function parseInputJson(text: string, size: number, name: string = "input.json"): Float32Array<ArrayBuffer> {
  const samples = parseCalibrationJson(text, size, name);
  if (samples.length === 1) return samples[0];
  throw new FormatError(`${name} holds ${samples.length * size} numbers, expected ${size} for one sample`);
}

/** The samples of `size` elements in a `cal_data.json`; errors as {@linkcode parseInputJson}. */
export function parseCalibrationJson(
  text: string,
  size: number,
  name: string = "cal_data.json",
): Float32Array<ArrayBuffer>[] {
  return samplesIn(text, size, name, false);
}

/** The same for an input of any type: `isBool` for one that takes true and false, which are 1 and 0. */
export function samplesIn(text: string, size: number, name: string, isBool: boolean): Float32Array<ArrayBuffer>[] {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new ArgumentError(`a sample of ${name} has ${size} elements, expected a positive integer`);
  }
  const list = listOf(text, name);
  if (list.length === 0 || list.length % size !== 0) {
    throw new FormatError(`${name} holds ${list.length} numbers, expected a multiple of ${size}, the size of a sample`);
  }
  const numbers = new Float32Array(list.length);
  for (const [index, item] of list.entries()) {
    const value = isBool && typeof item === "boolean" ? Number(item) : item;
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) {
      throw new FormatError(
        `element ${index} of input_data in ${name} is ${JSON.stringify(item).slice(0, 80)}, ` +
          `expected a number in the range of 32-bit floats in one flat list`,
      );
    }
    numbers[index] = value;
  }
  return Array.from({ length: list.length / size }, (_, index) => numbers.slice(index * size, (index + 1) * size));
}

function listOf(text: string, name: string): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${name} is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  const lists = typeof json === "object" && json !== null && "input_data" in json ? json.input_data : undefined;
  if (Array.isArray(lists) && lists.length === 1 && Array.isArray(lists[0])) return lists[0];
  throw new FormatError(`${name} has no list of one list of numbers under "input_data", as in {"input_data": [[0.5]]}`);
}

/** The shortest decimal that rounds to the same 32-bit float, with a point as Python writes it. */
function show(value: number, where: string): string {
  if (!Number.isFinite(value)) throw new ArgumentError(`${where} is ${value}, expected a finite number`);
  let short = value;
  for (let digits = 1; digits <= 9; digits++) {
    short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) break;
  }
  const text = Object.is(value, -0) ? "-0" : String(short);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
