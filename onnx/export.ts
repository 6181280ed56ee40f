/**
 * Writes a graph as an ONNX file.
 *
 * The file has the shape that every loader tried takes (onnx.checker 1.12,
 * ONNX Runtime 1.30, tract 0.15): opset 12, IR version 7, every attribute
 * explicit, weights as raw_data, a shape for every value, and the batch either 1
 * or the symbol `batch_size`.
 * @module
 */
import { callable, expect, instance, text } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { checkOptions, namesOf, oneOf } from "../core/base/known.ts";
import { INPUT_NAME, inputName, OUTPUT_NAME, outputName } from "../core/graph/check.ts";
import { Graph, graphOf, needed, type Node, type Value } from "../core/graph/graph.ts";
import type { Trace } from "../core/graph/module.ts";
import { showShape } from "../core/base/shape.ts";
import { checkModel } from "./check.ts";
import { DataType } from "./enums.ts";
import { NodeWriter, type Numbers } from "./node_writer.ts";
import { encodeModel, type ModelProto, type NodeProto, type ValueInfoProto } from "./proto.ts";
import { writeTensor } from "./tensor.ts";

/** The operator set that the files are written in. */
export const OPSET = 12;
/** The file format that belongs to it. */
export const IR_VERSION = 7;
export { INPUT_NAME, OUTPUT_NAME };

/** What to export. */
export interface ExportOptions {
  /** The graph; only what `output` needs is written. It may have been traced at any batch size. */
  readonly graph: Graph;
  /** What the model is given, `[N, ...]`. */
  readonly input: Value;
  /** What it returns, `[N, ...]`. */
  readonly output: Value;
  /** All that it is given, where that is more than `input`. */
  readonly inputs?: readonly Value[];
  /** All that it returns, where that is more than `output`. */
  readonly outputs?: readonly Value[];
  /** The elements of a parameter, row-major, by its name. */
  readonly weights: (name: string) => Float32Array;
  /** What the first dimension becomes: 1, or a symbol that the runtime fills in. */
  readonly batch: 1 | "batch_size";
  /** The graph's name in the file; `main_graph` unless given. */
  readonly graphName?: string;
  /** The program that wrote the file; `zkgrad` unless given. */
  readonly producerName?: string;
  /** Its version; left out unless given. */
  readonly producerVersion?: string;
  /** Told of each node of the graph, in order, and of the names of the file's nodes that it became. */
  readonly onNode?: (node: Node, names: readonly string[]) => void;
}

// A trace is spread into the options as it is, so its parameters are known too.
const OPTIONS = namesOf<ExportOptions & Trace>({
  graph: true,
  input: true,
  output: true,
  inputs: true,
  outputs: true,
  given: true,
  parameters: true,
  state: true,
  weights: true,
  batch: true,
  graphName: true,
  producerName: true,
  producerVersion: true,
  onNode: true,
});

/**
 * The bytes of an ONNX file that computes `output` from `input`. Throws an
 * `ArgumentError` that names the node where an operation has no counterpart in
 * ONNX or where a value's first dimension is not the batch, and the parameter
 * where its weights have the wrong length or are not finite.
 */
export function exportGraph(options: ExportOptions): Uint8Array<ArrayBuffer> {
  const model = graphToModel(options);
  checkModel(model, "the exported model");
  return encodeModel(model);
}

