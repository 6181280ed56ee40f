/**
 * From an ONNX file to a network: shapes worked out, weights read, every operator
 * either expressed exactly or refused by name.
 * @module
 */
import { ArgumentError, FormatError, prefixed } from "../../../core/base/errors.ts";
import { showShape, sizeOf } from "../../../core/base/shape.ts";
import { constantOf } from "../../../onnx/constant.ts";
import { type DataTypeName, dataTypeName } from "../../../onnx/enums.ts";
import { type OpenedModel, openModel } from "../../../onnx/open.ts";
import type { GraphProto, NodeProto, TensorProto } from "../../../onnx/proto.ts";
import { quote } from "../../../onnx/quote.ts";
import { readTensor, type Tensor } from "../../../onnx/tensor.ts";
import type { InputType } from "../format/circuit.ts";
import type { LoweredValue, Lowering, NetworkMaker } from "./lowering.ts";
import type { Network, NetworkNode, NetworkOp } from "./network.ts";
import { checkOperators } from "./missing.ts";
import { RULES } from "./operators.ts";

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
  const model = openModel(bytes, { name });
  checkOperators(model, name);
  return new Lowerer(model, new Map(variables), name).run();
}

class Lowerer {
  readonly #model: OpenedModel;
  readonly #graph: GraphProto;
  readonly #variables: ReadonlyMap<string, number>;
  readonly #name: string;
  readonly #nodes: NetworkNode[] = [];
  readonly #values = new Map<string, LoweredValue>();
  // By tensor and shape, so that a weight that is used twice stays one.
  readonly #initializers = new Map<Tensor, string>();
  readonly #constants = new Map<Tensor, Map<string, number>>();
  readonly #proto = new Map<string, TensorProto>();

  constructor(model: OpenedModel, variables: ReadonlyMap<string, number>, name: string) {
    this.#model = model;
    this.#graph = model.graph;
    this.#variables = variables;
    this.#name = name;
  }

