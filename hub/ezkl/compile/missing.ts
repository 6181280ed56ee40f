/**
 * Refuses the operators that no circuit expresses, all of a file at once, and says of
 * each what to use in its place where there is something.
 * @module
 */
import type { ReadGraph } from "../../../onnx/read/graph.ts";
import { type Advice, FIXED_SHAPES, refuseMissing } from "../../../onnx/read/missing.ts";
import { OPERATOR } from "../operators/list.ts";

/** Throws an `ArgumentError` that lists every node whose operator has no rule, or what is wrong with the inputs. */
export function checkOperators(graph: ReadGraph, name: string): void {
  refuseMissing(graph, {
    name,
    refusal: "no circuit is known for",
    takes: ({ domain, opType }) => domain === "" && OPERATOR.has(opType),
    advice: adviceFor,
    otherwise: `write the model with ${[...OPERATOR.keys()].join(", ")}`,
  });
}

const LARGEST = "leave it out, because the largest score names the same class";
const SMOOTH = "use Sigmoid, Tanh or Relu, and train with it";

const largest: Advice = (node, around) => {
  const next = around.after(node);
  return next === "the output" || next?.opType === "ArgMax" ? LARGEST : null;
};
const smooth: Advice = () => SMOOTH;

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
  Shape: () => FIXED_SHAPES,
  Softmax: largest,
  Transpose: (node, around) => {
    const next = around.after(node);
    if (next === null || next === "the output" || !["Gemm", "MatMul"].includes(next.opType)) return null;
    return around.isConstant(next, 1) ? "reorder the weights of the layer after it" : null;
  },
  ...Object.fromEntries(
    ["Celu", "Clip", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "Mish", "PRelu", "Selu", "Softplus", "Softsign"]
      .map((name) => [name, smooth]),
  ),
};

const adviceFor: Advice = (node, around) => {
  if (around.isOfShapes(node)) return FIXED_SHAPES;
  return node.domain === "" && Object.hasOwn(ADVICE, node.opType) ? ADVICE[node.opType](node, around) : null;
};
