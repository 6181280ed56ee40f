/** What a circuit makes of inputs, and what native EZKL and ONNX Runtime make of them. */
import * as ort from "npm:onnxruntime-node@1.30.0";
import type { CircuitModel, GraphCircuit } from "../../../../hub/ezkl/format/circuit.ts";
import type { RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { witnessFromJson } from "../../../../hub/ezkl/format/witness.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { type Simulation, Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import type { CaseFile } from "./case_file.ts";

/** What the circuit of `model` computes from floats. */
export function simulated(model: CircuitModel, runArgs: RunArgs, inputs: readonly Float32Array[]): Simulation {
  const whole = model.inputs.map((key, at) => {
    const { opkind } = model.nodes.get(key)!;
    if (opkind.kind !== "Input") throw new TypeError(`node ${key} is no input`);
    return quantizeInput(inputs[at], opkind.scale, opkind.datumType);
  });
  return new Simulator(model, { runArgs }).run(whole, 1);
}

/** Its outputs as floats. */
export function floatsOf(model: CircuitModel, { outputs }: Simulation): number[][] {
  return model.outputs.map(([key], at) =>
    Array.from(outputs[at], (value) => value / 2 ** model.nodes.get(key)!.outScale)
  );
}

/** The largest distance of numbers, of large ones as a share of them; Infinity for another number of them. */
export function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    const own = Math.abs(found[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    worst = Number.isNaN(own) ? Infinity : Math.max(worst, own);
  }
  return worst;
}

/** `input.json` for native EZKL. */
export function inputJson({ model }: Pick<GraphCircuit, "model">, inputs: readonly Float32Array[]): string {
  const data = inputs.map((values, at) => {
    const { opkind } = model.nodes.get(model.inputs[at])!;
    return opkind.kind === "Input" && opkind.datumType === "Bool" ? Array.from(values, Boolean) : Array.from(values);
  });
  return JSON.stringify({ input_data: data });
}

/** What a witness says, in the form of a simulation. */
export function witnessed(json: string): { outputs: bigint[][]; extremes: bigint[] } {
  const { outputs, minLookupInputs, maxLookupInputs, maxRangeSize } = witnessFromJson(json);
  return { outputs, extremes: [minLookupInputs, maxLookupInputs, maxRangeSize] };
}

/** The same of a simulation. */
export function comparable({ outputs, minLookup, maxLookup, maxRange }: Simulation): ReturnType<typeof witnessed> {
  return {
    outputs: outputs.map((output) => Array.from(output, BigInt)),
    extremes: [minLookup, maxLookup, maxRange].map(BigInt),
  };
}

/** What ONNX Runtime computes; null where it does not know the operator. */
export async function onnxRuntime(file: CaseFile, inputs: readonly Float32Array[]): Promise<number[][] | null> {
  const free = file.given.inputs.flatMap((tensor, at) =>
    tensor === null || tensor.values !== undefined ? [] : [{ tensor, name: `x${at}` }]
  );
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(file.bytes, { logSeverityLevel: 4 });
  } catch {
    return null;
  }
  const feeds = Object.fromEntries(free.map(({ tensor: { shape, type = "FLOAT" }, name }, at) => {
    const dims = [...shape], values = inputs[at];
    if (type === "BOOL") return [name, new ort.Tensor("bool", Uint8Array.from(values), dims)];
    if (type === "INT64") return [name, new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims)];
    return [name, new ort.Tensor("float32", values, dims)];
  }));
  const found = await session.run(feeds);
  const outputs = session.outputNames.map((name) =>
    Array.from<number | bigint, number>(found[name].data as ArrayLike<number>, Number)
  );
  await session.release();
  return outputs;
}
