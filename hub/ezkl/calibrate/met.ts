/**
 * A circuit on samples: what came out, and what its tables met.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { CircuitModel } from "../format/circuit.ts";
import { quantizeInput } from "../simulate/quantize.ts";
import type { Simulator } from "../simulate/simulator.ts";

/** Some samples, each input's one after another. */
export interface Batch {
  /** One array for each input of the graph. */
  readonly inputs: readonly Float32Array[];
  /** Number of samples. */
  readonly count: number;
}

/** What a circuit made of some samples. */
export interface Met {
  /** In the outputs' units, one array for each. */
  outputs: Float64Array[];
  /** Smallest and largest input of a table. */
  lookupRange: [low: number, high: number];
  /** Largest magnitude that is written in digits. */
  maxDecomposed: number;
}

/** Runs a circuit on samples; `simulator` is one of `model`. */
export function meet(model: CircuitModel, simulator: Simulator, { inputs, count }: Batch): Met {
  const whole = model.inputs.map((key, index) => {
    const { opkind } = model.nodes.get(key)!;
    if (opkind.kind !== "Input") throw new ArgumentError(`calibrateSettings(): node ${key} is no input`);
    return quantizeInput(inputs[index], opkind.scale, opkind.datumType);
  });
  const { outputs, minLookup, maxLookup, maxDecomposed } = simulator.run(whole, count);
  outputs.forEach((values, index) => {
    const unit = 2 ** -model.nodes.get(model.outputs[index][0])!.outScale;
    values.forEach((value, at) => values[at] = value * unit);
  });
  return { outputs, lookupRange: [minLookup, maxLookup], maxDecomposed };
}
