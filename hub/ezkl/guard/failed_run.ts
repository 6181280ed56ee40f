/**
 * Why the engine could not run a circuit on an input. It says "General synthesis error"
 * wherever a number has more digits than the circuit writes, and neither which nor where.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { Simulator } from "../simulate/simulator.ts";
import { wholeInputs } from "./input.ts";

/** The part of a sentence that names the node, or null where nothing is found. `text` must have passed `checkInput`. */
export function whyNot(text: string, circuit: GraphCircuit): string | null {
  try {
    return tooLarge(text, circuit);
  } catch (error) {
    if (error instanceof ZkgradError) return error.message;
    throw error;
  }
}

/** The same, and null too where the circuit cannot be simulated. */
export function overflowing(text: string, circuit: GraphCircuit): string | null {
  try {
    return tooLarge(text, circuit);
  } catch (error) {
    if (error instanceof ZkgradError) return null;
    throw error;
  }
}

function tooLarge(text: string, circuit: GraphCircuit): string | null {
  const { model, settings: { runArgs } } = circuit;
  const simulator = new Simulator(model, { runArgs, trace: true });
  const { trace } = simulator.run(inputsOf(text, circuit), 1);
  const limit = runArgs.decompBase ** runArgs.decompLegs - 1;
  const node = trace.find(({ decomposed }) => decomposed > limit);
  return node === undefined ? null : `node ${node.node} (${node.name}) needs larger numbers than the ${limit} that ` +
    `decompLegs ${runArgs.decompLegs} of decompBase ${runArgs.decompBase} hold; calibrate with inputs like this one, or ` +
    "take smaller scales or one leg more";
}

/** The outputs of a circuit for an input that it can run, as floats. `text` must have passed `checkInput`. */
export function simulateInput(text: string, circuit: GraphCircuit): number[][] {
  const { model, settings: { runArgs } } = circuit;
  const { outputs } = new Simulator(model, { runArgs }).run(inputsOf(text, circuit), 1);
  return model.outputs.map(([key], at) => {
    const unit = 2 ** model.nodes.get(key)!.outScale;
    return Array.from(outputs[at], (value) => Number(value) / unit);
  });
}

function inputsOf(text: string, circuit: GraphCircuit): Float64Array[] {
  return wholeInputs(text, circuit).map((input) => Float64Array.from(input, Number));
}
