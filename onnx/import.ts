/**
 * Reads an ONNX file as a graph, or its weights alone.
 * @module
 */
import { checkArguments, expect, text } from "../core/base/arguments.ts";
import { ArgumentError, FormatError, prefixed, ShapeError, ZkgradError } from "../core/base/errors.ts";
import { namesOf, show } from "../core/base/known.ts";
import { Graph, type Value } from "../core/graph/graph.ts";
import type { OnnxAttribute, OnnxReader, OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { plainAttributes } from "./attributes.ts";
import { DataType, dataTypeName } from "./enums.ts";
import { checkExternalData, type ExternalData, withExternalData } from "./external_data.ts";
import { fullyConnected } from "./fully_connected.ts";
import { NodeReader, type StoredAs } from "./node_reader.ts";
import { type OpenedModel, openModel } from "./open.ts";
import { decodeModel, type DimensionProto, type ModelProto, type ValueInfoProto } from "./proto.ts";
import { quote } from "./quote.ts";
import { checkDeclared } from "./read/declared.ts";
import type { ReadGraph, ReadNode, ReadValue } from "./read/graph.ts";
import { refuseMissing } from "./read/missing.ts";
import { readGraph } from "./read/read_graph.ts";
import { isFloat, isNumeric } from "./read/typed.ts";
import { type FloatTensor, readFloats, toFloats } from "./tensor.ts";

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
  /** What it is given, in the file's order, `[batch, ...]`. */
  readonly inputs: readonly Value[];
  /** The first of them. */
  readonly input: Value;
  /** What it returns, in the file's order. */
  readonly outputs: readonly Value[];
  /** The first of them. */
  readonly output: Value;
  /** The weights of its parameters by name, in the file's order. */
  readonly weights: Map<string, FloatTensor>;
}

/**
 * Builds a graph from a model by finding, for every node, the operation whose
 * `onnx.opType` is the node's. Operators that change nothing at inference
 * (Identity, Dropout, a Pad by zero) disappear, a Reshape to `[batch, features]`
 * becomes a Flatten, a product with a constant matrix a Gemm, what depends on constants and shapes alone is worked out, and
 * nodes that the output does not need are passed over. Floats of any size (FLOAT, FLOAT16, BFLOAT16, DOUBLE) are computed with as 32-bit floats.
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
  checkOperations("importGraph()", operations);
  const { name = "the model", batch, externalData } = options;
  text("importGraph(): name", name);
  if (externalData !== undefined) checkExternalData(externalData);
  expect(
    typeof source === "object" && source !== null,
    "importGraph(): the model",
    source,
    "the bytes of an ONNX file",
  );
  return importOpened(openModel(source, { name, externalData }), operations, name, batch);
}

/** Throws an `ArgumentError`, which begins with `where`, for what is no list of operations. */
export function checkOperations(where: string, operations: unknown): void {
  expect(Array.isArray(operations), `${where}: operations`, operations, "a list of operations, as in ops/mod.ts");
}

