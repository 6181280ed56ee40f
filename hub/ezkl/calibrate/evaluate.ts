/**
 * Runs a circuit's exact integers on labelled samples and compares them with the
 * float network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitModel } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { quantizeInput } from "../simulate/quantize.ts";
import { Simulator } from "../simulate/simulator.ts";
import type { FloatNetwork } from "./float_network.ts";
import { checkLabels, checkSamples, type LabelledSamples, whyNoClasses } from "./labelled_samples.ts";

/** How a circuit did. */
export interface Evaluation {
  /** Samples that were run. */
  samples: number;
  /** Share of them that the circuit answers rightly; null where the largest output is no answer. */
  accuracy: number | null;
  /** The float network's share on the same samples; null as `accuracy`. */
  floatAccuracy: number | null;
  /** Largest difference of an output from the float network's, in the output's unit. */
  largestError: number;
  /** Smallest and largest input of a table. */
  lookupRange: [low: number, high: number];
  /** Largest magnitude that is written in digits. */
  maxDecomposed: number;
}

/** Samples that are run together by the float network. */
const chunk = 250;

/** Labelled samples with the float network's outputs, computed once for many circuits. */
export class Examination {
  readonly #float: FloatNetwork;
  readonly #samples: LabelledSamples;
  /** Elements of each output for one sample. */
  readonly #sizes: number[];
  readonly #outputs: Float64Array[];
  readonly #classes: boolean;
  #known = 0;

  /**
   * Compares with `float` on `samples`.
   * @throws {ArgumentError} for samples that do not fit the network, and labels that are no classes of it
   */
  constructor(float: FloatNetwork, samples: LabelledSamples) {
    const { nodes, outputs } = float.network;
    checkSamples(float.network, samples);
    checkLabels(float.network, samples);
    this.#float = float;
    this.#samples = samples;
    this.#classes = whyNoClasses(float.network) === null;
    this.#sizes = outputs.map((place) => sizeOf(nodes[place].shape));
    this.#outputs = this.#sizes.map((size) => new Float64Array(samples.count * size));
  }

  /** Samples at hand. */
  get count(): number {
    return this.#samples.count;
  }

  /** Runs `model` on the first `samples` of them; those that `before` tells of already are not run again. */
  evaluate(model: CircuitModel, runArgs: RunArgs, samples: number, before: Evaluation | null = null): Evaluation {
    const from = before?.samples ?? 0, count = samples - from;
    const inputs = model.inputs.map((key, index) => {
      const { opkind } = model.nodes.get(key)!;
      if (opkind.kind !== "Input") throw new ArgumentError(`calibrateSettings(): node ${key} is no input`);
      return quantizeInput(this.#part(index, from, samples), opkind.scale, opkind.datumType);
    });
    const result = new Simulator(model, { runArgs }).run(inputs, count);
    const exact = this.#floatOutputs(samples).map((values, index) => values.subarray(from * this.#sizes[index]));
    const found = result.outputs.map((values, index) => {
      const unit = 2 ** -model.nodes.get(model.outputs[index][0])!.outScale;
      return values.map((value) => value * unit);
    });
    const share = (name: "accuracy" | "floatAccuracy", outputs: readonly Float64Array[]) => {
      if (!this.#classes) return null;
      const right = Math.round((before?.[name] ?? 0) * from) + this.#right(outputs[0], exact[0], from);
      return right / samples;
    };
    return {
      samples,
      accuracy: share("accuracy", found),
      floatAccuracy: share("floatAccuracy", exact),
      largestError: found.reduce(
        (most, values, index) => Math.max(most, furthest(values, exact[index])),
        before?.largestError ?? 0,
      ),
      lookupRange: [
        Math.min(result.minLookup, before?.lookupRange[0] ?? 0),
        Math.max(result.maxLookup, before?.lookupRange[1] ?? 0),
      ],
      maxDecomposed: Math.max(result.maxDecomposed, before?.maxDecomposed ?? 0),
    };
  }

  #part(index: number, from: number, to: number): Float32Array {
    const values = this.#samples.inputs[index], size = values.length / this.#samples.count;
    return values.subarray(from * size, to * size);
  }

  #floatOutputs(samples: number): Float64Array[] {
    const { inputs, outputs } = this.#float.network;
    while (this.#known < samples) {
      const from = this.#known, to = Math.min(from + chunk, this.count);
      const values = this.#float.run(inputs.map((_, index) => this.#part(index, from, to)), to - from);
      outputs.forEach((place, index) => this.#outputs[index].set(values[place], from * this.#sizes[index]));
      this.#known = to;
    }
    return this.#outputs.map((values, index) => values.subarray(0, samples * this.#sizes[index]));
  }

  /** How many of the samples from `from` on are answered rightly. */
  #right(outputs: Float64Array, exact: Float64Array, from: number): number {
    const labels = this.#samples.labels, [classes] = this.#sizes;
    let right = 0;
    for (let sample = 0; sample < outputs.length / classes; sample++) {
      const label = labels?.[from + sample] ?? largest(exact, sample * classes, classes);
      if (largest(outputs, sample * classes, classes) === label) right++;
    }
    return right;
  }
}

/** The place of the largest of `count` values from `first` on. */
function largest(values: Float64Array, first: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index++) if (values[first + index] > values[first + best]) best = index;
  return best;
}

function furthest(values: Float64Array, exact: Float64Array): number {
  return values.reduce((most, value, index) => Math.max(most, Math.abs(value - exact[index])), 0);
}
