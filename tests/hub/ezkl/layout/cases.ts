/** Every operation in a circuit of its own. */
import type { IndexTensor, Padding } from "../../../../hub/ezkl/format/circuit.ts";
import type { CircuitWriter } from "./circuits.ts";

/** A name, and what writes the circuit and gives its outputs. */
export type Case = readonly [name: string, write: (circuit: CircuitWriter) => number[]];

const N = 3;
const window = { padding: [[0, 0], [0, 0]] as Padding[], stride: [1, 1], dataFormat: "NCHW" as const };
const conv = { ...window, name: "Conv", group: 1, kernelFormat: "OIHW" } as const;

/** The whole numbers from `start`. */
export function count(length: number, start = 1): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

/** A list of positions. */
export function index(...values: number[]): IndexTensor {
  return { values, dims: [values.length], scale: null, visibility: null };
}

export const CASES: readonly Case[] = [
  ...(["Abs", "Sign", "Neg", "Not"] as const).map((
    name,
  ): Case => [name, (c) => [c.linear({ name }, [c.input([N])], [N])]]),
  ...(["Add", "Sub", "Mult", "And", "Or", "Xor"] as const).map((name): Case => [
    name,
    (c) => [c.linear({ name }, [c.input([N]), c.input([N])], [N])],
  ]),
  ...(["Max", "Min", "Greater", "GreaterEqual", "Less", "LessEqual", "Equals"] as const).map((name): Case => [
    name,
    (c) => [c.hybrid({ name }, [c.input([N]), c.input([N])], [N])],
  ]),
  ["Iff", (c) => [c.linear({ name: "Iff" }, [c.input([N]), c.input([N]), c.input([N])], [N])]],
  ["a broadcast Add", (c) => [c.linear({ name: "Add" }, [c.input([3, 1]), c.input([1, 2])], [3, 2])]],
  ["LeakyReLU of slope 0", (c) => [c.linear({ name: "LeakyReLU", slope: 0, scale: 1 }, [c.input([N])], [N])]],
  ["LeakyReLU", (c) => [c.linear({ name: "LeakyReLU", slope: 0.3, scale: 3 }, [c.input([N])], [N])]],
  ["Div", (c) => [c.hybrid({ name: "Div", denom: 3 }, [c.input([N])], [N])]],
  ["Div by 1", (c) => [c.linear({ name: "Neg" }, [c.hybrid({ name: "Div", denom: 1 }, [c.input([N])], [N])], [N])]],
  ["Div by 2.5", (c) => [c.hybrid({ name: "Div", denom: 2.5 }, [c.input([N])], [N])]],
  ["Sqrt", (c) => [c.hybrid({ name: "Sqrt", scale: 2 }, [c.input([N])], [N])]],
  ["Recip", (c) => [c.hybrid({ name: "Recip", inputScale: 2, outputScale: 2 }, [c.input([N])], [N])]],
  ["Rsqrt", (c) => [c.hybrid({ name: "Rsqrt", inputScale: 2, outputScale: 2 }, [c.input([N])], [N])]],
  ["Pow", (c) => [c.linear({ name: "Pow", exponent: 3 }, [c.input([N])], [N])]],
  ["two tables with constants among their inputs", (c) => {
    const x = c.linear({ name: "Concat", axis: 0 }, [c.input([3]), c.constant([1, 2], [2])], [5]);
    return [c.lookup({ name: "Tanh", scale: 4 }, c.lookup({ name: "Sigmoid", scale: 4 }, x, [5]), [5])];
  }],
  ["Pad, Identity and Sum", (c) => {
    const padded = c.linear({ name: "Pad", padding: [[1, 1]] }, [c.input([3])], [5]);
    const sum = c.linear({ name: "Sum", axes: [0] }, [padded], [1]);
    return [c.linear({ name: "Identity", outScale: 2 }, [padded], [5]), sum, padded];
  }],
  ["an input given out", (c) => {
    const x = c.input([N]);
    return [x, c.linear({ name: "Neg" }, [x], [N]), c.linear({ name: "Reshape", shape: [1, N] }, [x], [1, N])];
  }],
  ["Slice of a padded tensor", (c) => {
    const padded = c.linear({ name: "Pad", padding: [[1, 1], [0, 0]] }, [c.input([1, 3])], [3, 3]);
    const slice = c.linear({ name: "Slice", axis: 0, start: 1, end: 3 }, [padded], [2, 3]);
    return [c.linear({ name: "Neg" }, [slice], [2, 3])];
  }],
  ["MultiBroadcastTo", (c) => {
    const wide = c.linear({ name: "MultiBroadcastTo", shape: [2, 3] }, [c.input([3])], [2, 3]);
    return [c.linear({ name: "Neg" }, [wide], [2, 3])];
  }],
  ["MoveAxis", (c) => {
    const moved = c.linear({ name: "MoveAxis", source: 0, destination: 1 }, [c.input([2, 3])], [3, 2]);
    return [c.linear({ name: "Neg" }, [moved], [3, 2])];
  }],
  ["Gather, Einsum and Concat", (c) => {
    const x = c.linear({ name: "Flatten", shape: [4] }, [c.input([2, 2])], [4]);
    const rows = c.hybrid({ name: "Gather", dim: 0, constantIdx: index(0, 1, 2, 3, 2, 1) }, [x], [2, 3]);
    const first = c.linear({ name: "Einsum", equation: "mk,k->m" }, [rows, c.constant([1, 2, 3], [3])], [2]);
    return [c.linear({ name: "Concat", axis: 0 }, [first, x], [6])];
  }],
  ["Einsum", (c) => {
    const product = c.linear(
      { name: "Einsum", equation: "mk,nk->mn" },
      [c.input([2, 7]), c.constant(count(21, 0), [3, 7])],
      [2, 3],
    );
    return [c.linear({ name: "Einsum", equation: "mn,mn->mn" }, [product, product], [2, 3])];
  }],
  ["Conv with a bias", (c) => [c.linear(
    { ...conv, padding: [[1, 0], [0, 0]] },
    [c.input([1, 2, 3, 3]), c.constant(count(16), [2, 2, 2, 2]), c.constant([1, 2], [2])],
    [1, 2, 3, 2],
  )]],
  ["Conv in groups with Private weights", (c) => [c.linear(
    { ...conv, group: 2 },
    [c.input([1, 2, 2, 2]), c.constant(count(8), [2, 1, 2, 2], "Private")],
    [1, 2, 1, 1],
  )]],
  ["two Convs of one kernel, the first of a padded image", (c) => {
    const kernel = c.constant(count(9, 0), [1, 1, 3, 3]);
    const padding: Padding[] = [[0, 0], [0, 0], [1, 1], [1, 1]];
    const padded = c.linear({ name: "Pad", padding }, [c.input([1, 1, 3, 3])], [1, 1, 5, 5]);
    return [c.linear(conv, [c.linear(conv, [padded, kernel], [1, 1, 3, 3]), kernel], [1, 1, 1, 1])];
  }],
  ["SumPool", (c) => [c.hybrid(
    { ...window, name: "SumPool", kernelShape: [2, 2], normalized: false },
    [c.input([1, 2, 3, 3])],
    [1, 2, 2, 2],
  )]],
  ["SumPool normalized, of a padded image", (c) => {
    const padding: Padding[] = [[0, 0], [0, 0], [1, 0], [0, 0]];
    const padded = c.linear({ name: "Pad", padding }, [c.input([1, 2, 2, 3])], [1, 2, 3, 3]);
    return [c.hybrid({ ...window, name: "SumPool", kernelShape: [2, 2], normalized: true }, [padded], [1, 2, 2, 2])];
  }],
  [
    "MaxPool",
    (c) => [c.hybrid({ ...window, name: "MaxPool", poolDims: [2, 2] }, [c.input([1, 1, 2, 3])], [1, 1, 1, 2])],
  ],
  ["ReduceMax", (c) => [c.hybrid({ name: "ReduceMax", axes: [1] }, [c.input([2, 3])], [2, 1])]],
  ["Sum over an axis", (c) => [c.linear({ name: "Sum", axes: [1] }, [c.input([3, 5])], [3, 1])]],
  ["RebaseScale of a Rescaled product", (c) => [c.node(
    {
      kind: "RebaseScale",
      inner: { kind: "Rescaled", inner: { kind: "Linear", op: { name: "Mult" } }, scale: [[0, 4n], [1, 1n]] },
      rebaseOp: { name: "Div", denom: 4 },
      targetScale: 2,
      originalScale: 4,
      multiplier: 4,
    },
    [c.input([N]), c.input([N])],
    [N],
  )]],
  ["a constant used twice", (c) => {
    const constant = c.constant([0, 1, -1, 5, 7], [5]);
    const sum = c.linear({ name: "Add" }, [c.input([5]), constant], [5]);
    return [c.linear({ name: "Mult" }, [sum, constant], [5]), c.linear({ name: "Sum", axes: [0] }, [constant], [1])];
  }],
  ["a Boolean input", (c) => [c.linear({ name: "Neg" }, [c.input([N], "Bool")], [N])]],
  ["results that nobody uses", (c) => {
    const x = c.input([N]);
    c.linear({ name: "Mult" }, [x, x], [N]);
    return [c.linear({ name: "Neg" }, [x], [N])];
  }],
  ["long dot products", (c) => [c.linear(
    { name: "Einsum", equation: "mk,nk->mn" },
    [c.input([1, 31]), c.constant(count(31 * 12), [12, 31])],
    [1, 12],
  )]],
  ["long sums", (c) => [c.linear({ name: "Sum", axes: [1] }, [c.input([7, 31])], [7, 1])]],
];
