import assert from "node:assert/strict";
import { ArgumentError, FormatError, ShapeError, ZkgradError } from "../../../../core/base/errors.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { DataType } from "../../../../onnx/enums.ts";
import { onnxFixtures } from "../../../onnx/lenet.ts";
import { floats, type Model, MODELS, node, onnx, weights, wholes } from "./models.ts";

Deno.test("lowerOnnx() gives every operator the shape that ONNX infers", () => {
  for (const [name, model] of Object.entries(MODELS)) {
    const network = lowerOnnx(onnx(model));
    const shapes = network.outputs.map((place) => network.nodes[place].shape);
    assert.deepEqual(shapes, Object.values(model.outputs).map((shape) => [...shape]), name);
    for (const [place, { inputs, label }] of network.nodes.entries()) {
      assert.ok(inputs.every((input) => input < place), `${name}: ${label} comes before its operands`);
    }
  }
});

const fixtures = onnxFixtures();
Deno.test({
  name: "lowerOnnx() expresses or refuses ONNX's own test models, whose shapes the files declare" +
    (fixtures === null ? " (ignored: they are other people's and no part of the repository)" : ""),
  ignore: fixtures === null,
  fn: () => {
    let expressed = 0;
    for (const url of fixtures!) {
      try {
        lowerOnnx(Deno.readFileSync(url));
        expressed++;
      } catch (error) {
        assert.ok(error instanceof ZkgradError && !(error instanceof FormatError), `${url}: ${error}`);
      }
    }
    assert.ok(expressed >= 30, `${expressed} of ${fixtures!.length}`);
  },
});

Deno.test("lowerOnnx() takes symbolic dimensions from the variables", () => {
  const model = { ...MODELS["Gemm"], inputs: { x: ["rows", 8] }, outputs: { y: [5, 4] } };
  assert.deepEqual(lowerOnnx(onnx(model), [["rows", 5]]).nodes[0].shape, [5, 8]);
  assert.throws(
    () => lowerOnnx(onnx(model)),
    /input "x" has the symbol "rows" at dimension 0, which the run arguments give no size; add it to their variables/,
  );
});

Deno.test("lowerOnnx() keeps a constant that is read in two shapes one", () => {
  const network = lowerOnnx(onnx({
    nodes: [
      node("Reshape", ["w", "t"], "v"),
      node("Add", ["x", "w"], "a"),
      node("Reshape", ["a", "t"], "b"),
      node("Add", ["b", "v"], "y"),
    ],
    inputs: { x: [1, 8] },
    outputs: { y: [2, 4] },
    weights: { w: weights([1, 8], 1), t: wholes(2, 4) },
  }));
  assert.equal(network.nodes.filter(({ op }) => op.type === "Constant").length, 1);
});

const row = { inputs: { x: [1, 8] }, outputs: { y: [1, 8] } };
const image = { inputs: { x: [1, 2, 6, 6] }, outputs: {} };
const one = (opType: string, attributes = {}): Model => ({ ...row, nodes: [node(opType, ["x"], "y", attributes)] });
const on = (opType: string, attributes = {}, extra: Partial<Model> = {}): Model => ({
  nodes: [node(opType, ["x", ...Object.keys(extra.weights ?? {})], "y", attributes)],
  ...image,
  outputs: { y: [1, 2, 6, 6] },
  ...extra,
});
const square = { kernel_shape: [2, 2] };
const kernel = { weights: { k: weights([3, 2, 3, 3], 1) } };

