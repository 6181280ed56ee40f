/**
 * Refuses the operators that no circuit expresses, all of a file at once, and says of
 * each what to use in its place where there is something.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { isOwnDomain, type LabelledNode, listNodes } from "../../../onnx/label.ts";
import type { OpenedModel } from "../../../onnx/open.ts";
import type { NodeProto } from "../../../onnx/proto.ts";
import { RULES } from "./operators.ts";

/** Throws an `ArgumentError` that lists every node whose operator has no rule. */
export function checkOperators(model: OpenedModel, name: string): void {
  const around = new Surroundings(model);
  const byAdvice = new Map<string | null, LabelledNode[]>([[null, []]]);
  for (const labelled of model.nodes) {
    const { node } = labelled, { opType = "", domain } = node;
    if (isOwnDomain(domain) && (opType === "Constant" || Object.hasOwn(RULES, opType))) continue;
    const advice = isOwnDomain(domain) ? adviceFor(node, around) : ownFunction(opType, model);
    byAdvice.set(advice, [...byAdvice.get(advice) ?? [], labelled]);
  }
  // Those that nothing stands in for come first, since it is they that decide.
  const parts = [...byAdvice].filter(([, nodes]) => nodes.length > 0).map(([advice, nodes]) =>
    `${listNodes(nodes)}: ${advice ?? `write the model with ${Object.keys(RULES).join(", ")}`}`
  );
  if (parts.length > 0) throw new ArgumentError(`${name}: no circuit is known for ${parts.join("; nor for ")}`);
}

/** What surrounds a node. */
class Surroundings {
  readonly #makers = new Map<string, NodeProto>();
  readonly #readers = new Map<string, NodeProto[]>();
  readonly #constants: ReadonlySet<string>;
  readonly #outputs: ReadonlySet<string>;

  constructor({ graph, nodes }: OpenedModel) {
    this.#constants = new Set((graph.initializer ?? []).map(({ name = "" }) => name));
    this.#outputs = new Set((graph.output ?? []).map(({ name = "" }) => name));
    for (const { node } of nodes) {
      for (const value of node.output ?? []) this.#makers.set(value, node);
      for (const value of node.input ?? []) {
        const readers = this.#readers.get(value);
        if (readers === undefined) this.#readers.set(value, [node]);
        else readers.push(node);
      }
    }
  }

  /** The operator that makes the node's first input; empty where none does. */
  madeBy(node: NodeProto): string {
    return this.#makers.get(node.input?.[0] ?? "")?.opType ?? "";
  }

  /** Whether an input is a constant of the file. */
  isConstant(node: NodeProto, index: number): boolean {
    const name = node.input?.[index] ?? "";
    return this.#constants.has(name) || this.#makers.get(name)?.opType === "Constant";
  }

  /** The one node that computes with this one's result, behind those that merely pass it on; null where there is none. */
  after(node: NodeProto): NodeProto | "the output" | null {
    let value = node.output?.[0] ?? "";
    for (let steps = 0; steps < 100; steps++) {
      if (this.#outputs.has(value)) return "the output";
      const [reader, another] = this.#readers.get(value) ?? [];
      if (reader === undefined || another !== undefined) return null;
      if (!PASSING.has(reader.opType ?? "")) return reader;
      value = reader.output?.[0] ?? "";
    }
    return null;
  }

  /** Whether the node works on shapes: everything that it is made from is a Shape or constant. */
  isOfShapes(node: NodeProto): boolean {
    const seen = new Set<NodeProto>();
    const pending = [node];
    let shapes = false;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      shapes ||= next.opType === "Shape";
      if (next.opType === "Shape") continue;
      for (const name of next.input ?? []) {
        const maker = this.#makers.get(name);
        if (maker !== undefined) pending.push(maker);
        else if (name !== "" && !this.#constants.has(name)) return false;
      }
    }
    return shapes;
  }
}

/** Operators that leave the elements and their order as they are, or which of them is the largest. */
const PASSING = new Set(["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

const LARGEST = "leave it out, because the largest score names the same class";
const SHAPES = "export with fixed shapes, so that one Reshape or Flatten with a constant target is left";
const SMOOTH = "use Sigmoid, Tanh or Relu, and train with it";

const largest: Advice = (node, around) => {
  const next = around.after(node);
  return next === "the output" || next?.opType === "ArgMax" ? LARGEST : null;
};
const smooth: Advice = () => SMOOTH;

/** What to use in place of a node; null where nothing stands in for it. */
type Advice = (node: NodeProto, around: Surroundings) => string | null;

const ADVICE: Readonly<Record<string, Advice>> = {
  ArgMax: largest,
  BatchNormalization: (node, around) => {
    const before = around.madeBy(node);
    if (before === "Conv") return "export in evaluation mode, where exporters fold it into the Conv in front of it";
    const folded = ["Gemm", "MatMul"].includes(before) ? `, or fold it into the ${before} in front of it` : "";
    return `write it as a Mul and an Add with constants${folded}`;
  },
  Cast: (node, around) => around.madeBy(node) === "ArgMax" ? LARGEST : "export the model in a single float type",
  ConvTranspose: () => "use Conv",
  Div: (node, around) => around.isConstant(node, 1) ? "multiply by the reciprocal with Mul" : null,
  GlobalAveragePool: () => "use AveragePool with the whole image as its kernel_shape",
  GlobalMaxPool: () => "use MaxPool with the whole image as its kernel_shape",
  InstanceNormalization: () => "train without it",
  LayerNormalization: () => "train without it",
  LogSoftmax: largest,
  Neg: () => "multiply by -1 with Mul",
  Shape: () => SHAPES,
  Softmax: largest,
  Squeeze: () => "use Reshape",
  Transpose: (node, around) => {
    const next = around.after(node);
    if (next === null || next === "the output" || !["Gemm", "MatMul"].includes(next.opType ?? "")) return null;
    return around.isConstant(next, 1) ? "reorder the weights of the layer after it" : null;
  },
  Unsqueeze: () => "use Reshape",
  ...Object.fromEntries(
    ["Celu", "Clip", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "Mish", "PRelu", "Selu", "Softplus", "Softsign"]
      .map((name) => [name, smooth]),
  ),
};

function adviceFor(node: NodeProto, around: Surroundings): string | null {
  if (around.isOfShapes(node)) return SHAPES;
  const { opType = "" } = node;
  return Object.hasOwn(ADVICE, opType) ? ADVICE[opType](node, around) : null;
}

function ownFunction(opType: string, { functions }: OpenedModel): string | null {
  if (!functions.includes(opType)) return null;
  return `the file defines ${opType.slice(0, 100)} itself, as a function; write it out with onnx.inliner in Python`;
}