  run(): Network {
    if (this.#graph.sparseInitializer?.length) {
      throw new ArgumentError(`${this.#name} has sparse weights, expected dense ones; export it again`);
    }
    for (const tensor of this.#graph.initializer ?? []) this.#proto.set(tensor.name ?? "", tensor);
    // Before IR version 4 the weights are listed among the inputs.
    const inputs = (this.#graph.input ?? []).filter((value) => !this.#proto.has(value.name ?? ""))
      .map((input) => this.#input(input.name ?? "", input.type?.tensorType));
    for (const { node, label } of this.#model.nodes) {
      prefixed(`${this.#name}: ${label}`, () => this.#node(node, label));
    }
    const outputs = (this.#graph.output ?? []).map(({ name = "" }) => {
      const value = prefixed(this.#name, () => this.#value(name));
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
    this.#checkDeclared();
    return {
      nodes: this.#nodes,
      inputs,
      outputs: outputs.map((value) => this.#place(value)),
      outputTypes: outputs.map((value) => value.type),
    };
  }

  #input(name: string, tensor: NonNullable<NonNullable<GraphProto["input"]>[number]["type"]>["tensorType"]): number {
    const where = `${this.#name}: the input ${quote(name)}`;
    const elements = dataTypeName(tensor?.elemType), type = typeOf(tensor?.elemType);
    if (type === null) {
      throw new ArgumentError(
        `${where} is of the type ${dataTypeName(tensor?.elemType) ?? "unknown"}, expected floats or integers`,
      );
    }
    const shape = (tensor?.shape?.dim ?? []).map(({ dimValue, dimParam: given }, axis) => {
      // As in EZKL, a first dimension that the file leaves open is the batch.
      const dimParam = axis === 0 && dimValue === undefined && !given ? "batch_size" : given;
      const size = dimValue === undefined && dimParam !== undefined
        ? this.#variables.get(dimParam) ?? 0
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
    const own = shape.length === 0 ? [1] : shape;
    const node = this.#push({ type: "Input", datumType: type }, [], own, `the input ${quote(name)}`);
    this.#values.set(name, { node, shape: own, type, elements, constant: null, name });
    return node;
  }

  #node(node: NodeProto, label: string): void {
    const output = node.output?.[0] ?? "";
    if (node.opType === "Constant") {
      this.#proto.set(output, constantOf(node));
      return;
    }
    const lowering: Lowering = {
      node,
      opset: this.#model.opset,
      inputs: (node.input ?? []).map((name) => name === "" ? null : this.#value(name)),
      add: (op, operands, shape) => {
        const place = this.#push(op, operands.map((value) => this.#place(value)), shape, label);
        const { type, elements } = operands[0];
        return { node: place, shape: [...shape], type, elements, constant: null, name: output };
      },
      constant: (data, shape, like) => ({
        node: null,
        shape,
        type: like.type,
        elements: like.elements,
        constant: { shape, dataType: "FLOAT", data },
        name: output,
      }),
      maker: ({ node }) => node === null ? null : this.#maker(node),
    };
    this.#values.set(output, { ...RULES[node.opType!](lowering), name: output });
  }

  #maker(place: number): NetworkMaker {
    const { op, inputs } = this.#nodes[place];
    return { op, first: () => inputs.length === 0 ? null : this.#maker(inputs[0]) };
  }

  #value(name: string): LoweredValue {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const proto = this.#proto.get(name);
    if (proto === undefined) {
      throw new ArgumentError(`the value ${quote(name)} is a second output of its node, which a circuit does not make`);
    }
    const constant = readTensor(proto);
    this.#initializers.set(constant, name);
    const type = typeOf(proto.dataType);
    if (type === null || sizeOf(constant.shape) === 0) {
      // Empty and boolean tensors occur as options of operators, never as weights.
      if (constant.dataType !== "BOOL" && sizeOf(constant.shape) !== 0) {
        throw new ArgumentError(
          `the tensor ${quote(name)} is of the type ${constant.dataType}, expected floats or integers`,
        );
      }
    }
    const shape = constant.shape.length === 0 ? [1] : constant.shape;
    const elements = dataTypeName(proto.dataType);
    const value: LoweredValue = { node: null, shape, type: type ?? "Bool", elements, constant, name };
    this.#values.set(name, value);
    return value;
  }

  /** The place of a value's node; a constant becomes one when it is first used. */
  #place({ node, constant, shape, type, name }: LoweredValue): number {
    if (node !== null) return node;
    const known = this.#constants.get(constant!) ?? new Map<string, number>();
    this.#constants.set(constant!, known);
    const place = known.get(shape.join());
    if (place !== undefined) return place;
    const label = `the tensor ${quote(name)}`;
    let made = known.values().next().value;
    made = made === undefined
      ? this.#push(
        { type: "Constant", values: weights(constant!, label), whole: type === "Int" },
        [],
        shape,
        label,
        this.#initializers.get(constant!),
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
    for (const info of [...this.#graph.valueInfo ?? [], ...this.#graph.output ?? []]) {
      const value = this.#values.get(info.name ?? "");
      const dims = info.type?.tensorType?.shape?.dim;
      if (value === undefined || dims === undefined || dims.length === 0) continue;
      const declared = dims.map(({ dimValue, dimParam }) =>
        dimValue !== undefined ? Number(dimValue) : this.#variables.get(dimParam ?? "") ?? null
      );
      const agrees = declared.length === value.shape.length &&
        declared.every((size, axis) => !size || size === value.shape[axis]);
      if (!agrees) {
        throw new FormatError(
          `${this.#name}: the value ${quote(info.name)} is declared as [${
            declared.slice(0, 20).map((size) => size ?? "?").join(", ")
          }], but its node makes ${showShape(value.shape)}; export the model again`,
        );
      }
    }
  }
}

function typeOf(dataType: number | undefined): InputType | null {
  const name = dataTypeName(dataType);
  return name === null ? null : TYPES[name] ?? null;
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
