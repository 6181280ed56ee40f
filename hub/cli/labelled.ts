/**
 * A data set as calibration takes it.
 * @module
 */
import { type Dataset, sampleInput } from "../../core/data/dataset.ts";
import type { LabelledSamples } from "../ezkl/mod.ts";

/** The samples `from` to `to` of a data set. */
export function labelled(data: Dataset, from = 0, to = Infinity): LabelledSamples {
  const count = Math.min(to, data.length) - from, size = sampleInput(data, 0).length;
  const inputs = new Float32Array(count * size);
  for (let index = 0; index < count; index++) inputs.set(sampleInput(data, from + index), index * size);
  return { inputs: [inputs], labels: data.targets.data.subarray(from, from + count), count };
}