/** The same as a message; errors as {@linkcode exportGraph}. */
export function graphToModel(options: ExportOptions): ModelProto {
  checkExport(options);
  const { batch, inputs = [options.input], outputs = [options.output] } = options;
  const nodes = nodesBetween(inputs, outputs);
  const stored = storedBy(nodes, inputs);
  const numbers = new Map<Value, Numbers>();
  const writer = new NodeWriter(
    batch === 1 ? 1 : null,
    (value) => {
      if (!stored.has(value)) return null;
      const known = numbers.get(value) ?? { shape: value.shape, data: numbersOf(value, options) };
      numbers.set(value, known);
      return known;
    },
    nodes,
    outputs,
  );
  const given = new Map(inputs.map((input, k) => [input, inputName(k)]));
  const returned = outputs.map((_, k) => outputName(k, outputs.length));
  for (const [input, name] of given) writer.define(input, name);
  returned.forEach((name) => writer.reserve(name));
  for (const value of stored) writer.define(value, value.name);
  for (const node of nodes) {
    const before = writer.nodes.length;
    writer.add(node);
    options.onNode?.(node, writer.nodes.slice(before).map(({ name }) => name!));
  }
  const written = finished(writer, given, outputs, returned);
  const [size] = inputs[0].shape;
  const info = (value: Value, name: string, elemType: number = DataType.FLOAT): readonly ValueInfoProto[] => {
    const dim = batched(value, size, batch);
    return dim === null ? [] : [{ name, type: { tensorType: { elemType, shape: { dim } } } }];
  };
  const declare = (value: Value, name: string, elemType?: number): ValueInfoProto => {
    const [declared] = info(value, name, elemType);
    if (declared === undefined) throw notBatched(value, size);
    return declared;
  };
  const read = new Set(written.nodes.flatMap((node) => node.input ?? []));
  const outside = new Set([...given.values(), ...returned, ...[...stored].map(({ name }) => name)]);
  const between = new Map<string, readonly ValueInfoProto[]>();
  for (const value of nodes.flatMap((node) => node.outputs)) {
    const name = writer.nameOf(value) ?? "";
    if (read.has(name) && !outside.has(name) && value.dtype === "f32") between.set(name, info(value, name));
  }
  return {
    irVersion: IR_VERSION,
    producerName: options.producerName ?? "zkgrad",
    ...options.producerVersion === undefined ? {} : { producerVersion: options.producerVersion },
    graph: {
      node: written.nodes,
      name: options.graphName ?? "main_graph",
      initializer: [
        ...[...stored].filter(({ name }) => read.has(name)).map((value) =>
          writeTensor(value.name, value.shape, numbers.get(value)?.data ?? numbersOf(value, options))
        ),
        ...writer.constants.filter(({ name }) => read.has(name!)),
      ],
      input: [...given].map(([value, name]) =>
        declare(value, name, written.whole.has(name) ? DataType.INT64 : DataType.FLOAT)
      ),
      output: outputs.map((value, k) => declare(value, returned[k])),
      valueInfo: [...between.values()].flat(),
    },
    opsetImport: [{ version: OPSET }],
  };
}

/** The nodes with the outputs under their names, and the inputs that nobody wants as floats as integers. */
function finished(
  writer: NodeWriter,
  given: ReadonlyMap<Value, string>,
  outputs: readonly Value[],
  returned: readonly string[],
): { readonly nodes: readonly NodeProto[]; readonly whole: ReadonlySet<string> } {
  const nodes = [...writer.nodes];
  const made = new Set(nodes.flatMap((node) => node.output ?? []));
  const rename = new Map<string, string>();
  for (const [k, output] of outputs.entries()) {
    const name = writer.nameOf(output)!;
    if (made.has(name) && !rename.has(name)) rename.set(name, returned[k]);
    // What is merely passed on, or returned twice, is given a name of its own.
    else nodes.push({ input: [name], output: [returned[k]], name: `/Identity_${k}`, opType: "Identity" });
  }
  const whole = new Set<string>();
  const casts = new Set<NodeProto>();
  for (const [input, name] of given) {
    const cast = writer.wholeOf(input)?.name;
    const casting = nodes.find((node) => cast !== undefined && node.output?.[0] === cast);
    if (casting === undefined || nodes.some((node) => node !== casting && node.input?.includes(name))) continue;
    whole.add(name);
    casts.add(casting);
    rename.set(cast!, name);
  }
  const renamed = nodes.filter((node) => !casts.has(node)).map((node) => ({
    ...node,
    input: node.input!.map((name) => rename.get(name) ?? name),
    output: node.output!.map((name) => rename.get(name) ?? name),
  }));
  const read = new Set([...returned, ...renamed.flatMap((node) => node.input)]);
  return {
    nodes: renamed.map((node) => {
      const kept = node.output.map((name) => read.has(name) ? name : "");
      while (kept.at(-1) === "") kept.pop();
      return { ...node, output: kept };
    }),
    whole,
  };
}

