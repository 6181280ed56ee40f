/**
 * Reads an ONNX file as a graph, or its weights alone.
 * @module
 */
import { checkArguments, expect, text } from "../core/base/arguments.ts";
import { ArgumentError, FormatError, prefixed, ShapeError, ZkgradError } from "../core/base/errors.ts";
import { namesOf, show } from "../core/base/known.ts";
import { Graph, type Value } from "../core/graph/graph.ts";
import type { OnnxAttribute, OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { readAttributes } from "./attributes.ts";
import { checkModel } from "./check.ts";
import { DataType, dataTypeName } from "./enums.ts";
import { decodeModel, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";
import { type Simplified, simplify } from "./simplify.ts";
import { type FloatTensor, readFloats } from "./tensor.ts";

/** How to read a file. */
export interface ImportOptions {
  /** The size of the first dimension; unless given, the file's own, or 1 where that is a symbol. */
  readonly batch?: number;
  /** The file's name, for errors. */
  readonly name?: string;
}

const OPTIONS = namesOf<ImportOptions>({ batch: true, name: true });

/** A model read from a file. */
export interface ImportedGraph {
  /** The graph. */
  readonly graph: Graph;
  /** What it is given, `[batch, ...]`. */
  readonly input: Value;
  /** What it returns. */
  readonly output: Value;
  /** The weights of its parameters by name, in the file's order. */
  readonly weights: Map<string, FloatTensor>;
}

/** The operator sets of ONNX's own domain that are read: before 7 operators broadcast differently; 22 is the newest tried. */
const OPSETS: readonly [number, number] = [7, 22];

/**
 * Builds a graph from a model by finding, for every node, the operation whose
 * `onnx.opType` is the node's. Operators that change nothing at inference
 * (Identity, Dropout, a Pad by zero) disappear, a Reshape to `[batch, features]`
 * becomes a Flatten. Throws a `FormatError` where the file is damaged or its
 * shapes contradict each other, and an `ArgumentError` or `ShapeError` that names
 * the node where the file is sound but beyond the given operations.
 */
export function importGraph(
  source: Uint8Array | ModelProto,
  operations: readonly OpDefinition[],
  options: ImportOptions = {},
): ImportedGraph {
  checkArguments("importGraph()", arguments, 2, OPTIONS);
  expect(Array.isArray(operations), "importGraph(): operations", operations, "a list of operations, as in ops/mod.ts");
  const { name = "the model" } = options;
  text("importGraph(): name", name);
  expect(
    typeof source === "object" && source !== null,
    "importGraph(): the model",
    source,
    "the bytes of an ONNX file",
  );
  const model = source instanceof Uint8Array ? decodeModel(source, name) : source;
  checkModel(model, name);
  const opset = Number(model.opsetImport!.find(({ domain = "" }) => domain === "")?.version ?? 0);
  if (opset < OPSETS[0] || opset > OPSETS[1]) {
    throw new ArgumentError(
      `${name} is of opset ${opset}, expected ${OPSETS[0]} to ${OPSETS[1]}; export it at opset 12`,
    );
  }
  return new Importer(model.graph!, operations, name, opset, options.batch).run();
}

/**
 * The float weights of an ONNX file by name, in the file's order: FLOAT, FLOAT16,
 * BFLOAT16 and DOUBLE as 32-bit floats; initialisers of integer types are left
 * out. `name` is the file's, for errors. Throws a `FormatError` where the file or
 * a tensor is damaged, or two tensors share a name.
 */
export function loadWeights(bytes: Uint8Array, name: string = "the model"): Map<string, FloatTensor> {
  const weights = new Map<string, FloatTensor>();
  const floats = new Set<number | undefined>([DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE]);
  for (const tensor of decodeModel(bytes, name).graph?.initializer ?? []) {
    if (!floats.has(tensor.dataType)) continue;
    const key = tensor.name ?? "";
    if (weights.has(key)) throw new FormatError(`${name} holds two tensors ${quote(key)}; export the model again`);
    weights.set(key, prefixed(name, () => readFloats(tensor)));
  }
  return weights;
}

class Importer {
  readonly #proto: GraphProto;
  readonly #operations: readonly OpDefinition[];
  readonly #name: string;
  readonly #opset: number;
  readonly #batch: number | undefined;
  readonly #graph = new Graph();
  readonly #values = new Map<string, Value>();
  readonly #constants = new Map<string, TensorProto>();
  // Other names of values and constants; shared, so that a weight is read once however many names it has.
  readonly #aliases = new Map<string, string>();
  readonly #weights = new Map<string, FloatTensor>();
  #declaredBatch: number | null = null;

  constructor(
    proto: GraphProto,
    operations: readonly OpDefinition[],
    name: string,
    opset: number,
    batch: number | undefined,
  ) {
    if (batch !== undefined && (!Number.isSafeInteger(batch) || batch < 1)) {
      throw new ArgumentError(`the batch to import ${name} with is ${show(batch)}, expected a positive integer`);
    }
    this.#proto = proto;
    this.#operations = operations;
    this.#name = name;
    this.#opset = opset;
    this.#batch = batch;
  }

  run(): ImportedGraph {
    for (const tensor of this.#proto.initializer ?? []) this.#constants.set(tensor.name ?? "", tensor);
    const input = this.#input();
    for (const node of this.#proto.node ?? []) {
      prefixed(`${this.#name}: node ${quote(node.name)} (${node.opType?.slice(0, 100)})`, () => this.#node(node));
    }
    const outputs = this.#proto.output ?? [];
    const output = this.#values.get(this.#resolve(outputs[0]?.name ?? ""));
    if (outputs.length !== 1 || output === undefined || output.role !== "node") {
      throw new ArgumentError(
        `${this.#name} returns ${outputs.length} values (${
          outputs.map((value) => value.name).join(", ").slice(0, 200)
        }), ` +
          `expected a single one that a node makes; export a model with one output`,
      );
    }
    this.#checkDeclared();
    return { graph: this.#graph, input, output, weights: this.#weights };
  }

  #input(): Value {
    // Before IR version 4 the weights are listed among the inputs.
    const inputs = (this.#proto.input ?? []).filter((value) => !this.#constants.has(value.name ?? ""));
    const type = inputs[0]?.type?.tensorType;
    if (inputs.length !== 1 || type?.elemType !== DataType.FLOAT) {
      const types = inputs.slice(0, 10).map((value) => dataTypeName(value.type?.tensorType?.elemType) ?? "no tensor");
      throw new ArgumentError(
        `${this.#name} takes ${inputs.length} inputs (${types.join(", ")}), expected one tensor of FLOAT`,
      );
    }
    const name = inputs[0].name!;
    const shape = (type.shape?.dim ?? []).map(({ dimValue, dimParam }, axis) => {
      const size = Number(dimValue ?? 0);
      if (axis === 0) {
        this.#declaredBatch = size > 0 ? size : null;
        return this.#batch ?? (size > 0 ? size : 1);
      }
      if (size >= 1 && Number.isSafeInteger(size)) return size;
      const given = quote(dimParam ?? String(dimValue ?? ""));
      throw new ArgumentError(
        `${this.#name}: dimension ${axis} of the input ${quote(name)} is ${given}, ` +
          `expected a size; only the first dimension may stay open, export the model with the others fixed`,
      );
    });
    if (shape.length === 0) {
      throw new ArgumentError(`${this.#name}: the input ${quote(name)} is a scalar, expected [batch, ...]`);
    }
    const value = this.#graph.source(name, shape, "input");
    this.#values.set(name, value);
    return value;
  }

  #node(node: NodeProto): void {
    const result: Simplified = this.#isOwnDomain(node)
      ? simplify(node, {
        constant: (name) => this.#constants.get(this.#resolve(name)),
        shape: (name) => this.#values.get(this.#resolve(name))?.shape,
        declaredBatch: this.#declaredBatch,
      })
      : { kind: "node", node };
    if (result.kind === "node") {
      this.#apply(result.node);
      return;
    }
    const output = node.output?.[0] ?? "";
    if (result.kind === "constant") {
      this.#constants.set(output, { ...result.tensor, name: output });
      return;
    }
    this.#aliases.set(output, this.#resolve(result.input));
  }

  #apply(node: NodeProto): void {
    const candidates = this.#isOwnDomain(node)
      ? this.#operations.filter((operation) => operation.onnx?.opType === node.opType)
      : [];
    if (candidates.length === 0) {
      const known = this.#operations.flatMap((operation) => operation.onnx?.opType ?? []);
      const domain = node.domain ? ` of the domain ${quote(node.domain)}` : "";
      throw new ArgumentError(
        `no operation stands for this operator${domain}, expected one of ${[...new Set(known)].sort().join(", ")}; ` +
          `give importGraph() an operation with that ONNX mapping`,
      );
    }
    const inputs = this.#inputs(node);
    if (this.#opset >= 13 && ["Softmax", "LogSoftmax"].includes(node.opType!) && inputs[0]?.shape.length !== 2) {
      throw new ArgumentError(`it means something else since opset 13 unless its input has rank 2; export at opset 12`);
    }
    const attributes = readAttributes(node);
    const path = (node.name ?? "").split("/").slice(0, -1).filter((part) => part !== "").join("/");
    const [op, own] = choose(candidates, attributes, inputs.map((value) => value.shape));
    const outputs = this.#graph.within(path, () => this.#graph.apply(op, inputs, own));
    for (const [index, name] of (node.output ?? []).entries()) {
      if (name === "") continue;
      if (index >= outputs.length) throw new ArgumentError(`its output ${index} ${quote(name)} is not supported`);
      this.#values.set(name, outputs[index]);
    }
  }

  #inputs(node: NodeProto): readonly Value[] {
    const names = [...node.input ?? []];
    while (names.at(-1) === "") names.pop();
    return names.map((name, index) => {
      if (name === "") throw new ArgumentError(`its input ${index} is left out, which is not supported`);
      return this.#value(name);
    });
  }

  #resolve(name: string): string {
    return this.#aliases.get(name) ?? name;
  }

  /** The value of that name; a constant becomes a parameter when it is first read. */
  #value(alias: string): Value {
    const name = this.#resolve(alias);
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const tensor = this.#constants.get(name);
    if (tensor === undefined) {
      throw new ArgumentError(`the value ${quote(name)} comes from a part of the model that is not supported`);
    }
    const weights = readFloats(tensor);
    this.#weights.set(name, weights);
    const value = this.#graph.source(name, weights.shape, "parameter");
    this.#values.set(name, value);
    return value;
  }

  #isOwnDomain(node: NodeProto): boolean {
    return node.domain === undefined || node.domain === "" || node.domain === "ai.onnx";
  }

  /** Compares the shapes that the file declares with those that came out. */
  #checkDeclared(): void {
    for (const info of [...this.#proto.valueInfo ?? [], ...this.#proto.output ?? []]) {
      const value = this.#values.get(this.#resolve(info.name ?? ""));
      const dims = info.type?.tensorType?.shape?.dim;
      if (value === undefined || dims === undefined) continue;
      // The first dimension is the batch, which the caller may have changed.
      const agrees = dims.length === value.shape.length &&
        dims.every(({ dimValue }, axis) => axis === 0 || !dimValue || Number(dimValue) === value.shape[axis]);
      if (!agrees) {
        const declared = showShape(dims.slice(0, 20).map(({ dimValue }) => Number(dimValue ?? NaN)));
        throw new FormatError(
          `${this.#name}: the value ${quote(info.name)} is declared as ${declared.replaceAll("NaN", "?")}, ` +
            `but its node makes ${showShape(value.shape)}; export the model again`,
        );
      }
    }
  }
}

/** The first operation that takes these attributes and shapes; throws what the last one threw. */
function choose(
  candidates: readonly OpDefinition[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
  shapes: readonly Shape[],
): readonly [OpDefinition, unknown] {
  let failure: unknown;
  for (const op of candidates) {
    try {
      const own = op.onnx!.read(attributes, shapes);
      for (const shape of op.shapes(shapes, own)) {
        if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
          throw new ShapeError(`it would make the shape ${showShape(shape)}, expected positive sizes`);
        }
      }
      return [op, own];
    } catch (error) {
      failure = error;
    }
  }
  if (failure instanceof ZkgradError) throw failure;
  // An operation may trust the number and rank of its inputs, which a file does not vouch for.
  throw new ShapeError(`the operation cannot take inputs of shapes ${shapes.slice(0, 10).map(showShape).join(", ")}`, {
    cause: failure,
  });
}
