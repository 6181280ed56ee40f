/**
 * Data sets for training and validation out of one.
 * @module
 */
import { checkArguments, expect, finite, instance, isList } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { namesOf } from "../base/known.ts";
import { defaultGenerator, Generator } from "../base/random.ts";
import { type Dataset, subset } from "./dataset.ts";
import { checkSamples } from "./samples.ts";

/** Options of {@linkcode randomSplit}. */
export interface RandomSplitOptions {
  /** Decides which samples go where; or give a generator. */
  readonly seed?: number;
  /** Where the order comes from; default the one that `manualSeed` sets. */
  readonly generator?: Generator;
}

const OPTIONS = namesOf<RandomSplitOptions>({ seed: true, generator: true });

/**
 * Divides a data set at random, as torch.utils.data.random_split; the parts are copies.
 *
 * @param lengths Numbers of samples that sum to all of them, or shares that sum to 1; what is left over when shares are
 * rounded down goes to the first parts, one sample to each.
 *
 * Throws an `ArgumentError` for what sums to something else, and for a part without samples.
 *
 * @example
 * ```ts
 * import { randomSplit, TensorDataset } from "@zkgrad/zkgrad";
 * const data = new TensorDataset({ inputs: [1, 2, 3, 4, 5], shape: [1], targets: [0, 1, 0, 1, 0] });
 * const [train, validation] = randomSplit(data, [0.8, 0.2], { seed: 1 });
 * console.log(train.length, validation.length); // 4 1
 * ```
 */
export function randomSplit(
  dataset: Dataset,
  lengths: readonly number[],
  options: RandomSplitOptions = {},
): Dataset[] {
  checkArguments("randomSplit()", arguments, 2, OPTIONS, ["generator"]);
  checkSamples("randomSplit()", dataset);
  const { seed, generator } = options;
  if (generator !== undefined) instance("randomSplit(): generator", generator, Generator);
  if (seed !== undefined && generator !== undefined) {
    throw new ArgumentError("randomSplit(): seed and generator were both given, expected one of them");
  }
  const source = generator ?? (seed === undefined ? defaultGenerator() : new Generator(seed));
  const sizes = sizesOf(dataset.length, lengths);
  const order = source.permutation(dataset.length);
  let end = 0;
  return sizes.map((size) => subset(dataset, order.subarray(end, end += size)));
}

function sizesOf(total: number, lengths: readonly number[]): number[] {
  const what = "randomSplit(): lengths";
  expect(isList(lengths) && lengths.length > 0, what, lengths, "numbers of samples, or shares, such as [0.8, 0.2]");
  const given = Array.from(lengths, (length) => finite(what, length, 0));
  const sum = given.reduce((a, b) => a + b, 0);
  const shares = Math.abs(sum - 1) < 1e-9;
  if (!shares && (sum !== total || !given.every(Number.isInteger))) {
    throw new ArgumentError(
      `${what} sum to ${sum}, expected ${total}, the number of samples, or 1, as shares of it`,
    );
  }
  const sizes = shares && total !== 1 ? given.map((share) => Math.floor(total * share)) : given;
  const left = total - sizes.reduce((a, b) => a + b, 0);
  for (let k = 0; k < left; k++) sizes[k % sizes.length]++;
  const empty = sizes.indexOf(0);
  if (empty === -1) return sizes;
  throw new ArgumentError(
    `${what}[${empty}] is ${lengths[empty]}, which leaves part ${empty} of ${total} samples empty`,
  );
}
