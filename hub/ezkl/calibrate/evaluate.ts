/**
 * Runs a circuit's exact integers on labelled samples and compares them with the
 * float network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { Network } from "../compile/network.ts";
import type { CircuitModel } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { quantizeInput } from "../simulate/quantize.ts";
import { Simulator } from "../simulate/simulator.ts";
import type { FloatNetwork } from "./float_network.ts";

/** Samples, each input's elements one sample after another, and what each one is. */
export interface LabelledSamples {
  /** One array for each input of the graph. */
  inputs: readonly Float32Array[];
  /** Number of samples. */
  count: number;
  /** The right class of each; left out, the float network's own answers count as right. */
  labels?: ArrayLike<number> | undefined;
}

/** How a circuit did. */
export interface Evaluation {
  /** Samples that were run. */
  samples: number;
  /** Share of them that the circuit answers rightly. */
  accuracy: number;
  /** The float network's share on the same samples. */
  floatAccuracy: number;
  /** Largest difference of an output from the float network's. */
  largestError: number;
  /** Smallest and largest input of a table. */
  lookupRange: [low: number, high: number];
  /** Largest magnitude that is written in digits. */
  maxDecomposed: number;
}

/**
 * Refuses samples of another size than the network's inputs.
 * @throws {ArgumentError} naming the input, its elements and how many they should be
 */
export function checkSamples({ nodes, inputs }: Network, samples: LabelledSamples): void {
  inputs.forEach((place, index) => {
    const size = sizeOf(nodes[place].shape), found = samples.inputs[index]?.length;
    if (found === size * samples.count && samples.count >= 1) return;
    throw new ArgumentError(
      `calibrateSettings(): input ${index} has ${found ?? "no"} elements, expected ${samples.count} samples of ${size}`,
    );
  });
}

/** Samples that are run together by the float network. */
const chunk = 250;

/** Labelled samples with the float network's outputs, computed once for many circuits. */
export class Examination {
  readonly #float: FloatNetwork;
  readonly #samples: LabelledSamples;
  readonly #classes: number;
  readonly #outputs: Float64Array;
  #known = 0;

  /**
   * Compares with `float` on `samples`.
   * @throws {ArgumentError} for samples that do not fit the network, or labels that do not fit the samples
   */
  constructor(float: FloatNetwork, samples: LabelledSamples) {
    const { nodes, outputs } = float.network;
    checkSamples(float.network, samples);
    if (samples.labels !== undefined && samples.labels.length < samples.count) {
      throw new ArgumentError(
        `calibrateSettings(): ${samples.labels.length} labels were given for ${samples.count} samples`,
      );
    }
    this.#float = float;
    this.#samples = samples;
    this.#classes = sizeOf(nodes[outputs[0]].shape);
    this.#outputs = new Float64Array(samples.count * this.#classes);
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
    const exact = this.#floatOutputs(samples).subarray(from * this.#classes);
    const unit = 2 ** -model.nodes.get(model.outputs[0][0])!.outScale;
    const found = result.outputs[0].map((value) => value * unit);
    const together = (share: "accuracy" | "floatAccuracy", right: number) =>
      (Math.round((before?.[share] ?? 0) * from) + right) / samples;
    return {
      samples,
      accuracy: together("accuracy", this.#right(found, exact, from)),
      floatAccuracy: together("floatAccuracy", this.#right(exact, exact, from)),
      largestError: found.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - exact[index])),
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

  #floatOutputs(samples: number): Float64Array {
    const { inputs, outputs } = this.#float.network;
    while (this.#known < samples) {
      const from = this.#known, to = Math.min(from + chunk, this.count);
      const values = this.#float.run(inputs.map((_, index) => this.#part(index, from, to)), to - from);
      this.#outputs.set(values[outputs[0]], from * this.#classes);
      this.#known = to;
    }
    return this.#outputs.subarray(0, samples * this.#classes);
  }

  /** How many of the samples from `from` on are answered rightly. */
  #right(outputs: Float64Array, exact: Float64Array, from: number): number {
    const labels = this.#samples.labels;
    let right = 0;
    for (let sample = 0; sample < outputs.length / this.#classes; sample++) {
      const label = labels?.[from + sample] ?? this.#largest(exact, sample);
      if (this.#largest(outputs, sample) === label) right++;
    }
    return right;
  }

  #largest(outputs: Float64Array, sample: number): number {
    let best = 0;
    for (let index = 1; index < this.#classes; index++) {
      if (outputs[sample * this.#classes + index] > outputs[sample * this.#classes + best]) best = index;
    }
    return best;
  }
}
