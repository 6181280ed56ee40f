/**
 * Why the engine could not run a circuit on an input. It says "General synthesis error"
 * wherever a number has more digits than the circuit writes, and neither which nor where.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { quantize } from "../numbers/fixed_point.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import { fieldFromHex } from "../format/field.ts";
import { parseJson } from "../format/json.ts";
import { Simulator } from "../simulate/simulator.ts";

/** The part of a sentence that names the node, or null where nothing is found. `text` must have passed `checkInput`. */
export function whyNot(text: string, circuit: GraphCircuit): string | null {
  const { model, settings: { runArgs } } = circuit;
  try {
    const simulator = new Simulator(model, { runArgs, trace: true });
    const { trace } = simulator.run(inputsOf(text, circuit), 1);
    const limit = runArgs.decompBase ** runArgs.decompLegs - 1;
    const node = trace.find(({ decomposed }) => decomposed > limit);
    return node === undefined ? null : `node ${node.node} (${node.name}) needs larger numbers than the ${limit} that ` +
      `decompLegs ${runArgs.decompLegs} of decompBase ${runArgs.decompBase} hold; calibrate with inputs like this one, or ` +
      "take smaller scales or one leg more";
  } catch (error) {
    if (error instanceof ZkgradError) return error.message;
    throw error;
  }
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

function inputsOf(text: string, { model }: GraphCircuit): Float64Array[] {
  const { input_data: lists } = parseJson(text, "input.json") as {
    input_data: (number | bigint | string | boolean)[][];
  };
  return model.inputs.map((key, index) => {
    const { opkind } = model.nodes.get(key)!;
    return Float64Array.from(lists[index], (item) => wholeOf(item, opkind));
  });
}

function wholeOf(item: number | bigint | string | boolean, op: SupportedOp): number {
  if (typeof item === "string") return Number(fieldFromHex(item));
  if (op.kind !== "Input") return Number(item);
  const { datumType, scale } = op;
  const value = datumType === "F32" ? Math.fround(Number(item)) : Number(item);
  return quantize(datumType === "Int" || datumType === "TDim" ? Math.trunc(value) : value, scale);
}
