/**
 * The simulator beside the engine.
 */
import assert from "node:assert/strict";
import type { CircuitModel, HybridOp, LookupOp, PolyOp, SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import type { RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { random } from "../../../onnx/lenet.ts";
import { circuitOf, model, type Source, wideArgs, witnessOf } from "./engine.ts";

/** Whole numbers from `low` to `high`, from a generator of numbers in [0, 1). */
export function integers(next: () => number, count: number, low: number, high: number): number[] {
  return Array.from({ length: count }, () => low + Math.floor(next() * (high - low + 1)));
}

/** Whole numbers for the tests of one seed. */
export function source(seed: number): (count: number, low: number, high: number) => number[] {
  const next = random(seed);
  return (count, low, high) => integers(next, count, low, high);
}

/** Every whole number from `low` to `high`. */
export function span(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

export const linear = (op: PolyOp): SupportedOp => ({ kind: "Linear", op });
export const hybrid = (op: HybridOp): SupportedOp => ({ kind: "Hybrid", op });
export const lookup = (op: LookupOp): SupportedOp => ({ kind: "Nonlinear", op });

/** Asserts that the simulator and the engine agree on outputs, table inputs and ranges for one sample. */
export function sameAsEngine(model: CircuitModel, inputs: number[][], runArgs: RunArgs = wideArgs): void {
  const simulated = new Simulator(model, { runArgs }).run(inputs.map((input) => Float64Array.from(input)), 1);
  const witness = witnessOf(circuitOf(model, runArgs), inputs);
  const { minLookup, maxLookup, maxRange } = simulated;
  assert.deepEqual(simulated.outputs.map((output) => Array.from(output, BigInt)), witness.outputs);
  assert.deepEqual([minLookup, maxLookup, maxRange].map(BigInt), [
    witness.minLookupInputs,
    witness.maxLookupInputs,
    witness.maxRangeSize,
  ]);
}

/** The same for a graph of one operation over some sources. */
export function sameOperation(
  op: SupportedOp,
  sources: Source[],
  dims: number[],
  inputs: number[][],
  runArgs: RunArgs = wideArgs,
): void {
  sameAsEngine(model(sources, [{ op, inputs: sources.map((_, index) => index), dims }]), inputs, runArgs);
}

/** The same for an operation on each of some numbers. */
export function sameOnEach(op: SupportedOp, numbers: number[], runArgs: RunArgs = wideArgs): void {
  sameOperation(op, [{ input: [numbers.length] }], [numbers.length], [numbers], runArgs);
}
