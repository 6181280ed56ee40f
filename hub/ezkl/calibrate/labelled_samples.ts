/**
 * Samples with what each one is, and whether they fit a network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions } from "../../../core/base/known.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { Network } from "../network/network.ts";
import { type Answers, answersOf, yesOrNo } from "./answers.ts";

/** Samples, each input's elements one sample after another, and what each one is. */
export interface LabelledSamples {
  /** One array for each input of the graph. */
  inputs: readonly Float32Array[];
  /** Number of samples. */
  count: number;
  /**
   * The right answer of each, a class from 0 (or 0 and 1 for a single output), or several where the network answers
   * position by position; left out, the float network's own answers count as right.
   */
  labels?: ArrayLike<number> | undefined;
  /** For outputs that are no classes what each should be, one array for each output; left out, the float network's. */
  targets?: readonly ArrayLike<number>[] | undefined;
}

/**
 * Refuses samples of another size than the network's inputs.
 * @throws {ArgumentError} naming the input, its elements and how many they should be
 */
export function checkSamples({ nodes, inputs }: Network, samples: LabelledSamples): void {
  checkOptions("calibrateSettings(): samples", samples, ["inputs", "count", "labels", "targets"]);
  if (samples.inputs.length > inputs.length) {
    throw new ArgumentError(
      `calibrateSettings(): the samples have ${samples.inputs.length} inputs, and the network has ${inputs.length}`,
    );
  }
  inputs.forEach((place, index) => {
    const size = sizeOf(nodes[place].shape), values = samples.inputs[index], found = values?.length;
    if (found !== size * samples.count || samples.count < 1) {
      throw new ArgumentError(
        `calibrateSettings(): input ${index} has ${
          found ?? "no"
        } elements, expected ${samples.count} samples of ${size}`,
      );
    }
    const odd = values.findIndex((value) => !Number.isFinite(value));
    if (odd < 0) return;
    throw new ArgumentError(
      `calibrateSettings(): element ${odd % size} of sample ${Math.floor(odd / size)} of input ${index} is ` +
        `${values[odd]}, expected a finite number`,
    );
  });
}

/** The answers of a network that `samples` have labels for, or why its outputs are none. */
export function answersFor(network: Network, { labels, count }: LabelledSamples): Answers | string {
  if (labels === undefined) return answersOf(network);
  const found = answersOf(network, labels.length / count);
  // Labels of 0 and 1 make a yes or no of a single output.
  const { outputs, nodes } = network, single = outputs.length === 1 && sizeOf(nodes[outputs[0]].shape) === 1;
  return typeof found === "string" && single && Array.from(labels).every((label) => label === 0 || label === 1)
    ? yesOrNo(network)
    : found;
}

/**
 * Refuses labels that are no classes of the network, and targets of another size than its outputs.
 * @throws {ArgumentError} naming the first
 */
export function checkLabels(network: Network, samples: LabelledSamples): void {
  const { labels, targets, count } = samples;
  if (targets !== undefined) checkTargets(network, targets, count);
  if (labels === undefined) return;
  const advice =
    "leave the labels out and give targets, or nothing, which compares with the float network's own outputs";
  const answers = answersFor(network, samples);
  if (typeof answers === "string") {
    throw new ArgumentError(`calibrateSettings(): labels were given, and ${answers}; ${advice}`);
  }
  if (labels.length !== count * answers.perSample) {
    const each = answers.perSample === 1 ? "" : ` of ${answers.perSample} answers`;
    throw new ArgumentError(`calibrateSettings(): ${labels.length} labels were given for ${count} samples${each}`);
  }
  for (let place = 0; place < labels.length; place++) {
    if (
      Number.isInteger(labels[place]) &&
      (answers.classes === Infinity || labels[place] >= 0 && labels[place] < answers.classes)
    ) continue;
    throw new ArgumentError(
      `calibrateSettings(): the label of sample ${Math.floor(place / answers.perSample)} is ${
        labels[place]
      }, expected ` +
        `a class from 0 to ${answers.classes - 1}; where the targets are no classes, ${advice}`,
    );
  }
}

function checkTargets({ nodes, outputs }: Network, targets: readonly ArrayLike<number>[], count: number): void {
  const sizes = outputs.map((place) => sizeOf(nodes[place].shape));
  const found = targets.map(({ length }) => length), wanted = sizes.map((size) => size * count);
  if (found.join() === wanted.join()) return;
  throw new ArgumentError(
    `calibrateSettings(): the targets have ${found.join(", ")} numbers, expected ${wanted.join(", ")}, ` +
      `those of ${count} samples for each output`,
  );
}
