/**
 * One node while it is being read: its inputs and attributes as a rule asks for them.
 * @module
 */
import { ArgumentError, ShapeError, ZkgradError } from "../../core/base/errors.ts";
import { type Shape, showShape } from "../../core/base/shape.ts";
import { showAttribute } from "../attributes.ts";
import type { DataTypeName } from "../enums.ts";
import { quote } from "../quote.ts";
import type { Tensor } from "../tensor.ts";
import type { ReadAttribute, ReadValue } from "./graph.ts";

/** Numbers that say how to compute: never more than a few an axis, so a longer list is damage. */
export const LONGEST = 1024;

/** Says that a rule needs to know what nobody does; the node stays as it is. */
export class Unknown extends ZkgradError {}

/** What a rule sees of a node. */
export class Call {
  readonly opType: string;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** What the node reads; null where an input is left out. */
  readonly inputs: readonly (ReadValue | null)[];
  /** How many outputs it names. */
  readonly outputs: number;
  readonly attributes: Readonly<Record<string, ReadAttribute>>;

  constructor(
    given: {
      readonly opType: string;
      readonly opset: number;
      readonly inputs: readonly (ReadValue | null)[];
      readonly outputs: number;
      readonly attributes: Readonly<Record<string, ReadAttribute>>;
    },
  ) {
    this.opType = given.opType;
    this.opset = given.opset;
    this.inputs = given.inputs;
    this.outputs = given.outputs;
    this.attributes = given.attributes;
  }

  /** The same node with other attributes, and perhaps other inputs. */
  with(
    attributes: Readonly<Record<string, ReadAttribute>>,
    inputs: readonly (ReadValue | null)[] = this.inputs,
    opType: string = this.opType,
    opset: number = this.opset,
  ): Call {
    return new Call({ opType, opset, inputs, outputs: this.outputs, attributes });
  }

  /** The input at `index`. */
  input(index: number): ReadValue {
    const value = this.inputs[index];
    if (value) return value;
    throw new ArgumentError(`its input ${index} is left out, expected a tensor; export the model again`);
  }

  /** The shape of the input at `index`. */
  shape(index: number): Shape {
    const { shape } = this.input(index);
    if (shape !== null) return shape;
    throw new Unknown(`the shape of input ${index} is not known`);
  }

  /** The element type of the input at `index`. */
  type(index: number): DataTypeName {
    const { type } = this.input(index);
    if (type !== null) return type;
    throw new Unknown(`the type of input ${index} is not known`);
  }

  /** The elements of the input at `index`, which has to be a constant. */
  tensor(index: number): Tensor {
    const { constant, shape } = this.input(index);
    if (constant === null) throw new Unknown(`input ${index} is computed`);
    const tensor = constant.read();
    return { ...tensor, shape: shape ?? tensor.shape };
  }

  /** The whole numbers of a constant input. */
  whole(index: number): readonly number[] {
    return Array.from<number | bigint, number>(this.tensor(index).data, Number);
  }

  /** Refuses operands of several types, from the one at `from` on, as ONNX does: there is no one arithmetic for them. */
  checkTypes(from = 0): void {
    const types = this.inputs.map((_, index) => this.type(index)).slice(from);
    if (types.every((type) => type === types[0])) return;
    throw new ArgumentError(
      `its operands are ${types.slice(0, 10).join(", ")}, expected one type; export the model again`,
    );
  }

  /** Throws an `ArgumentError` for another number of inputs than an operator has. */
  checkArity([least, most]: readonly [least: number, most: number]): void {
    const { length } = this.inputs;
    if (length >= least && length <= most) return;
    const expected = least === most ? `${least}` : `${least} or more`;
    throw new ArgumentError(`it has ${length} inputs, expected ${expected}; export the model again`);
  }

  /** Whether an attribute is there. */
  has(name: string): boolean {
    return Object.hasOwn(this.attributes, name);
  }

