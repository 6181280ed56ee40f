import assert from "node:assert/strict";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { elementwise } from "../../../core/graph/elementwise.ts";
import { ArgumentError, NonFiniteError, ShaderError, ShapeError } from "../../../core/base/errors.ts";
import { Module, type Tensor } from "../../../core/graph/module.ts";
import type { OpDefinition } from "../../../core/graph/op.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Adam } from "../../../ops/adam.ts";
import { Flatten } from "../../../ops/flatten.ts";
import { Linear } from "../../../ops/linear.ts";
import { MSELoss } from "../../../ops/mse.ts";
import { SGD } from "../../../ops/sgd.ts";
import { lowerLimits, smallData, smallModel, SmallNet, smallTrainer } from "../small.ts";

const BrokenOp: OpDefinition<null> = {
  name: "Broken",
  shapes: ([x]) => [x],
  kernel: (call) =>
    elementwise("broken", call, { name: "broken", text: "fn broken(x: f32) -> f32 {\n  return x +* 1.0;\n}" }),
  carries: ["map"],
  gradient: (_, [dy]) => [dy],
};

class Broken extends Module {
  fc = new Linear(12, 3);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(x.graph.apply(BrokenOp, [x], null)[0]);
  }
}

class Wrong extends SmallNet {
  override fc2 = new Linear(9, 3);
}

Deno.test("Trainer names the kernel and the line of a shader that does not compile, and frees what it made", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device, new Broken());
  const loader = new DataLoader(smallData(20), { batchSize: 10 });
  const before = device.liveBytes;
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(trainer.fit(loader), (error: Error) => {
      assert.ok(error instanceof ShaderError);
      assert.match(
        error.message,
        /^kernel broken does not compile: line \d+, column \d+: .*\n {2}return x \+\* 1\.0;$/s,
      );
      return true;
    });
  }
  assert.equal(device.liveBytes, before);
});

Deno.test("Trainer names the layer whose shapes do not fit, with the numbers", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device, new Wrong());
  await assert.rejects(trainer.fit(new DataLoader(smallData(20), { batchSize: 10 })), (error: Error) => {
    assert.ok(error instanceof ShapeError);
    assert.ok(error.message.startsWith("fc2/Linear: "), error.message);
    assert.match(error.message, /\[10, 8\].*\[3, 9\].*make the layer with 8 inputs/);
    return true;
  });
});

