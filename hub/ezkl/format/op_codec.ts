/**
 * How the compiled circuit and `settings.json` hold operations. The order of the members
 * is EZKL 21's order of declaration: it gives their indices.
 * @module
 */
import type {
  DataFormat,
  FieldTensor,
  FloatTensor,
  HybridOp,
  IndexTensor,
  InputType,
  KernelFormat,
  LookupOp,
  Padding,
  PolyOp,
  SupportedOp,
} from "./circuit.ts";
import type { Visibility } from "./run_args.ts";
import type { Place } from "./place.ts";
import { type Codec, converted, list, only, option, pair, recursive, struct, union, unit } from "./codec.ts";
import { bool, choice, f32, f64, field, i32, isize, text, u128, u32, usize } from "./scalars.ts";

/** What an input holds. */
export const inputType: Codec<InputType> = choice("Bool", "F16", "F32", "F64", "Int", "TDim", "Unknown");

type TaggedVisibility =
  | { who: "Private" | "Public" | "KZGCommit" | "Fixed" }
  | { who: "Hashed"; hashIsPublic: boolean; outlets: number[] };

/** Who sees a tensor. */
export const visibility: Codec<Visibility> = converted(
  union<TaggedVisibility, "who">("who", {
    Private: unit,
    Public: unit,
    Hashed: struct({ hashIsPublic: bool, outlets: list(usize) }),
    KZGCommit: unit,
    Fixed: unit,
  }),
  (tagged) => {
    if (tagged.who !== "Hashed") return tagged.who;
    const { hashIsPublic, outlets } = tagged;
    return { Hashed: { hashIsPublic, outlets } };
  },
  (value): TaggedVisibility => {
    if (typeof value !== "object" || value === null) return { who: value };
    return { who: "Hashed", ...value.Hashed };
  },
);

/** Operations that are looked up in a table. */
export const lookupOp: Codec<LookupOp> = union<LookupOp, "name">("name", {
  Div: struct({ denom: f32 }),
  IsOdd: unit,
  PowersOfTwo: struct({ scale: f32 }),
  Ln: struct({ scale: f32 }),
  Sigmoid: struct({ scale: f32 }),
  Exp: struct({ scale: f32, base: f32 }),
  Cos: struct({ scale: f32 }),
  ACos: struct({ scale: f32 }),
  Cosh: struct({ scale: f32 }),
  ACosh: struct({ scale: f32 }),
  Sin: struct({ scale: f32 }),
  ASin: struct({ scale: f32 }),
  Sinh: struct({ scale: f32 }),
  ASinh: struct({ scale: f32 }),
  Tan: struct({ scale: f32 }),
  ATan: struct({ scale: f32 }),
  Tanh: struct({ scale: f32 }),
  ATanh: struct({ scale: f32 }),
  Erf: struct({ scale: f32 }),
  Pow: struct({ scale: f32, a: f32 }),
  HardSwish: struct({ scale: f32 }),
});

const dataFormat: Codec<DataFormat> = choice("NCHW", "NHWC", "CHW", "HWC");
const kernelFormat: Codec<KernelFormat> = choice("HWIO", "OIHW", "OHWI");
const padding: Codec<Padding[]> = list<Padding>(pair(usize, usize));
const sizes: Codec<number[]> = list(usize);

interface Tensor<V> {
  values: V;
  dims: number[];
  scale: number | null;
  visibility: Visibility | null;
}

function tensor<V extends { readonly length: number }>(values: Codec<V>): Codec<Tensor<V>> {
  const raw = struct<Tensor<V>>({ values, dims: sizes, scale: option(i32), visibility: option(visibility) }, {
    values: "inner",
  });
  const checked = (tensor: Tensor<V>, place: Place): Tensor<V> => {
    // The writer checks the properties' types later, so they may be anything here.
    const { values, dims } = tensor ?? {};
    const product = Array.isArray(dims) ? dims.reduce((product, length) => product * length, 1) : NaN;
    if (product === values?.length) return tensor;
    return place.fail(`has ${values?.length} values in the shape [${dims}], expected as many as the shape has`);
  };
  return converted(raw, checked, checked);
}

const floatBits: Codec<Float32Array> = converted<Float32Array, number[]>(
  list(u32),
  (bits) => new Float32Array(Uint32Array.from(bits).buffer),
  (values) => Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length)),
);
const floatNumbers: Codec<Float32Array> = converted<Float32Array, number[]>(
  list(f32),
  (values) => Float32Array.from(values),
  (values) => Array.from(values),
);
// In the file the bits are copied, so that even a NaN comes back as it was.
const floats: Codec<Float32Array> = {
  minBytes: floatBits.minBytes,
  read: floatBits.read,
  write: floatBits.write,
  fromJson: floatNumbers.fromJson,
  toJson: floatNumbers.toJson,
};

