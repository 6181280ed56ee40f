/**
 * What an operator's lowering is given and how it answers.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import type { DataTypeName } from "../../../onnx/enums.ts";
import type { Tensor } from "../../../onnx/tensor.ts";
import type { NodeProto } from "../../../onnx/proto.ts";
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
  /** The tensor's name. */
  readonly name: string;
}

/** One ONNX node while it is being lowered. */
export interface Lowering {
  /** The node. */
  readonly node: NodeProto;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** Its inputs; null where an optional one is left out. */
  readonly inputs: readonly (LoweredValue | null)[];
  /** Adds a node that computes `op`; the result has the type of the first operand. */
  readonly add: (op: NetworkOp, operands: readonly LoweredValue[], shape: readonly number[]) => LoweredValue;
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

/** The rule of one operator: the value of its first output. */
export type LoweringRule = (lowering: Lowering) => LoweredValue;

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
      `let the exporter fold what depends on constants alone`,
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

/** The whole numbers of a constant operand, such as a target shape. */
export function wholeNumbers(lowering: Lowering, index: number, what: string): number[] {
  const { constant, name } = constantOperand(lowering, index, what);
  const numbers = Array.from<number | bigint, number>(constant.data, Number);
  if (numbers.every(Number.isSafeInteger)) return numbers;
  throw new ArgumentError(`its ${what} "${name}" holds ${numbers.slice(0, 8).join(", ")}, expected whole numbers`);
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