/** The elements of a parameter, a buffer or a constant. */
function numbersOf(value: Value, options: ExportOptions): Float32Array<ArrayBuffer> {
  const data = value.graph.constants.get(value) ?? weightsOf(value.name, options);
  return Float32Array.from(data);
}

function weightsOf(name: string, { weights }: ExportOptions): Float32Array {
  const values: unknown = weights(name);
  expect(values instanceof Float32Array, `exportGraph(): what weights gave for ${name}`, values, "a Float32Array");
  return finite(name, values as Float32Array);
}

function finite(name: string, weights: Float32Array): Float32Array {
  const at = weights.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return weights;
  throw new ArgumentError(
    `cannot export the model: element ${at} of ${name} is ${weights[at]}, expected finite numbers; ` +
      "go back to a checkpoint from before the training diverged",
  );
}

function checkExport(options: ExportOptions): void {
  const where = "exportGraph()";
  expect(options !== undefined, `${where}: the options`, options, "{ graph, input, output, weights, batch }");
  checkOptions(where, options, OPTIONS);
  instance(`${where}: graph`, options.graph, Graph);
  graphOf(`${where}: input`, options.input);
  graphOf(`${where}: output`, options.output);
  for (const name of ["inputs", "outputs"] as const) {
    const values = options[name];
    if (values === undefined) continue;
    expect(Array.isArray(values) && values.length > 0, `${where}: ${name}`, values, "a list of tensors");
    values.forEach((value, k) => graphOf(`${where}: ${name}[${k}]`, value));
  }
  callable(`${where}: weights`, options.weights, "from a parameter's name to its values");
  oneOf(`${where}, batch`, options.batch, [1, "batch_size"]);
  if (options.onNode !== undefined) callable(`${where}: onNode`, options.onNode, "that is told of each node");
  for (const name of ["graphName", "producerName", "producerVersion"] as const) {
    if (options[name] !== undefined) text(`${where}: ${name}`, options[name]);
  }
}

/** The nodes on the way from the inputs to the outputs, in an order of execution. */
function nodesBetween(inputs: readonly Value[], outputs: readonly Value[]): readonly Node[] {
  for (const output of outputs) {
    if (!inputs.includes(output) && output.node !== null) continue;
    throw new ArgumentError(`the output "${output.name}" is made by no node; give the value that forward() returned`);
  }
  return needed(outputs, new Set(inputs));
}

/** The parameters, buffers and constants that the nodes read; throws for any other value from outside. */
function storedBy(nodes: readonly Node[], inputs: readonly Value[]): ReadonlySet<Value> {
  const stored = new Set<Value>();
  const unread = new Set(inputs);
  for (const node of nodes) {
    for (const value of node.inputs) {
      if (inputs.includes(value)) unread.delete(value);
      else if (STORED.has(value.role) && value.dtype === "f32") stored.add(value);
      else if (value.node === null) {
        throw new ArgumentError(
          `cannot export ${node.name}: it reads the ${value.role} "${value.name}" (${value.dtype}), ` +
            `expected the input "${
              inputs[0].name
            }", an f32 parameter or another node; export the value that forward() returned`,
        );
      }
    }
  }
  for (const { name } of unread) throw new ArgumentError(`the output does not depend on the input "${name}"`);
  return new Set([...stored].sort((a, b) => a.id - b.id));
}

/** Values that have numbers of their own. */
const STORED: ReadonlySet<Value["role"]> = new Set(["parameter", "buffer", "constant"]);

/** A value's dimensions in the file; null where the first is not the batch, of which the file then says nothing. */
function batched(
  { shape: [first, ...rest], dtype }: Value,
  size: number,
  batch: 1 | "batch_size",
): { dimValue?: number; dimParam?: string }[] | null {
  if (first !== size || dtype !== "f32") return null;
  return [batch === 1 ? { dimValue: 1 } : { dimParam: batch }, ...rest.map((dimValue) => ({ dimValue }))];
}

function notBatched({ name, shape, dtype }: Value, size: number): ArgumentError {
  return new ArgumentError(
    `cannot export ${name}: it has shape ${showShape(shape)} of ${dtype}, ` +
      `expected f32 with the batch of ${size} as first dimension`,
  );
}
