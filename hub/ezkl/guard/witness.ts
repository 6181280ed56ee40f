/**
 * Whether a proof of a witness would hold. The engine proves what it is given: a value
 * outside the tables gives a proof that no one can verify, and no word about it.
 * @module
 */
import { ArgumentError, ZkgradError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { tableBounds } from "../compile/binary_inputs.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import type { GraphWitness } from "../format/witness.ts";
import { type NodeRange, type Simulation, Simulator } from "../simulate/simulator.ts";

/**
 * Refuses a witness that cannot be proven with a circuit.
 * @throws {ArgumentError} for a witness of another circuit, for values that the tables do not hold, naming the node, and
 * for outputs that are not those of the inputs
 */
export function checkWitness(witness: GraphWitness, circuit: GraphCircuit): void {
  const { model } = circuit;
  const outputs = model.outputs.map(([key]) => key);
  for (const [name, keys] of [["inputs", model.inputs], ["outputs", outputs]] as const) {
    const found = witness[name].map(({ length }) => length).join(", ");
    const expected = keys.map((key) => sizeOf(model.nodes.get(key)!.outDims)).join(", ");
    if (found === expected) continue;
    throw new ArgumentError(
      `prove(): the witness has ${name} of [${found}] elements, and the circuit's have [${expected}]; make the witness ` +
        "of this circuit with genWitness()",
    );
  }
  const run = simulated(witness, circuit);
  checkTables(witness, circuit, run);
  model.outputs.forEach((_, index) => {
    const own = run?.outputs[index], given = witness.outputs[index];
    const element = own ? given.findIndex((value, at) => value !== BigInt(own[at])) : -1;
    if (element < 0) return;
    throw new ArgumentError(
      `prove(): element ${element} of output ${index} is ${given[element]} in the witness, and the circuit gives ` +
        `${own![element]} for its inputs; the file was changed, so make it again with genWitness()`,
    );
  });
}

/** What the circuit makes of the witness's inputs; null for circuits that are not simulated here. */
function simulated({ inputs }: GraphWitness, { model, settings }: GraphCircuit): Simulation | null {
  try {
    const simulator = new Simulator(model, { runArgs: settings.runArgs, trace: true });
    return simulator.run(inputs.map((tensor) => Float64Array.from(tensor, Number)), 1);
  } catch (error) {
    if (error instanceof ZkgradError) return null;
    throw error;
  }
}

function checkTables(witness: GraphWitness, circuit: GraphCircuit, run: Simulation | null): void {
  const { requiredLookups, runArgs } = circuit.settings;
  if (requiredLookups.length === 0) return;
  const [low, high] = tableBounds(runArgs);
  const { minLookupInputs: least, maxLookupInputs: most } = witness;
  if (least >= BigInt(low) && most <= BigInt(high)) return;
  const { lookupRange, logrows } = runArgs;
  const where = run ? offender(run.trace, circuit, low, high) : "";
  throw new ArgumentError(
    `prove(): the witness looks up values from ${least} to ${most}, and the tables hold ${low} to ${high} (lookupRange ` +
      `${lookupRange[0]} to ${lookupRange[1]} at logrows ${logrows})${where}; the proof would be made, and would not ` +
      "verify, so calibrate with inputs like this one or with a larger lookupSafetyMargin",
  );
}

/** The first node that looks up what no table holds. */
function offender(trace: readonly NodeRange[], { model }: GraphCircuit, low: number, high: number): string {
  const ranges = new Map(trace.map((range) => [range.node, range]));
  for (const [key, { opkind, inputs: [source] }] of model.nodes) {
    const given = source && ranges.get(source[0]);
    if (!looksUp(opkind) || !given || given.low >= low && given.high <= high) continue;
    return `: node ${key} (${ranges.get(key)?.name ?? opkind.kind}) is given ${given.low} to ${given.high}`;
  }
  return "";
}

function looksUp(op: SupportedOp): boolean {
  if (op.kind === "Rescaled" || op.kind === "RebaseScale") return looksUp(op.inner);
  return op.kind === "Nonlinear" || op.kind === "Hybrid" && op.op.name === "Div" && !Number.isInteger(op.op.denom);
}
