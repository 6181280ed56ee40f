/**
 * From a module to an ONNX file and back.
 * @module
 */
import { bytes as checkBytes, checkArguments, shape as checkShape, text } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { type AnyModule, Buffer, holdParameters, Module, Parameter, type Tensor, trace } from "../core/graph/module.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { sameShape, type Shape, shapesOf, showShape } from "../core/base/shape.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
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
 * @param sampleShape The shape of one input, without the batch: `[1, 28, 28]`; a list of shapes where there are several.
 */
export function exportOnnx(
  module: AnyModule,
  sampleShape: Shape | readonly Shape[],
  options: ExportOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  checkArguments("exportOnnx()", arguments, 2, OPTIONS);
  const shapes = shapesOf(sampleShape);
  shapes.forEach((shape) => checkShape("exportOnnx(): sampleShape", shape));
  const { batch = 1 } = options;
  const { graph, inputs, input, outputs, output } = trace(module, shapes.map((shape) => [1, ...shape]));
  const weights = new Map(module.namedState());
  return exportGraph({
    graph,
    inputs,
    input,
    outputs,
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
 * A network read from an ONNX file: it can be trained, run and exported like any other. One whose file returns several
 * tensors is an `OnnxModule<Tensor[]>`.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx, OnnxModule } from "@zkgrad/zkgrad/onnx";
 *
 * const bytes = exportOnnx(new nn.Linear(3, 2), [3]); // or a file's
 * const model = new OnnxModule(bytes, { name: "linear.onnx" });
 * if (model.parameters().length !== 2) throw new Error("weight and bias");
 * ```
 */
export class OnnxModule<Output extends Tensor | readonly Tensor[] = Tensor> extends Module<Output> {
  /** The shapes of the inputs, without the batch. */
  readonly sampleShapes: readonly Shape[];
  /** The first of them. */
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
    this.sampleShapes = graph.inputs.map(({ shape }) => shape.slice(1));
    [this.sampleShape] = this.sampleShapes;
    this.#parameters = new Map([...weights].map(([name, { shape, data }]) => [
      name,
      buffers.has(name) ? Buffer.from(shape, data) : Parameter.from(shape, data),
    ]));
    // Not as properties: a file may call a tensor `forward`.
    holdParameters(this, this.#parameters);
  }

  /** The file's graph applied to `[N, ...sampleShape]`, one tensor for each of its inputs; a list where it returns several. */
  override forward(...given: Tensor[]): Output {
    const [x] = given;
    const { graph, inputs, outputs: returned } = this.#graphOf(x);
    if (given.length !== inputs.length) {
      throw new ArgumentError(
        `OnnxModule: the file takes ${inputs.length} inputs (${inputs.map(({ name }) => name).join(", ")}) and ` +
          `${given.length} were given; give one tensor for each`,
      );
    }
    const values = new Map<Value, Value>(inputs.map((input, k) => [input, given[k]]));
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
    const made = returned.map((value) => values.get(value)!);
    return (made.length === 1 ? made[0] : made) as Output;
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
