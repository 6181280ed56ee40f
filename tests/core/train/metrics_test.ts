/** Metrics beside the loss, against numbers worked out by hand and by torchmetrics' and scikit-learn's definitions. */
import assert from "node:assert/strict";
import { Generator } from "../../../core/base/random.ts";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import type { Device } from "../../../core/run/choose.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import {
  binaryAccuracy,
  meanAbsoluteError,
  meanSquaredError,
  type Predicted,
  r2Score,
  topKAccuracy,
} from "../../../core/train/metrics.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Linear, MSELoss, SGD } from "../../../ops/mod.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

const of = (outputs: number[], targets: Predicted["targets"], width: number): Predicted => {
  const targetShape = targets instanceof Uint32Array ? [] : [width];
  const length = outputs.length / width;
  return { outputs: Float32Array.from(outputs), outputShape: [width], targets, targetShape, length };
};

Deno.test("topKAccuracy() finds the label among the largest, the first of equal ones first", () => {
  const logits = [0.1, 0.9, 0.3, 0.5, 0.5, 0.5, 3, 2, 1, 1, 2, 3];
  const predicted = of(logits, Uint32Array.of(2, 1, 2, 0xffffff9c), 3);
  assert.deepEqual([1, 2, 3].map((k) => topKAccuracy(k)(predicted)), [0, 2 / 3, 1]);
});

Deno.test("errors, shares of variance and accuracy by a threshold are those of their definitions", () => {
  const predicted = of([2.5, 0, 2, 8], Float32Array.of(3, -0.5, 2, 7), 1);
  // scikit-learn's documentation has these numbers.
  assert.equal(meanAbsoluteError()(predicted), 0.5);
  assert.equal(meanAbsoluteError({ scale: 100 })(predicted), 50);
  assert.equal(meanSquaredError()(predicted), 0.375);
  assert.equal(meanSquaredError({ scale: 2 })(predicted), 1.5);
  assert.ok(Math.abs(r2Score()(predicted) - 0.9486081370449679) < 1e-12);
  const two = of([0, 2, -1, 2, 8, -5], Float32Array.of(0.5, 1, -1, 1, 7, -6), 2);
  assert.ok(Math.abs(r2Score()(two) - 0.9368005266622779) < 1e-7, `${r2Score()(two)}`);
  const votes = of([0.2, 0.7, 0.6, 0.4], Float32Array.of(0, 1, 0, 1), 1);
  assert.deepEqual([0.5, 0.65, 0.1].map((threshold) => binaryAccuracy({ threshold })(votes)), [0.5, 0.75, 0.5]);
});

const devices: Device[] = [];
Deno.test.beforeAll(async () => void devices.push(await CpuDevice.request(), await GpuDevice.request()));
Deno.test.afterAll(() => devices.forEach((device) => device[Symbol.dispose]()));

Deno.test("Trainer.evaluate() gives metrics beside the loss, of every sample in its order", async () => {
  const data = smallData(50);
  for (const device of devices) {
    using trainer = await smallTrainer(device, smallModel());
    const plain = await trainer.evaluate(data, 16);
    assert.deepEqual(plain.metrics, {});
    let seen: Predicted | null = null;
    const metrics = {
      top1: topKAccuracy(1),
      top3: topKAccuracy(3),
      own: (predicted: Predicted) => (seen = predicted).length,
    };
    const { metrics: found, loss, accuracy } = await trainer.evaluate(data, { batchSize: 16, metrics });
    assert.deepEqual([loss, accuracy], [plain.loss, plain.accuracy]);
    assert.deepEqual(found, { top1: accuracy, top3: 1, own: 50 });
    assert.deepEqual(seen!.outputs, await trainer.predict(data, 16));
    assert.deepEqual([...seen!.targets], [...data.targets.data]);
    const loader = new DataLoader(data, { batchSize: 16, shuffle: true, generator: new Generator(5), dropLast: true });
    const order = new Generator(5).permutation(50);
    await trainer.evaluate(loader, { metrics });
    assert.equal(seen!.length, 48);
    assert.deepEqual([...seen!.targets], [...order.subarray(0, 48)].map((n) => data.targets.data[n]));
    const { liveBytes } = device;
    await trainer.evaluate(data, { batchSize: 16, metrics });
    assert.equal(device.liveBytes, liveBytes);
  }
});

Deno.test("a regression tells its error in the user's unit", async () => {
  const inputs = Float32Array.from({ length: 100 }, (_, n) => n / 50 - 1);
  const data = new TensorDataset({ inputs, shape: [1], targets: inputs.map((x) => 2 * x + 1), targetShape: [1] });
  const model = new Linear(1, 1);
  model.weight.data[0] = 2;
  model.bias!.data[0] = 1.25;
  using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD(), device: devices[0] });
  const metrics = { euros: meanAbsoluteError({ scale: 1000 }), r2: r2Score() };
  const { metrics: found } = await trainer.evaluate(data, { metrics });
  assert.ok(Math.abs(found.euros - 250) < 1e-3 && found.r2 > 0.9 && found.r2 < 1);
});

Deno.test("metrics that fit nothing are refused in sentences", async () => {
  const [device] = devices;
  using trainer = await smallTrainer(device, smallModel());
  const data = smallData(20);
  const says = (metrics: unknown, message: RegExp): Promise<void> =>
    assert.rejects(trainer.evaluate(data, { metrics } as never), { message });
  await says(
    { error: meanAbsoluteError() },
    /^meanAbsoluteError\(\) compares outputs with as many targets: the model gives \[3\] a/,
  );
  await says({ nothing: () => undefined }, /^evaluate\(\): what metrics.nothing gave is undefined, expected a number$/);
  await says({ top: topKAccuracy }, /topKAccuracy\(\): k is .*, expected a positive integer/);
  await says([], /^evaluate\(\): metrics is \[\], expected an object of functions, by names of your own$/);
  await says({ top: 3 }, /^evaluate\(\): metrics.top is 3, expected a function of what was predicted$/);
  await assert.rejects(trainer.evaluate(new DataLoader(data), { batchSize: 4 }), {
    message: /a DataLoader has its own/,
  });
});
