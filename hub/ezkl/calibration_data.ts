/**
 * The samples of a `cal_data.json` for a network with any number of inputs.
 * @module
 */
import { FormatError } from "../../core/base/errors.ts";
import { sizeOf } from "../../core/base/shape.ts";
import type { Network } from "./network/network.ts";
import { samplesIn } from "./samples.ts";

/** Samples as they lie in the file: for each input of the network one sample after another. */
export interface CalibrationData {
  /** One array for each input. */
  inputs: Float32Array<ArrayBuffer>[];
  /** Number of samples. */
  count: number;
}

/**
 * Reads `cal_data.json`; `file` is its name for errors.
 * @throws {FormatError} for another number of lists than inputs, and for lists that do not hold equally many samples
 */
export function calibrationData(text: string, network: Network, file: string = "cal_data.json"): CalibrationData {
  const sizes = network.inputs.map((place) => sizeOf(network.nodes[place].shape));
  const lists = sizes.length === 1 ? [text] : listsOf(text, sizes.length, file);
  const samples = lists.map((list, index) =>
    samplesIn(list, sizes[index], sizes.length === 1 ? file : `list ${index} of ${file}`, isBool(network, index))
  );
  const count = samples[0].length;
  const odd = samples.findIndex(({ length }) => length !== count);
  if (odd >= 0) {
    throw new FormatError(
      `${file} holds ${samples[odd].length} samples for input ${odd}, expected ${count} like input 0`,
    );
  }
  samples.forEach((parts, index) => checkWhole(network, index, parts, file));
  const inputs = samples.map((parts, index) => {
    const whole = new Float32Array(count * sizes[index]);
    parts.forEach((part, sample) => whole.set(part, sample * sizes[index]));
    return whole;
  });
  return { inputs, count };
}

function isBool({ nodes, inputs }: Network, index: number): boolean {
  const { op } = nodes[inputs[index]];
  return op.type === "Input" && op.datumType === "Bool";
}

/** Inputs that the model has as whole numbers or truths would become others without a word. */
function checkWhole(network: Network, index: number, parts: readonly Float32Array[], file: string): void {
  const { op, label } = network.nodes[network.inputs[index]], isTruth = isBool(network, index);
  if (!isTruth && (op.type !== "Input" || !["Int", "TDim"].includes(op.datumType))) return;
  for (const [sample, values] of parts.entries()) {
    const element = values.findIndex((value) => isTruth ? value !== 0 && value !== 1 : !Number.isInteger(value));
    if (element < 0) continue;
    throw new FormatError(
      `element ${element} of sample ${sample} for input ${index} in ${file} is ${
        values[element]
      }, and ${label} takes ` +
        (isTruth ? "0 and 1, or false and true" : "whole numbers"),
    );
  }
}

/** Each list as a file of its own. */
function listsOf(text: string, count: number, file: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${file} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const lists = typeof json === "object" && json !== null && "input_data" in json ? json.input_data : undefined;
  if (!Array.isArray(lists) || lists.length !== count) {
    throw new FormatError(
      `${file} has ${
        Array.isArray(lists) ? lists.length : "no"
      } lists under "input_data", expected ${count}, one for ` +
        "each input of the network",
    );
  }
  return lists.map((list) => JSON.stringify({ input_data: [list] }));
}
