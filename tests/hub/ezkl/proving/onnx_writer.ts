/** ONNX models written node by node, with random weights of a seed. */
import { AttributeType, DataType } from "../../../../onnx/enums.ts";
import {
  type AttributeProto,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";

/** A model being written; every step gives the name of its value. */
export class OnnxWriter {
  /** Numbers in [0, 1). */
  readonly next: () => number;
  /** Shape of each graph input by its name, in their order. */
  readonly inputs: Map<string, readonly number[]> = new Map();
  #nodes: NodeProto[] = [];
  #tensors: TensorProto[] = [];

  constructor(seed: number) {
    this.next = random(seed);
  }

  /** A whole number from `low` to `high`. */
  pick(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Numbers in (-size, size). */
  floats(count: number, size = 1): number[] {
    return Array.from({ length: count }, () => Math.fround((this.next() * 2 - 1) * size));
  }

  input(...shape: number[]): string {
    const name = `input_${this.inputs.size}`;
    this.inputs.set(name, shape);
    return name;
  }

  /** Random weights in (-size, size), or the given ones. */
  weight(shape: readonly number[], values: number | readonly number[] = 1): string {
    const count = shape.reduce((product, length) => product * length, 1);
    const floatData = typeof values === "number" ? this.floats(count, values) : values;
    return this.#tensor({ dims: shape, dataType: DataType.FLOAT, floatData });
  }

  whole(values: readonly number[]): string {
    return this.#tensor({ dims: [values.length], dataType: DataType.INT64, int64Data: values });
  }

  /** One node; attributes that are whole become INT or INTS, `{ float }` FLOAT, others as they are. */
  node(opType: string, input: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const name = `${opType.toLowerCase()}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.#nodes.push({ opType, name, input, output: [name], attribute });
    return name;
  }

  /** The file, with the graph's outputs and their ranks. */
  finish(...outputs: [name: string, rank: number][]): Uint8Array<ArrayBuffer> {
    return encodeModel({
      irVersion: 7,
      opsetImport: [{ domain: "", version: 12 }],
      graph: {
        name: "random",
        node: this.#nodes,
        initializer: this.#tensors,
        input: [...this.inputs].map(([name, shape]) => valueInfo(name, shape)),
        output: outputs.map(([name, rank]) =>
          valueInfo(name, Array.from({ length: rank }, (_, axis) => `${name}_${axis}`))
        ),
      },
    });
  }

  #tensor(tensor: TensorProto): string {
    const name = `tensor_${this.#tensors.length}`;
    this.#tensors.push({ ...tensor, name });
    return name;
  }
}

type Attribute = number | readonly number[] | { float: number } | { tensor: TensorProto } | { text: string };

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
  const other = value as Exclude<Attribute, number | readonly number[]>;
  if ("float" in other) return { name, type: AttributeType.FLOAT, f: other.float };
  if ("text" in other) return { name, type: AttributeType.STRING, s: new TextEncoder().encode(other.text) };
  return { name, type: AttributeType.TENSOR, t: other.tensor };
}

function valueInfo(name: string, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) => typeof size === "number" ? { dimValue: size } : { dimParam: size });
  return { name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } };
}
