/** Small circuits of any operations, and the keys that the engine makes for them. */
import ezkl from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import type {
  CircuitModel,
  CircuitNode,
  HybridOp,
  InputType,
  LookupOp,
  PolyOp,
  SupportedOp,
} from "../../../../hub/ezkl/format/circuit.ts";
import { encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { defaultRunArgs, type RunArgs, type Visibility } from "../../../../hub/ezkl/format/run_args.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { type Layout, layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";

type Bytes = Uint8ClampedArray<ArrayBuffer>;
const engine = ezkl as {
  genVk(circuit: Bytes, srs: Bytes, compress: boolean): Uint8Array;
  genPk(vk: Bytes, circuit: Bytes, srs: Bytes): Uint8Array;
};

/** A circuit being written; every step gives the place of its node. */
export class CircuitWriter {
  readonly args: RunArgs;
  #nodes = new Map<number, CircuitNode>();
  #inputs: number[] = [];

  constructor(args: Partial<RunArgs> = {}) {
    const small: Partial<RunArgs> = { decompBase: 16, decompLegs: 2, logrows: 9, lookupRange: [0n, 0n] };
    this.args = { ...defaultRunArgs, ...small, paramVisibility: "Fixed", ...args };
  }

  node(opkind: SupportedOp, inputs: number[], outDims: number[]): number {
    const idx = this.#nodes.size;
    for (const input of inputs) this.#nodes.get(input)!.numUses++;
    this.#nodes.set(idx, { opkind, outScale: 0, inputs: inputs.map((i) => [i, 0]), outDims, idx, numUses: 0 });
    return idx;
  }

  input(dims: number[], datumType: InputType = "F32"): number {
    const key = this.node(
      { kind: "Input", scale: 0, datumType, decomp: !this.args.ignoreRangeCheckInputsOutputs },
      [],
      dims,
    );
    this.#inputs.push(key);
    return key;
  }

  constant(values: number[], dims: number[], visibility: Visibility = this.args.paramVisibility): number {
    const quantizedValues = { values: values.map(BigInt), dims, scale: 0, visibility };
    const rawValues = { values: new Float32Array(0), dims: [0], scale: null, visibility: null };
    const decomp = this.args.ignoreRangeCheckInputsOutputs;
    return this.node({ kind: "Constant", quantizedValues, rawValues, decomp }, [], dims);
  }

  linear(op: PolyOp, inputs: number[], dims: number[]): number {
    return this.node({ kind: "Linear", op }, inputs, dims);
  }

  hybrid(op: HybridOp, inputs: number[], dims: number[]): number {
    return this.node({ kind: "Hybrid", op }, inputs, dims);
  }

  lookup(op: LookupOp, input: number, dims: number[]): number {
    return this.node({ kind: "Nonlinear", op }, [input], dims);
  }

  model(outputs: number[]): CircuitModel {
    for (const node of this.#nodes.values()) node.numUses = Math.max(1, node.numUses);
    return {
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: outputs.map((key) => [key, 0]),
      outputTypes: outputs.map(() => "F32"),
      visibility: {
        input: this.args.inputVisibility,
        params: this.args.paramVisibility,
        output: this.args.outputVisibility,
      },
    };
  }
}

/** The settings of `model` with the counts of `layout`. */
export function settingsOf(model: CircuitModel, args: RunArgs, layout: Layout): GraphSettings {
  const shape = (key: number) => model.nodes.get(key)!.outDims;
  return {
    runArgs: args,
    numRows: layout.rows,
    totalAssignments: layout.cells,
    totalConstSize: layout.constants + layout.numShuffles + layout.numSearches,
    totalDynamicColSize: layout.searchRows,
    maxDynamicInputLen: layout.longestSearch,
    numDynamicLookups: layout.numSearches,
    numShuffles: layout.numShuffles,
    totalShuffleColSize: layout.shuffleRows,
    modelInstanceShapes: [
      ...(args.inputVisibility === "Public" ? model.inputs.map(shape) : []),
      ...(args.outputVisibility === "Public" ? model.outputs.map(([key]) => shape(key)) : []),
    ],
    modelOutputScales: model.outputs.map(() => 0),
    modelInputScales: model.inputs.map(() => 0),
    moduleSizes: { polycommit: [], poseidon: [0, [0]] },
    requiredLookups: layout.lookups,
    requiredRangeChecks: layout.rangeChecks,
    checkMode: "UNSAFE",
    version: "0.0.0",
    numBlindingFactors: null,
    timestamp: null,
    inputTypes: null,
    outputTypes: null,
  };
}

/** The keys that the engine makes. */
export interface Keys {
  settings: GraphSettings;
  vk: Uint8Array;
  /** Bytes of the proving key, where it was asked for. */
  pkBytes: number | null;
  /** What the key was made of. */
  compiled: Uint8Array<ArrayBuffer>;
  srs: Uint8Array<ArrayBuffer>;
}

/** Has the engine make the keys of `model` with the dummy counts, or with `changes` to them. */
export async function keysOf(
  model: CircuitModel,
  args: RunArgs,
  changes: Partial<GraphSettings> = {},
  withPk = false,
): Promise<Keys> {
  const settings = { ...settingsOf(model, args, layOut(model, args, "dummy")), ...changes };
  const circuit = new Uint8ClampedArray(encodeCircuit({ model, settings }));
  const srs = await srsOf(args.logrows);
  const vk = engine.genVk(circuit, srs, true);
  const pkBytes = withPk ? engine.genPk(new Uint8ClampedArray(vk), circuit, srs).length : null;
  return { settings, vk, pkBytes, compiled: new Uint8Array(circuit), srs: new Uint8Array(srs) };
}

const kept = new Map<number, Promise<Bytes>>();

/** An unsafe reference string, made once. */
function srsOf(logrows: number): Promise<Bytes> {
  let srs = kept.get(logrows);
  if (!srs) kept.set(logrows, srs = genSrs(logrows).then((bytes) => new Uint8ClampedArray(bytes)));
  return srs;
}
