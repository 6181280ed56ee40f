/**
 * The operations of a compiled circuit, and the tensors that they carry. Names are EZKL's
 * own in camel case.
 * @module
 */
import type { Visibility } from "./run_args.ts";

/** A tensor of field elements, each as a signed whole number. */
export interface FieldTensor {
  /** Row-major values. */
  values: bigint[];
  /** Shape; a scalar is `[1]`. */
  dims: number[];
  /** log2 of the multiplier that made the values, or null. */
  scale: number | null;
  /** Who sees the values, or null where it is not said. */
  visibility: Visibility | null;
}

/** The floats that a constant was made from; native files leave it empty. */
export interface FloatTensor {
  /** Row-major values. */
  values: Float32Array;
  /** Shape; `[0]` when empty. */
  dims: number[];
  /** log2 of the multiplier, or null. */
  scale: number | null;
  /** Who sees the values, or null where it is not said. */
  visibility: Visibility | null;
}

/** A tensor of whole positions, as gathers and scatters carry it. */
export interface IndexTensor {
  /** Row-major positions. */
  values: number[];
  /** Shape. */
  dims: number[];
  /** Kept as the file has it. */
  scale: number | null;
  /** Kept as the file has it. */
  visibility: Visibility | null;
}

/** What a graph input holds. ONNX float, float16 and double are F32, F16 and F64, every integer type is Int. */
export type InputType = "Bool" | "F16" | "F32" | "F64" | "Int" | "TDim" | "Unknown";

/** Order of an image's axes. ONNX is NCHW. */
export type DataFormat = "NCHW" | "NHWC" | "CHW" | "HWC";

/** Order of a kernel's axes. ONNX is OIHW. */
export type KernelFormat = "HWIO" | "OIHW" | "OHWI";

/** Elements added before and after one axis. */
export type Padding = [before: number, after: number];

/** Table operations whose only argument is the multiplier 2^s of their input and output. */
export type ScaledLookup =
  | "PowersOfTwo"
  | "Ln"
  | "Sigmoid"
  | "Cos"
  | "ACos"
  | "Cosh"
  | "ACosh"
  | "Sin"
  | "ASin"
  | "Sinh"
  | "ASinh"
  | "Tan"
  | "ATan"
  | "Tanh"
  | "ATanh"
  | "Erf"
  | "HardSwish";

/**
 * An operation looked up in a table, one cell an element. Scales are the multiplier
 * itself (256, not 8), as 32-bit floats.
 */
export type LookupOp =
  | { name: ScaledLookup; scale: number }
  | { name: "Div"; denom: number }
  | { name: "IsOdd" }
  | { name: "Exp"; scale: number; base: number }
  | { name: "Pow"; scale: number; a: number };

/** Padding, stride and grouping of a convolution; dilation is always 1. */
export interface ConvOp {
  /** Which operation. */
  name: "Conv";
  /** One pair for each spatial axis. */
  padding: Padding[];
  /** One step for each spatial axis. */
  stride: number[];
  /** Groups of channels that do not mix. */
  group: number;
  /** Axes of the image. */
  dataFormat: DataFormat;
  /** Axes of the kernel. */
  kernelFormat: KernelFormat;
}

/** A transposed convolution; read and written, never compiled. */
export interface DeConvOp {
  /** Which operation. */
  name: "DeConv";
  /** One pair for each spatial axis. */
  padding: Padding[];
  /** Elements added to the output for each spatial axis. */
  outputPadding: number[];
  /** One step for each spatial axis. */
  stride: number[];
  /** Groups of channels that do not mix. */
  group: number;
  /** Axes of the image. */
  dataFormat: DataFormat;
  /** Axes of the kernel. */
  kernelFormat: KernelFormat;
}

/** An operation made of additions and multiplications. */
export type PolyOp =
  | { name: "Abs" | "Sign" | "Add" | "Sub" | "Neg" | "Mult" | "Iff" | "Not" | "And" | "Or" | "Xor" }
  | { name: "LeakyReLU"; slope: number; scale: number }
  | { name: "GatherElements" | "ScatterElements"; dim: number; constantIdx: IndexTensor | null }
  | { name: "GatherND"; batchDims: number; indices: IndexTensor | null }
  | { name: "ScatterND"; constantIdx: IndexTensor | null }
  | { name: "MultiBroadcastTo" | "Reshape" | "Flatten"; shape: number[] }
  | { name: "Einsum"; equation: string }
  | ConvOp
  | { name: "Downsample"; axis: number; stride: number; modulo: number }
  | DeConvOp
  | { name: "Identity"; outScale: number | null }
  | { name: "MoveAxis"; source: number; destination: number }
  | { name: "Pad"; padding: Padding[] }
  | { name: "Sum" | "MeanOfSquares"; axes: number[] }
  | { name: "Prod"; axes: number[]; lenProd: number }
  | { name: "Pow"; exponent: number }
  | { name: "Concat"; axis: number }
  | { name: "Slice"; axis: number; start: number; end: number }
  | { name: "Resize"; scaleFactor: number[] }
  | { name: "Trilu"; upper: boolean; k: number };

/** An operation that mixes arithmetic with range checks, decompositions or shuffles. */
export type HybridOp =
  | { name: "Ln" | "Sqrt"; scale: number }
  | { name: "Rsqrt" | "Recip"; inputScale: number; outputScale: number }
  | { name: "RoundHalfToEven" | "Ceil" | "Floor" | "Round"; scale: number; legs: number }
  | { name: "Div"; denom: number }
  | { name: "ReduceMax" | "ReduceMin"; axes: number[] }
  | { name: "ReduceArgMax" | "ReduceArgMin"; dim: number }
  | {
    name: "SumPool";
    padding: Padding[];
    stride: number[];
    kernelShape: number[];
    normalized: boolean;
    dataFormat: DataFormat;
  }
  | { name: "MaxPool"; padding: Padding[]; stride: number[]; poolDims: number[]; dataFormat: DataFormat }
  | { name: "Max" | "Min" | "Greater" | "GreaterEqual" | "Less" | "LessEqual" | "Equals" }
  | { name: "Softmax"; inputScale: number; outputScale: number; axes: number[] }
  | { name: "Output"; decomp: boolean }
  | { name: "Gather"; dim: number; constantIdx: IndexTensor | null }
  | { name: "TopK"; dim: number; k: number; largest: boolean }
  | { name: "OneHot"; dim: number; numClasses: number };

/** What a node does. */
export type SupportedOp =
  | { kind: "Linear"; op: PolyOp }
  | { kind: "Nonlinear"; op: LookupOp }
  | { kind: "Hybrid"; op: HybridOp }
  | { kind: "Input"; scale: number; datumType: InputType; decomp: boolean }
  | { kind: "Constant"; quantizedValues: FieldTensor; rawValues: FloatTensor; decomp: boolean }
  | { kind: "Unknown" }
  | { kind: "Rescaled"; inner: SupportedOp; scale: [input: number, multiplier: bigint][] }
  | {
    kind: "RebaseScale";
    inner: SupportedOp;
    rebaseOp: HybridOp;
    targetScale: number;
    originalScale: number;
    multiplier: number;
  };
