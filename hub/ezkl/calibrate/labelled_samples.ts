/**
 * Samples with what each one is, and whether they fit a network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions } from "../../../core/base/known.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { Network } from "../network/network.ts";

/** Samples, each input's elements one sample after another, and what each one is. */
export interface LabelledSamples {
  /** One array for each input of the graph. */
  inputs: readonly Float32Array[];
  /** Number of samples. */
  count: number;
  /** The right class of each, from 0; left out, the float network's own answers count as right. */
  labels?: ArrayLike<number> | undefined;
}

/**
 * Refuses samples of another size than the network's inputs.
 * @throws {ArgumentError} naming the input, its elements and how many they should be
 */
export function checkSamples({ nodes, inputs }: Network, samples: LabelledSamples): void {
  checkOptions("calibrateSettings(): samples", samples, ["inputs", "count", "labels"]);
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

/** Why the largest output of a network is no answer, or null where it is the class. */
export function whyNoClasses({ nodes, outputs }: Network): string | null {
  if (outputs.length !== 1) return `the network has ${outputs.length} outputs`;
  const { shape } = nodes[outputs[0]];
  if (sizeOf(shape) === 1) return "the network has a single output";
  if (shape.filter((length) => length > 1).length > 1) return `the network's output is a map of the shape [${shape}]`;
  return null;
}

/**
 * Refuses labels that are no classes of the network.
 * @throws {ArgumentError} naming the first
 */
export function checkLabels(network: Network, { labels, count }: LabelledSamples): void {
  if (labels === undefined) return;
  const advice = "leave the labels out and give maxError, which compares with the float network's own outputs";
  const why = whyNoClasses(network);
  if (why !== null) throw new ArgumentError(`calibrateSettings(): labels were given, and ${why}; ${advice}`);
  if (labels.length !== count) {
    throw new ArgumentError(`calibrateSettings(): ${labels.length} labels were given for ${count} samples`);
  }
  const classes = sizeOf(network.nodes[network.outputs[0]].shape);
  for (let sample = 0; sample < count; sample++) {
    if (Number.isInteger(labels[sample]) && labels[sample] >= 0 && labels[sample] < classes) continue;
    throw new ArgumentError(
      `calibrateSettings(): the label of sample ${sample} is ${labels[sample]}, expected a class from 0 to ` +
        `${classes - 1}; where the targets are no classes, ${advice}`,
    );
  }
}
