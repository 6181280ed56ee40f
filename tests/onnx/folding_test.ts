/** What is worked out of constants and shapes while a file is read, operator by operator. */
import { DataType } from "../../onnx/enums.ts";
import type { NodeProto, TensorProto } from "../../onnx/proto.ts";
import { assertSame, both, float, numbers, whole } from "./folding.ts";
import { type Attribute, node, wholes } from "./small.ts";

const seven = [-7, 7, -2, 3, 0, 5, 9, -4];
const by = [2, -3, 2, 2, 1, -4, 5, 3];
const grid = float("a", [2, 3, 2], Array.from({ length: 12 }, (_, i) => (i * 5 % 7 - 3) / 2));

type Case = readonly [nodes: readonly NodeProto[], weights: readonly TensorProto[], opset?: number | undefined];
const one = (
  opType: string,
  weights: readonly TensorProto[],
  attributes: Readonly<Record<string, Attribute>> = {},
  opset?: number,
): Case => [[node(opType, weights.map(({ name = "" }) => name), ["y"], attributes)], weights, opset];

const CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(["Add", "Sub", "Mul", "Div", "Max", "Min", "Mod"].flatMap((opType): [string, Case][] => [
    [`${opType} of INT64`, one(opType, [whole("a", seven), whole("b", by)])],
    [`${opType} of INT32`, one(opType, [whole("a", seven, "INT32"), whole("b", by, "INT32")])],
    ...opType === "Mod" ? [] : [
      [`${opType} of FLOAT, spread`, one(opType, [grid, float("b", [3, 1], [0.5, -2, 3])])] as [string, Case],
      [
        `${opType} of DOUBLE`,
        one(opType, [numbers("a", "DOUBLE", [2], [1e300, -0.1]), numbers("b", "DOUBLE", [2], [7, 0.3])]),
      ] as [string, Case],
    ],
  ])),
  "Mul of INT32 past its end": one("Mul", [
    whole("a", [2 ** 31 - 1, 65537, -(2 ** 31)], "INT32"),
    whole("b", [2 ** 31 - 1, 65537, 3], "INT32"),
  ]),
  "Mod with the sign of the dividend": one("Mod", [whole("a", seven), whole("b", by)], { fmod: 1 }),
  "Mod of floats": one("Mod", [float("a", [4], [-7.5, 7.5, 3, -3]), float("b", [4], [2, -2, 1.25, 1.25])], { fmod: 1 }),
  "Pow of floats": one("Pow", [float("a", [3], [0.5, 2, 9]), float("b", [], [1.5])]),
  "Pow of INT64": one("Pow", [whole("a", [-3, 2, 10]), whole("b", [3, 10, 0])]),
  "Pow of INT64 and FLOAT": one("Pow", [whole("a", [3, 2, 10]), float("b", [], [2])]),
  ...Object.fromEntries(
    ["Abs", "Ceil", "Cos", "Exp", "Floor", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Tanh"].map(
      (opType): [string, Case] => [opType, one(opType, [float("a", [7], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.25, 3])])],
    ),
  ),
  Log: one("Log", [float("a", [3], [0.25, 1, 9])]),
  Sqrt: one("Sqrt", [float("a", [3], [0.25, 2, 9])]),
  "Sum of three": one("Sum", [grid, float("b", [2], [1, 2]), float("c", [1], [0.125])]),
  "Mean of three": one("Mean", [grid, float("b", [2], [1, 2]), float("c", [1], [0.125])]),
  ...Object.fromEntries(["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"].map((opType): [string, Case] => [
    opType,
    one(opType, [whole("a", [1, 2, 3]), whole("b", [2])]),
  ])),
  "Not, And, Or, Xor": [
    [
      node("Less", ["a", "b"], ["l"]),
      node("Equal", ["a", "b"], ["e"]),
      node("Not", ["l"], ["n"]),
      node("And", ["n", "e"], ["p"]),
      node("Or", ["p", "l"], ["q"]),
      node("Xor", ["q", "e"], ["y"]),
    ],
    [whole("a", [1, 2, 3]), whole("b", [2])],
  ],
  Where: [[node("Less", ["a", "b"], ["l"]), node("Where", ["l", "a", "c"], ["y"])], [
    whole("a", [1, 2, 3]),
    whole("b", [2]),
    numbers("c", "INT64", [2, 1], [9, 8]),
  ]],
  "Cast to whole numbers": one("Cast", [float("a", [5], [-2.7, -0.5, 0.5, 2.7, 1e9])], { to: DataType.INT64 }),
  "Cast to truths": one("Cast", [float("a", [4], [-0.5, 0, 0.25, 3])], { to: DataType.BOOL }),
  "Cast to bytes": one("Cast", [whole("a", [255, 256, 300, -1])], { to: DataType.UINT8 }),
  "Cast to halves and back": [
    [node("Cast", ["a"], ["h"], { to: DataType.FLOAT16 }), node("Cast", ["h"], ["y"], { to: DataType.FLOAT })],
    [float("a", [5], [0.1, 1 / 3, 1e-7, 65519, 2049])],
  ],
  "Concat along the middle": one("Concat", [grid, float("b", [2, 1, 2], [9, 8, 7, 6])], { axis: -2 }),
  "Transpose": one("Transpose", [grid], { perm: [2, 0, 1] }),
  "Transpose of nothing in particular": one("Transpose", [grid]),
  "Slice backwards": one("Slice", [
    grid,
    wholes("s", [-1, 5]),
    wholes("e", [-100, 0]),
    wholes("axes", [1, 0]),
    wholes("t", [-1, -1]),
  ]),
  "Slice by two": one("Slice", [
    grid,
    wholes("s", [1]),
    wholes("e", [2 ** 31]),
    wholes("axes", [-2]),
    wholes("t", [2]),
  ]),
  "Slice of opset 9": one("Slice", [grid], { starts: [1, 0], ends: [3, 1], axes: [1, 2] }, 9),
  "Split into given parts": [[node("Split", ["a", "p"], ["z", "y"], { axis: 1 })], [grid, wholes("p", [1, 2])]],
  "Split of opset 11": [[node("Split", ["a"], ["z", "y"], { axis: -1 })], [grid], 11],
  "Split into unequal parts": [[node("Split", ["a"], ["z", "y"], { axis: 1, num_outputs: 2 })], [grid], 18],
  "Gather a row": one("Gather", [grid, numbers("i", "INT64", [], [-1])], { axis: 1 }),
  "Gather a table": one("Gather", [grid, numbers("i", "INT32", [2, 2], [0, 2, -3, 1])], { axis: 1 }),
  Expand: one("Expand", [float("a", [3, 1], [1, 2, 3]), wholes("s", [2, 1, 4])]),
  Tile: one("Tile", [grid, wholes("r", [2, 1, 3])]),
  "Squeeze all": one("Squeeze", [float("a", [1, 3, 1], [1, 2, 3])]),
  "Squeeze of opset 11": one("Squeeze", [float("a", [1, 3, 1], [1, 2, 3])], { axes: [-1] }, 11),
  Squeeze: one("Squeeze", [float("a", [1, 3, 1], [1, 2, 3]), wholes("axes", [0])]),
  Unsqueeze: one("Unsqueeze", [float("a", [3], [1, 2, 3]), wholes("axes", [-1, 0])]),
  "Unsqueeze of opset 11": one("Unsqueeze", [float("a", [3], [1, 2, 3])], { axes: [1, 2] }, 11),
  Reshape: one("Reshape", [grid, wholes("s", [0, -1])]),
  Flatten: one("Flatten", [grid], { axis: -1 }),
  ...Object.fromEntries(
    ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceMean"].flatMap((opType): [string, Case][] => [
      [`${opType} of floats at opset 11`, one(opType, [grid], { axes: [0, -1], keepdims: 0 }, 11)],
      [`${opType} of whole numbers`, one(opType, [whole("a", seven.slice(0, 3), "INT64")], { keepdims: 0 }, 11)],
      [`${opType} at opset 18`, one(opType, [grid, wholes("axes", [1])], {}, 18)],
    ]),
  ),
  "the sum of nothing": one("ReduceSum", [float("a", [2, 0], [])], {}, 12),
  "the product of nothing": one("ReduceProd", [numbers("a", "INT64", [2, 0], [])], { axes: [1] }, 12),
  "a reduction over no axes": one("ReduceSum", [grid, wholes("axes", [])], { noop_with_empty_axes: 1 }, 13),
  "Range of whole numbers": one("Range", [
    numbers("a", "INT64", [], [10]),
    numbers("b", "INT64", [], [-3]),
    numbers("c", "INT64", [], [-4]),
  ]),
  "Range of floats": one("Range", [float("a", [], [0.5]), float("b", [], [3]), float("c", [], [0.4])]),
  ConstantOfShape: [
    [{
      ...node("ConstantOfShape", ["s"], ["y"]),
      attribute: [{ name: "value", type: 4, t: { dims: [1], dataType: 7, int64Data: [-5] } }],
    }],
    [wholes("s", [2, 3])],
  ],
  "ConstantOfShape without a value": one("ConstantOfShape", [wholes("s", [2, 0, 3])]),
  "Trilu above": one("Trilu", [grid, numbers("k", "INT64", [], [1])], { upper: 1 }),
  "Trilu of whole numbers": one("Trilu", [numbers("a", "INT64", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])], { upper: 0 }),
  "Trilu below": one("Trilu", [grid, numbers("k", "INT64", [], [-1])], { upper: 0 }),
  "Shape of an input": one("Shape", [{ name: "x" }]),
  "the end of a Shape": one("Shape", [{ name: "x" }], { start: -2 }),
  "the middle of a Shape": one("Shape", [{ name: "x" }], { start: 1, end: -1 }),
  Size: one("Size", [{ name: "x" }]),
};

for (const [what, [nodes, weights, opset]] of Object.entries(CASES)) {
  Deno.test(`constants: ${what} is worked out as ONNX Runtime does`, async () => {
    assertSame(await both(nodes, weights.filter(({ dataType }) => dataType !== undefined), opset), what);
  });
}
