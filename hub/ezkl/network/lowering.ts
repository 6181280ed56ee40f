/**
 * What an operator's lowering is given and how it answers.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import type { DataTypeName } from "../../../onnx/enums.ts";
import type { ReadNode } from "../../../onnx/read/graph.ts";
import type { Tensor } from "../../../onnx/tensor.ts";
import type { InputType } from "../format/circuit.ts";
import type { NetworkOp } from "./network.ts";

/** A value of the ONNX graph: a node of the network or a constant that is none yet. */
export interface LoweredValue {
  /** Its node; null while a constant has not been used as an operand. */
  node: number | null;
  /** Shape; a scalar is `[1]`. */
  readonly shape: readonly number[];
  /** Kind of its elements. */
  readonly type: InputType;
  /** Their ONNX type, which says where integers wrap; null for what only options are made of. */
  readonly elements: DataTypeName | null;
  /** Its elements, where it is a constant. */
  readonly constant: Tensor | null;
  /** The ONNX tensor of which these are the elements; null where they are none's. */
  readonly tensor: string | null;
  /** The value's name. */
  readonly name: string;
}

/** One node while it is being lowered. */
export interface Lowering {
  /** The node. */
  readonly node: ReadNode;
  /** Its inputs; null where an optional one is left out. */
  readonly inputs: readonly (LoweredValue | null)[];
  /** Adds a node that computes `op`; the result has the type of the first operand unless another is given. */
  readonly add: (
    op: NetworkOp,
    operands: readonly LoweredValue[],
    shape: readonly number[],
    type?: DataTypeName,
  ) => LoweredValue;
  /** A constant of the node's own making. */
  readonly constant: (values: Float32Array<ArrayBuffer>, shape: readonly number[], like: LoweredValue) => LoweredValue;
  /** The operation that makes a value; null for a constant. */
  readonly maker: (value: LoweredValue) => NetworkMaker | null;
}

/** The operation that makes a value, and what it reads. */
export interface NetworkMaker {
  /** The operation. */
  readonly op: NetworkOp;
  /** The first of its operands; null where it has none. */
  readonly first: () => NetworkMaker | null;
}

/** The rule of one operator: the value of its first output, or those of all. */
export type LoweringRule = (lowering: Lowering) => LoweredValue | readonly LoweredValue[];

/** The input at `index`; throws an `ArgumentError` where it is left out. */
export function operand({ inputs }: Lowering, index: number): LoweredValue {
  const value = inputs[index];
  if (value) return value;
  throw new ArgumentError(`its input ${index} is left out, expected a tensor; export the model again`);
}

/** The same for an operand that must come out of the graph's inputs. */
export function activation(lowering: Lowering, index: number): LoweredValue {
  const value = operand(lowering, index);
  if (value.constant === null) return value;
  throw new ArgumentError(
    `its input ${index} is the constant "${value.name}", expected a computed value; ` +
      `leave out what depends on constants alone`,
  );
}

/** The same for an operand that must be a constant. */
export function constantOperand(lowering: Lowering, index: number, what: string): LoweredValue & { constant: Tensor } {
  const value = operand(lowering, index);
  if (value.constant !== null) return { ...value, constant: value.constant };
  throw new ArgumentError(
    `its ${what} "${value.name}" is computed, expected a constant; export the model with fixed shapes and weights`,
  );
}

/** The shape of the node's result; throws an `ArgumentError` where the `what` that it depends on, input 1, is computed. */
export function madeShape({ node, inputs }: Lowering, what: string): readonly number[] {
  const [{ shape }] = node.outputs;
  if (shape !== null) return shape;
  throw new ArgumentError(
    `its ${what} "${inputs[1]?.name ?? ""}" is computed, expected a constant; export the model with fixed shapes ` +
      "and weights",
  );
}

/** Refuses integers where ONNX's operator works on floats. */
export function floats(value: LoweredValue): LoweredValue {
  if (value.type !== "Int") return value;
  throw new ArgumentError(`its operand "${value.name}" holds integers, expected floats; export a float model`);
}

/**
 * Refuses operands of different kinds, and integers that ONNX lets wrap: a circuit's numbers do not, so UINT8 3 - 5
 * would be -2 there and 254 in ONNX. What passes the end of INT64 has too many digits for any circuit.
 */
export function arithmetic(left: LoweredValue, right: LoweredValue): void {
  if (left.type !== right.type || left.elements !== right.elements) {
    const [a, b] = left.type === right.type ? [left.elements, right.elements] : [left.type, right.type];
    throw new ArgumentError(
      `its operands "${left.name}" and "${right.name}" are of the types ${a} and ${b}, ` +
        `expected the same; export the model in a single float type`,
    );
  }
  if (left.type !== "Int" || left.elements === "INT64") return;
  throw new ArgumentError(
    `its operands are ${left.elements}, whose results wrap in ONNX where they pass its end, and a circuit's do not, ` +
      `expected floats or INT64; export the model in a float type`,
  );
}

/** The shape of ONNX's broadcasting. */
export function broadcast(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a === b || a === 1 || b === 1) return Math.max(a, b);
    throw new ShapeError(
      `its operands of shapes ${showShape(left)} and ${showShape(right)} do not fit together at axis ${axis} of the ` +
        `result, expected equal sizes or 1`,
    );
  });
}