/** What is refused, the error's class, and what it says. */
const REFUSED: readonly [what: string, Model, typeof ZkgradError, RegExp][] = [
  [
    "LRN",
    one("LRN", { size: 1 }),
    ArgumentError,
    /no circuit is known for node "\/y" \(LRN\): expected some of the \d+ operators that circuits have/,
  ],
  ["Det", one("Det"), ArgumentError, /\(Det\): expected some of the/],
  [
    "MaxPool whose padding is a window",
    on("MaxPool", { ...square, pads: [2, 0, 0, 0] }),
    ArgumentError,
    /expected less than its kernel reaches/,
  ],
  [
    "a Div of integers",
    { ...row, nodes: [node("Div", ["x", "x"], "y")], type: DataType.INT64 },
    ArgumentError,
    /it divides integers, whose fractions ONNX cuts off/,
  ],
  [
    "a Div by 0",
    { ...row, nodes: [node("Div", ["x", "w"], "y")], weights: { w: floats([1], [0]) } },
    ArgumentError,
    /it divides by a constant 0/,
  ],
  [
    "a Pow of two values",
    { ...row, nodes: [node("Pow", ["x", "x"], "y")] },
    ArgumentError,
    /its base and its exponent are both computed/,
  ],
  [
    "a Pad of another mode",
    { ...row, nodes: [node("Pad", ["x", "p"], "y", { mode: "mirror" })], weights: { p: wholes(0, 1, 0, 1) } },
    ArgumentError,
    /its mode is "mirror", expected constant, reflect, edge or wrap/,
  ],
  [
    "places beyond an axis",
    { ...row, nodes: [node("Gather", ["x", "p"], "y", { axis: 1 })], weights: { p: wholes(8) } },
    ArgumentError,
    /it looks for number 8 of 8/,
  ],
  [
    "cells with peepholes",
    {
      nodes: [node("LSTM", ["x", "w", "r", "", "", "", "", "p"], "y", { hidden_size: 1 })],
      inputs: { x: [2, 1, 1] },
      outputs: {},
      weights: { w: weights([1, 4, 1], 1), r: weights([1, 4, 1], 2), p: weights([1, 3], 3) },
    },
    ArgumentError,
    /it has peepholes, expected none/,
  ],
  ["a name of Object's", one("toString"), ArgumentError, /no circuit is known for node "\/y" \(toString\): expected/],
  [
    "an attribute nobody knows",
    one("Relu", { slope: 1 }),
    ArgumentError,
    /attribute "slope" has no meaning .*expected none/,
  ],
  [
    "a negative alpha",
    one("LeakyRelu", { alpha: { float: -0.1 } }),
    ArgumentError,
    /its alpha is -0.1.*, expected 0 or more/,
  ],
  [
    "an alpha that is an integer",
    one("LeakyRelu", { alpha: 1 }),
    ArgumentError,
    /its attribute alpha is 1, expected a finite float/,
  ],
  [
    "groups that do not divide",
    on("Conv", { group: 3 }, kernel),
    ShapeError,
    /in 3 groups does not fit an image of shape \[1, 2, 6, 6\]/,
  ],
  [
    "another kernel_shape",
    on("Conv", square, kernel),
    ShapeError,
    /its kernel_shape is \[2, 2\], but its kernel "k" is of \[3, 3\]/,
  ],
  [
    "negative pads",
    on("Conv", { pads: [0, -1, 0, 0] }, kernel),
    ArgumentError,
    /its pads are 0, -1, 0, 0, expected 4 numbers from 0/,
  ],
  [
    "pads and auto_pad",
    on("Conv", { pads: [1, 1, 1, 1], auto_pad: "VALID" }, kernel),
    ArgumentError,
    /both pads and auto_pad VALID/,
  ],
  [
    "an unknown auto_pad",
    on("Conv", { auto_pad: "SAME" }, kernel),
    ArgumentError,
    /its auto_pad is "SAME", expected NOTSET/,
  ],
  [
    "a kernel too large",
    on("Conv", {}, { weights: { k: weights([1, 2, 7, 7], 1) } }),
    ShapeError,
    /kernel \[7, 7\] is larger than its image \[6, 6\]/,
  ],
  [
    "a bias of another size",
    on("Conv", {}, { weights: { ...kernel.weights, b: weights([2], 1) } }),
    ShapeError,
    /its bias "b" is of shape \[2\], expected \[3\]/,
  ],
  [
    "MaxPool with storage_order",
    on("MaxPool", { ...square, storage_order: 1 }),
    ArgumentError,
    /its storage_order is not 0/,
  ],
  [
    "MaxPool without kernel_shape",
    on("MaxPool"),
    ArgumentError,
    /its kernel_shape is missing, expected one size an axis/,
  ],
  [
    "three strides",
    on("MaxPool", { ...square, strides: [1, 1, 1] }),
    ArgumentError,
    /its strides are 1, 1, 1, expected 2 numbers from 1/,
  ],
  [
    "a Gemm that does not fit",
    { ...MODELS["Gemm"], nodes: [node("Gemm", ["x", "w"], "y")] },
    ShapeError,
    /cannot multiply \[1, 8\] by \[4, 8\], expected/,
  ],
  [
    "a MatMul that does not fit",
    { ...row, nodes: [node("MatMul", ["x", "w"], "y")], weights: { w: weights([7, 4], 1) } },
    ShapeError,
    /cannot multiply \[1, 8\] by \[7, 4\]/,
  ],
  [
    "operands that do not fit",
    { ...row, nodes: [node("Add", ["x", "w"], "y")], weights: { w: weights([7], 1) } },
    ShapeError,
    /shapes \[1, 8\] and \[7\] do not fit together at axis 1/,
  ],
  [
    "a function of constants that nobody works out",
    {
      ...row,
      nodes: [node("MatMul", ["w", "w"], "v"), node("Add", ["x", "v"], "y")],
      weights: { w: weights([8, 8], 1) },
    },
    ArgumentError,
    /\(MatMul\): its input 0 is the constant "w", expected a computed value/,
  ],
  [
    "operands of two types",
    { ...row, nodes: [node("Add", ["x", "w"], "y")], weights: { w: wholes(1) } },
    ArgumentError,
    /are of the types F32 and Int, expected the same/,
  ],
  [
    "Sigmoid of integers",
    { ...one("Sigmoid"), type: DataType.INT64 },
    ArgumentError,
    /operand "x" holds integers, expected floats/,
  ],
  [
    "a computed target shape",
    { nodes: [node("Reshape", ["x", "z"], "y")], inputs: { x: [1, 8], z: [2] }, outputs: {} },
    ArgumentError,
    /its target shape "z" is computed/,
  ],
  [
    "a Reshape that does not fit",
    { ...row, nodes: [node("Reshape", ["x", "t"], "y")], weights: { t: wholes(3, -1) } },
    ShapeError,
    /cannot turn \[1, 8\] into \[3, -1\]/,
  ],
  [
    "allowzero with a zero",
    { ...row, nodes: [node("Reshape", ["x", "t"], "y", { allowzero: 1 })], weights: { t: wholes(0, 8) } },
    ShapeError,
    /cannot turn \[1, 8\] into \[0, 8\]/,
  ],
  [
    "a Flatten beyond the rank",
    one("Flatten", { axis: 3 }),
    ShapeError,
    /its axis is 3 for a tensor of shape \[1, 8\]/,
  ],
  [
    "a weight beyond 32-bit floats",
    { ...row, nodes: [node("Add", ["x", "w"], "y")], weights: { w: floats([1], [Infinity]) } },
    ArgumentError,
    /the tensor "w" of type FLOAT holds a value that is no finite 32-bit float/,
  ],
  [
    "an output that is a constant",
    { ...row, nodes: [node("Identity", ["w"], "y")], weights: { w: weights([1, 8], 1) } },
    ArgumentError,
    /the output "y" is a constant/,
  ],
  [
    "a wrong declared shape",
    { ...one("Relu"), outputs: { y: [1, 7] } },
    FormatError,
    /"y" is declared as \[1, 7\], but its node makes \[1, 8\]/,
  ],
  ["an old opset", { ...one("Relu"), opset: 5 }, ArgumentError, /is of opset 5, expected 6 to 28/],
];

