/** Functions, branches and arithmetic on shapes are gone when a file is read, and what is left computes the same. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { DataType } from "../../onnx/enums.ts";
import { importGraph } from "../../onnx/import.ts";
import { exportOnnx, OnnxModule } from "../../onnx/model.ts";
import { encodeModel, type FunctionProto, type ModelProto, type NodeProto } from "../../onnx/proto.ts";
import { MSELoss } from "../../ops/mse.ts";
import { operations } from "../../ops/mod.ts";
import { SGD } from "../../ops/sgd.ts";
import { Devices } from "../ops/harness.ts";
import { runOrt } from "./judge.ts";
import { asNetwork, assertNear, numbers, shapeOf } from "./outcome.ts";
import { predict } from "./predict.ts";
import { call, choice, FILES, flattening, image, imports, layer, linear, shaping, weights } from "./rich.ts";
import { node, small, truth } from "./small.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

for (const [what, model] of Object.entries(FILES)) {
  Deno.test(`a file with ${what} is read as ONNX Runtime reads it, by engine and circuit`, async () => {
    const [bytes, shape] = [encodeModel(model), shapeOf(model)];
    const data = numbers(shape);
    const expected = await runOrt(bytes, { shape, data });
    assert.ok(expected.some((value) => value !== 0));
    assertNear(await predict(devices.cpu, bytes, data), expected, "engine");
    assertNear(asNetwork(bytes, data), expected, "circuit");
  });
}

Deno.test("a flattening for any batch is one for every batch, also in a module that is trained and exported", async () => {
  const bytes = encodeModel(FILES["a flattening for any batch"]);
  const [shape, data] = [[5, 2, 6, 6], numbers([5, 2, 6, 6])];
  const expected = await runOrt(bytes, { shape, data });
  assertNear(await predict(devices.cpu, bytes, data, { batch: 5 }), expected, "importGraph");
  const model = new OnnxModule(bytes);
  const targets = Float32Array.from(expected, (value) => value + 1);
  const set = new TensorDataset({ inputs: data, shape: [2, 6, 6], targets, targetShape: [3] });
  const options = { model, loss: new MSELoss(), optimizer: new SGD({ lr: 0.01 }), device: devices.cpu };
  using trainer = await Trainer.create(options);
  assertNear(await trainer.predict(set, 2), expected, "a module in batches of 2");
  assertNear(
    await runOrt(exportOnnx(model, [2, 6, 6], { batch: "batch_size" }), { shape, data }),
    expected,
    "exported",
  );
});

Deno.test("nodes that only a shape was taken of are not missed", () => {
  const nodes = [
    node("Softplus", ["x"], ["p"]),
    ...flattening("p", "f").slice(0, 4),
    node("Reshape", ["x", "t"], ["y"]),
  ];
  const bytes = encodeModel(small(nodes, { ...image, weights: shaping }));
  assert.deepEqual(importGraph(bytes, operations).graph.nodes.map(({ op }) => op.name), ["Flatten"]);
  assert.deepEqual(lowerOnnx(bytes).nodes.map(({ op }) => op.type), ["Input", "Reshape"]);
});

const own = (nodes: readonly NodeProto[], all: readonly FunctionProto[]) =>
  small(nodes, { weights, opset: 17, model: { opsetImport: imports, functions: all } });
const bomb = Array.from({ length: 30 }, (_, k): FunctionProto => ({
  name: `F${k}`,
  domain: "own",
  input: ["a"],
  output: ["c"],
  node: k === 29 ? [node("Relu", ["a"], ["c"])] : [call(`F${k + 1}`, ["a"], "b"), call(`F${k + 1}`, ["b"], "c")],
}));
const refused = (what: string): RegExp => new RegExp(`^\\w+: m\\.onnx: node 0 \\(.*, output "y"\\): ${what}`);
const REFUSED: readonly (readonly [what: string, model: ModelProto, message: RegExp])[] = [
  [
    "a function that calls itself",
    own([call("Me", ["x"], "y")], [{
      name: "Me",
      domain: "own",
      input: ["a"],
      output: ["b"],
      node: [call("Me", ["a"], "b")],
    }]),
    refused('node 0 \\(own::Me, output "b"\\): the function "Me" calls itself; export'),
  ],
  [
    "functions that are a file of billions of nodes",
    own([call("F0", ["x"], "y")], bomb),
    refused(".*for more than 100000 nodes"),
  ],
  [
    "a function that reads what it does not have",
    own([call("Far", ["x"], "y")], [{
      name: "Far",
      domain: "own",
      input: ["a"],
      output: ["b"],
      node: [node("Gemm", ["a", "w"], ["b"])],
    }]),
    refused('node 0 \\(Gemm, output "b"\\): it reads "w", which nothing makes'),
  ],
  [
    "a function with an input that its caller leaves out",
    own([call("Layer", ["x"], "y", { turned: 1 })], [layer]),
    /^\w+: m\.onnx: node 0 \(Gemm, output "g"\) of node 0 \(own::Layer, output "y"\): its input 1 is left out, expected a/,
  ],
  [
    "a branch without its graph",
    small([{ ...choice("t", "y", [linear("x", "a")], [linear("x", "b")]), attribute: [] }], {
      weights: [truth("t", false)],
    }),
    refused("it has no else_branch"),
  ],
  [
    "an element outside its tensor",
    small([node("Gemm", ["x", "sparse"], ["y"], { transB: 1 })], {
      graph: {
        sparseInitializer: [{
          dims: [2, 4],
          values: { name: "sparse", dims: [1], dataType: DataType.FLOAT, floatData: [1] },
          indices: { dims: [1], dataType: DataType.INT64, int64Data: [8] },
        }],
      },
    }),
    refused('the sparse tensor "sparse" of shape \\[2, 4\\] has an element outside'),
  ],
];
for (const [what, model, message] of REFUSED) {
  Deno.test(`engine and circuit refuse ${what}`, () => {
    const bytes = encodeModel(model);
    assert.throws(() => importGraph(bytes, operations, { name: "m.onnx" }), message);
    assert.throws(() => lowerOnnx(bytes, undefined, "m.onnx"), message);
  });
}
