/**
 * The nodes of a file that is being written, operation by operation, with the constants that they need and names for
 * all of it, as PyTorch writes them: nodes such as `/conv1/Conv`, values such as `/conv1/Conv_output_0`.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import type { Node, Value } from "../core/graph/graph.ts";
import type { OnnxAttribute, OnnxAttributes, OnnxValue, OnnxWriter } from "../core/graph/op.ts";
import type { Shape } from "../core/base/shape.ts";
import { AttributeType, DataType } from "./enums.ts";
import type { AttributeProto, NodeProto, TensorProto } from "./proto.ts";
import { writeIntegers, writeTensor } from "./tensor.ts";

/** A tensor with its numbers. */
export interface Numbers {
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its numbers, row-major. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Gathers nodes and constants. */
export class NodeWriter {
  /** The nodes so far. */
  readonly nodes: NodeProto[] = [];
  /** The constants that operations brought along, whose names are not those of parameters. */
  readonly constants: TensorProto[] = [];
  readonly #batch: number | null;
  readonly #stored: (value: Value) => Numbers | null;
  readonly #values = new Map<Value, OnnxValue>();
  readonly #whole = new Map<OnnxValue, OnnxValue>();
  readonly #used = new Set<string>();
  readonly #usedByNodes = new Set<string>();
  /** How often each value is read. */
  readonly #readers = new Map<Value, number>();

  /**
   * A writer of no nodes yet.
   *
   * @param batch The size of the first dimension, or null where it stays open.
   * @param stored The numbers of a value that has some of its own, or null.
   * @param nodes All nodes that are to be added.
   * @param outputs What the file returns.
   */
  constructor(
    batch: number | null,
    stored: (value: Value) => Numbers | null,
    nodes: readonly Node[],
    outputs: readonly Value[],
  ) {
    for (const value of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) {
      this.#readers.set(value, (this.#readers.get(value) ?? 0) + 1);
    }
    this.#batch = batch;
    this.#stored = stored;
  }

  /** Gives a value from outside a name; throws an `ArgumentError` where another has it. */
  define(value: Value, name: string): void {
    if (name === "" || this.#used.has(name)) {
      throw new ArgumentError(`cannot export two values under the name "${name}"; rename the parameter`);
    }
    this.#used.add(name);
    this.#values.set(value, { name });
  }

  /** Keeps a name for what is renamed to it in the end. */
  reserve(name: string): void {
    this.#used.add(name);
  }

  /** The name of a value, or undefined where no node has made it. */
  nameOf(value: Value): string | undefined {
    return this.#values.get(value)?.name;
  }

  /** The whole numbers that were made of a value's, as 64-bit integers; undefined where nobody wanted them. */
  wholeOf(value: Value): OnnxValue | undefined {
    const known = this.#values.get(value);
    return known && this.#whole.get(known);
  }

