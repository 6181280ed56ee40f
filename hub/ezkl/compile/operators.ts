/**
 * The ONNX operators that a circuit can express, and what to use in place of others.
 * @module
 */
import { lowerBinary, lowerDropout, lowerIdentity, lowerLeakyRelu, lowerUnary } from "./lower_elementwise.ts";
import { lowerGemm, lowerMatMul } from "./lower_product.ts";
import { lowerFlatten, lowerPad, lowerReshape } from "./lower_shape.ts";
import { lowerAveragePool, lowerConv, lowerMaxPool } from "./lower_window.ts";
import type { LoweringRule } from "./lowering.ts";

/** The rule of every operator by its name. */
export const RULES: Readonly<Record<string, LoweringRule>> = {
  Add: lowerBinary("Add"),
  AveragePool: lowerAveragePool,
  Conv: lowerConv,
  Dropout: lowerDropout,
  Flatten: lowerFlatten,
  Gemm: lowerGemm,
  Identity: lowerIdentity,
  LeakyRelu: lowerLeakyRelu,
  MatMul: lowerMatMul,
  MaxPool: lowerMaxPool,
  Mul: lowerBinary("Mul"),
  Pad: lowerPad,
  Relu: lowerUnary("Relu"),
  Reshape: lowerReshape,
  Sigmoid: lowerUnary("Sigmoid"),
  Sub: lowerBinary("Sub"),
  Tanh: lowerUnary("Tanh"),
};

const SMOOTH = "use Sigmoid, Tanh or Relu, and train with it";
const RESHAPE = "export with fixed shapes, so that one Reshape or Flatten with a constant target is left";
const SCORES = "leave it out, because the largest score names the same class";

const INSTEAD: Readonly<Record<string, string>> = {
  BatchNormalization: "fold it into the convolution or Gemm in front of it, which exporters do in evaluation mode",
  InstanceNormalization: "train without it",
  LayerNormalization: "train without it",
  Softmax: SCORES,
  LogSoftmax: SCORES,
  ArgMax: SCORES,
  Cast: "export the model in a single float type",
  Concat: RESHAPE,
  ConstantOfShape: RESHAPE,
  ConvTranspose: "use Conv",
  Div: "multiply by the reciprocal with Mul",
  Gather: RESHAPE,
  GlobalAveragePool: "use AveragePool with the whole image as its kernel_shape",
  GlobalMaxPool: "use MaxPool with the whole image as its kernel_shape",
  Neg: "multiply by -1 with Mul",
  Shape: RESHAPE,
  Slice: RESHAPE,
  Squeeze: "use Reshape",
  Transpose: "reorder the weights of the layer after it",
  Unsqueeze: "use Reshape",
  ...Object.fromEntries(
    ["Celu", "Clip", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "Mish", "PRelu", "Selu", "Softplus", "Softsign"]
      .map((name) => [name, SMOOTH]),
  ),
};

/** What to use in place of an operator that has no rule. */
export function insteadOf(operator: string): string {
  return INSTEAD[operator] ?? `write the model with ${Object.keys(RULES).join(", ")}`;
}
