/**
 * A network between its ONNX file and its circuit: shapes known, weights as floats, no
 * scales yet, and only operations that a circuit can express.
 * @module
 */
import type { InputType, Padding } from "../format/circuit.ts";

/** Window of a convolution or a pooling over the spatial axes. */
export interface Window {
  /** Elements added before and after each spatial axis. */
  padding: Padding[];
  /** Step along each spatial axis. */
  stride: number[];
}

/** What a node of a network computes. */
export type NetworkOp =
  /** A graph input. */
  | { type: "Input"; datumType: InputType }
  /** Weights; `whole` where ONNX keeps them as integers or booleans. */
  | { type: "Constant"; values: Float32Array; whole: boolean }
  /** Image `[N, C, H, W]`, kernel `[O, C/group, h, w]`, perhaps a bias `[O]`. */
  | ({ type: "Conv"; group: number } & Window)
  /** The product that the equation names, as in `mk,nk->mn`. */
  | { type: "MatMul"; equation: string }
  /** Elementwise, with ONNX's broadcasting. */
  | { type: "Add" | "Sub" | "Mul" }
  /** Elementwise. */
  | { type: "Sigmoid" | "Tanh" | "Relu" | "Identity" }
  /** x where x is not negative, else alpha times x. */
  | { type: "LeakyRelu"; alpha: number }
  /** Mean or maximum of each window. */
  | ({ type: "AveragePool" | "MaxPool"; kernel: number[] } & Window)
  /** The same elements in the node's shape. */
  | { type: "Reshape" }
  /** Zeros around; one pair for every axis. */
  | { type: "Pad"; padding: Padding[] }
  /** Every `stride`-th element along an axis, from the first on; EZKL's reader makes it of strides, no ONNX operator. */
  | { type: "Downsample"; axis: number; stride: number };

/** One operation of a network. */
export interface NetworkNode {
  /** What it computes. */
  op: NetworkOp;
  /** The nodes that it reads, by their places in the list; each comes before it. */
  inputs: number[];
  /** Shape of the result; a scalar is `[1]`. */
  shape: number[];
  /** What to call it in an error: the ONNX node with its operator, or the tensor. */
  label: string;
  /** Name of the ONNX tensor that a constant is, element for element. */
  tensor?: string;
}

/** A network ready to be given scales. */
export interface Network {
  /** In an order in which operands come first. */
  nodes: NetworkNode[];
  /** Places of the graph's inputs. */
  inputs: number[];
  /** Places of the graph's results. */
  outputs: number[];
  /** Kind of each result. */
  outputTypes: InputType[];
}
