/**
 * What an operator of ONNX is to a circuit: how a network writes it, and the cases that show that it is right.
 * @module
 */
import type { Attribute } from "../network/attributes.ts";
import type { LoweringRule } from "../network/lowering.ts";
export type { Attribute };

/** A tensor of a case: an input, which is drawn, or a constant where it has values. */
export interface CaseTensor {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its elements; an input's are drawn where they are left out. */
  readonly values?: readonly number[];
  /** Its ONNX type. Default: FLOAT. */
  readonly type?: "FLOAT" | "BOOL" | "INT64";
  /** From where to where an input's elements are drawn. Default: from -2 to 2. */
  readonly range?: readonly [low: number, high: number];
}

/** One use of an operator, from which a file with that node alone is made. */
export interface OperatorCase {
  /** What it shows; empty for the plain use. */
  readonly name?: string;
  /** What it reads, in order; null where an optional input is left out. */
  readonly inputs: readonly (CaseTensor | null)[];
  /** How it computes. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The opset. Default: 17. */
  readonly opset?: number;
  /** How many outputs it names. Default: 1. */
  readonly outputs?: number;
  /**
   * In what the circuit differs from EZKL's own: a sentence, since byte for byte they are the same where nothing is
   * said.
   */
  readonly differs?: string;
  /** How far a result at scale 10 may be from the float network's; what scale 10 lets through unless given. */
  readonly tolerance?: number;
}

/** An operator. */
export interface Operator {
  /** Its name. */
  readonly name: string;
  /** How a network writes it. */
  readonly lower: LoweringRule;
  /** Its cases. */
  readonly cases: readonly OperatorCase[];
}

/** An input of a case. */
export const input = (...shape: number[]): CaseTensor => ({ shape });

/** An input with elements from `low` to `high`. */
export const between = (low: number, high: number, ...shape: number[]): CaseTensor => ({ shape, range: [low, high] });

/** A constant of a case, with few distinct values. */
export function constant(shape: readonly number[], values?: readonly number[]): CaseTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: values ?? Array.from({ length: size }, (_, i) => ((i * 7 + 3) % 11 - 5) / 4) };
}

/** A list of whole numbers. */
export const wholes = (...values: number[]): CaseTensor => ({ shape: [values.length], values, type: "INT64" });

/** How a circuit with a root differs from EZKL's. */
export const BOUND_ROOT = "EZKL lets a prover take the negative root";
