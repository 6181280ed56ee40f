/**
 * Whether the numbers that a witness or a proof carries for people are the ones it is about.
 * EZKL copies them from file to file and never compares them.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { feltToFloat, fieldToBigEndianHex } from "../format/field.ts";
import { quote } from "../format/place.ts";
import type { PrettyElements } from "../format/witness.ts";

/** The true numbers of one side of a circuit, and the scale of each tensor. */
export interface TrueNumbers {
  /** As whole numbers. */
  integers: readonly (readonly bigint[])[];
  /** log2 of each tensor's multiplier. */
  scales: readonly number[];
}

/**
 * Refuses numbers for people that are others; a list that is left out says nothing.
 * @throws {FormatError} naming the first that differs
 */
export function checkPretty(
  where: string,
  pretty: PrettyElements | null,
  inputs: TrueNumbers | undefined,
  outputs: TrueNumbers | undefined,
): void {
  if (pretty === null) return;
  const none = { integers: [], scales: [] };
  const sides = [["inputs", inputs ?? none], ["outputs", outputs ?? none]] as const;
  for (const [side, { integers, scales }] of sides) {
    const rescaled = side === "inputs" ? "rescaledInputs" : "rescaledOutputs";
    compare(`${where}.${side}`, pretty[side], integers, (text, value) => text === fieldToBigEndianHex(value));
    const name = `${where}.rescaled_${side}`;
    compare(
      name,
      pretty[rescaled],
      integers,
      (text, value, tensor) => Number(text) === feltToFloat(value, scales[tensor]),
    );
  }
}

function compare(
  name: string,
  texts: readonly (readonly string[])[],
  integers: TrueNumbers["integers"],
  isSame: (text: string, value: bigint, tensor: number) => boolean,
): void {
  if (texts.length === 0) return;
  const sizes = (lists: readonly (readonly unknown[])[]) => lists.map(({ length }) => length).join(", ");
  if (sizes(texts) !== sizes(integers)) {
    throw new FormatError(
      `${name} has lists of [${sizes(texts)}] numbers, expected [${
        sizes(integers)
      }] as the file is about; it was changed`,
    );
  }
  texts.forEach((list, tensor) => {
    const element = list.findIndex((text, at) => !isSame(text, integers[tensor][at], tensor));
    if (element < 0) return;
    throw new FormatError(
      `${name}[${tensor}][${element}] is ${quote(list[element])}, and the file is about the number ` +
        `${integers[tensor][element]}, written otherwise; it was changed`,
    );
  });
}
