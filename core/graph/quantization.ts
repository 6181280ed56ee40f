/**
 * Training that knows how coarse a network's numbers will be: what rounds them is put into its graph, where those who
 * will compute it with whole numbers say. PyTorch's `torch.ao.quantization`, from graph to graph.
 * @module
 */
import { checkArguments, expect, instance } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { checkOptions, isOptions, namesOf, nearestName } from "../base/known.ts";
import { inputName } from "./check.ts";
import { Graph, type Value } from "./graph.ts";
import { type AnyModule, Module, type Trace } from "./module.ts";

/** What rounds numbers: in a graph, with a gradient as if it did not, and on the host. */
export interface Quantizer {
  /** The value that is read in place of another, of its shape. */
  forward(value: Value): Value;
  /** The same of numbers. */
  quantize(data: Float32Array): Float32Array<ArrayBuffer>;
}

/** What is rounded where, by names as `Graph.toString()` shows them; PyTorch's `QConfigMapping`. */
export interface QConfigMapping {
  /** By a parameter (`conv1.weight`), an input (`input_0`) or the node that makes it (`Sigmoid_1`): for all that read it. */
  readonly values?: Readonly<Record<string, Quantizer>>;
  /** By a node (`conv2/Conv2d`): what it alone reads as its first input, behind what `values` makes of that. */
  readonly reads?: Readonly<Record<string, Quantizer>>;
}

const MAPPING = namesOf<QConfigMapping>({ values: true, reads: true });

/** Throws an `ArgumentError`, which begins with `where`, for what says of no place how it is rounded. */
export function checkMapping(where: string, mapping: unknown): asserts mapping is QConfigMapping {
  expect(mapping !== undefined, where, mapping, "{ values, reads }, quantizers by name");
  checkOptions(where, mapping, MAPPING);
  for (const name of MAPPING) {
    const { [name]: places = {} } = mapping as Readonly<Record<string, unknown>>;
    const isRecord = isOptions(places);
    expect(isRecord, `${where}: ${name}`, places, 'an object of quantizers, { "conv1.weight": new FakeQuantize(...) }');
    for (const [place, quantizer] of Object.entries(places)) {
      const { forward, quantize } = (quantizer ?? {}) as Partial<Quantizer>;
      const isSound = typeof forward === "function" && typeof quantize === "function";
      expect(
        isSound,
        `${where}: ${name}, ${place}`,
        quantizer,
        "a quantizer, such as new FakeQuantize({ scale: 1 / 256 })",
      );
    }
  }
}

/**
 * The same graph with quantizers in its places.
 *
 * @throws {ArgumentError} for a name that the graph does not have
 */
export function quantized(trace: Trace, mapping: QConfigMapping): Trace {
  const { values = {}, reads = {} } = mapping;
  const open = { values: new Set(Object.keys(values)), reads: new Set(Object.keys(reads)) };
  const names = new Map(trace.inputs.map((value, k) => [value, inputName(k)]));
  const graph = new Graph({ training: trace.graph.training });
  const copies = new Map<Value, Value>();
  const read = new Map<Value, Value>();
  const place = (value: Value, copy: Value): void => {
    const name = names.get(value) ?? value.name;
    open.values.delete(name);
    const quantizer = Object.hasOwn(values, name) ? values[name] : undefined;
    copies.set(value, copy);
    read.set(value, quantizer === undefined ? copy : graph.within(name, () => quantizer.forward(copy)));
  };
  const made = new Map(trace.graph.nodes.map((node) => [node.outputs[0], node]));
  for (const value of trace.graph.values) {
    const { name, shape, role, dtype } = value;
    const node = made.get(value);
    if (node !== undefined) {
      open.reads.delete(node.name);
      const inputs = node.inputs.map((input) => read.get(input)!);
      const quantizer = Object.hasOwn(reads, node.name) ? reads[node.name] : undefined;
      if (quantizer !== undefined) inputs[0] = graph.within(node.name, () => quantizer.forward(inputs[0]));
      const path = node.name.slice(0, Math.max(0, node.name.lastIndexOf("/")));
      const outputs = graph.within(path, () => graph.apply(node.op, inputs, node.attributes));
      node.outputs.forEach((output, k) => place(output, outputs[k]));
    } else if (role === "constant") place(value, graph.constant(shape, trace.graph.constants.get(value)!, name));
    else if (role !== "node") place(value, graph.source(name, shape, role, dtype));
  }
  refuseUnknown("values", open.values, [...read.keys()].map((value) => names.get(value) ?? value.name));
  refuseUnknown("reads", open.reads, trace.graph.nodes.map(({ name }) => name));
  // What a buffer becomes is state, not a number of the network's.
  for (const [buffer, next] of trace.graph.updates) graph.update(copies.get(buffer)!, copies.get(next)!);
  const renewed = (known: ReadonlyMap<string, Value>) =>
    new Map([...known].map(([name, value]) => [name, copies.get(value)!]));
  const outputs = trace.outputs.map((value) => read.get(value)!);
  return {
    graph,
    inputs: trace.inputs.map((value) => copies.get(value)!),
    input: copies.get(trace.input)!,
    outputs,
    output: outputs[0],
    given: copies.get(trace.given)!,
    parameters: renewed(trace.parameters),
    state: renewed(trace.state),
  };
}

function refuseUnknown(kind: keyof QConfigMapping, left: ReadonlySet<string>, known: readonly string[]): void {
  for (const name of left) {
    const meant = nearestName(name, known);
    throw new ArgumentError(
      `quantizationAware: ${kind} names ${name}, and the model's graph has no such ${
        kind === "reads" ? "node" : "value"
      }${meant === undefined ? "" : `, did you mean ${meant}?`}; trainer.describe(loader) shows its names`,
    );
  }
}

/**
 * Leaves every parameter of a model as those that read it in training got it, which is how the trained network is
 * exported: what is rounded once more to the same grid stays what it is. PyTorch's `convert`.
 *
 * @example
 * ```ts
 * import { Adam, convert, DataLoader, manualSeed, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * manualSeed(1);
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const [half, eighth] = [new nn.FakeQuantize({ scale: 1 / 2 }), new nn.FakeQuantize({ scale: 1 / 8 })];
 * const quantizationAware = { values: { "0.weight": half, "2.weight": half, "1/Tanh": eighth } };
 * const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.1 }) };
 * using trainer = await Trainer.create({ ...parts, quantizationAware });
 * const loader = new DataLoader(data, { batchSize: 4 });
 * for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
 * const { accuracy } = await trainer.evaluate(data);
 * convert(model, quantizationAware);
 * const weights = model.namedParameters()[0][1].data;
 * if (accuracy !== 1 || !weights.every((weight) => Number.isInteger(2 * weight))) throw new Error(`${accuracy}`);
 * ```
 * @throws {ArgumentError} for what is no model or no mapping
 */
export function convert(model: AnyModule, mapping: QConfigMapping): void {
  checkArguments("convert()", arguments, 2);
  instance("convert(): the model", model, Module);
  checkMapping("convert(): the mapping", mapping);
  for (const [name, { data }] of model.namedParameters()) {
    const quantizer = Object.hasOwn(mapping.values ?? {}, name) ? mapping.values![name] : undefined;
    if (quantizer !== undefined) data.set(quantizer.quantize(data));
  }
}
