/**
 * Samples for calibration out of files: EZKL's JSON, and labels or targets beside it.
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

/**
 * Samples of `data` with the labels of another file, if there is one: a JSON list of class numbers, or of a list of them
 * for each sample whose network answers position by position.
 */
export async function withLabels(
  samples: LabelledSamples,
  data: string,
  labels: string | undefined,
  flag: string,
): Promise<LabelledSamples> {
  const { count } = samples;
  if (labels === undefined) return samples;
  const list = await listOf(labels, flag, "class numbers, as in [0, 2, 1]");
  const flat = Array.isArray(list) && list.length === count ? list.flat() : [];
  if (flat.length === 0 || !flat.every((one) => Number.isInteger(one) && one >= 0)) {
    throw new ArgumentError(
      `${flag}: ${labels} is not a list of ${count} class numbers, one for each sample of ${data}`,
    );
  }
  return { ...samples, labels: flat };
}

/**
 * Samples of `data` with what the outputs should be by another file, if there is one: a JSON list with a number for each
 * sample, or a list of the numbers of all outputs.
 */
export async function withTargets(
  { nodes, outputs }: Network,
  samples: LabelledSamples,
  data: string,
  targets: string | undefined,
  flag: string,
): Promise<LabelledSamples> {
  if (targets === undefined) return samples;
  const list = await listOf(targets, flag, "numbers, one for each sample, as in [151, 75.5]");
  const sizes = outputs.map((place) => sizeOf(nodes[place].shape)), all = sizes.reduce((sum, size) => sum + size, 0);
  const rows = Array.isArray(list) ? list.map((one) => Array.isArray(one) ? one.flat(Infinity) : [one]) : [];
  const isRight = rows.length === samples.count &&
    rows.every((row) => row.length === all && row.every(Number.isFinite));
  if (!isRight) {
    const what = all === 1 ? "numbers, one" : `lists of ${all} numbers, one list`;
    throw new ArgumentError(
      `${flag}: ${targets} is not a list of ${samples.count} ${what} for each sample of ${data}`,
    );
  }
  let from = 0;
  const each = sizes.map((size) => {
    const first = from;
    from += size;
    return Float64Array.from(rows.flatMap((row) => row.slice(first, first + size)));
  });
  return { ...samples, targets: each };
}

async function listOf(path: string, flag: string, what: string): Promise<unknown> {
  try {
    return JSON.parse(await textOf(path, flag));
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    throw new ArgumentError(`${flag}: ${path} is no JSON; give a list of ${what}`, { cause });
  }
}

/**
 * Samples of small random numbers, the same for the same network, where nobody gave any: from -1 to 1, and for inputs
 * of integers and truths, which may be places in a table, 0 and 1.
 */
export function drawn(network: Network, count: number): string {
  let state = 1;
  const next = (): number => (state = state * 48271 % 0x7fffffff) / 0x7fffffff * 2 - 1;
  const lists = network.inputs.map((place) => {
    const each = isWhole(network, place) ? () => Number(next() > 0) : next;
    return Array.from({ length: count * sizeOf(network.nodes[place].shape) }, each);
  });
  return JSON.stringify({ input_data: lists });
}

/** What {@linkcode drawn} draws. */
export function drawnText(network: Network): string {
  const whole = network.inputs.filter((place) => isWhole(network, place)).length;
  if (whole === network.inputs.length) return "numbers 0 and 1";
  return `numbers from -1 to 1${whole === 0 ? "" : ", and of 0 and 1 where they are whole"}`;
}

function isWhole({ nodes }: Network, place: number): boolean {
  const { op } = nodes[place];
  return op.type === "Input" && ["Int", "TDim", "Bool"].includes(op.datumType);
}
