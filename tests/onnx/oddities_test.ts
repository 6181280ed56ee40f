/** Files that others write in ways of their own: what is read from them is what ONNX Runtime makes of them. */
import assert from "node:assert/strict";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { AttributeType, DataType } from "../../onnx/enums.ts";
import { encodeModel, type ModelProto, type NodeProto } from "../../onnx/proto.ts";
import { Devices } from "../ops/harness.ts";
import { runOrt } from "./judge.ts";
import { asNetwork, assertNear, numbers, shapeOf } from "./outcome.ts";
import { predict } from "./predict.ts";
import { node, small, truth, weight, wholes } from "./small.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

const linear = (input: string, output: string) => node("Gemm", [input, "w", "b"], [output], { transB: 1 });
const weights = [weight("w", [3, 4]), weight("b", [3])];
const undeclared = { output: [{ name: "y", type: { tensorType: { elemType: 1 } } }] };
const image = { shape: [1, 2, 6, 6], graph: undeclared };
const constant = (output: string, name: string, held: object, type: number): NodeProto => ({
  opType: "Constant",
  output: [output],
  attribute: [{ name, ...held, type }],
});

/** Files whose results are those of ONNX Runtime; `runtime` where it cannot run the file but one of the same meaning. */
const READ: readonly (readonly [what: string, model: ModelProto, runtime?: ModelProto])[] = [
  [
    "nodes in any order",
    small([node("Tanh", ["a"], ["y"]), linear("s", "a"), node("Sigmoid", ["x"], ["s"])], { weights }),
  ],
  ["a graph without a name", small([linear("x", "y")], { weights, graph: { name: "" } })],
  [
    'the domain "ai.onnx"',
    small([{ ...linear("x", "y"), domain: "ai.onnx" }], {
      weights,
      model: { opsetImport: [{ domain: "ai.onnx", version: 13 }] },
    }),
  ],
  [
    "an output of no declared shape",
    small([linear("x", "y")], {
      weights,
      graph: undeclared,
    }),
  ],
  [
    "a node that nobody reads, of an operator that nobody knows here",
    small(
      [node("Exp", ["x"], ["dead"]), node("Exp", ["dead"], ["deader"]), linear("x", "y")],
      { weights },
    ),
  ],
  [
    "a dropout whose training_mode is false",
    small(
      [linear("x", "a"), node("Dropout", ["a", "ratio", "mode"], ["y"])],
      { weights: [...weights, { name: "ratio", dataType: 1, floatData: [0.5] }, truth("mode", false)] },
    ),
  ],
  [
    "a dropout whose mask nobody reads",
    small(
      [linear("x", "a"), node("Dropout", ["a"], ["y", "mask"], {})],
      { weights },
    ),
  ],
  [
    "a dropout in test mode at opset 6",
    small(
      [linear("x", "a"), node("Dropout", ["a"], ["y"], { is_test: 1 })],
      { weights, opset: 6 },
    ),
    small([linear("x", "y")], { weights }),
  ],
  [
    "a maximum whose indices nobody reads",
    small(
      [node("MaxPool", ["x"], ["y", "indices"], { kernel_shape: [2, 2], strides: [2, 2] })],
      image,
    ),
  ],
  [
    "constants in nodes, as tensors and as lists",
    small([
      constant("w", "value", { t: weight("", [3, 4]) }, AttributeType.TENSOR),
      constant("b", "value_floats", { floats: [0.5, -0.25, 2] }, AttributeType.FLOATS),
      linear("x", "y"),
    ]),
  ],
  [
    "a target shape in value_ints",
    small([
      constant("to", "value_ints", { ints: [1, -1] }, AttributeType.INTS),
      node("Relu", ["x"], ["a"]),
      node("Reshape", ["a", "to"], ["y"]),
    ], image),
  ],
  [
    "a first dimension of no name and no size",
    small([linear("x", "y")], {
      weights,
      graph: { input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 4 }] } } } }] },
    }),
  ],
  [
    "a bias that is spread by opset 6's attribute",
    small(
      [node("Gemm", ["x", "w", "b"], ["y"], { transB: 1, broadcast: 1 })],
      { weights, opset: 6 },
    ),
    small([linear("x", "y")], { weights }),
  ],
  [
    "an average at opset 6",
    small(
      [node("AveragePool", ["x"], ["y"], { kernel_shape: [2, 2], strides: [2, 2] })],
      { ...image, opset: 6 },
    ),
    small([node("AveragePool", ["x"], ["y"], { kernel_shape: [2, 2], strides: [2, 2] })], image),
  ],
];

for (const [what, model, runtime = model] of READ) {
  Deno.test(`a file with ${what} is read as ONNX Runtime reads it, by engine and circuit`, async () => {
    const [bytes, shape] = [encodeModel(model), shapeOf(model)];
    const data = numbers(shape);
    const expected = await runOrt(encodeModel(runtime), { shape, data });
    assert.ok(expected.some((value) => value !== 0));
    assertNear(await predict(devices.cpu, bytes, data), expected, "engine");
    assertNear(asNetwork(bytes, data), expected, "circuit");
  });
}

