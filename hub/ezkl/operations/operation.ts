/**
 * What a circuit's operation is: how it is laid into cells, and what it computes.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import type { Steps } from "../cells/steps.ts";
import type { Tensor } from "../cells/tensor.ts";
import type { Move } from "../numbers/moves.ts";
import type { Recorder, Step } from "../numbers/values.ts";

/** A node that is laid. */
export interface Laying {
  /** The steps that lay cells. */
  readonly steps: Steps;
  /** What it reads. */
  readonly inputs: readonly Tensor[];
  /** Shape of its result. */
  readonly dims: readonly number[];
  /** The error for what is not laid here. */
  readonly refuse: (what: string) => ArgumentError;
}

/** An operand of a node, before its numbers are known. */
export interface Shaped {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Whether its numbers are the same for every sample. */
  readonly constant: boolean;
}

/** A node that is computed. */
export interface Computing {
  /** What it reads. */
  readonly operands: readonly Shaped[];
  /** Takes what the circuit would check. */
  readonly recorder: Recorder;
  /** What errors call it. */
  readonly where: string;
}

/** One operation; `lay` gives where its result stands, `step` what computes it. */
export interface CircuitOperation<Op> {
  /** Lays the operation's cells: counts them, and writes them where there is a sheet to write on. */
  lay(op: Op, about: Laying): Tensor;
  /** The step that computes its whole numbers. */
  step(op: Op, about: Computing): Step;
  /** Where elements come from, for an operation that moves them and changes none; null where that is computed. */
  readonly move?: (op: Op, shapes: readonly (readonly number[])[], where: string) => Move | null;
}

/** The operation of a name. */
export type Named<Name extends string> = NamedOf<PolyOp | HybridOp, Name>;

// Some operations of the format share one shape under several names.
type NamedOf<Op, Name> = Op extends { name: infer Own }
  ? [Extract<Own, Name>] extends [never] ? never : Omit<Op, "name"> & { name: Extract<Own, Name> }
  : never;

/** The shape of the only operand. */
export function one({ operands, where }: Computing): readonly number[] {
  if (operands.length === 1) return operands[0].shape;
  throw new ArgumentError(`${where}: it has ${operands.length} operands, expected 1`);
}

/** Both operands. */
export function two({ operands, where }: Computing): readonly [Shaped, Shaped] {
  if (operands.length === 2) return [operands[0], operands[1]];
  throw new ArgumentError(`${where}: it has ${operands.length} operands, expected 2`);
}

/** The axis, which must be one of `shape`. */
export function axisOf(axis: number, shape: readonly number[], where: string): number {
  if (axis < shape.length) return axis;
  throw new ArgumentError(`${where}: axis ${axis} is outside the shape [${shape}]`);
}
