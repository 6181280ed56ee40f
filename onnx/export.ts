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
import { INPUT_NAME, OUTPUT_NAME } from "../core/graph/check.ts";
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
}

// A trace is spread into the options as it is, so its parameters are known too.
const OPTIONS = namesOf<ExportOptions & Pick<Trace, "parameters">>({
  graph: true,
  input: true,
  output: true,
  parameters: true,
  weights: true,
  batch: true,
  graphName: true,
  producerName: true,
  producerVersion: true,
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
  const { input, output, batch } = options;
  const nodes = nodesBetween(input, output);
  const stored = storedBy(nodes, input);
  const numbers = new Map<Value, Numbers>();
  const writer = new NodeWriter(batch === 1 ? 1 : null, (value) => {
    if (!stored.has(value)) return null;
    const known = numbers.get(value) ?? { shape: value.shape, data: numbersOf(value, options) };
    numbers.set(value, known);
    return known;
  });
  writer.define(input, INPUT_NAME);
  writer.reserve(OUTPUT_NAME);
  for (const value of stored) writer.define(value, value.name);
  for (const node of nodes) writer.add(node);
  const written = finished(writer, input, output);
  const read = new Set(written.nodes.flatMap((node) => node.input ?? []));
  const info = (value: Value, name: string): readonly ValueInfoProto[] => {
    const dim = batched(value, input.shape[0], batch);
    return dim === null ? [] : [{ name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } }];
  };
  const made = nodes.flatMap((node) => node.outputs).filter((value) => value !== output && value.dtype === "f32");
  const named = made.map((value) => [value, writer.nameOf(value) ?? ""] as const).filter(([, name]) => read.has(name));
  const isGiven = new Set([INPUT_NAME, ...stored].map((value) => typeof value === "string" ? value : value.name));
  const valueInfo = new Map(
    named.filter(([, name]) => !isGiven.has(name)).map(([value, name]) => [name, info(value, name)]),
  );
  const [returned] = info(output, OUTPUT_NAME);
  if (returned === undefined) throw notBatched(output, input.shape[0]);
  const [given] = info(input, INPUT_NAME);
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
      input: [written.isWhole ? { ...given, type: whole(given.type!) } : given],
      output: [returned],
      valueInfo: [...valueInfo.values()].flat(),
    },
    opsetImport: [{ version: OPSET }],
  };
}

/** The nodes with the output under its name, and the input as integers where nobody wants it as floats. */
function finished(
  writer: NodeWriter,
  input: Value,
  output: Value,
): { readonly nodes: readonly NodeProto[]; readonly isWhole: boolean } {
  const nodes = [...writer.nodes];
  const last = writer.nameOf(output)!;
  const rename = new Map([[last, OUTPUT_NAME]]);
  // What a node merely passes on is given a name of its own.
  if (!nodes.some((node) => node.output?.includes(last))) {
    rename.clear();
    nodes.push({ input: [last], output: [OUTPUT_NAME], name: "/Identity", opType: "Identity" });
  }
  const cast = writer.wholeOf(input)?.name;
  const casting = nodes.find((node) => cast !== undefined && node.output?.[0] === cast);
  const isWhole = casting !== undefined && nodes.every((node) => node === casting || !node.input?.includes(INPUT_NAME));
  if (isWhole) rename.set(cast!, INPUT_NAME);
  const renamed = nodes.filter((node) => !isWhole || node !== casting).map((node) => ({
    ...node,
    input: node.input!.map((name) => rename.get(name) ?? name),
    output: node.output!.map((name) => rename.get(name) ?? name),
  }));
  const read = new Set([OUTPUT_NAME, ...renamed.flatMap((node) => node.input)]);
  return {
    nodes: renamed.map((node) => {
      const kept = node.output.map((name) => read.has(name) ? name : "");
      while (kept.at(-1) === "") kept.pop();
      return { ...node, output: kept };
    }),
    isWhole,
  };
}

function whole(type: NonNullable<ValueInfoProto["type"]>): NonNullable<ValueInfoProto["type"]> {
  return { tensorType: { ...type.tensorType!, elemType: DataType.INT64 } };
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
  callable(`${where}: weights`, options.weights, "from a parameter's name to its values");
  oneOf(`${where}, batch`, options.batch, [1, "batch_size"]);
  for (const name of ["graphName", "producerName", "producerVersion"] as const) {
    if (options[name] !== undefined) text(`${where}: ${name}`, options[name]);
  }
}

/** The nodes on the way from `input` to `output`, in an order of execution. */
function nodesBetween(input: Value, output: Value): readonly Node[] {
  if (output === input || output.node === null) {
    throw new ArgumentError(`the output "${output.name}" is made by no node; give the value that forward() returned`);
  }
  return needed([output], input);
}

/** The parameters, buffers and constants that the nodes read; throws for any other value from outside. */
function storedBy(nodes: readonly Node[], input: Value): ReadonlySet<Value> {
  const stored = new Set<Value>();
  let readsInput = false;
  for (const node of nodes) {
    for (const value of node.inputs) {
      if (value === input) readsInput = true;
      else if (STORED.has(value.role) && value.dtype === "f32") stored.add(value);
      else if (value.node === null) {
        throw new ArgumentError(
          `cannot export ${node.name}: it reads the ${value.role} "${value.name}" (${value.dtype}), ` +
            `expected the input "${input.name}", an f32 parameter or another node; export the value that forward() returned`,
        );
      }
    }
  }
  if (!readsInput) throw new ArgumentError(`the output does not depend on the input "${input.name}"`);
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
