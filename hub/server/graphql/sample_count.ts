/**
 * Whether an uploaded input is one at all, before a job takes it up.
 * @module
 */
import { BadRequestError } from "../errors.ts";

/**
 * How many numbers are in an `input.json` or a `cal_data.json`; `name` is the argument's, for errors.
 * Errors never quote the file: it is private.
 * @throws {BadRequestError} for a file without one list of one list of numbers under "input_data"
 */
export function countNumbers(bytes: Uint8Array, name: string): number {
  const numbers = numbersOf(bytes, name);
  if (numbers.length === 0) throw new BadRequestError(`${name} has no numbers under "input_data"`);
  // A number beyond a 32-bit float becomes an infinity.
  const wrong = numbers.findIndex((item) => typeof item !== "number" || !Number.isFinite(Math.fround(item)));
  if (wrong < 0) return numbers.length;
  throw new BadRequestError(
    `element ${wrong} of "input_data" in ${name} is no number in the range of 32-bit floats; ` +
      `give one flat list, as in {"input_data": [[0.5, 1.0]]}`,
  );
}

function numbersOf(bytes: Uint8Array, name: string): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new BadRequestError(`${name} is not JSON in UTF-8, expected {"input_data": [[0.5, 1.0]]}`);
  }
  const lists = typeof json === "object" && json !== null && "input_data" in json ? json.input_data : null;
  if (Array.isArray(lists) && lists.length === 1 && Array.isArray(lists[0])) return lists[0];
  throw new BadRequestError(
    `${name} has no list of one list of numbers under "input_data", expected {"input_data": [[0.5, 1.0]]}`,
  );
}
