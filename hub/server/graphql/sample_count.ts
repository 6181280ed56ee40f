/**
 * Whether an uploaded input is one at all, before a job takes it up.
 * @module
 */
import { BadRequestError } from "../errors.ts";

/** No model has so many inputs. */
const MOST_LISTS = 1000;

/**
 * How many numbers each list of an `input.json` or a `cal_data.json` holds, one list for each input of the model; `name`
 * is the argument's, for errors. Errors never quote the file: it is private.
 * @throws {BadRequestError} for a file without a list of flat lists of numbers under "input_data"
 */
export function countNumbers(bytes: Uint8Array, name: string): number[] {
  const lists = listsOf(bytes, name);
  return lists.map((numbers, index) => {
    const where = lists.length === 1 ? '"input_data"' : `list ${index} of "input_data"`;
    if (numbers.length === 0) throw new BadRequestError(`${name} has no numbers under ${where}`);
    // A number beyond a 32-bit float becomes an infinity.
    const wrong = numbers.findIndex((item) => typeof item !== "number" || !Number.isFinite(Math.fround(item)));
    if (wrong < 0) return numbers.length;
    throw new BadRequestError(
      `element ${wrong} of ${where} in ${name} is no number in the range of 32-bit floats; ` +
        "give one flat list for each input of the model, as in " + EXAMPLE,
    );
  });
}

const EXAMPLE = '{"input_data": [[0.5, 1.0]]}';

function listsOf(bytes: Uint8Array, name: string): readonly (readonly unknown[])[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new BadRequestError(`${name} is not JSON in UTF-8, expected ${EXAMPLE}`);
  }
  const lists = typeof json === "object" && json !== null && "input_data" in json ? json.input_data : null;
  if (Array.isArray(lists) && lists.length > 0 && lists.length <= MOST_LISTS && lists.every(Array.isArray)) {
    return lists;
  }
  throw new BadRequestError(
    `${name} has no lists of numbers under "input_data", expected one flat list for each input ` +
      `of the model, as in ${EXAMPLE}`,
  );
}