Deno.test("Trainer.fit() refuses a model without parameters, and one whose loss depends on none", async () => {
  using device = await GpuDevice.request();
  using none = await smallTrainer(device, new Flatten());
  await assert.rejects(none.fit(new DataLoader(smallData(20), { batchSize: 10 })), {
    name: "ArgumentError",
    message: /^the model has no parameters to train: layers and parameters .*#private field/,
  });
  class Unused extends SmallNet {
    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  using trainer = await smallTrainer(device, new Unused());
  const data = new TensorDataset({ inputs: new Float32Array(40), shape: [4], targets: new Uint8Array(10) });
  const before = device.liveBytes;
  await assert.rejects(trainer.fit(new DataLoader(data, { batchSize: 5 })), {
    name: "ArgumentError",
    message: "the loss depends on no parameter of the model, so there is nothing to train",
  });
  assert.equal(device.liveBytes, before);
});

Deno.test("Trainer refuses targets that do not fit the loss or the model", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const inputs = new Float32Array(24);
  const five = new TensorDataset({ inputs, shape: [12], targets: [0, 1], classes: 5 });
  await assert.rejects(trainer.fit(new DataLoader(five)), (error: Error) => {
    assert.ok(error instanceof ShapeError);
    assert.match(error.message, /has 5 classes and the model's last layer \(fc2\/Linear\) gives 3 logits/);
    return true;
  });
  const undeclared = { ...five, length: 2, classes: undefined, targets: { shape: [], data: Uint32Array.of(0, 6) } };
  await assert.rejects(trainer.evaluate(undeclared), { name: "ShapeError", message: /has 7 classes/ });
  const values = new TensorDataset({ inputs, shape: [12], targets: new Float32Array(6), targetShape: [3] });
  await assert.rejects(trainer.evaluate(values), (error: Error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(error.message, /wants class labels \(Uint32Array\) as targets and the data set has values/);
    return true;
  });
  const regression = { model: smallModel(), loss: new MSELoss(), optimizer: new SGD(), device };
  using other = await Trainer.create(regression);
  await assert.rejects(other.evaluate(five), { name: "ArgumentError", message: /wants values \(Float32Array\)/ });
  const pair = new TensorDataset({ inputs, shape: [12], targets: new Float32Array(4), targetShape: [2] });
  await assert.rejects(other.evaluate(pair), { name: "ShapeError", message: /a target is \[3\].*set's are \[2\]/ });
  await other.evaluate(values);
});

Deno.test("Trainer names both sizes where a batch is too large for a buffer", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  lowerLimits(device, { maxStorageBufferBindingSize: 20000 });
  const outputs = await trainer.predict(smallData(500), 8);
  assert.equal(outputs.length, 1500, "a data set may be larger than a buffer");
  const before = device.liveBytes;
  for (let k = 0; k < 2; k++) {
    const evaluated = trainer.evaluate(smallData(100), 100);
    await assert.rejects(evaluated, { name: "DeviceError", message: /losses needs 102400 .* holds 20000/ });
  }
  assert.equal(device.liveBytes, before, "what was made of the program is freed");
});

Deno.test("Trainer throws, and does not hang, where the device is lost", { sanitizeOps: false }, async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(2000), { batchSize: 4 });
  const saved = await trainer.checkpoint();
  const lost = { name: "DeviceError", message: /the GPU device was lost .*go on from the last checkpoint/ };
  const lose = (): void => void (device.gpu.destroy());
  await assert.rejects(trainer.fit(loader, { onProgress: lose }), lost);
  await assert.rejects(trainer.fit(loader), lost);
  await assert.rejects(trainer.evaluate(loader), lost);
  await assert.rejects(trainer.checkpoint(), lost);
  await assert.rejects(trainer.restore(saved), lost);
  using fresh = await GpuDevice.request();
  using next = await smallTrainer(fresh, smallModel(7));
  await next.restore(saved);
  assert.deepEqual(await next.checkpoint(), saved);
});

Deno.test("Trainer names the step where the loss stops being a number, and keeps the host's model", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  const optimizer = new Adam({ lr: 0.01 });
  using trainer = await smallTrainer(device, model, optimizer);
  const loader = new DataLoader(smallData(160), { batchSize: 16 });
  await trainer.fit(loader);
  assert.equal(await trainer.inspect(loader), null);
  const before = model.stateDict();
  const saved = await trainer.checkpoint();
  optimizer.lr = 1e38;
  await assert.rejects(trainer.fit(loader), (error: Error) => {
    assert.ok(error instanceof NonFiniteError);
    const [, step, batch] = error.message.match(/at step (\d+) \(batch (\d+) of 10\)/)!.map(Number);
    assert.equal(step, 10 + batch);
    assert.ok(batch > 1 && batch < 6, "the first batch still has the old parameters");
    assert.match(
      error.message,
      /a lower learning rate than 1e\+38 may help: .* as they were before this call, which can be repeated; .*\(\) names/,
    );
    return true;
  });
  assert.deepEqual(model.stateDict(), before);
  assert.equal(trainer.steps, 10);
  optimizer.lr = 0.01;
  assert.deepEqual(await trainer.checkpoint(), saved);
  const { loss } = await trainer.fit(loader);
  assert.ok(Number.isFinite(loss));
});

Deno.test("Trainer finds inputs that are no numbers", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const data = smallData(40);
  data.inputs.data[12 * 5 + 3] = NaN; // after the data set's own check
  const loader = new DataLoader(data, { batchSize: 4 });
  await assert.rejects(trainer.fit(loader), { name: "NonFiniteError", message: /at step 2 \(batch 2 of 10\)/ });
  const first = new DataLoader(data, { batchSize: 8 });
  assert.equal(await trainer.inspect(first), "batch (Batch): element 63 of input_0 is NaN");
});