/** The same numbers in another float type. */
function typed(type: number, bits: (value: number) => number): ModelProto {
  const initializer = weights.map(({ floatData, ...rest }) =>
    type === DataType.DOUBLE
      ? { ...rest, dataType: type, doubleData: floatData! }
      : { ...rest, dataType: type, int32Data: floatData!.map(bits) }
  );
  return small([linear("x", "a"), node("Tanh", ["a"], ["y"])], { type, weights: initializer });
}

const float32 = new DataView(new ArrayBuffer(4));
const upperHalf = (value: number): number => (float32.setFloat32(0, value), float32.getUint16(0));
const half = (value: number): number => new Uint16Array(Float16Array.of(value).buffer)[0];

for (
  const [name, model, run] of [
    ["DOUBLE", typed(DataType.DOUBLE, Number), true],
    ["FLOAT16", typed(DataType.FLOAT16, half), true],
    // ONNX Runtime has no kernels for it on a processor.
    ["BFLOAT16", typed(DataType.BFLOAT16, upperHalf), false],
  ] as const
) {
  Deno.test(`a file of ${name} computes with the numbers that it holds, by engine and circuit`, async () => {
    const data = numbers([1, 4]);
    const plain = small([linear("x", "a"), node("Tanh", ["a"], ["y"])], { weights });
    const expected = await runOrt(encodeModel(plain), { shape: [1, 4], data });
    assertNear(await predict(devices.cpu, encodeModel(model), data), expected, "engine");
    assertNear(asNetwork(encodeModel(model), data), expected, "circuit");
    if (!run) return;
    const theirs = await runOrt(encodeModel(model), { shape: [1, 4], data });
    assertNear(theirs, expected, "ONNX Runtime", name === "DOUBLE" ? 1e-5 : 1e-3);
  });
}

Deno.test("a first dimension of no name is the batch for the engine, and for a circuit the run arguments' batch_size", async () => {
  const [, model] = READ.find(([what]) => what.startsWith("a first dimension of no name"))!;
  const data = numbers([3, 4]);
  const expected = await runOrt(encodeModel(model), { shape: [3, 4], data });
  assertNear(await predict(devices.cpu, model, data, { batch: 3 }), expected, "engine");
  assert.deepEqual(lowerOnnx(encodeModel(model), [["batch_size", 5]]).nodes[0].shape, [5, 4]);
});

/** Every operator that the engine has or passes over, as every opset writes it. */
function everything(opset: number): ModelProto {
  const window = { kernel_shape: [2, 2], strides: [2, 2] };
  const plain = [
    node("Conv", ["x", "k", "c"], ["a"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node("Relu", ["a"], ["r"]),
    node("MaxPool", ["r"], ["m"], window),
    node("Identity", ["m"], ["i"]),
    node("Sigmoid", ["i"], ["s"]),
    node("Flatten", ["s"], ["f"]),
  ];
  const late = opset < 7 ? [node("Tanh", ["f"], ["y"])] : [
    node("AveragePool", ["s"], ["v"], { ...window, pads: [0, 0, 0, 0] }),
    opset < 11 ? node("Pad", ["v"], ["p"], { pads: [0, 0, 0, 0, 0, 0, 0, 0] }) : node("Pad", ["v", "zeros"], ["p"]),
    node("Dropout", ["p"], ["d"]),
    node("Reshape", ["d", "to"], ["g"]),
    node("Gemm", ["g", "w", "b"], ["h"], { transB: 1 }),
    node("Tanh", ["h"], ["y"]),
  ];
  const pads = opset < 11 ? [] : [wholes("zeros", [0, 0, 0, 0, 0, 0, 0, 0])];
  const more = opset < 7 ? [] : [...pads, wholes("to", [1, -1]), weight("w", [3, 16]), weight("b", [3])];
  const nodes = opset < 7 ? [...plain, ...late] : [...plain.slice(0, -1), ...late];
  return small(nodes, {
    opset,
    shape: [1, 2, 8, 8],
    weights: [weight("k", [4, 2, 3, 3]), weight("c", [4]), ...more],
    graph: undeclared,
  });
}

Deno.test("operators mean the same at every opset from 6 to 28, and ONNX Runtime agrees at each that it has", async () => {
  const data = numbers([1, 2, 8, 8]);
  let expected: number[] = [];
  for (let opset = 6; opset <= 28; opset++) {
    const model = everything(opset), bytes = encodeModel(model);
    // None of these operators has changed since 25, the last that ONNX Runtime reads.
    if (opset <= 25) expected = await runOrt(bytes, { shape: [1, 2, 8, 8], data });
    assertNear(await predict(devices.cpu, bytes, data), expected, `engine at opset ${opset}`);
    assertNear(asNetwork(bytes, data), expected, `circuit at opset ${opset}`);
  }
});
