/** Small ONNX files, written node by node. */
import { AttributeType, DataType } from "../../../../onnx/enums.ts";
import { type AttributeProto, encodeModel, type NodeProto, type TensorProto } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";

/** The value of an attribute: a whole number or several, a text, or a float. */
export type Attribute = number | number[] | string | { float: number };

/** What a file holds. */
export interface Model {
  readonly nodes: readonly NodeProto[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly weights?: Readonly<Record<string, TensorProto>>;
  readonly opset?: number;
  readonly type?: number;
}

/** One node, `name` being its operator and its first output. */
export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return { opType, input, output: [output], name: `/${output}`, attribute: Object.entries(attributes).map(attribute) };
}

function attribute([name, value]: [string, Attribute]): AttributeProto {
  if (typeof value === "number") return { name, i: value, type: AttributeType.INT };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: AttributeType.STRING };
  if (Array.isArray(value)) return { name, ints: value, type: AttributeType.INTS };
  return { name, f: value.float, type: AttributeType.FLOAT };
}

/** Weights from -1 to 1, other ones for every seed. */
export function weights(dims: readonly number[], seed: number): TensorProto {
  const next = random(seed);
  const floatData = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => Math.fround(next() * 2 - 1));
  return { dims, dataType: DataType.FLOAT, floatData };
}

/** A tensor of given floats. */
export function floats(dims: readonly number[], floatData: readonly number[]): TensorProto {
  return { dims, dataType: DataType.FLOAT, floatData };
}

/** A list of whole numbers. */
export function wholes(...int64Data: number[]): TensorProto {
  return { dims: [int64Data.length], dataType: DataType.INT64, int64Data };
}

/** The bytes of the file. */
export function onnx({ nodes, inputs, outputs, weights = {}, opset = 13, type = DataType.FLOAT }: Model): Uint8Array {
  const values = (all: Readonly<Record<string, readonly (number | string)[]>>) =>
    Object.entries(all).map(([name, dims]) => ({
      name,
      type: {
        tensorType: {
          elemType: type,
          shape: { dim: dims.map((dim) => typeof dim === "number" ? { dimValue: dim } : { dimParam: dim }) },
        },
      },
    }));
  return encodeModel({
    irVersion: 7,
    opsetImport: [{ version: opset }],
    graph: {
      name: "small",
      node: nodes,
      input: values(inputs),
      output: values(outputs),
      initializer: Object.entries(weights).map(([name, tensor]) => ({ ...tensor, name })),
    },
  });
}

const row = { x: [1, 8] };
const image = { x: [1, 2, 6, 6] };
const unit = { strides: [1, 1] };
const halves = { kernel_shape: [2, 2], strides: [2, 2] };
const first = { w: weights([4, 8], 1), b: weights([4], 2) };
const layers = { ...first, w2: weights([3, 4], 3), b2: weights([3], 4) };
const kernels = { k: weights([3, 2, 3, 3], 5), c: weights([3], 6) };
const gemm = (input: string, output: string, w = "w", b = "b") => node("Gemm", [input, w, b], output, { transB: 1 });
const plain = (opType: string, attributes = {}): Model => ({
  nodes: [node(opType, ["x"], "y", attributes)],
  inputs: row,
  outputs: { y: [1, 8] },
});
const withConstant = (opType: string, w: TensorProto, order = ["x", "w"]): Model => ({
  nodes: [node(opType, order, "y")],
  inputs: row,
  outputs: { y: [1, 8] },
  weights: { w },
});
const conv = (shape: number[], attributes = {}, weights = kernels, from: Model["inputs"] = image): Model => ({
  nodes: [node("Conv", ["x", "k", "c"], "y", attributes)],
  inputs: from,
  outputs: { y: shape },
  weights,
});
const pool = (opType: string, shape: number[], attributes = {}): Model => ({
  nodes: [node(opType, ["x"], "y", attributes)],
  inputs: image,
  outputs: { y: shape },
});
const reshape = (target: number[], shape: number[]): Model => ({
  nodes: [node("Reshape", ["x", "t"], "y")],
  inputs: image,
  outputs: { y: shape },
  weights: { t: wholes(...target) },
});

