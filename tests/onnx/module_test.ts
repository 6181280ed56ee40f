/** OnnxModule and exportOnnx: networks between files and the engine. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { Sequential } from "../../core/graph/module.ts";
import { GpuDevice } from "../../core/run/device.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { exportOnnx, OnnxModule } from "../../onnx/model.ts";
import { encodeModel } from "../../onnx/proto.ts";
import { AvgPool2d } from "../../ops/avg_pool2d.ts";
import { Flatten } from "../../ops/flatten.ts";
import { Linear } from "../../ops/linear.ts";
import { MSELoss } from "../../ops/mse.ts";
import { ReLU } from "../../ops/relu.ts";
import { SGD } from "../../ops/sgd.ts";
import { Sigmoid } from "../../ops/sigmoid.ts";
import { runOrt } from "./judge.ts";
import { node, small, weight } from "./small.ts";

Deno.env.set("XDG_RUNTIME_DIR", "/tmp");

const shape = [1, 4, 6];
const inputs = Float32Array.from({ length: 5 * 24 }, (_, i) => (i * 37 % 51 - 25) / 16);

for (
  const [what, network] of [
    ["ReLU", new Sequential(new ReLU())],
    ["a pool and a Sigmoid", new Sequential(new AvgPool2d(2), new Sigmoid(), new Flatten())],
    ["Flatten", new Sequential(new Flatten())],
  ] as const
) {
  Deno.test(`a network without parameters (${what}) predicts and evaluates, as ONNX Runtime does, and comes back from its file`, async () => {
    const bytes = exportOnnx(network, shape, { batch: "batch_size" });
    const expected = await runOrt(bytes, { shape: [5, ...shape], data: inputs });
    using device = await GpuDevice.request();
    const before = device.liveBytes;
    for (const model of [network, new OnnxModule(bytes)]) {
      const outputs = expected.length / 5;
      const targets = Float32Array.from(expected, (value) => value + 2);
      const outputShape = what === "ReLU" ? shape : [outputs];
      const data = new TensorDataset({ inputs, shape, targets, targetShape: outputShape });
      using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD({ lr: 1 }), device });
      const found = await trainer.predict(data, 2);
      assert.equal(found.length, expected.length);
      found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6, `[${i}]: ${value}, ${expected[i]}`));
      assert.ok(Math.abs((await trainer.evaluate(data, 2)).loss - 4) < 1e-5);
    }
    assert.equal(device.liveBytes, before);
  });
}

Deno.test("exportOnnx() refuses a weight that is no finite number by its name and place", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const network = new Sequential(new Linear(4, 3), new ReLU(), new Linear(3, 2));
    const [, [name, parameter]] = network.namedParameters().filter(([name]) => name.endsWith("weight"));
    parameter.data[5] = value;
    assert.throws(() => exportOnnx(network, [4]), {
      name: "ArgumentError",
      message: `cannot export the model: element 5 of ${name} is ${value}, expected finite numbers; go back to a ` +
        "checkpoint from before the training diverged",
    });
    parameter.data[5] = 0;
    exportOnnx(network, [4]);
  }
});

Deno.test("OnnxModule has the parameters of a file that calls them as its own methods and properties are called", async () => {
  const names = ["forward", "sampleShape", "namedParameters", "constructor", "__proto__", "toString"];
  const bytes = encodeModel(
    small(
      names.map((name, i) =>
        node("Gemm", [i === 0 ? "x" : `y${i - 1}`, name], [i === 5 ? "y" : `y${i}`], { transB: 1 })
      ),
      {
        weights: names.map((name) => weight(name, [4, 4])),
      },
    ),
  );
  const model = new OnnxModule(bytes);
  assert.deepEqual(model.sampleShape, [4]);
  assert.deepEqual(model.namedParameters().map(([name]) => name), names);
  assert.deepEqual(new Sequential(model).namedParameters().map(([name]) => name), names.map((name) => `0.${name}`));
  const input = Float32Array.of(1, -2, 3, 0.5);
  const [expected, found] = [bytes, exportOnnx(model, [4])].map((file) => runOrt(file, { shape: [1, 4], data: input }));
  assert.deepEqual(await found, await expected);
});

Deno.test("OnnxModule takes its options by name and refuses those that it does not know", () => {
  const bytes = encodeModel(
    small([node("Gemm", ["x", "w"], ["y"], { transB: 1 })], { weights: [weight("w", [3, 4])] }),
  );
  assert.equal(new OnnxModule(bytes).parameterCount(), 12);
  assert.throws(
    () => new OnnxModule(bytes, { operations: [], name: "m.onnx" }),
    /^ArgumentError: m\.onnx: no operation/,
  );
  const misspelt = { name: "m.onnx", externaldata: {} };
  assert.throws(() => new OnnxModule(bytes, misspelt), /no option externaldata, did you mean externalData/);
});
