/**
 * What the operations of a network mean that rewriting knows by their names; all others say it themselves.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { Meaning, NetworkOp } from "../network/network.ts";
import { addition, multiplication, subtraction } from "./arithmetic.ts";
import { averagePoolMeaning } from "./average_pool.ts";
import { convMeaning } from "./conv.ts";
import { leakyReluMeaning } from "./leaky_relu.ts";
import { matMulMeaning } from "./mat_mul.ts";
import { maxPoolMeaning } from "./max_pool.ts";
import { padMeaning } from "./pad.ts";
import { reluMeaning } from "./relu.ts";
import { downsampleMeaning, identityMeaning, inputMeaning, reshapeMeaning } from "./reshapes.ts";
import { sigmoidMeaning } from "./sigmoid.ts";
import { tanhMeaning } from "./tanh.ts";

/** What an operation means. */
export function meaningOf(op: NetworkOp): Meaning {
  switch (op.type) {
    case "Own":
      return op.meaning;
    case "Input":
      return inputMeaning(op);
    case "Add":
      return addition;
    case "Sub":
      return subtraction;
    case "Mul":
      return multiplication;
    case "Conv":
      return convMeaning(op);
    case "MatMul":
      return matMulMeaning(op);
    case "Sigmoid":
      return sigmoidMeaning;
    case "Tanh":
      return tanhMeaning;
    case "Relu":
      return reluMeaning;
    case "LeakyRelu":
      return leakyReluMeaning(op);
    case "AveragePool":
      return averagePoolMeaning(op);
    case "MaxPool":
      return maxPoolMeaning(op);
    case "Reshape":
      return reshapeMeaning;
    case "Pad":
      return padMeaning(op);
    case "Downsample":
      return downsampleMeaning(op);
    case "Identity":
      return identityMeaning;
    case "Constant":
      throw new ArgumentError("a constant is no step of a circuit");
  }
}