/** Files that a circuit can express, and that EZKL compiles as we do. The declared output is what ONNX infers. */
export const MODELS: Readonly<Record<string, Model>> = {
  "Gemm": { nodes: [gemm("x", "y")], inputs: row, outputs: { y: [1, 4] }, weights: first },
  "Gemm without transB or bias": {
    nodes: [node("Gemm", ["x", "w"], "y")],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: { w: weights([8, 4], 1) },
  },
  "Gemm with alpha 0.5 and beta 0.25": {
    nodes: [node("Gemm", ["x", "w", "b"], "y", { transB: 1, alpha: { float: 0.5 }, beta: { float: 0.25 } })],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: first,
  },
  "Gemm with alpha 1.7": {
    nodes: [node("Gemm", ["x", "w", "b"], "y", { transB: 1, alpha: { float: 1.7 } })],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: first,
  },
  "Gemm of three samples": { nodes: [gemm("x", "y")], inputs: { x: [3, 8] }, outputs: { y: [3, 4] }, weights: first },
  "Gemm of one output": {
    nodes: [gemm("x", "y")],
    inputs: row,
    outputs: { y: [1, 1] },
    weights: { w: weights([1, 8], 1), b: weights([1], 2) },
  },
  "two layers": {
    nodes: [gemm("x", "a"), node("Relu", ["a"], "r"), gemm("r", "y", "w2", "b2")],
    inputs: row,
    outputs: { y: [1, 3] },
    weights: layers,
  },
  "two layers of which the first is an output": {
    nodes: [gemm("x", "a"), node("Relu", ["a"], "r"), gemm("r", "y", "w2", "b2")],
    inputs: row,
    outputs: { y: [1, 3], r: [1, 4] },
    weights: layers,
  },
  "a weight and a bias that two layers share": {
    nodes: [gemm("x", "a"), gemm("a", "y")],
    inputs: row,
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1), b: weights([8], 2) },
  },
  "MatMul": {
    nodes: [node("MatMul", ["x", "w"], "y")],
    inputs: row,
    outputs: { y: [1, 4] },
    weights: { w: weights([8, 4], 1) },
  },
  "MatMul of images": {
    nodes: [node("MatMul", ["x", "w"], "y")],
    inputs: image,
    outputs: { y: [1, 2, 6, 4] },
    weights: { w: weights([6, 4], 1) },
  },
  "MatMul of inputs": {
    nodes: [node("MatMul", ["x", "z"], "y")],
    inputs: { x: [2, 3], z: [3, 4] },
    outputs: { y: [2, 4] },
  },
  "MatMul by a vector": {
    nodes: [node("MatMul", ["x", "w"], "y")],
    inputs: row,
    outputs: { y: [1] },
    weights: { w: weights([8], 1) },
  },
  "Add": withConstant("Add", weights([8], 1)),
  "Add of a number in front": withConstant("Add", floats([], [0.3]), ["w", "x"]),
  "Add of 0": { ...withConstant("Add", floats([8], Array(8).fill(0))) },
  "Sub from a constant": withConstant("Sub", weights([8], 1), ["w", "x"]),
  "Add of inputs with broadcasting": {
    nodes: [node("Add", ["x", "z"], "y")],
    inputs: { x: [1, 8], z: [3, 1] },
    outputs: { y: [3, 8] },
  },
  "Mul": withConstant("Mul", weights([8], 1)),
  "Mul by a quarter": withConstant("Mul", floats([], [0.25])),
  "Mul by -0.25": withConstant("Mul", floats([1], [-0.25])),
  "Mul by itself": { nodes: [node("Mul", ["x", "x"], "y")], inputs: row, outputs: { y: [1, 8] } },
  "Add of values at different scales": {
    nodes: [node("Mul", ["x", "w"], "a"), node("Add", ["x", "a"], "y")],
    inputs: row,
    outputs: { y: [1, 8] },
    weights: { w: weights([8], 1) },
  },
  "a constant that is used twice": {
    nodes: [node("Add", ["x", "w"], "a"), node("Mul", ["a", "w"], "y")],
    inputs: row,
    outputs: { y: [1, 8] },
    weights: { w: weights([1, 8], 1) },
  },
  "inputs in another order than they are read": {
    nodes: [node("Tanh", ["x"], "b"), node("Sigmoid", ["z"], "a"), node("Mul", ["a", "b"], "y")],
    inputs: { x: [1, 8], z: [1, 8] },
    outputs: { y: [1, 8] },
  },
  "Sigmoid": plain("Sigmoid"),
  "Tanh": plain("Tanh"),
  "Relu": plain("Relu"),
  "LeakyRelu": plain("LeakyRelu", { alpha: { float: 0.1 } }),
  "LeakyRelu with alpha 0": plain("LeakyRelu", { alpha: { float: 0 } }),
  "Dropout and Identity": {
    nodes: [node("Dropout", ["x"], "a"), node("Identity", ["a"], "b"), node("Sigmoid", ["b"], "y")],
    inputs: row,
    outputs: { y: [1, 8] },
  },
  "Conv": conv([1, 3, 4, 4], unit),
  "Conv with strides and pads": conv([1, 3, 4, 5], { strides: [2, 1], pads: [1, 0, 2, 1] }),
  "Conv with SAME_UPPER": conv([1, 3, 3, 6], { strides: [2, 1], auto_pad: "SAME_UPPER" }, {
    ...kernels,
    k: weights([3, 2, 3, 2], 5),
  }),
  "Conv with SAME_LOWER": conv([1, 3, 3, 6], { strides: [2, 1], auto_pad: "SAME_LOWER" }, {
    ...kernels,
    k: weights([3, 2, 3, 2], 5),
  }),
  "Conv with VALID": conv([1, 3, 4, 4], { ...unit, auto_pad: "VALID" }),
  "Conv in groups": conv([1, 4, 4, 4], { ...unit, group: 2 }, { k: weights([4, 1, 3, 3], 5), c: weights([4], 6) }),
  "Conv with a kernel of 1": conv([1, 3, 6, 6], unit, { ...kernels, k: weights([3, 2, 1, 1], 5) }),
  "Conv of two samples": conv([2, 3, 4, 4], unit, kernels, { x: [2, 2, 6, 6] }),
  "Conv of one output": conv([1, 1, 4, 4], unit, { k: weights([1, 2, 3, 3], 5), c: weights([1], 6) }),
  "Conv without bias": {
    nodes: [node("Conv", ["x", "k"], "y", unit)],
    inputs: image,
    outputs: { y: [1, 3, 4, 4] },
    weights: kernels,
  },
  "Pad in front of Conv": {
    nodes: [node("Pad", ["x", "p"], "a"), node("Conv", ["a", "k", "c"], "y", unit)],
    inputs: image,
    outputs: { y: [1, 3, 7, 7] },
    weights: { ...kernels, p: wholes(0, 0, 1, 1, 0, 0, 2, 2) },
  },
  "AveragePool": pool("AveragePool", [1, 2, 3, 3], halves),
  "AveragePool that counts its padding": pool("AveragePool", [1, 2, 4, 4], {
    ...halves,
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  }),
  "AveragePool whose ceil_mode changes nothing": pool("AveragePool", [1, 2, 3, 3], { ...halves, ceil_mode: 1 }),
  "MaxPool": pool("MaxPool", [1, 2, 4, 5], { kernel_shape: [3, 2], strides: [1, 1] }),
  "MaxPool with padding behind Relu": {
    nodes: [node("Relu", ["x"], "a"), node("MaxPool", ["a"], "y", { ...halves, pads: [1, 1, 1, 1] })],
    inputs: image,
    outputs: { y: [1, 2, 4, 4] },
  },
  "Reshape": reshape([0, -1], [1, 72]),
  "Reshape to the same": reshape([1, 2, 6, 6], [1, 2, 6, 6]),
  "Reshape in steps": reshape([4, 18], [4, 18]),
  "Reshape that adds axes of 1": { ...reshape([1, 8, 1, 1], [1, 8, 1, 1]), inputs: row },
  "Reshape and back": {
    nodes: [node("Reshape", ["x", "s"], "a"), node("Reshape", ["a", "t"], "b"), node("Sigmoid", ["b"], "y")],
    inputs: image,
    outputs: { y: [1, 2, 6, 6] },
    weights: { s: wholes(3, 24), t: wholes(1, 2, 6, 6) },
  },
  "Flatten": pool("Flatten", [1, 72]),
  "Flatten of the last axes alone": pool("Flatten", [12, 6], { axis: 3 }),
  "Flatten, a table and Reshape": {
    nodes: [node("Flatten", ["x"], "a"), node("Sigmoid", ["a"], "b"), node("Reshape", ["b", "t"], "y")],
    inputs: image,
    outputs: { y: [8, 9] },
    weights: { t: wholes(8, 9) },
  },
  "Mul of inputs of two ranks": {
    nodes: [node("Mul", ["x", "z"], "y")],
    inputs: { x: [4], z: [2, 3, 4] },
    outputs: { y: [2, 3, 4] },
  },
  "Add of a larger constant": {
    ...withConstant("Add", weights([2, 8], 1)),
    inputs: { x: [8] },
    outputs: { y: [2, 8] },
  },
  "a weight of one number": {
    nodes: [gemm("x", "y")],
    inputs: { x: [1, 1] },
    outputs: { y: [1, 1] },
    weights: { w: weights([1, 1], 1), b: weights([1], 2) },
  },
  "a layer of one result between two": {
    nodes: [gemm("x", "a"), node("Relu", ["a"], "r"), gemm("r", "y", "w2", "b2")],
    inputs: row,
    outputs: { y: [1, 3] },
    weights: { w: weights([1, 8], 1), b: weights([1], 2), w2: weights([3, 1], 3), b2: weights([3], 4) },
  },
  "Conv with a kernel of 1 and strides": conv([1, 3, 3, 6], { strides: [2, 1] }, {
    ...kernels,
    k: weights([3, 2, 1, 1], 5),
  }),
  "Conv with a kernel of 1 along a stride": conv([1, 3, 4, 3], { strides: [1, 2] }, {
    ...kernels,
    k: weights([3, 2, 3, 1], 5),
  }),
  "Pad": {
    nodes: [node("Pad", ["x", "p"], "y")],
    inputs: image,
    outputs: { y: [1, 2, 10, 8] },
    weights: { p: wholes(0, 0, 1, 2, 0, 0, 3, 0) },
  },
  "Pad by an attribute": { ...pool("Pad", [1, 2, 10, 8], { pads: [0, 0, 1, 2, 0, 0, 3, 0] }), opset: 10 },
  "whole numbers": {
    nodes: [node("Add", ["x", "w"], "y")],
    inputs: { x: [1, 3] },
    outputs: { y: [1, 3] },
    weights: { w: wholes(1, 2, 3) },
    type: DataType.INT64,
  },
  "a small LeNet": {
    nodes: [
      node("Conv", ["x", "k", "c"], "a", unit),
      node("Sigmoid", ["a"], "s"),
      node("AveragePool", ["s"], "p", halves),
      node("Flatten", ["p"], "f"),
      gemm("f", "g"),
      node("Sigmoid", ["g"], "t"),
      gemm("t", "y", "w2", "b2"),
    ],
    inputs: { x: ["batch_size", 2, 6, 6] },
    outputs: { y: [1, 3] },
    weights: { ...layers, ...kernels, w: weights([4, 12], 1) },
  },
};
