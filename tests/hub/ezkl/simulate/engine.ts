/**
 * Small circuits, and what the engine computes for them.
 */
import ezkl from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import type {
  CircuitModel,
  CircuitNode,
  GraphCircuit,
  InputType,
  SupportedOp,
} from "../../../../hub/ezkl/format/circuit.ts";
import { encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { fieldToHex } from "../../../../hub/ezkl/format/field.ts";
import { defaultRunArgs, type RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { type GraphWitness, witnessFromJson } from "../../../../hub/ezkl/format/witness.ts";

const { genWitness } = ezkl as { genWitness(circuit: Uint8ClampedArray, input: Uint8ClampedArray): Uint8Array };

/** An input of a graph with its shape, or constants. */
export type Source = { input: number[]; type?: InputType } | { constant: number[]; dims: number[]; uses?: number };

/** A graph of sources and operations; operands are places in the list of both. */
export function model(
  sources: Source[],
  operations: { op: SupportedOp; inputs: number[]; dims: number[] }[],
  outputs: number[] = [sources.length + operations.length - 1],
): CircuitModel {
  const nodes = new Map<number, CircuitNode>();
  const plain = { outScale: 0, numUses: 1 };
  sources.forEach((source, idx) => {
    if ("input" in source) {
      const opkind: SupportedOp = { kind: "Input", scale: 0, datumType: source.type ?? "F64", decomp: true };
      nodes.set(idx, { ...plain, idx, inputs: [], outDims: source.input, opkind });
    } else {
      const quantizedValues = {
        values: source.constant.map(BigInt),
        dims: source.dims,
        scale: 0,
        visibility: "Fixed" as const,
      };
      const rawValues = { values: new Float32Array(0), dims: [0], scale: null, visibility: null };
      const opkind: SupportedOp = { kind: "Constant", quantizedValues, rawValues, decomp: false };
      nodes.set(idx, { ...plain, idx, inputs: [], outDims: source.dims, opkind, numUses: source.uses ?? 1 });
    }
  });
  operations.forEach(({ op, inputs, dims }, index) => {
    const idx = sources.length + index;
    nodes.set(idx, { ...plain, idx, inputs: inputs.map((from) => [from, 0]), outDims: dims, opkind: op });
  });
  return {
    nodes,
    inputs: sources.flatMap((source, idx) => "input" in source ? [idx] : []),
    outputs: outputs.map((idx) => [idx, 0]),
    outputTypes: outputs.map(() => "F32"),
    visibility: { input: "Private", params: "Fixed", output: "Public" },
  };
}

/** Arguments under which large numbers can still be written in digits. */
export const wideArgs: RunArgs = {
  ...defaultRunArgs,
  paramVisibility: "Fixed",
  decompBase: 32768,
  decompLegs: 3,
  lookupRange: [-10n, 10n],
};

/** The circuit of a graph, as far as a witness needs it. */
export function circuitOf(model: CircuitModel, runArgs: RunArgs = wideArgs): GraphCircuit {
  return {
    model,
    settings: {
      runArgs,
      numRows: 100,
      totalAssignments: 200,
      totalConstSize: 10,
      totalDynamicColSize: 0,
      maxDynamicInputLen: 0,
      numDynamicLookups: 0,
      numShuffles: 0,
      totalShuffleColSize: 0,
      modelInstanceShapes: model.outputs.map(([key]) => model.nodes.get(key)!.outDims),
      modelOutputScales: model.outputs.map(([key]) => model.nodes.get(key)!.outScale),
      modelInputScales: model.inputs.map((key) => model.nodes.get(key)!.outScale),
      moduleSizes: { polycommit: [], poseidon: [0, [0]] },
      requiredLookups: [],
      requiredRangeChecks: [],
      checkMode: "UNSAFE",
      version: "0.0.0",
      numBlindingFactors: null,
      timestamp: null,
      inputTypes: null,
      outputTypes: null,
    },
  };
}

/** What the engine computes for integers. */
export function witnessOf(circuit: GraphCircuit | Uint8Array, inputs: Iterable<number>[]): GraphWitness {
  const bytes = circuit instanceof Uint8Array ? circuit : encodeCircuit(circuit);
  const data = inputs.map((input) => Array.from(input, (value) => fieldToHex(BigInt(value))));
  const json = new TextEncoder().encode(JSON.stringify({ input_data: data }));
  return witnessFromJson(
    new TextDecoder().decode(genWitness(new Uint8ClampedArray(bytes), new Uint8ClampedArray(json))),
  );
}
