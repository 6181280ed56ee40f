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
import type { OnnxAttribute } from "../core/graph/op.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { checkModel } from "./check.ts";
import { AttributeType, DataType } from "./enums.ts";
import { type AttributeProto, encodeModel, type ModelProto, type NodeProto, type ValueInfoProto } from "./proto.ts";
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
  const { graph, input, output, batch } = options;
  const nodes = nodesBetween(input, output);
  const parameters = sourcesOf(nodes, input);
  const names = nameValues(nodes, parameters, options);
  const info = (value: Value): ValueInfoProto => ({
    name: names.values.get(value)!,
    type: {
      tensorType: {
        elemType: DataType.FLOAT,
        shape: { dim: batched(value, input.shape[0], batch) },
      },
    },
  });
  const made = nodes.flatMap((node) => node.outputs.filter((value) => names.values.has(value)));
  return {
    irVersion: IR_VERSION,
    producerName: options.producerName ?? "zkgrad",
    ...options.producerVersion === undefined ? {} : { producerVersion: options.producerVersion },
    graph: {
      node: nodes.map((node) => nodeToProto(node, names)),
      name: options.graphName ?? "main_graph",
      initializer: graph.values.filter((value) => parameters.has(value)).map((value) =>
        writeTensor(value.name, value.shape, weightsOf(value.name, options))
      ),
      input: [info(input)],
      output: [info(output)],
      valueInfo: made.filter((value) => value !== output).map(info),
    },
    opsetImport: [{ version: OPSET }],
  };
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

/** The parameters that the nodes read; throws for any other value from outside. */
function sourcesOf(nodes: readonly Node[], input: Value): ReadonlySet<Value> {
  const parameters = new Set<Value>();
  let readsInput = false;
  for (const node of nodes) {
    for (const value of node.inputs) {
      if (value === input) readsInput = true;
      else if (value.role === "parameter" && value.dtype === "f32") parameters.add(value);
      else if (value.node === null) {
        throw new ArgumentError(
          `cannot export ${node.name}: it reads the ${value.role} "${value.name}" (${value.dtype}), ` +
            `expected the input "${input.name}", an f32 parameter or another node; export the value that forward() returned`,
        );
      }
    }
  }
  if (!readsInput) throw new ArgumentError(`the output does not depend on the input "${input.name}"`);
  return parameters;
}

interface Names {
  readonly nodes: ReadonlyMap<Node, string>;
  /** Values that nobody reads have no name. */
  readonly values: ReadonlyMap<Value, string>;
}

/** Node names such as `/conv1/Conv` and value names such as `/conv1/Conv_output_0`, as PyTorch writes them. */
function nameValues(nodes: readonly Node[], parameters: ReadonlySet<Value>, options: ExportOptions): Names {
  const values = new Map<Value, string>([[options.input, INPUT_NAME], [options.output, OUTPUT_NAME]]);
  const used = new Set(values.values());
  for (const value of parameters) {
    if (value.name === "" || used.has(value.name)) {
      throw new ArgumentError(`cannot export two values under the name "${value.name}"; rename the parameter`);
    }
    used.add(value.name);
    values.set(value, value.name);
  }
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const nodeNames = new Map<Node, string>();
  const usedNodeNames = new Set<string>();
  for (const node of nodes) {
    const path = node.name.split("/");
    const last = path.pop()!;
    const suffix = last.startsWith(node.op.name) ? last.slice(node.op.name.length) : "";
    const name = unique("/" + [...path, mappingOf(node).opType + suffix].join("/"), usedNodeNames);
    nodeNames.set(node, name);
    for (const [index, value] of node.outputs.entries()) {
      if (read.has(value) && !values.has(value)) values.set(value, unique(`${name}_output_${index}`, used));
    }
  }
  return { nodes: nodeNames, values };
}

function unique(name: string, used: Set<string>): string {
  let result = name;
  for (let count = 1; used.has(result); count++) result = `${name}_${count}`;
  used.add(result);
  return result;
}

function nodeToProto(node: Node, names: Names): NodeProto {
  const attributes = Object.entries(mappingOf(node).write(node)).sort(([a], [b]) => a < b ? -1 : 1);
  const output = node.outputs.map((value) => names.values.get(value) ?? "");
  while (output.at(-1) === "") output.pop();
  return {
    input: node.inputs.map((value) => names.values.get(value)!),
    output,
    name: names.nodes.get(node)!,
    opType: mappingOf(node).opType,
    ...attributes.length === 0 ? {} : { attribute: attributes.map(([name, value]) => attribute(node, name, value)) },
  };
}

function attribute(node: Node, name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "object" && "float" in value) return { name, f: value.float, type: AttributeType.FLOAT };
  const isList = typeof value === "object";
  for (const item of isList ? value : [value]) {
    if (!Number.isSafeInteger(item)) {
      throw new ArgumentError(`cannot export ${node.name}: its attribute ${name} is ${item}, expected an integer`);
    }
  }
  return isList ? { name, ints: value, type: AttributeType.INTS } : { name, i: value, type: AttributeType.INT };
}

function mappingOf(node: Node): NonNullable<Node["op"]["onnx"]> {
  if (node.op.onnx !== undefined) return node.op.onnx;
  throw new ArgumentError(
    `cannot export ${node.name}: the operation ${node.op.name} has no counterpart in ONNX; ` +
      `build the exported part of the model from operations that have one`,
  );
}

function batched(value: Value, size: number, batch: 1 | "batch_size"): { dimValue?: number; dimParam?: string }[] {
  const [first, ...rest]: Shape = value.shape;
  if (first !== size || value.dtype !== "f32") {
    throw new ArgumentError(
      `cannot export ${value.name}: it has shape ${showShape(value.shape)} of ${value.dtype}, ` +
        `expected f32 with the batch of ${size} as first dimension`,
    );
  }
  return [batch === 1 ? { dimValue: 1 } : { dimParam: batch }, ...rest.map((dimValue) => ({ dimValue }))];
}
