/**
 * Whether a proof of a witness would hold. The engine proves what it is given: a value
 * outside the tables gives a proof that no one can verify, and no word about it. What a
 * witness says of itself is worked out again from its inputs, and nothing of it is trusted.
 * @module
 */
import { ArgumentError, ZkgradError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { tableBounds } from "../compile/binary_inputs.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import type { GraphWitness } from "../format/witness.ts";
import { type NodeRange, Simulator } from "../simulate/simulator.ts";
import { checkPretty } from "./pretty.ts";

/** What the circuit makes of a witness's inputs: that part of a witness which follows from them. */
export interface Recomputed extends Pick<GraphWitness, "outputs" | "minLookupInputs" | "maxLookupInputs"> {
  /** The extremes of every node; empty where a prover computed them. */
  trace: NodeRange[];
}

/**
 * Refuses a witness that cannot be proven with a circuit; `recompute` is the prover's own computation, for what the
 * simulator does not know.
 * @throws {ArgumentError} for a witness of another circuit, for values that the tables do not hold, naming the node, and
 * for outputs or extremes that are not those of the inputs
 * @throws {FormatError} for a file whose numbers for people are others than its own
 */
export async function checkWitness(
  witness: GraphWitness,
  circuit: GraphCircuit,
  recompute: (inputs: GraphWitness["inputs"]) => Promise<Omit<Recomputed, "trace">>,
): Promise<void> {
  checkShape(witness, circuit);
  const run = simulated(witness, circuit) ?? { ...await recompute(witness.inputs), trace: [] };
  checkTables(circuit, run);
  run.outputs.forEach((own, index) => {
    const given = witness.outputs[index];
    const element = given.findIndex((value, at) => value !== own[at]);
    if (element < 0) return;
    throw new ArgumentError(
      `prove(): element ${element} of output ${index} is ${given[element]} in the witness, and the circuit gives ` +
        `${
          own[element]
        } for its inputs; the file was changed or is of another circuit, so make it again with genWitness()`,
    );
  });
  for (const name of ["minLookupInputs", "maxLookupInputs"] as const) {
    if (witness[name] === run[name]) continue;
    throw new ArgumentError(
      `prove(): ${name} is ${witness[name]} in the witness, and the circuit has ${
        run[name]
      } for its inputs; the file ` +
        "was changed or is of another circuit, so make it again with genWitness()",
    );
  }
  const { modelInputScales, modelOutputScales } = circuit.settings;
  const inputs = { integers: witness.inputs, scales: modelInputScales };
  checkPretty("witness.json: pretty_elements", witness.prettyElements, inputs, {
    integers: witness.outputs,
    scales: modelOutputScales,
  });
}

function checkShape(witness: GraphWitness, { model }: GraphCircuit): void {
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
}

/** What the circuit makes of the witness's inputs; null for circuits that are not simulated here. */
function simulated({ inputs }: GraphWitness, { model, settings }: GraphCircuit): Recomputed | null {
  try {
    const simulator = new Simulator(model, { runArgs: settings.runArgs, trace: true });
    const run = simulator.run(inputs.map((tensor) => Float64Array.from(tensor, Number)), 1);
    return {
      outputs: run.outputs.map((output) => Array.from(output, BigInt)),
      minLookupInputs: BigInt(run.minLookup),
      maxLookupInputs: BigInt(run.maxLookup),
      trace: run.trace,
    };
  } catch (error) {
    if (error instanceof ZkgradError) return null;
    throw error;
  }
}

function checkTables({ settings, model }: GraphCircuit, run: Recomputed): void {
  const { requiredLookups, runArgs } = settings;
  if (requiredLookups.length === 0) return;
  const [low, high] = tableBounds(runArgs);
  const { minLookupInputs: least, maxLookupInputs: most } = run;
  if (least >= BigInt(low) && most <= BigInt(high)) return;
  const { lookupRange, logrows } = runArgs;
  throw new ArgumentError(
    `prove(): the witness looks up values from ${least} to ${most}, and the tables hold ${low} to ${high} (lookupRange ` +
      `${lookupRange[0]} to ${lookupRange[1]} at logrows ${logrows})${
        offender(run.trace, model, low, high)
      }; the proof ` +
      "would be made, and would not verify, so calibrate with inputs like this one or with a larger lookupSafetyMargin",
  );
}

/** The first node that looks up what no table holds. */
function offender(trace: readonly NodeRange[], model: GraphCircuit["model"], low: number, high: number): string {
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
