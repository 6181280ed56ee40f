/** Operations that sort, search and round, each in a circuit of its own. */
import type { IndexTensor } from "../../../../hub/ezkl/format/circuit.ts";
import type { CircuitWriter } from "./circuits.ts";

/** A name, and what writes the circuit and gives its outputs. */
type Case = readonly [name: string, write: (circuit: CircuitWriter) => number[]];

const places = (dims: number[], ...values: number[]): IndexTensor => ({ values, dims, scale: null, visibility: null });
const neg = (c: CircuitWriter, x: number, dims: number[]) => c.linear({ name: "Neg" }, [x], dims);

export const MORE_CASES: readonly Case[] = [
  ...(["Floor", "Ceil", "Round", "RoundHalfToEven"] as const).map((name): Case => [
    name,
    (c) => [c.hybrid({ name, scale: 4, legs: c.args.decompLegs }, [c.input([2, 2])], [2, 2])],
  ]),
  [
    "Softmax",
    (c) => [c.hybrid({ name: "Softmax", inputScale: 2, outputScale: 2, axes: [1] }, [c.input([2, 3])], [2, 3])],
  ],
  [
    "Softmax of a vector",
    (c) => [c.hybrid({ name: "Softmax", inputScale: 2, outputScale: 2, axes: [0] }, [c.input([3])], [3])],
  ],
  ["TopK", (c) => [c.hybrid({ name: "TopK", dim: 1, k: 2, largest: true }, [c.input([2, 3])], [2, 2])]],
  ["ReduceArgMax", (c) => [c.hybrid({ name: "ReduceArgMax", dim: 1 }, [c.input([2, 3])], [2, 1])]],
  ["ReduceArgMin", (c) => [c.hybrid({ name: "ReduceArgMin", dim: 0 }, [c.input([2, 3])], [1, 3])]],
  ["OneHot", (c) => [c.hybrid({ name: "OneHot", dim: 1, numClasses: 3 }, [c.input([2])], [2, 3])]],
  ["Gather with a computed index", (c) => [
    c.hybrid({ name: "Gather", dim: 1, constantIdx: null }, [c.input([2, 3]), c.input([2], "TDim")], [2, 2]),
  ]],
  ["GatherElements with a computed index", (c) => [
    c.linear({ name: "GatherElements", dim: 1, constantIdx: null }, [c.input([2, 3]), c.input([2, 2], "TDim")], [2, 2]),
  ]],
  ["GatherND with a computed index", (c) => [
    c.linear({ name: "GatherND", batchDims: 0, indices: null }, [c.input([2, 3]), c.input([2, 2], "TDim")], [2]),
  ]],
  ["GatherElements, GatherND, ScatterElements and ScatterND with constant places", (c) => {
    const x = c.input([2, 3]), y = c.input([2, 2]), z = c.input([1, 3]);
    return [
      c.linear({ name: "GatherElements", dim: 1, constantIdx: places([2, 2], 0, 2, 1, 1) }, [x], [2, 2]),
      c.linear({ name: "GatherND", batchDims: 0, indices: places([2, 2], 0, 2, 1, 1) }, [x], [2]),
      c.linear({ name: "ScatterElements", dim: 1, constantIdx: places([2, 2], 0, 2, 1, 0) }, [x, y], [2, 3]),
      c.linear({ name: "ScatterND", constantIdx: places([1, 1], 1) }, [x, z], [2, 3]),
    ];
  }],
  ["MeanOfSquares", (c) => [c.linear({ name: "MeanOfSquares", axes: [1] }, [c.input([2, 3])], [2, 1])]],
  ["Prod", (c) => [c.linear({ name: "Prod", axes: [1], lenProd: 3 }, [c.input([2, 3])], [2, 1])]],
  ["Downsample", (c) => [
    neg(c, c.linear({ name: "Downsample", axis: 1, stride: 2, modulo: 1 }, [c.input([2, 5])], [2, 2]), [2, 2]),
  ]],
  ["an Einsum that sums over an axis of one operand alone", (c) => [
    c.linear({ name: "Einsum", equation: "mk,nk->m" }, [c.input([2, 3]), c.input([2, 3])], [2]),
  ]],
  ["Resize and Trilu", (c) => {
    const wide = c.linear({ name: "Resize", scaleFactor: [1, 1, 2] }, [c.input([1, 2, 2])], [1, 2, 4]);
    const matrix = c.linear({ name: "Trilu", upper: true, k: 1 }, [c.input([2, 2])], [2, 2]);
    return [
      neg(c, c.linear({ name: "Trilu", upper: true, k: 1 }, [wide], [1, 2, 4]), [1, 2, 4]),
      neg(c, matrix, [2, 2]),
    ];
  }],
  ["DeConv with a bias", (c) => [c.linear(
    {
      name: "DeConv",
      padding: [[1, 0], [0, 0]],
      outputPadding: [0, 0],
      stride: [2, 1],
      group: 1,
      dataFormat: "NCHW",
      kernelFormat: "OIHW",
    },
    [c.input([1, 2, 2, 2]), c.constant([...Array(24).keys()], [3, 2, 2, 2]), c.constant([1, 2, 3], [3])],
    [1, 3, 3, 3],
  )]],
];
