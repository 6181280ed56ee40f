/**
 * What to do in place of an operator that the engine has no operation for.
 * @module
 */
import { type Advice, FIXED_SHAPES } from "./read/missing.ts";

const scores: Advice = (node, around) =>
  around.after(node) === "the output"
    ? "leave it out and train on the scores themselves, as CrossEntropyLoss does"
    : null;

const HINTS: Readonly<Record<string, Advice>> = {
  BatchNormalization: (node, around) =>
    around.madeBy(node) === "Conv"
      ? "export in evaluation mode, where exporters fold it into the Conv in front of it"
      : null,
  GlobalAveragePool: () => "use AveragePool with the whole image as its kernel_shape",
  GlobalMaxPool: () => "use MaxPool with the whole image as its kernel_shape",
  LogSoftmax: scores,
  Softmax: scores,
};

/** What the engine says of a node that no operation stands for; null for nothing in particular. */
export const hintFor: Advice = (node, around) => {
  if (around.isOfShapes(node)) return FIXED_SHAPES;
  return node.domain === "" && Object.hasOwn(HINTS, node.opType) ? HINTS[node.opType](node, around) : null;
};
