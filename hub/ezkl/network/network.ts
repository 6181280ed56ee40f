/**
 * A network between its ONNX file and its circuit: shapes known, weights as floats, no
 * scales yet, and only operations that a circuit can express; and what each of them means:
 * to EZKL's compiler, to the frugal one and in floating point.
 * @module
 */
import type { CircuitNode, InputType, Padding, SupportedOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { CircuitBuilder, Value } from "./circuit_builder.ts";
import type { Scheme } from "./scheme.ts";

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
  | { type: "Downsample"; axis: number; stride: number }
  /** What no rewriting has to know: its operator's file says what it is. `spreads` says that operands broadcast. */
  | { type: "Own"; name: string; meaning: Meaning; spreads: boolean };

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

/** A node while EZKL's compiler writes it. */
export interface NativeNode {
  /** The node. */
  readonly node: NetworkNode;
  /** What it reads, already written. */
  readonly operands: readonly CircuitNode[];
  /** The run arguments. */
  readonly args: RunArgs;
  /** The floats of an operand that is a constant, else null. */
  readonly constant: (side: number) => Float32Array | null;
  /** Says that the node reads an operand no more, since its operation holds what that says. */
  readonly drop: (side: number) => void;
  /** Writes the constants among the operands that nothing else reads at the largest scale of all. */
  readonly requantize: (sides?: readonly number[]) => void;
  /** Writes a constant again at another scale. */
  readonly rescale: (side: number, scale: number) => void;
  /** A constant beside the operands. */
  readonly zero: (scale: number) => CircuitNode;
  /** Takes the key that EZKL gives to a constant that then goes; one that was met before has its key. */
  readonly passKey: (known: string) => void;
  /** Writes the node, divided where its scale is too large, with other operands where they are given; gives its key. */
  readonly push: (op: SupportedOp, scale: number, operands?: readonly CircuitNode[]) => number;
}

/** A node while the frugal compiler writes it. */
export interface FrugalNode {
  /** The node. */
  readonly node: NetworkNode;
  /** Where it stands in the network. */
  readonly place: number;
  /** What nodes are added to. */
  readonly builder: CircuitBuilder;
  /** The scales. */
  readonly scheme: Scheme;
  /** The run arguments. */
  readonly args: RunArgs;
  /** An operand; a constant at `scale`, or at the coarsest that holds it. */
  readonly operand: (side: number, scale?: number) => Value;
  /** Whether an operand is a constant. */
  readonly isConstant: (side: number) => boolean;
  /** A value at the scale of the tables where its own is finer, which products make it. */
  readonly capped: (x: Value) => Value;
  /** A value at the scale at which tables take it. */
  readonly atTableScale: (x: Value) => Value;
  /** A value that is so many bits coarser, to the nearest, by a table. */
  readonly coarser: (x: Value, bits: number) => Value;
  /** A value that has lost `dropBits` bits, as often as the node's weights need to give it its scale. */
  readonly dropped: (x: Value) => Value;
  /** What makes an operand. */
  readonly maker: (side: number) => NetworkNode;
  /** A layer of fixed weights; throws an `ArgumentError` where the node is none. */
  readonly layer: () => Value;
}

/** How a node treats the scales of what it reads, where scales follow the numbers; see `tensor_scales.ts`. */
export interface Scaling {
  /** Operands with whose scale, the same for all, the result comes. */
  readonly keeps?: readonly number[];
  /** Bits by which the result stands finer than those. */
  readonly finer?: number;
  /** Whether the result comes at any scale that is asked for, by weights. */
  readonly free?: boolean;
  /** Whether the result comes at the finest scale that tables take. */
  readonly raw?: boolean;
  /** Whether operands and result stand at the scale of the tables of functions. */
  readonly atTable?: boolean;
  /** The largest magnitude that a table takes, of what operands and result reach; left out where it has no table. */
  readonly looked?: (operands: readonly Extent[], result: Extent) => number;
}

/** Smallest and largest number of a tensor. */
export interface Extent {
  /** The smallest. */
  readonly low: number;
  /** The largest. */
  readonly high: number;
}

/** The largest magnitude between two numbers. */
export const reach = ({ low, high }: Extent): number => Math.max(Math.abs(low), Math.abs(high));

/** A node about whose scales is asked. */
export interface ScalingNode {
  /** The node. */
  readonly node: NetworkNode;
  /** What it reads. */
  readonly operands: readonly NetworkNode[];
  /** Whether the key fixes the weights, so that tables may hold them. */
  readonly fixed: boolean;
}

/** Shapes of a node that is computed in floating point. */
export interface FloatNode {
  /** Of what it reads. */
  readonly shapes: readonly (readonly number[])[];
  /** Of what it makes. */
  readonly shape: readonly number[];
}

/** Prepared for the shapes, it writes the result for one sample to `out`. */
export type Float = (node: FloatNode) => (inputs: readonly ArrayLike<number>[], out: Float64Array) => void;

/** What an operation means. */
export interface Meaning {
  /** Writes it by EZKL's rules; gives its key. */
  readonly native: (node: NativeNode) => number;
  /** Writes it frugally. */
  readonly frugal: (node: FrugalNode) => Value;
  /** Computes it. */
  readonly float: Float;
  /** How it treats scales; left out where the result's is no operand's. */
  readonly scaling?: (about: ScalingNode) => Scaling;
}
