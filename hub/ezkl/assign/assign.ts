/**
 * A circuit as cells: what its keys and its proofs are made of.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import type { Visibility } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { CircuitCells } from "../../halo2/keys/circuit_cells.ts";
import type { ColumnValues } from "../../halo2/keys/column_values.ts";
import { type Felt, feltOf } from "../cells/felt.ts";
import { Grid } from "../cells/grid.ts";
import { Sheet } from "../cells/sheet.ts";
import { Steps } from "../cells/steps.ts";
import { fresh, Kind, type Tensor } from "../cells/tensor.ts";
import { layModel } from "../layout/model.ts";

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
  const { runArgs } = settings, sheet = new Sheet(settings, ends !== null);
  const grid = new Grid(runArgs, "keygen", sheet);
  let instances = 0;
  const tensorOf = (key: number, values: readonly bigint[] | undefined, visibility: Visibility): Tensor => {
    const tensor = fresh(model.nodes.get(key)!.outDims, values?.map(feltOf) ?? null),
      { cells, kinds } = tensor.elements!;
    if (visibility !== "Public") return tensor;
    cells.forEach((_, at) => cells[at] = sheet.instance(instances++));
    kinds.fill(Kind.instance);
    return tensor;
  };
  const inputs = new Map(model.inputs.map((key, index) => {
    return [key, tensorOf(key, ends?.inputs[index], runArgs.inputVisibility)];
  }));
  const outputs = model.outputs.map(([key], index) => tensorOf(key, ends?.outputs?.[index], runArgs.outputVisibility));
  const { results } = layModel(new Steps(grid, runArgs), model, runArgs, { inputs, outputs });
  const { usable, adviceColumns } = sheet.columns;
  sheet.pending.forEach(([, cell], index) => {
    sheet.copy(sheet.cell(adviceColumns + Math.floor(index / usable), index % usable), cell);
  });
  return {
    selectors: grid.selectors.inOrder(settings),
    copies: sheet.copies,
    constants: sheet.pending.map(([value]) => value),
    advice: sheet.advice,
    outputs: ends === null ? null : results.map(({ elements }) => elements!.values as readonly Felt[]),
  };
}

function checkVisibility({ runArgs }: GraphSettings): void {
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
}
