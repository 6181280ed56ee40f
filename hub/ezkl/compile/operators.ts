/**
 * The ONNX operators that a circuit can express.
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
