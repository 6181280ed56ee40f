/**
 * From an ONNX file to a network: shapes worked out, weights read, every operator
 * either expressed exactly or refused by name.
 * @module
 */
import { ArgumentError, prefixed } from "../../../core/base/errors.ts";
import type { Shape } from "../../../core/base/shape.ts";
import { type DataTypeName, dataTypeName } from "../../../onnx/enums.ts";
import { openModel } from "../../../onnx/open.ts";
import type { ValueInfoProto } from "../../../onnx/proto.ts";
import { quote } from "../../../onnx/quote.ts";
import { checkDeclared } from "../../../onnx/read/declared.ts";
import type { ReadGraph, ReadNode, ReadValue } from "../../../onnx/read/graph.ts";
import { readGraph } from "../../../onnx/read/read_graph.ts";
import type { Tensor, TensorData } from "../../../onnx/tensor.ts";
import type { InputType } from "../format/circuit.ts";
import type { LoweredValue, Lowering, NetworkMaker } from "../network/lowering.ts";
import type { Network, NetworkNode, NetworkOp } from "../network/network.ts";
import { checkOperators } from "./missing.ts";
import { OPERATOR } from "../operators/list.ts";
import type { Operator } from "../operators/operator.ts";

const TYPES: Readonly<Partial<Record<DataTypeName, InputType>>> = {
  FLOAT: "F32",
  FLOAT16: "F16",
  // Every one of them is a 32-bit float, and EZKL has no name of its own for them.
  BFLOAT16: "F32",
  DOUBLE: "F64",
  INT8: "Int",
  INT16: "Int",
  INT32: "Int",
  INT64: "Int",
  UINT8: "Int",
  UINT16: "Int",
  UINT32: "Int",
  UINT64: "Int",
  BOOL: "Bool",
};

/**
 * The network of an ONNX file. `variables` are the sizes of its symbolic
 * dimensions, `name` is the file's, for errors. Throws a `FormatError` where the
 * file is damaged, and an `ArgumentError` or `ShapeError` that names the node and
 * what to use instead where it is sound but beyond a circuit.
 */
export function lowerOnnx(
  bytes: Uint8Array,
  variables: readonly (readonly [name: string, value: number])[] = [["batch_size", 1]],
  name: string = "the model",
): Network {
  const sizes = new Map(variables);
  const graph = readGraph(openModel(bytes, { name }), { name, shapes: (inputs) => shapesOf(inputs, sizes, name) });
  checkOperators(graph, name);
  return new Lowerer(graph, sizes, name).run();
}

class Lowerer {
  readonly #graph: ReadGraph;
  readonly #variables: ReadonlyMap<string, number>;
  readonly #name: string;
  readonly #nodes: NetworkNode[] = [];
  readonly #values = new Map<ReadValue, LoweredValue>();
  // By elements and shape, so that a weight that is used twice stays one.
  readonly #constants = new Map<TensorData, Map<string, number>>();

  constructor(graph: ReadGraph, variables: ReadonlyMap<string, number>, name: string) {
    this.#graph = graph;
    this.#variables = variables;
    this.#name = name;
  }

