import assert from "node:assert/strict";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Module, Sequential, type Tensor } from "../../../core/graph/module.ts";
import { Predictor } from "../../../core/train/predictor.ts";
import { exportOnnx, OnnxModule } from "../../../onnx/mod.ts";
import { AvgPool2d } from "../../../ops/avg_pool2d.ts";
import { Conv2d } from "../../../ops/conv_layers.ts";
import { relu } from "../../../ops/relu.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

function assertClose(found: Float32Array, expected: Float32Array): void {
  assert.equal(found.length, expected.length);
  expected.forEach((value, k) => assert.ok(Math.abs(found[k] - value) < 1e-6, `${k}: ${found[k]}, not ${value}`));
}

Deno.test("Predictor says what a trainer of the model says, for arrays and data sets of any length", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  using predictor = await Predictor.create({ model, shape: [12], device });
  for (const samples of [1, 2, 3, 7, 64, 300]) {
    const data = smallData(samples);
    const expected = await trainer.predict(data, samples);
    assertClose(await predictor.predict(data), expected);
    assertClose(await predictor.predict(data.inputs.data), expected);
    if (samples === 1) assertClose(await predictor.predict([...data.inputs.data]), expected);
  }
  const many = smallData(5000);
  assertClose(await predictor.predict(many), await trainer.predict(many));
});

Deno.test("Predictor takes a file's network, bytes with a table, and images", async () => {
  using device = await GpuDevice.request();
  class Net extends Module {
    conv = new Conv2d(2, 3, 3);
    pool = new AvgPool2d(2);

    override forward(x: Tensor): Tensor {
      return this.pool.forward(relu(this.conv.forward(x)));
    }
  }
  const model = new OnnxModule(exportOnnx(new Net(), [2, 6, 6], { batch: "batch_size" }));
  using predictor = await Predictor.create({ model, device });
  const bytes = Uint8Array.from({ length: 5 * 72 }, (_, k) => k * 37 % 256);
  const data = new TensorDataset({
    inputs: bytes,
    shape: [2, 6, 6],
    targets: new Uint8Array(5),
    transform: (b) => b / 255,
  });
  const found = await predictor.predict({ length: 5, inputs: data.inputs });
  assert.equal(found.length, 5 * 3 * 2 * 2);
  const flat = new Float32Array(bytes.map((byte) => byte).length).map((_, k) => bytes[k] / 255);
  assertClose(await predictor.predict(flat), found);
  assertClose(await predictor.predict(flat.subarray(72, 144)), found.subarray(12, 24));
  using trainer = await smallTrainer(device, model);
  assertClose(await trainer.predict(data), found);
});

Deno.test("Predictor runs a network without parameters", async () => {
  using device = await GpuDevice.request();
  using predictor = await Predictor.create({ model: new Sequential(new AvgPool2d(2)), shape: [1, 2, 2], device });
  assert.deepEqual([...await predictor.predict([1, 2, 3, 6, 0, 0, 0, 4])], [3, 1]);
});

Deno.test("Predictor uses the weights that the model has when it is asked", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  using predictor = await Predictor.create({ model, shape: [12], device });
  const data = smallData(8);
  const same = async () => assertClose(await predictor.predict(data), await trainer.predict(data, 8));
  const before = await predictor.predict(data);
  await trainer.fit(new DataLoader(data, { batchSize: 4 }));
  await same();
  assert.notDeepEqual(await predictor.predict(data), before);
  model.loadStateDict(smallModel(5).stateDict());
  await same();
  model.fc1.weight.data[3] = 7;
  await same();
  // While an epoch runs, those from before it, and without waiting for its end.
  const start = await predictor.predict(data);
  let running = true;
  const epoch = trainer.fit(new DataLoader(smallData(8000), { batchSize: 4 })).then(() => running = false);
  assert.deepEqual(await predictor.predict(data), start);
  assert.ok(running);
  await epoch;
  await same();
});

Deno.test("Predictor keeps nothing but a few plans, and frees them", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  {
    using predictor = await Predictor.create({ model, shape: [12], device });
    for (const samples of [1, 5, 16, 40]) await predictor.predict(smallData(samples));
    const [bytes, counts] = [device.liveBytes, { ...device.counts }];
    for (let k = 0; k < 30; k++) {
      const calls = [1, 5, 6, 7, 8, 15, 33, 64].map((samples) => predictor.predict(smallData(samples)));
      await Promise.all(calls);
      assert.equal(device.liveBytes, bytes);
    }
    assert.deepEqual(device.counts, counts, "no buffer, bind group or pipeline is made again");
  }
  assert.equal(device.liveBytes, 0);
  const own = await Predictor.create({ model, shape: [12] });
  const late = own.predict(smallData(3));
  own[Symbol.dispose]();
  await assert.rejects(late, { name: "ArgumentError", message: /^this predictor was disposed of/ });
  await assert.rejects(own.predict(smallData(3)), { message: "this predictor was disposed of; make a new one" });
  assert.equal(own.device.liveBytes, 0);
});

Deno.test("Predictor says what is wrong with what it is given", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using nameless = await Predictor.create({ model, device });
  await assert.rejects(nameless.predict([1]), {
    name: "ArgumentError",
    message: /give it to Predictor\.create\(\) as \{ shape \}/,
  });
  using predictor = await Predictor.create({ model, shape: [12], device });
  const expected = "expected a flat array of numbers, 12 for each sample of shape [12], and got";
  for (const [given, what] of [[new Float32Array(13), "13"], [[], "0"], [[[1, 2]], "something else"]]) {
    await assert.rejects(predictor.predict(given as unknown as number[]), {
      name: "ArgumentError",
      message: `Predictor.predict(): ${expected} ${what}`,
    });
  }
  await assert.rejects(Predictor.create({ modell: model } as never), {
    message: /no option modell, did you mean model/,
  });
  await assert.rejects(Predictor.create({ model: new Uint8Array(3) } as never), {
    message: /model is an object of Uint8Array, expected a Module: .*an OnnxModule/,
  });
  const wide = new TensorDataset({ inputs: new Float32Array(26), shape: [13], targets: [0, 0] });
  await assert.rejects(predictor.predict(wide), { name: "ShapeError", message: /fc1\/Linear/ });
  assert.equal((await predictor.predict(new Float32Array(12).fill(NaN))).every(Number.isNaN), true);
});
