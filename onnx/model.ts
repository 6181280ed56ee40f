/**
 * From a module to an ONNX file and back.
 * @module
 */
import { bytes as checkBytes, checkArguments, shape as checkShape, text } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { Buffer, holdParameters, Module, Parameter, type Tensor, trace } from "../core/graph/module.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { sameShape, type Shape, showShape } from "../core/base/shape.ts";
import { ShapeError } from "../core/base/errors.ts";
import { operations as allOperations } from "../ops/mod.ts";
import { exportGraph } from "./export.ts";
import { checkExternalData, type ExternalData } from "./external_data.ts";
import { checkOperations, type ImportedGraph, importOpened } from "./import.ts";
import { openModel } from "./open.ts";
import { quote } from "./quote.ts";

/** Options of {@linkcode exportOnnx}. */
export interface ExportOnnxOptions {
  /** The first dimension: fixed to 1 (default), or the symbol `batch_size`. */
  readonly batch?: 1 | "batch_size";
  /** The graph's name; default `main_graph`. */
  readonly graphName?: string;
}

const OPTIONS = namesOf<ExportOnnxOptions>({ batch: true, graphName: true });

/**
 * The module's forward pass as an ONNX file: opset 12, input `input_0`, output
 * `output`, weights under the module's parameter names.
 *
 * @param module The network, with the weights it has on the host.
 * @param sampleShape The shape of one input, without the batch: `[1, 28, 28]`.
 */
export function exportOnnx(
  module: Module,
  sampleShape: Shape,
  options: ExportOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  checkArguments("exportOnnx()", arguments, 2, OPTIONS);
  checkShape("exportOnnx(): sampleShape", sampleShape);
  const { batch = 1 } = options;
  const { graph, input, output } = trace(module, [1, ...sampleShape]);
  const weights = new Map(module.namedState());
  return exportGraph({
    graph,
    input,
    output,
    weights: (name) => weights.get(name)!.data,
    batch,
    ...(options.graphName === undefined ? {} : { graphName: options.graphName }),
  });
}

/** Options of {@linkcode OnnxModule}. */
export interface OnnxModuleOptions {
  /** The operations that the file's operators may stand for; default all that there are. */
  readonly operations?: readonly OpDefinition[];
  /** The file's name, for errors. */
  readonly name?: string;
  /**
   * The other files in which the file keeps its weights, as PyTorch's exporter makes
   * them: their bytes by name (`{ "model.onnx.data": bytes }`), or a function of the name.
   */
  readonly externalData?: ExternalData;
}

const MODULE_OPTIONS = namesOf<OnnxModuleOptions>({ operations: true, name: true, externalData: true });

/**
 * A network read from an ONNX file: it can be trained, run and exported like any other.
 *
 * @example
 * ```ts ignore
 * const model = new OnnxModule(await Deno.readFile("network.onnx"));
 * ```
 */
export class OnnxModule extends Module {
  /** The shape of one input, without the batch. */
  readonly sampleShape: Shape;
  readonly #at: (batch: number) => ImportedGraph;
  readonly #graphs = new Map<number, Omit<ImportedGraph, "weights">>();
  readonly #parameters: ReadonlyMap<string, Parameter>;

  /** Reads the file; throws what `importGraph` throws. */
  constructor(bytes: Uint8Array, options: OnnxModuleOptions = {}) {
    super();
    checkArguments("new OnnxModule()", arguments, 1, MODULE_OPTIONS);
    checkBytes("OnnxModule: the file", bytes);
    const { operations = allOperations, name = "the model", externalData } = options;
    text("OnnxModule: the name", name);
    if (externalData !== undefined) checkExternalData(externalData);
    checkOperations("OnnxModule", operations);
    const opened = openModel(bytes, { name, externalData });
    this.#at = (batch) => importOpened(opened, operations, name, batch);
    const { weights, ...graph } = this.#at(1);
    this.#graphs.set(1, graph);
    const buffers = new Set(graph.graph.values.filter(({ role }) => role === "buffer").map(({ name }) => name));
    this.sampleShape = graph.input.shape.slice(1);
    this.#parameters = new Map([...weights].map(([name, { shape, data }]) => [
      name,
      buffers.has(name) ? Buffer.from(shape, data) : Parameter.from(shape, data),
    ]));
    // Not as properties: a file may call a tensor `forward`.
    holdParameters(this, this.#parameters);
  }

  /** The file's graph applied to `[N, ...sampleShape]`. */
  override forward(x: Tensor): Tensor {
    const { graph, input, output } = this.#graphOf(x);
    const values = new Map<Value, Value>([[input, x]]);
    for (const value of graph.values) {
      if (value.role === "parameter" || value.role === "buffer") values.set(value, this.#parameter(value).in(x.graph));
      const data = graph.constants.get(value);
      if (data !== undefined) values.set(value, x.graph.constant(value.shape, data, value.name));
    }
    for (const node of graph.nodes) {
      const path = node.name.split("/").slice(0, -1).join("/");
      const inputs = node.inputs.map((value) => values.get(value)!);
      const outputs = x.graph.within(path, () => x.graph.apply(node.op, inputs, node.attributes));
      outputs.forEach((value, index) => values.set(node.outputs[index], value));
    }
    return values.get(output)!;
  }
  /** The graph for as many samples as `x` has: what a file works out of its input's shape depends on their number. */
  #graphOf(x: Tensor): Omit<ImportedGraph, "weights"> {
    graphOf("OnnxModule", x);
    const batch = x.shape[0] ?? 1;
    const known = this.#graphs.get(batch);
    if (known !== undefined) return known;
    const { weights: _, ...graph } = this.#at(batch);
    this.#graphs.set(batch, graph);
    return graph;
  }

  #parameter({ name, shape }: Value): Parameter {
    const parameter = this.#parameters.get(name);
    if (parameter !== undefined && sameShape(parameter.shape, shape)) return parameter;
    throw new ShapeError(
      `OnnxModule: the constant ${quote(name)} has the shape ${showShape(shape)} for this batch and another for a ` +
        "single sample, expected one that no batch has a part in; export the model with a fixed batch",
    );
  }
}
