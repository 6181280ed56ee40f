/** Files whose constants and shapes are worked out before a circuit is made of them, as EZKL's own reader does. */
import { type Model, node, weights, wholes } from "./models.ts";
import { DataType } from "../../../../onnx/enums.ts";

const row = { x: [1, 8] };
const image = { x: [1, 2, 6, 6] };
const layer = { w: weights([4, 8], 1), b: weights([4], 2) };
const scalar = (value: number) => ({ dims: [], dataType: DataType.INT64, int64Data: [value] });

/** The features of `x` in a row, for a batch of any size. */
const flattening = (input: string, output: string) => [
  node("Shape", [input], "s"),
  node("Gather", ["s", "first"], "n"),
  node("Unsqueeze", ["n", "zero"], "u"),
  node("Concat", ["u", "rest"], "t", { axis: 0 }),
  node("Reshape", [input, "t"], output),
];
const shaping = { first: scalar(0), zero: wholes(0), rest: wholes(-1) };

export const FOLDED: Readonly<Record<string, Model>> = {
  "a flattening for any batch": {
    nodes: [...flattening("x", "f"), node("Gemm", ["f", "v", "b"], "y", { transB: 1 })],
    inputs: { x: ["batch_size", 2, 6, 6] },
    outputs: { y: [1, 4] },
    weights: { ...shaping, v: weights([4, 72], 1), b: layer.b },
  },
  "a flattening behind a Conv": {
    nodes: [
      node("Conv", ["x", "k"], "c", { strides: [1, 1] }),
      node("Relu", ["c"], "r"),
      ...flattening("r", "f"),
      node("Gemm", ["f", "v", "b"], "y", { transB: 1 }),
    ],
    inputs: { x: ["batch_size", 2, 6, 6] },
    outputs: { y: [1, 4] },
    weights: { ...shaping, k: weights([3, 2, 3, 3], 3), v: weights([4, 48], 1), b: layer.b },
  },
  "a weight that is turned": {
    nodes: [
      node("Transpose", ["w"], "t", { perm: [1, 0] }),
      node("MatMul", ["x", "t"], "m"),
      node("Add", ["m", "b"], "y"),
    ],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: layer,
  },
  "a weight that is scaled": {
    nodes: [node("Mul", ["w", "h"], "v"), node("Gemm", ["x", "v", "b"], "y", { transB: 1 })],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: { ...layer, h: weights([1], 7) },
  },
  "a bias that is put together": {
    nodes: [node("Concat", ["p", "q"], "b", { axis: 0 }), node("Gemm", ["x", "w", "b"], "y", { transB: 1 })],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: { w: layer.w, p: weights([1], 5), q: weights([3], 6) },
  },
  "a Cast that changes nothing": {
    nodes: [node("Cast", ["x"], "c", { to: DataType.FLOAT }), node("Sigmoid", ["c"], "y")],
    inputs: row,
    outputs: { y: [1, 8] },
  },
  "a Slice of everything": {
    nodes: [node("Slice", ["x", "s", "e"], "c"), node("Sigmoid", ["c"], "y")],
    inputs: row,
    outputs: { y: [1, 8] },
    weights: { s: wholes(0, 0), e: wholes(1, 8) },
  },
  "a target of computed sizes": {
    nodes: [
      node("Shape", ["x"], "s"),
      node("ReduceProd", ["s"], "p", { keepdims: 1 }),
      node("Div", ["p", "two"], "h"),
      node("Concat", ["two", "h"], "t", { axis: 0 }),
      node("Reshape", ["x", "t"], "y"),
    ],
    inputs: image,
    outputs: { y: [2, 36] },
    weights: { two: wholes(2) },
  },
  "Squeeze": {
    nodes: [node("Squeeze", ["x", "a"], "s"), node("Tanh", ["s"], "y")],
    inputs: { x: [1, 1, 8] },
    outputs: { y: [1, 8] },
    weights: { a: wholes(1) },
  },
  "Squeeze at opset 12": {
    nodes: [node("Squeeze", ["x"], "s", { axes: [-2] }), node("Tanh", ["s"], "y")],
    inputs: { x: [1, 1, 8] },
    outputs: { y: [1, 8] },
    opset: 12,
  },
  "Unsqueeze": {
    nodes: [node("Unsqueeze", ["x", "a"], "s"), node("Tanh", ["s"], "y")],
    inputs: row,
    outputs: { y: [1, 8, 1] },
    weights: { a: wholes(-1) },
  },
  "Unsqueeze by two axes": {
    nodes: [node("Tanh", ["x"], "s"), node("Unsqueeze", ["s", "a"], "y")],
    inputs: row,
    outputs: { y: [1, 1, 8, 1] },
    weights: { a: wholes(0, 3) },
  },
};
