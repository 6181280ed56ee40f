/**
 * From a module to an ONNX file and back.
 * @module
 */
import { bytes as checkBytes, checkArguments, shape as checkShape, text } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { holdParameters, Module, Parameter, type Tensor, trace } from "../core/graph/module.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import type { Shape } from "../core/base/shape.ts";
import { operations as allOperations } from "../ops/mod.ts";
import { exportGraph } from "./export.ts";
import type { ExternalData } from "./external_data.ts";
import { type ImportedGraph, importGraph } from "./import.ts";

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
  const weights = new Map(module.namedParameters());
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
  readonly #imported: ImportedGraph;
  readonly #parameters = new Map<Value, Parameter>();

  /** Reads the file; throws what `importGraph` throws. */
  constructor(bytes: Uint8Array, options: OnnxModuleOptions = {}) {
    super();
    checkArguments("new OnnxModule()", arguments, 1, MODULE_OPTIONS);
    checkBytes("OnnxModule: the file", bytes);
    const { operations = allOperations, ...rest } = options;
    if (rest.name !== undefined) text("OnnxModule: the name", rest.name);
    this.#imported = importGraph(bytes, operations, { batch: 1, ...rest });
    this.sampleShape = this.#imported.input.shape.slice(1);
    const named = new Map<string, Parameter>();
    for (const value of this.#imported.graph.values) {
      if (value.role !== "parameter") continue;
      const { shape, data } = this.#imported.weights.get(value.name)!;
      const parameter = Parameter.from(shape, data);
      this.#parameters.set(value, parameter);
      named.set(value.name, parameter);
    }
    // Not as properties: a file may call a tensor `forward`.
    holdParameters(this, named);
  }

  /** The file's graph applied to `[N, ...sampleShape]`. */
  override forward(x: Tensor): Tensor {
    const { graph, input, output } = this.#imported;
    const values = new Map<Value, Value>([[input, x]]);
    for (const [value, parameter] of this.#parameters) values.set(value, parameter.in(x.graph));
    for (const node of graph.nodes) {
      const path = node.name.split("/").slice(0, -1).join("/");
      const inputs = node.inputs.map((value) => values.get(value)!);
      const outputs = x.graph.within(path, () => x.graph.apply(node.op, inputs, node.attributes));
      outputs.forEach((value, index) => values.set(node.outputs[index], value));
    }
    return values.get(output)!;
  }
}
