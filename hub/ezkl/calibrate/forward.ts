/**
 * A circuit's forward passes over calibration data.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { quantizeInput } from "../simulate/quantize.ts";
import { Simulator } from "../simulate/simulator.ts";
import type { Extremes } from "./logrows.ts";

/** One sample: the elements of every graph input, row-major, in the inputs' order. */
export type Sample = readonly Float32Array[];

/**
 * Runs a circuit on samples and tells the extremes of all; throws or rejects where
 * the circuit cannot compute one of them. The settings' lookup range is as wide as
 * it can be, and the engine's own witness generator will do as well.
 */
export type Forward = (circuit: GraphCircuit, samples: readonly Sample[]) => Extremes | Promise<Extremes>;

/** A {@linkcode Forward} by the exact simulator. */
export const simulated: Forward = ({ model, settings }, samples): Extremes => {
  const { runArgs } = settings;
  const inputs = model.inputs.map((key, place) => {
    const { opkind } = model.nodes.get(key)!;
    if (opkind.kind !== "Input") throw new ArgumentError(`node ${key} is no input`);
    const parts = samples.map((sample) => quantizeInput(sample[place], opkind.scale, opkind.datumType));
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.forEach((part, index) => all.set(part, index * part.length));
    return all;
  });
  const result = new Simulator(model, { runArgs }).run(inputs, samples.length);
  const largest = runArgs.decompBase ** runArgs.decompLegs - 1;
  if (result.maxDecomposed > largest) {
    throw new ArgumentError(
      `a value of ${result.maxDecomposed} does not fit ${runArgs.decompLegs} digits of base ${runArgs.decompBase}, ` +
        `which hold ${largest}; take smaller scales or more decompLegs`,
    );
  }
  return result;
};
