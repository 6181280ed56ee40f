/**
 * A circuit as cells: what its keys and its proofs are made of.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitNode, GraphCircuit } from "../format/circuit.ts";
import type { Visibility } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { CircuitCells } from "../../halo2/keys/circuit_cells.ts";
import type { ColumnValues } from "../../halo2/keys/column_values.ts";
import { Comparisons } from "./comparisons.ts";
import { type Felt, feltOf } from "./felt.ts";
import { layOperation } from "./operations.ts";
import { constants, fresh, Kind, reshaped, type Tensor } from "./tensor.ts";

/** A circuit's cells, and the prover's columns where they were asked for. */
export interface Assignment extends CircuitCells {
  /** The prover's columns; null where only the keys were asked for. */
  advice: readonly ColumnValues[] | null;
  /** The outputs that the circuit gives, flat; null where only the keys were asked for. */
  outputs: readonly (readonly Felt[])[] | null;
}

/** What a witness gives: the numbers that go in and come out. */
export interface Ends {
  /** Inputs, flat. */
  readonly inputs: readonly (readonly bigint[])[];
  /** Outputs, flat; null for those that the circuit gives. */
  readonly outputs: readonly (readonly bigint[])[] | null;
}

/**
 * Assigns the cells of `circuit`, with values where `ends` are given.
 * @throws {ArgumentError} for an operation or a visibility that is not laid out here
 */
export function assignCells({ model, settings }: GraphCircuit, ends: Ends | null): Assignment {
  checkVisibility(settings);
  const steps = new Comparisons(settings, ends !== null), { region } = steps;
  const { inputVisibility, outputVisibility, ignoreRangeCheckInputsOutputs } = settings.runArgs;
  let instances = 0;
  const shown = (values: readonly (Felt | null)[], dims: readonly number[]): Tensor => {
    const cells = Int32Array.from(values, () => region.instance(instances++));
    return { dims, values, cells, kinds: new Uint8Array(values.length).fill(Kind.instance) };
  };
  const valuesOf = (tensor: readonly bigint[] | undefined, dims: readonly number[]): (Felt | null)[] =>
    tensor === undefined ? new Array<null>(sizeOf(dims)).fill(null) : tensor.map(feltOf);
  const results = new Map<number, Tensor>();
  const inputs = new Map<number, Tensor>(model.inputs.map((key, index) => {
    const { outDims } = model.nodes.get(key)!;
    const values = valuesOf(ends?.inputs[index], outDims);
    return [key, inputVisibility === "Public" ? shown(values, outDims) : fresh(values, outDims)];
  }));
  for (const [key, node] of model.nodes) {
    const operands = node.inputs.map(([from]) => results.get(from)!);
    results.set(key, reshaped(layNode(steps, node, operands, inputs.get(key)), node.outDims));
  }
  const given = model.outputs.map(([key]) => (inputs.get(key) ?? results.get(key)!).values);
  if (outputVisibility === "Public") {
    const expected = model.outputs.map(([key], index) => {
      const { outDims } = model.nodes.get(key)!;
      const values = ends !== null && ends.outputs === null ? given[index] : valuesOf(ends?.outputs?.[index], outDims);
      return shown(values, outDims);
    });
    model.outputs.forEach(([key], index) => {
      const output = steps.identity(inputs.get(key) ?? results.get(key)!, !ignoreRangeCheckInputsOutputs);
      steps.equal(output, steps.identity(expected[index], !ignoreRangeCheckInputsOutputs));
    });
  }
  const { usable, adviceColumns } = region.columns;
  region.pending.forEach(([, cell], index) => {
    region.copy(region.cell(adviceColumns + Math.floor(index / usable), index % usable), cell);
  });
  return {
    selectors: region.selectors,
    copies: region.copies,
    constants: region.pending.map(([value]) => value),
    advice: region.advice,
    outputs: ends === null ? null : given as readonly (readonly Felt[])[],
  };
}

function layNode(steps: Comparisons, node: CircuitNode, operands: readonly Tensor[], input?: Tensor): Tensor {
  const { opkind, outDims, numUses } = node;
  switch (opkind.kind) {
    case "Input":
      return opkind.datumType === "Bool" ? steps.boolean(input!) : steps.identity(input!, opkind.decomp);
    case "Constant": {
      const { values, visibility } = opkind.quantizedValues;
      const elements = values.map(feltOf);
      const constant = visibility === "Fixed" ? constants(elements, outDims) : fresh(elements, outDims);
      return numUses > 1 ? steps.identity(constant, opkind.decomp) : constant;
    }
    default:
      return layOperation(steps, opkind, operands, node);
  }
}

function checkVisibility({ runArgs, numDynamicLookups }: GraphSettings): void {
  const allowed = (what: string, visibility: Visibility, names: readonly Visibility[]) => {
    if (names.includes(visibility)) return;
    throw new ArgumentError(
      `the ${what} are ${JSON.stringify(visibility)}, which the prover does not lay out; take ${
        names.join(" or ")
      }, or ` +
        "prove with the engine",
    );
  };
  allowed("inputs", runArgs.inputVisibility, ["Private", "Public"]);
  allowed("outputs", runArgs.outputVisibility, ["Private", "Public"]);
  allowed("weights", runArgs.paramVisibility, ["Private", "Fixed"]);
  if (numDynamicLookups > 0) {
    throw new ArgumentError(
      "the circuit looks up at computed places, which the prover does not lay out; use the engine",
    );
  }
}
