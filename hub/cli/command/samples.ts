/**
 * Samples for calibration out of files: EZKL's JSON, and labels beside it.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { calibrationData } from "../../ezkl/calibration_data.ts";
import type { LabelledSamples } from "../../ezkl/mod.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { textOf } from "./folder.ts";

/** The samples of the file `path`, which `flag` named. */
export async function samplesOf(network: Network, path: string, flag: string): Promise<LabelledSamples> {
  return calibrationData(await textOf(path, flag), network, path);
}

/** Samples of `data` with the labels of another file, if there is one: a JSON list of class numbers. */
export async function withLabels(
  samples: LabelledSamples,
  data: string,
  labels: string | undefined,
): Promise<LabelledSamples> {
  const { count } = samples;
  if (labels === undefined) return samples;
  let list: unknown;
  try {
    list = JSON.parse(await textOf(labels, "--labels"));
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    throw new ArgumentError(`--labels: ${labels} is no JSON; give a list of class numbers, as in [0, 2, 1]`, { cause });
  }
  if (!Array.isArray(list) || list.length !== count || !list.every((one) => Number.isInteger(one) && one >= 0)) {
    throw new ArgumentError(
      `--labels: ${labels} is not a list of ${count} class numbers, one for each sample of ${data}`,
    );
  }
  return { ...samples, labels: list };
}

/** One sample of small random numbers, the same for the same network, where nobody gave any. */
export function drawn({ nodes, inputs }: Network): string {
  let state = 1;
  const next = (): number => (state = state * 48271 % 0x7fffffff) / 0x7fffffff * 2 - 1;
  const lists = inputs.map((place) => Array.from({ length: sizeOf(nodes[place].shape) }, next));
  return JSON.stringify({ input_data: lists });
}