Deno.test("lowerOnnx() refuses what a circuit cannot express, and says what and why", () => {
  for (const [what, model, error, message] of REFUSED) {
    // What ONNX infers for these is of no interest.
    const undeclared = error === FormatError ? model : { ...model, outputs: { y: [] } };
    assert.throws(() => lowerOnnx(onnx(undeclared)), (thrown: Error) => {
      assert.ok(thrown instanceof error, `${what}: ${thrown.stack}`);
      assert.match(thrown.message, message, what);
      return true;
    }, what);
  }
});

Deno.test("lowerOnnx() refuses a Dropout that trains and its second output", () => {
  const dropout = (...output: string[]) => ({ ...node("Dropout", ["x", "r", "m"], "y"), output });
  const model = (training: number, read: string): Model => ({
    nodes: [dropout("y", "mask"), node("Sigmoid", [read], "z")],
    inputs: { x: [1, 8] },
    outputs: { z: [] },
    weights: { r: floats([], [0.5]), m: { dataType: DataType.BOOL, int32Data: [training] } },
  });
  lowerOnnx(onnx(model(0, "y")));
  assert.throws(() => lowerOnnx(onnx(model(1, "y"))), /its training_mode is true, expected false/);
  assert.throws(
    () => lowerOnnx(onnx(model(0, "mask"))),
    /"mask" is output 1 of node "\/y" \(Dropout\), which a circuit does not make/,
  );
});