  run(): Network {
    const inputs = this.#graph.inputs.map((input) => this.#input(input));
    for (const node of this.#graph.nodes) {
      prefixed(`${this.#name}: ${node.label}`, () => this.#node(node));
    }
    const outputs = this.#graph.outputs.map(({ name, value: read }) => {
      const value = prefixed(this.#name, () => this.#value(read));
      if (value.constant === null) return value;
      throw new ArgumentError(
        `${this.#name}: the output ${
          quote(name)
        } is a constant, expected a value computed from the inputs; leave it out`,
      );
    });
    if (inputs.length === 0 || outputs.length === 0) {
      throw new ArgumentError(
        `${this.#name} has ${inputs.length} inputs and ${outputs.length} outputs, expected one of each or more`,
      );
    }
    prefixed(this.#name, () => this.#checkDeclared());
    return {
      nodes: this.#nodes,
      inputs,
      outputs: outputs.map((value) => this.#place(value)),
      outputTypes: outputs.map((value) => value.type),
    };
  }

  #input(input: ReadValue): number {
    const shape = asCircuits(input.shape!), type = typeOf(input.type)!;
    const node = this.#push({ type: "Input", datumType: type }, [], shape, input.origin);
    this.#values.set(input, {
      node,
      shape,
      type,
      elements: input.type,
      constant: null,
      tensor: null,
      name: input.name,
    });
    return node;
  }

  #node(node: ReadNode): void {
    if (node.problem !== null) throw node.problem;
    const [{ name }] = node.outputs;
    const lowering: Lowering = {
      node,
      inputs: node.inputs.map((value) => value && this.#value(value)),
      add: (op, operands, shape, made) => {
        const place = this.#push(op, operands.map((value) => this.#place(value)), shape, node.label);
        const elements = made ?? operands[0].elements, type = typeOf(elements) ?? operands[0].type;
        return { node: place, shape: [...shape], type, elements, constant: null, tensor: null, name };
      },
      constant: (data, shape, like) => ({
        node: null,
        shape,
        type: like.type,
        elements: like.elements,
        constant: { shape, dataType: "FLOAT", data },
        tensor: null,
        name,
      }),
      maker: ({ node }) => node === null ? null : this.#maker(node),
    };
    const made = [lowered(OPERATOR.get(node.opType)!, lowering)].flat();
    node.outputs.forEach((output, at) => {
      if (made[at] !== undefined) this.#values.set(output, { ...made[at], name: output.name });
    });
  }

  #maker(place: number): NetworkMaker {
    const { op, inputs } = this.#nodes[place];
    return { op, first: () => inputs.length === 0 ? null : this.#maker(inputs[0]) };
  }

  #value(read: ReadValue): LoweredValue {
    const known = this.#values.get(read);
    if (known !== undefined) return known;
    const { name } = read;
    if (read.constant === null) {
      throw new ArgumentError(`the value ${quote(name)} is ${read.origin}, which a circuit does not make`);
    }
    const constant = read.constant.read();
    const type = typeOf(read.type);
    if (type === null) {
      throw new ArgumentError(
        `the tensor ${quote(name)} is of the type ${constant.dataType}, expected floats or integers`,
      );
    }
    const shape = asCircuits(constant.shape);
    const value = { node: null, shape, type, elements: read.type, constant, tensor: read.constant.tensor, name };
    this.#values.set(read, value);
    return value;
  }

  /** The place of a value's node; a constant becomes one when it is first used. */
  #place({ node, constant, shape, type, name, tensor }: LoweredValue): number {
    if (node !== null) return node;
    const known = this.#constants.get(constant!.data) ?? new Map<string, number>();
    this.#constants.set(constant!.data, known);
    const place = known.get(shape.join());
    if (place !== undefined) return place;
    const label = `the tensor ${quote(name)}`;
    let made = known.values().next().value;
    made = made === undefined
      ? this.#push(
        { type: "Constant", values: weights(constant!, label), whole: type === "Int" || type === "Bool" },
        [],
        shape,
        label,
        tensor ?? undefined,
      )
      : this.#push({ type: "Reshape" }, [made], shape, label);
    known.set(shape.join(), made);
    return made;
  }

  #push(op: NetworkOp, inputs: number[], shape: readonly number[], label: string, tensor?: string): number {
    const named = tensor === undefined ? {} : { tensor };
    return this.#nodes.push({ op, inputs, shape: [...shape], label, ...named }) - 1;
  }

  /** Compares the shapes that the file declares with those that came out. */
  #checkDeclared(): void {
    checkDeclared(
      this.#graph,
      (value) => this.#values.get(value)?.shape ?? null,
      ({ dimValue, dimParam }) =>
        dimValue !== undefined ? Number(dimValue) : this.#variables.get(dimParam ?? "") ?? null,
    );
  }
}

/** The shapes of the inputs; throws an `ArgumentError` that names the input that no circuit has or whose size is open. */
export function shapesOf(
  inputs: readonly ValueInfoProto[],
  variables: ReadonlyMap<string, number>,
  file: string,
): readonly Shape[] {
  return inputs.map(({ name, type }) => {
    const where = `${file}: the input ${quote(name)}`, tensor = type?.tensorType;
    const elements = dataTypeName(tensor?.elemType);
    if (typeOf(elements) === null) {
      throw new ArgumentError(`${where} is of the type ${elements ?? "unknown"}, expected floats or integers`);
    }
    return (tensor?.shape?.dim ?? []).map(({ dimValue, dimParam: given }, axis) => {
      // As in EZKL, a first dimension that the file leaves open is the batch.
      const dimParam = axis === 0 && dimValue === undefined && !given ? "batch_size" : given;
      const size = dimValue === undefined && dimParam !== undefined
        ? variables.get(dimParam) ?? 0
        : Number(dimValue ?? 0);
      if (Number.isSafeInteger(size) && size >= 1) return size;
      throw new ArgumentError(
        dimParam === undefined
          ? `${where} has the size ${dimValue ?? "unknown"} at dimension ${axis}, expected a number from 1; ` +
            `export the model with fixed shapes`
          : `${where} has the symbol ${quote(dimParam)} at dimension ${axis}, which the run arguments give no size; ` +
            `add it to their variables, as in [["${dimParam.slice(0, 40)}", 1]]`,
      );
    });
  });
}

/** A scalar is `[1]` in a circuit. */
function asCircuits(shape: Shape): Shape {
  return shape.length === 0 ? [1] : shape;
}

function typeOf(elements: DataTypeName | null): InputType | null {
  return elements === null ? null : TYPES[elements] ?? null;
}

/** What an operator makes; a list longer than any may be, as damaged files ask for, is a sentence. */
function lowered(operator: Operator, lowering: Lowering): ReturnType<Operator["lower"]> {
  try {
    return operator.lower(lowering);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ArgumentError("its sizes are more than a circuit can have; export the model again", { cause });
  }
}

/** The elements as 32-bit floats, which is how EZKL keeps them. */
function weights(tensor: Tensor, label: string): Float32Array {
  const values = Float32Array.from<number | bigint>(tensor.data, Number);
  const isExact = tensor.dataType === "DOUBLE" || values.every((value, i) => value === Number(tensor.data[i]));
  if (!isExact || values.length === 0 || !values.every(Number.isFinite)) {
    throw new ArgumentError(
      `${label} of type ${tensor.dataType} holds ${
        values.length === 0 ? "nothing" : "a value that is no finite 32-bit float"
      }, expected weights that are; train or export the model again`,
    );
  }
  return values;
}
