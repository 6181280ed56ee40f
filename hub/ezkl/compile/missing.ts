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
    otherwise:
      "write the model with operators that have one, such as Add, Mul, MatMul, Conv, Relu, Sigmoid and Softmax",
  });
}

const ADVICE: Readonly<Record<string, string>> = {
  Hardmax: "leave it out, because the largest score names the same class",
  LRN: "use BatchNormalization, and train with it",
  NonZero: "how many it finds depends on the input; multiply by a mask in its place",
  Shape: FIXED_SHAPES,
  Shrink: "use Relu, and train with it",
};

const adviceFor: Advice = (node, around) => {
  if (around.isOfShapes(node)) return FIXED_SHAPES;
  return node.domain === "" && Object.hasOwn(ADVICE, node.opType) ? ADVICE[node.opType] : null;
};