/** The same of a file that is opened already; `name` is the file's. */
export function importOpened(
  model: OpenedModel,
  operations: readonly OpDefinition[],
  name: string,
  batch: number | undefined,
): ImportedGraph {
  return new Importer(model, operations, name, batch).run();
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
  readonly #read: ReadGraph;
  readonly #operations: readonly OpDefinition[];
  readonly #known: ReadonlySet<string>;
  readonly #readers: ReadonlyMap<string, readonly OnnxReader[]>;
  readonly #name: string;
  readonly #graph = new Graph();
  readonly #values = new Map<ReadValue, Value>();
  readonly #weights = new Map<string, FloatTensor>();

  constructor(model: OpenedModel, operations: readonly OpDefinition[], name: string, batch: number | undefined) {
    if (batch !== undefined && (!Number.isSafeInteger(batch) || batch < 1)) {
      throw new ArgumentError(`the batch to import ${name} with is ${show(batch)}, expected a positive integer`);
    }
    this.#operations = operations;
    this.#name = name;
    const read = readGraph(model, { name, batch, shapes: (inputs) => shapesOfInputs(name, inputs, batch) });
    const readers = new Map<string, OnnxReader[]>();
    for (const [opType, reader] of operations.flatMap(({ readOnnx = {} }) => Object.entries(readOnnx))) {
      readers.set(opType, [...readers.get(opType) ?? [], reader]);
    }
    this.#readers = readers;
    this.#known = new Set([
      ...operations.flatMap((operation) => operation.onnx?.opType ?? []),
      ...this.#readers.keys(),
    ]);
    this.#read = this.#known.has("Gemm") ? { ...read, nodes: prefixed(name, () => fullyConnected(read)) } : read;
  }

  run(): ImportedGraph {
    const known = this.#known;
    refuseMissing(this.#read, {
      name: this.#name,
      refusal: "no operation stands for",
      takes: (node) => node.domain === "" && (known.has(node.opType) || isFloatCast(node)),
      otherwise:
        `expected some of the ${known.size} operators that the operations stand for; write the model without ` +
        "them, or give operations of your own",
    });
    const inputs = this.#read.inputs.map((given) => {
      const input = this.#graph.source(given.name, given.shape!, "input");
      this.#values.set(given, input);
      return input;
    });
    for (const node of this.#read.nodes) prefixed(`${this.#name}: ${node.label}`, () => this.#node(node));
    const outputs = this.#read.outputs.map((returned) => this.#output(returned, inputs));
    // The first dimension is the batch, which the caller may have changed.
    const sizeAt = ({ dimValue }: DimensionProto, axis: number) => axis === 0 ? null : Number(dimValue ?? 0) || null;
    prefixed(this.#name, () => {
      checkDeclared(this.#read, (value) => this.#values.get(value)?.shape ?? null, sizeAt);
    });
    return { graph: this.#graph, inputs, input: inputs[0], outputs, output: outputs[0], weights: this.#weights };
  }

  #output({ name, value }: ReadGraph["outputs"][number], inputs: readonly Value[]): Value {
    if (value.constant !== null) {
      throw new ArgumentError(
        `${this.#name} returns the constant ${quote(name)}, expected a value that is computed from its input; ` +
          "export the network itself",
      );
    }
    const output = prefixed(this.#name, () => this.#value(value));
    if (!inputs.includes(output)) return output;
    throw new ArgumentError(
      `${this.#name} returns its input ${quote(output.name)} as ${quote(name)}, unchanged, expected a value that ` +
        "is computed from it; there is nothing to run",
    );
  }

  #node(node: ReadNode): void {
    if (node.problem !== null) throw node.problem;
    const path = node.name.split("/").slice(0, -1).filter((part) => part !== "").join("/");
    const candidates = this.#operations.filter((operation) => operation.onnx?.opType === node.opType);
    const readers = this.#readers.get(node.opType) ?? [];
    if (candidates.length === 0 && readers.length > 0) {
      const view = new NodeReader(
        node,
        this.#graph,
        (read, as) => this.#value(read, as ?? seems(read)),
        (name, tensor) => {
          const inside = node.name.split("/").filter((part) => part !== "").slice(0, -1);
          return this.#parameter([...inside, name].join("."), tensor, "parameter");
        },
      );
      const made = this.#graph.within(path, () => firstOf(readers, view));
      for (const [index, value] of node.outputs.entries()) if (made[index]) this.#values.set(value, made[index]);
      return;
    }
    const inputs = node.inputs.map((value, index) => {
      if (value === null) throw new ArgumentError(`its input ${index} is left out, which is not supported`);
      return this.#value(value);
    });
    if (isFloatCast(node)) {
      this.#values.set(node.outputs[0], inputs[0]);
      return;
    }
    const attributes = plainAttributes(node.attributes);
    const [op, own] = choose(candidates, attributes, inputs.map((value) => value.shape));
    const outputs = this.#graph.within(path, () => this.#graph.apply(op, inputs, own));
    for (const [index, value] of node.outputs.slice(0, outputs.length).entries()) {
      this.#values.set(value, outputs[index]);
    }
  }

  /** The value of the graph for one that was read; a constant becomes a parameter, or what `as` says. */
  #value(read: ReadValue, as: StoredAs = "parameter"): Value {
    const known = this.#values.get(read);
    if (known !== undefined) return known;
    if (read.constant === null) {
      throw new ArgumentError(
        `the value ${quote(read.name)} is ${read.origin}, which is not read; export the model without it`,
      );
    }
    const value = this.#stored(read, as);
    this.#values.set(read, value);
    return value;
  }

  #stored(read: ReadValue, as: StoredAs): Value {
    const given = read.constant!.read();
    const isTrained = isFloat(given.dataType);
    const weights = isTrained
      ? toFloats(given, `the tensor ${quote(read.name)}`)
      : { shape: given.shape, data: Float32Array.from<number | bigint>(given.data, Number) };
    if (as === "constant" || !isTrained) {
      return this.#graph.constant(weights.shape, weights.data, read.name || "constant");
    }
    return this.#parameter(read.name, weights, as);
  }

  #parameter(given: string, weights: FloatTensor, as: "parameter" | "buffer"): Value {
    const at = weights.data.findIndex((value) => !Number.isFinite(value));
    if (at !== -1) {
      throw new ArgumentError(
        `element ${at} of ${quote(given)} is ${weights.data[at]} as a 32-bit float, expected a finite number; ` +
          "export the model from before its training diverged",
      );
    }
    // Constants of a function that is called twice have one name.
    let name = given;
    for (let count = 1; this.#weights.has(name); count++) name = `${given}_${count}`;
    this.#weights.set(name, weights);
    return this.#graph.source(name, weights.shape, as);
  }
}

