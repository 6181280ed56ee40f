/**
 * `zkgrad mock network.onnx`: what the circuit computes for an input, in milliseconds and without keys.
 * @module
 */
import { resolve } from "node:path";
import { ZkgradError } from "../../../core/base/errors.ts";
import { readFile } from "../../../core/base/files.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import type { GraphCircuit } from "../../ezkl/format/circuit.ts";
import { decodeCircuit } from "../../ezkl/format/circuit_codec.ts";
import { checkInput } from "../../ezkl/guard/input.ts";
import { simulateInput, whyNot } from "../../ezkl/guard/failed_run.ts";
import { calibrateSettings, compileCircuit, FOLDER_FILES, genSettings } from "../../ezkl/mod.ts";
import { textOf } from "./folder.ts";
import { networkBytes } from "./network.ts";
import { runArguments } from "./run_arguments.ts";
import { samplesOf } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** What the flags say. */
export interface MockFlags {
  readonly input?: string;
  readonly data?: string;
  readonly compiledCircuit?: string;
  readonly variables?: string;
  readonly roundInputs?: boolean;
}

/** Runs the circuit of a network, calibrated on the samples, or one that is compiled already. */
export async function mock(telling: Telling, network: string | undefined, flags: MockFlags): Promise<void> {
  const input = flags.input ?? FOLDER_FILES.input;
  const text = await textOf(input, "--input");
  const circuit = await circuitOf(telling, network, flags, input);
  telling.rounding(checkInput(text, circuit, input, flags.roundInputs === true));
  const why = whyNot(text, circuit);
  if (why !== null) throw new ZkgradError(why);
  const outputs = simulateInput(text, circuit);
  for (const values of outputs) telling.say(`[${values.map((value) => Number(value.toFixed(4))).join(", ")}]`);
  telling.end({ outputs });
}

async function circuitOf(
  telling: Telling,
  network: string | undefined,
  { data, compiledCircuit = FOLDER_FILES.compiled, variables }: MockFlags,
  input: string,
): Promise<GraphCircuit> {
  if (network === undefined) return decodeCircuit(await readFile(resolve(compiledCircuit)), compiledCircuit);
  const onnx = await networkBytes(network);
  telling.show("calibrating");
  const args = runArguments(telling, { variables }, { bytes: onnx, name: network });
  const [path, flag] = data === undefined ? [input, "--input"] : [data, "--data"];
  await samplesOf(lowerOnnx(onnx, args.variables, network), path, flag);
  const { settings } = await calibrateSettings(onnx, genSettings(onnx, args), await textOf(path, flag));
  telling.show("");
  return decodeCircuit(compileCircuit(onnx, settings));
}
