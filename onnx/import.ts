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
import { DataType, dataTypeName } from "./enums.ts";
import { checkExternalData, type ExternalData, withExternalData } from "./external_data.ts";
import { isOwnDomain, listNodes } from "./label.ts";
import { type OpenedModel, openModel } from "./open.ts";
import { decodeModel, type ModelProto, type NodeProto, type TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";
import { SIMPLIFIED, type Simplified, simplify } from "./simplify.ts";
import { type FloatTensor, readFloats } from "./tensor.ts";

/** How to read a file. */
export interface ImportOptions {
  /** The size of the first dimension; unless given, the file's own, or 1 where that is a symbol. */
  readonly batch?: number;
  /** The file's name, for errors. */
  readonly name?: string;
  /** The other files in which it keeps tensors: their bytes by name, or a function of the name. */
  readonly externalData?: ExternalData;
}

const OPTIONS = namesOf<ImportOptions>({ batch: true, name: true, externalData: true });

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

/**
 * Builds a graph from a model by finding, for every node, the operation whose
 * `onnx.opType` is the node's. Operators that change nothing at inference
 * (Identity, Dropout, a Pad by zero) disappear, a Reshape to `[batch, features]`
 * becomes a Flatten, and nodes that the output does not need are passed over. Floats
 * of any size (FLOAT, FLOAT16, BFLOAT16, DOUBLE) are computed with as 32-bit floats.
 * Throws a `FormatError` where the file is damaged or its
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
  const { name = "the model", batch, externalData } = options;
  text("importGraph(): name", name);
  if (externalData !== undefined) checkExternalData(externalData);
  expect(
    typeof source === "object" && source !== null,
    "importGraph(): the model",
    source,
    "the bytes of an ONNX file",
  );
  return new Importer(openModel(source, { name, externalData }), operations, name, batch).run();
}

/**
 * The float weights of an ONNX file by name, in the file's order: FLOAT, FLOAT16,
 * BFLOAT16 and DOUBLE as 32-bit floats; initialisers of integer types are left
 * out. `name` is the file's, for errors, and `externalData` are the other files in
 * which it keeps tensors. Throws a `FormatError` where the file or
 * a tensor is damaged, or two tensors share a name.
 */
export function loadWeights(
  bytes: Uint8Array,
  name: string = "the model",
  externalData?: ExternalData,
): Map<string, FloatTensor> {
  const weights = new Map<string, FloatTensor>();
  const decoded = decodeModel(bytes, name);
  const model = externalData === undefined ? decoded : withExternalData(decoded, externalData, name);
  for (const tensor of model.graph?.initializer ?? []) {
    if (!FLOATS.has(tensor.dataType)) continue;
    const key = tensor.name ?? "";
    if (weights.has(key)) throw new FormatError(`${name} holds two tensors ${quote(key)}; export the model again`);
    weights.set(key, prefixed(name, () => readFloats(tensor)));
  }
  return weights;
}

/** The element types that are read as 32-bit floats. */
const FLOATS: ReadonlySet<number | undefined> = new Set([
  DataType.FLOAT,
  DataType.FLOAT16,
  DataType.BFLOAT16,
  DataType.DOUBLE,
]);

class Importer {
  readonly #model: OpenedModel;
  readonly #operations: readonly OpDefinition[];
  readonly #name: string;
  readonly #batch: number | undefined;
  readonly #graph = new Graph();
  readonly #values = new Map<string, Value>();
  readonly #constants = new Map<string, TensorProto>();
  // Other names of values and constants; shared, so that a weight is read once however many names it has.
  readonly #aliases = new Map<string, string>();
  readonly #weights = new Map<string, FloatTensor>();
  // Outputs of nodes that nothing here makes, with what errors call them.
  readonly #unmade = new Map<string, string>();
  #declaredBatch: number | null = null;

  constructor(model: OpenedModel, operations: readonly OpDefinition[], name: string, batch: number | undefined) {
    if (batch !== undefined && (!Number.isSafeInteger(batch) || batch < 1)) {
      throw new ArgumentError(`the batch to import ${name} with is ${show(batch)}, expected a positive integer`);
    }
    this.#model = model;
    this.#operations = operations;
    this.#name = name;
    this.#batch = batch;
  }

  run(): ImportedGraph {
    const { graph, nodes } = this.#model;
    this.#checkOperators();
    for (const tensor of graph.initializer ?? []) this.#constants.set(tensor.name ?? "", tensor);
    const input = this.#input();
    for (const { node, label } of nodes) prefixed(`${this.#name}: ${label}`, () => this.#node(node, label));
    const output = this.#output(input);
    this.#checkDeclared();
    return { graph: this.#graph, input, output, weights: this.#weights };
  }

  /** Refuses, all at once, the nodes that no operation stands for. */
  #checkOperators(): void {
    const { nodes, functions } = this.#model;
    const known = new Set(this.#operations.flatMap((operation) => operation.onnx?.opType ?? []));
    const missing = nodes.filter(({ node: { domain, opType = "" } }) =>
      !isOwnDomain(domain) || !known.has(opType) && !SIMPLIFIED.has(opType)
    );
    if (missing.length === 0) return;
    const own = missing.find(({ node }) => functions.includes(node.opType ?? ""))?.node.opType;
    const advice = own === undefined
      ? "give operations with those ONNX mappings, or write the model without them"
      : `the file defines ${own.slice(0, 100)} itself, as a function; write it out with onnx.inliner in Python`;
    throw new ArgumentError(
      `${this.#name}: no operation stands for ${listNodes(missing)}, ` +
        `expected operators among ${[...known].sort().join(", ")}; ${advice}`,
    );
  }

  #output(input: Value): Value {
    const outputs = this.#model.graph.output ?? [];
    if (outputs.length !== 1) {
      const names = outputs.slice(0, 10).map((value) => quote(value.name)).join(", ");
      throw new ArgumentError(
        `${this.#name} returns ${outputs.length} values (${names}), expected a single one; export it with one output`,
      );
    }
    const name = outputs[0].name ?? "";
    const output = prefixed(this.#name, () => this.#value(name));
    if (output.role === "node") return output;
    throw new ArgumentError(
      output === input
        ? `${this.#name} returns its input ${quote(input.name)} as ${quote(name)}, unchanged, expected a value that ` +
          "is computed from it; there is nothing to run"
        : `${this.#name} returns the constant ${quote(name)}, expected a value that is computed from its input; ` +
          "export the network itself",
    );
  }

  #input(): Value {
    // Before IR version 4 the weights are listed among the inputs.
    const inputs = (this.#model.graph.input ?? []).filter((value) => !this.#constants.has(value.name ?? ""));
    const type = inputs[0]?.type?.tensorType;
    if (inputs.length !== 1 || type === undefined || !FLOATS.has(type.elemType)) {
      const types = inputs.slice(0, 10).map((value) => dataTypeName(value.type?.tensorType?.elemType) ?? "no tensor");
      throw new ArgumentError(
        `${this.#name} takes ${inputs.length} inputs (${types.join(", ")}), expected one tensor of FLOAT, FLOAT16, ` +
          "BFLOAT16 or DOUBLE; export the model with a single input of floats",
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

  #node(node: NodeProto, label: string): void {
    const result: Simplified = simplify(node, {
      constant: (name) => this.#constants.get(this.#resolve(name)),
      shape: (name) => this.#values.get(this.#resolve(name))?.shape,
      declaredBatch: this.#declaredBatch,
      opset: this.#model.opset,
    });
    const made = result.kind === "node" ? this.#apply(result.node) : 1;
    for (const [index, name] of (node.output ?? []).entries()) {
      if (index >= made) this.#unmade.set(name, `output ${index} of ${label}`);
    }
    if (result.kind === "node") return;
    const output = node.output?.[0] ?? "";
    if (result.kind === "constant") {
      this.#constants.set(output, { ...result.tensor, name: output });
      return;
    }
    this.#aliases.set(output, this.#resolve(result.input));
  }

  /** Adds the node's operation to the graph and returns how many outputs it has. */
  #apply(node: NodeProto): number {
    const candidates = this.#operations.filter((operation) => operation.onnx?.opType === node.opType);
    const inputs = this.#inputs(node);
    if (this.#model.opset >= 13 && ["Softmax", "LogSoftmax"].includes(node.opType!) && inputs[0]?.shape.length !== 2) {
      throw new ArgumentError(`it means something else since opset 13 unless its input has rank 2; export at opset 12`);
    }
    const attributes = readAttributes(node);
    const path = (node.name ?? "").split("/").slice(0, -1).filter((part) => part !== "").join("/");
    const [op, own] = choose(candidates, attributes, inputs.map((value) => value.shape));
    const outputs = this.#graph.within(path, () => this.#graph.apply(op, inputs, own));
    for (const [index, name] of (node.output ?? []).slice(0, outputs.length).entries()) {
      if (name !== "") this.#values.set(name, outputs[index]);
    }
    return outputs.length;
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
      const what = this.#unmade.get(name) ?? "made by a part of the model that is not supported";
      throw new ArgumentError(`the value ${quote(name)} is ${what}, which is not read; export the model without it`);
    }
    const weights = readFloats(tensor);
    const at = weights.data.findIndex((value) => !Number.isFinite(value));
    if (at !== -1) {
      throw new ArgumentError(
        `element ${at} of ${quote(name)} is ${weights.data[at]} as a 32-bit float, expected a finite number; ` +
          "export the model from before its training diverged",
      );
    }
    this.#weights.set(name, weights);
    const value = this.#graph.source(name, weights.shape, "parameter");
    this.#values.set(name, value);
    return value;
  }

  /** Compares the shapes that the file declares with those that came out. */
  #checkDeclared(): void {
    for (const info of [...this.#model.graph.valueInfo ?? [], ...this.#model.graph.output ?? []]) {
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
