/**
 * The ONNX operators that a circuit can express.
 * @module
 */
import { lowerBinary, lowerLeakyRelu, lowerUnary } from "./lower_elementwise.ts";
import { lowerGemm, lowerMatMul } from "./lower_product.ts";
import { lowerPad, lowerReshape } from "./lower_shape.ts";
import { lowerAveragePool, lowerConv, lowerMaxPool } from "./lower_window.ts";
import type { LoweringRule } from "../network/lowering.ts";

/** The rule of every operator by its name; Constant, Dropout, Identity and the like are gone before. */
export const RULES: Readonly<Record<string, LoweringRule>> = {
  Add: lowerBinary("Add"),
  AveragePool: lowerAveragePool,
  Conv: lowerConv,
  Flatten: lowerReshape("axis"),
  Gemm: lowerGemm,
  LeakyRelu: lowerLeakyRelu,
  MatMul: lowerMatMul,
  MaxPool: lowerMaxPool,
  Mul: lowerBinary("Mul"),
  Pad: lowerPad,
  Relu: lowerUnary("Relu"),
  Reshape: lowerReshape("target shape"),
  Sigmoid: lowerUnary("Sigmoid"),
  Squeeze: lowerReshape("axes"),
  Sub: lowerBinary("Sub"),
  Tanh: lowerUnary("Tanh"),
  Unsqueeze: lowerReshape("axes"),
};