  /** The integer of that name, or `other` where it is absent. */
  integer(name: string, other: number): number {
    const value = this.#given(name) ?? other;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    throw this.#wrong(name, "an integer");
  }

  /** The integers of that name; null where they are absent. */
  integers(name: string): readonly number[] | null {
    const value = this.#given(name) ?? null;
    const isSound = Array.isArray(value) && value.length <= LONGEST && value.every(Number.isInteger);
    if (value === null || isSound) return value as readonly number[] | null;
    throw this.#wrong(name, "a list of integers");
  }

  /** The float of that name, or `other` where it is absent. */
  float(name: string, other: number): number {
    const value = this.#given(name) ?? { float: other };
    if (typeof value === "object" && "float" in value) return value.float;
    throw this.#wrong(name, "a float");
  }

  /** The text of that name, or `other` where it is absent. */
  text(name: string, other: string): string {
    const value = this.#given(name) ?? { text: other };
    if (typeof value === "object" && "text" in value) return value.text;
    throw this.#wrong(name, "a text");
  }

  /** An axis counted from the front; `beyond` is 1 where the end itself may be said, from the front alone. */
  axis(given: number, rank: number, beyond = 0): number {
    const axis = given < 0 ? given + rank : given;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank + beyond) return axis;
    throw new ShapeError(
      `its axis is ${given} for a tensor of shape ${showShape(this.shape(0))}; export the model again`,
    );
  }

  /** Several axes counted from the front, in ascending order. */
  axes(given: readonly number[], rank: number): readonly number[] {
    const axes = given.map((axis) => this.axis(axis, rank)).sort((a, b) => a - b);
    if (axes.every((axis, at) => axis !== axes[at - 1])) return axes;
    throw new ShapeError(`its axes are ${showShape(axes)}, expected each once; export the model again`);
  }

  #given(name: string): ReadAttribute | undefined {
    return this.has(name) ? this.attributes[name] : undefined;
  }

  #wrong(name: string, expected: string): ArgumentError {
    const given = showAttribute(this.attributes[name]);
    return new ArgumentError(`its attribute ${quote(name)} is ${given}, expected ${expected}; export the model again`);
  }
}

/** What is known of an operator. Everything but the name is optional: what is not said, nobody knows. */
export interface Rule {
  /** How many inputs it takes at least, and at most; any number unless given. */
  readonly arity?: readonly [least: number, most: number];
  /** Inputs that only say how to compute, by place: the attribute that each becomes where it is a constant. */
  readonly settings?: Readonly<Record<number, readonly [name: string, kind: "ints" | "int" | "float" | "floats"]>>;
  /** The node in the one form that readers know, the value that it passes on, or several nodes in its place. */
  readonly form?: (call: Call, around: Around) => Call | ReadValue | readonly Step[];
  /** The shapes of its outputs; throws an `Unknown` or a `ShapeError`. */
  readonly shapes?: (call: Call) => readonly Shape[];
  /** The element types of its outputs; those of the first input unless given. */
  readonly types?: (call: Call) => readonly (DataTypeName | null)[];
  /** The elements of its outputs; their shapes and types are known, and its inputs constants unless `always`. */
  readonly fold?: (call: Call, made: readonly Made[]) => readonly Tensor["data"][];
  /** Whether it folds though its inputs are computed, because it reads their shapes alone. */
  readonly always?: boolean;
}

/** One of several nodes in the place of one: it reads what the one before it makes, the first what the node reads. */
export interface Step {
  readonly opType: string;
  readonly attributes: Readonly<Record<string, ReadAttribute>>;
}

/** What an output will be. */
export interface Made {
  readonly shape: Shape;
  readonly type: DataTypeName;
}

/** What a form may ask about the file. */
export interface Around {
  /** The size to which the file fixes the first dimension of its input; null where it leaves it open. */
  readonly declaredBatch: number | null;
  /** The size that it is read with; null where the two are one. */
  readonly batch: number | null;
}
