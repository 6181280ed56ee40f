/**
 * A circuit as cells: what its keys and its proofs are made of.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { atOnce, type Pause, withPauses } from "../../../core/base/pauses.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { isHashed } from "../format/run_args.ts";
import type { CircuitCells } from "../../halo2/keys/circuit_cells.ts";
import type { ColumnValues } from "../../halo2/keys/column_values.ts";
import { type Felt, feltOf } from "../cells/felt.ts";
import { Grid } from "../cells/grid.ts";
import { Sheet } from "../cells/sheet.ts";
import { Steps } from "../cells/steps.ts";
import { fresh, Kind, type Tensor } from "../cells/tensor.ts";
import { layModel } from "../layout/model.ts";
import { whyUnseen } from "../layout/seen.ts";
import { HashChip } from "./hash.ts";

/** A circuit's cells, and the prover's columns where they were asked for. */
export interface Assignment extends CircuitCells {
  /** The prover's columns; null where only the keys were asked for. */
  advice: readonly ColumnValues[] | null;
  /** What the proof shows, as signed whole numbers; empty where only the keys were asked for. */
  instances: readonly bigint[];
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
export function assignCells(circuit: GraphCircuit, ends: Ends | null): Assignment {
  return atOnce(assigning(circuit, ends));
}

/** The same with pauses between the nodes. */
export function assignWithPauses(circuit: GraphCircuit, ends: Ends | null, pause: Pause): Promise<Assignment> {
  return withPauses(assigning(circuit, ends), pause);
}

function* assigning({ model, settings }: GraphCircuit, ends: Ends | null): Generator<void, Assignment> {
  const why = whyUnseen(settings.runArgs);
  if (why !== null) throw new ArgumentError(why);
  const { runArgs } = settings,
    { inputVisibility, outputVisibility } = runArgs,
    sheet = new Sheet(settings, ends !== null);
  const grid = new Grid(runArgs, "keygen", sheet), hash = new HashChip(sheet);
  const instances: bigint[] = [];
  let shown = 0;
  const show = (values: Iterable<Felt | null>): number => {
    const first = shown;
    for (const value of values) {
      shown++;
      if (value !== null) instances.push(BigInt(value));
    }
    return first;
  };
  const valuesOf = (tensor: readonly bigint[] | undefined) => tensor?.map(feltOf) ?? null;
  const publicTensor = (dims: readonly number[], values: readonly Felt[] | null): Tensor => {
    const tensor = fresh(dims, values), { cells, kinds } = tensor.elements!;
    const first = show(tensor.elements!.values);
    cells.forEach((_, at) => cells[at] = sheet.instance(first + at));
    kinds.fill(Kind.instance);
    return tensor;
  };
  const hashed = (tensor: Tensor): Tensor => {
    const { message, digest } = hash.absorb(tensor), first = show([digest.value]);
    hash.show(digest, first);
    return message;
  };
  // Hashes of the inputs stand before all else that is shown, those of the outputs behind it.
  const inputs = new Map(model.inputs.map((key, index) => {
    const { outDims } = model.nodes.get(key)!, values = valuesOf(ends?.inputs[index]);
    if (isHashed(inputVisibility)) return [key, hashed(fresh(outDims, values))];
    return [key, inputVisibility === "Public" ? publicTensor(outDims, values) : fresh(outDims, values)];
  }));
  const outputs = outputVisibility !== "Public" ? [] : model.outputs.map(([key], index) => {
    return publicTensor(model.nodes.get(key)!.outDims, valuesOf(ends?.outputs?.[index]));
  });
  const laid = yield* layModel(new Steps(grid, runArgs), model, runArgs, { inputs, outputs });
  sheet.settle();
  if (isHashed(outputVisibility)) laid.results.forEach(hashed);
  return {
    selectors: [...hash.selectors, ...grid.selectors.inOrder(settings)],
    copies: sheet.copies,
    constants: sheet.pending.map(([value]) => value),
    hashRounds: hash.rounds,
    advice: sheet.advice,
    instances,
    outputs: ends === null ? null : laid.results.map(({ elements }) => elements!.values as readonly Felt[]),
  };
}