/**
 * What a constant becomes that an operator may read for any reason: a tensor that the file keeps is a parameter, but
 * for single numbers, masks and what was worked out.
 */
function seems(read: ReadValue): StoredAs {
  const { constant, shape } = read;
  if (constant === null || constant.tensor === null || sizeOf(shape ?? []) <= 1) return "constant";
  const { data, dataType } = constant.read();
  if (!isFloat(dataType)) return "constant";
  return Array.from<number | bigint, number>(data, Number).every((value) => Math.abs(value) < 1e9)
    ? "parameter"
    : "constant";
}

/** What the first reader makes whose node it is. */
function firstOf(readers: readonly OnnxReader[], node: NodeReader): readonly Value[] {
  for (const reader of readers) {
    const made = reader(node);
    if (made !== null) return [made].flat();
  }
  throw new ArgumentError(`no operation takes this form of ${quote(node.opType)}; export the model in another one`);
}

/** Floats of every size, and whole numbers, are computed with as 32-bit floats, so to floats there is nothing to do. */
function isFloatCast({ opType, inputs, outputs }: ReadNode): boolean {
  const type = inputs[0]?.type ?? null;
  return opType === "Cast" && (isFloat(type) || type === "INT64" || type === "INT32") &&
    isFloat(outputs[0]?.type ?? null);
}

/** The shapes of the inputs, with `batch` in place of their first size if given. */
function shapesOfInputs(file: string, inputs: readonly ValueInfoProto[], batch: number | undefined): readonly Shape[] {
  const types = inputs.map((value) => dataTypeName(value.type?.tensorType?.elemType) ?? "no tensor");
  const wrong = types.findIndex((type) => type === "no tensor" || !isNumeric(type));
  if (inputs.length === 0 || wrong !== -1) {
    throw new ArgumentError(
      `${file} takes ${inputs.length} inputs (${types.slice(0, 10).join(", ")}), expected tensors of numbers; ` +
        "export the model with such inputs",
    );
  }
  return inputs.map((input) => shapeOfInput(file, input, batch));
}

function shapeOfInput(file: string, { name, type }: ValueInfoProto, batch: number | undefined): Shape {
  return (type!.tensorType!.shape?.dim ?? []).map(({ dimValue, dimParam }, axis) => {
    const size = Number(dimValue ?? 0);
    if (axis === 0) return batch ?? (size > 0 ? size : 1);
    if (size >= 1 && Number.isSafeInteger(size)) return size;
    const given = quote(dimParam ?? String(dimValue ?? ""));
    throw new ArgumentError(
      `${file}: dimension ${axis} of the input ${quote(name!)} is ${given}, ` +
        `expected a size; only the first dimension may stay open, export the model with the others fixed`,
    );
  });
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