  /** Adds the nodes of an operation. */
  add(node: Node): void {
    const { op } = node;
    if (op.writeOnnx !== undefined) {
      const made = op.writeOnnx(node, this.#writerOf(node));
      node.outputs.forEach((value, k) => made[k] !== undefined && this.#values.set(value, made[k]));
      return;
    }
    if (op.onnx === undefined) {
      throw new ArgumentError(
        `cannot export ${node.name}: the operation ${op.name} has no counterpart in ONNX; ` +
          "build the exported part of the model from operations that have one",
      );
    }
    const inputs = node.inputs.map((value) => this.#value(value));
    const made = this.#node(node, op.onnx.opType, inputs, op.onnx.write(node), node.outputs.length);
    node.outputs.forEach((value, k) => this.#values.set(value, made[k]));
  }

  #value(value: Value): OnnxValue {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    throw new ArgumentError(
      `cannot export ${value.name}: nothing in ONNX gives it; build the exported part of the model without it`,
    );
  }

  #writerOf(node: Node): OnnxWriter {
    const inputs = node.inputs.map((value) => this.#value(value));
    return {
      inputs,
      batch: this.#batch,
      node: (opType, read, attributes = {}) => this.#node(node, opType, read, attributes, 1)[0],
      nodes: (opType, read, attributes, outputs) => this.#node(node, opType, read, attributes, outputs),
      floats: (shape, data) => this.#constant(`/${pathOf(node)}Constant`, { shape, data: Float32Array.from(data) }),
      integers: (data) => {
        const name = unique(`/${pathOf(node)}Constant`, this.#used);
        const shape = typeof data === "number" ? [] : [data.length];
        this.constants.push(writeIntegers(name, shape, [data].flat()));
        return { name };
      },
      whole: (input) => {
        const known = this.#whole.get(inputs[input]);
        if (known !== undefined) return known;
        const [made] = this.#node(node, "Cast", [inputs[input]], { to: DataType.INT64 }, 1);
        this.#whole.set(inputs[input], made);
        return made;
      },
      changed: (input, name, change) => {
        const stored = this.#stored(node.inputs[input]);
        return stored && this.#constant(`${node.inputs[input].name}.${name}`, change(stored));
      },
      folded: (wanted, make) => {
        const numbers = wanted.map((input) => this.#stored(node.inputs[input])?.data);
        return numbers.includes(undefined) ? null : this.#fold(node.inputs[0], make(numbers as Float32Array[]));
      },
    };
  }

  /** Scales the channels of a value in the weights of the node that makes it; null where it is not such a node's alone. */
  #fold(value: Value, { factor, offset }: ReturnType<Parameters<OnnxWriter["folded"]>[1]>): OnnxValue | null {
    const { node } = value;
    if (node === null || (node.op.channelOf?.(node, 0) ?? null) === null || this.#readers.get(value) !== 1) return null;
    const made = this.#values.get(value)!;
    const at = this.nodes.findIndex(({ output }) => output?.includes(made.name));
    const [weight, bias] = [1, 2].map((input) => node.inputs[input] && this.#stored(node.inputs[input]));
    if (weight === null || weight === undefined || bias === null) return null;
    const channelOf = (index: number): number => node.op.channelOf!(node, index)!;
    const [weightName, biasName] = [node.inputs[1].name, `/${pathOf(node)}bias`];
    const scaled = this.#constant(`${weightName}.folded`, {
      shape: weight.shape,
      data: weight.data.map((number, index) => number * factor[channelOf(index)]),
    });
    const moved = this.#constant(`${node.inputs[2]?.name ?? biasName}.folded`, {
      shape: [offset.length],
      data: Float32Array.from(offset, (by, channel) => (bias?.data[channel] ?? 0) * factor[channel] + by),
    });
    this.nodes[at] = { ...this.nodes[at], input: [this.nodes[at].input![0], scaled.name, moved.name] };
    return made;
  }

  #constant(base: string, { shape, data }: Numbers): OnnxValue {
    const name = unique(base, this.#used);
    this.constants.push(writeTensor(name, shape, data));
    return { name };
  }

  #node(
    node: Node,
    opType: string,
    inputs: readonly (OnnxValue | null)[],
    attributes: OnnxAttributes,
    outputs: number,
  ): readonly OnnxValue[] {
    const last = node.name.split("/").at(-1)!;
    const suffix = last.startsWith(node.op.name) ? last.slice(node.op.name.length) : "";
    const name = unique(`/${pathOf(node)}${opType}${suffix}`, this.#usedByNodes);
    const made = Array.from({ length: outputs }, (_, k) => ({ name: unique(`${name}_output_${k}`, this.#used) }));
    const sorted = Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : 1);
    this.nodes.push({
      input: inputs.map((value) => value?.name ?? ""),
      output: made.map((value) => value.name),
      name,
      opType,
      ...sorted.length === 0 ? {} : { attribute: sorted.map(([key, value]) => attribute(node, key, value)) },
    });
    return made;
  }
}

/** The path of modules in front of a node's operation: `layers/0/`, or nothing. */
function pathOf(node: Node): string {
  return node.name.slice(0, node.name.lastIndexOf("/") + 1);
}

function unique(name: string, used: Set<string>): string {
  let result = name;
  for (let count = 1; used.has(result); count++) result = `${name}_${count}`;
  used.add(result);
  return result;
}

function attribute(node: Node, name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "object" && "float" in value) return { name, f: value.float, type: AttributeType.FLOAT };
  if (typeof value === "object" && "floats" in value) return { name, floats: value.floats, type: AttributeType.FLOATS };
  if (typeof value === "object" && "text" in value) {
    return { name, s: new TextEncoder().encode(value.text), type: AttributeType.STRING };
  }
  if (typeof value === "object" && "texts" in value) {
    return { name, strings: value.texts.map((text) => new TextEncoder().encode(text)), type: AttributeType.STRINGS };
  }
  const isList = typeof value === "object";
  for (const item of isList ? value : [value]) {
    if (!Number.isSafeInteger(item)) {
      throw new ArgumentError(`cannot export ${node.name}: its attribute ${name} is ${item}, expected an integer`);
    }
  }
  return isList ? { name, ints: value, type: AttributeType.INTS } : { name, i: value, type: AttributeType.INT };
}