/** A tensor of field elements. */
export const fieldTensor: Codec<FieldTensor> = tensor(list(field));

const floatTensor: Codec<FloatTensor> = tensor(floats);
const indexTensor: Codec<IndexTensor> = tensor(sizes);

/** Operations made of additions and multiplications. */
export const polyOp: Codec<PolyOp> = union<PolyOp, "name">("name", {
  Abs: unit,
  Sign: unit,
  LeakyReLU: struct({ slope: f32, scale: i32 }),
  GatherElements: struct({ dim: usize, constantIdx: option(indexTensor) }),
  GatherND: struct({ batchDims: usize, indices: option(indexTensor) }),
  ScatterElements: struct({ dim: usize, constantIdx: option(indexTensor) }),
  ScatterND: struct({ constantIdx: option(indexTensor) }),
  MultiBroadcastTo: struct({ shape: sizes }),
  Einsum: struct({ equation: text }),
  Conv: struct({ padding, stride: sizes, group: usize, dataFormat, kernelFormat }),
  Downsample: struct({ axis: usize, stride: isize, modulo: usize }),
  DeConv: struct({ padding, outputPadding: sizes, stride: sizes, group: usize, dataFormat, kernelFormat }),
  Add: unit,
  Sub: unit,
  Neg: unit,
  Mult: unit,
  Identity: struct({ outScale: option(i32) }),
  Reshape: only("shape", sizes),
  MoveAxis: struct({ source: usize, destination: usize }),
  Flatten: only("shape", sizes),
  Pad: only("padding", padding),
  Sum: struct({ axes: sizes }),
  MeanOfSquares: struct({ axes: sizes }),
  Prod: struct({ axes: sizes, lenProd: usize }),
  Pow: only("exponent", u32),
  Concat: struct({ axis: usize }),
  Slice: struct({ axis: usize, start: usize, end: usize }),
  Iff: unit,
  Resize: struct({ scaleFactor: sizes }),
  Not: unit,
  And: unit,
  Or: unit,
  Xor: unit,
  Trilu: struct({ upper: bool, k: i32 }),
});

/** Operations that mix arithmetic with range checks, decompositions or shuffles. */
export const hybridOp: Codec<HybridOp> = union<HybridOp, "name">("name", {
  Ln: struct({ scale: f32 }),
  Rsqrt: struct({ inputScale: f32, outputScale: f32 }),
  Sqrt: struct({ scale: f32 }),
  RoundHalfToEven: struct({ scale: f32, legs: usize }),
  Ceil: struct({ scale: f32, legs: usize }),
  Floor: struct({ scale: f32, legs: usize }),
  Round: struct({ scale: f32, legs: usize }),
  Recip: struct({ inputScale: f32, outputScale: f32 }),
  Div: struct({ denom: f32 }),
  ReduceMax: struct({ axes: sizes }),
  ReduceArgMax: struct({ dim: usize }),
  SumPool: struct({ padding, stride: sizes, kernelShape: sizes, normalized: bool, dataFormat }),
  MaxPool: struct({ padding, stride: sizes, poolDims: sizes, dataFormat }),
  ReduceMin: struct({ axes: sizes }),
  ReduceArgMin: struct({ dim: usize }),
  Max: unit,
  Min: unit,
  Softmax: struct({ inputScale: f32, outputScale: f32, axes: sizes }),
  Output: struct({ decomp: bool }),
  Greater: unit,
  GreaterEqual: unit,
  Less: unit,
  LessEqual: unit,
  Equals: unit,
  Gather: struct({ dim: usize, constantIdx: option(indexTensor) }),
  TopK: struct({ dim: usize, k: usize, largest: bool }),
  OneHot: struct({ dim: usize, numClasses: usize }),
});

const inner: Codec<SupportedOp> = recursive(4, () => supportedOp);

/** What a node does. */
export const supportedOp: Codec<SupportedOp> = union<SupportedOp, "kind">("kind", {
  Linear: only("op", polyOp),
  Nonlinear: only("op", lookupOp),
  Hybrid: only("op", hybridOp),
  Input: struct({ scale: i32, datumType: inputType, decomp: bool }),
  Constant: struct({ quantizedValues: fieldTensor, rawValues: floatTensor, decomp: bool }),
  Unknown: unit,
  Rescaled: struct({ inner, scale: list<[number, bigint]>(pair(usize, u128)) }),
  RebaseScale: struct({ inner, rebaseOp: hybridOp, targetScale: i32, originalScale: i32, multiplier: f64 }),
});
