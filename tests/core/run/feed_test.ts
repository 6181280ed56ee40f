/** Data sets that come to the device in pieces: what they come to is what they come to as a whole, bit for bit. */
import assert from "node:assert/strict";
import { Generator } from "../../../core/base/random.ts";
import { type Dataset, TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import type { Device } from "../../../core/run/choose.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { CrossEntropyLoss } from "../../../ops/cross_entropy.ts";
import { SGD } from "../../../ops/sgd.ts";
import { meanAbsoluteError, topKAccuracy } from "../../../core/train/metrics.ts";
import { Adam, Linear, MSELoss } from "../../../ops/mod.ts";
import { lowerLimits, smallData, smallModel } from "../small.ts";

const SAMPLES = 500;
const random = new Generator(2);
const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size * SAMPLES }, () => random.uniform() * 256);
const targets = Uint8Array.from({ length: SAMPLES }, (_, n) => n % 3);
const transform = (byte: number): number => byte / 255;

const SETS: Readonly<Record<string, Dataset>> = {
  "floats": smallData(SAMPLES),
  "bytes": new TensorDataset({ inputs: bytes(12), shape: [12], targets, classes: 3, transform }),
};

/** Everything that a trainer does with data, with batches that are not full, shuffled as a whole. */
async function everything(device: Device, data: Dataset, residentBytes: number) {
  const model = smallModel();
  const parts = { model, loss: new CrossEntropyLoss(), optimizer: new Adam({ lr: 0.01 }), device, residentBytes };
  using trainer = await Trainer.create({ ...parts, accumulate: 2, clipGradNorm: 1 });
  const loader = new DataLoader(data, { batchSize: 7, shuffle: true, generator: new Generator(11) });
  const results = [await trainer.fit(loader), await trainer.fit(loader), await trainer.evaluate(data, 9)];
  results.push(await trainer.evaluate(loader, { metrics: { second: topKAccuracy(2) } }));
  return {
    results: results.map(({ loss, accuracy, metrics, samples }) => ({ loss, accuracy, metrics, samples })),
    outputs: await trainer.predict(data, 40),
    gradients: await trainer.gradients(loader),
    checkpoint: await trainer.checkpoint(),
  };
}

const devices: Device[] = [];
Deno.test.beforeAll(async () => void devices.push(await CpuDevice.request({ threads: 2 }), await GpuDevice.request()));
Deno.test.afterAll(() => devices.forEach((device) => device[Symbol.dispose]()));

for (const [kind, data] of Object.entries(SETS)) {
  Deno.test(`a data set of ${kind} in pieces of any size gives what it gives as a whole, bit for bit`, async () => {
    for (const device of devices) {
      const whole = await everything(device, data, 1 << 30);
      // Kernels take their time to be compiled by a software driver.
      for (const residentBytes of device instanceof CpuDevice ? [0, 1000, 5000] : [1000]) {
        assert.deepEqual(
          await everything(device, data, residentBytes),
          whole,
          `${device.description}, ${residentBytes}`,
        );
      }
      assert.equal(device.liveBytes, 0);
    }
  });
}

Deno.test("samples of bytes that fill no whole words are streamed too, and values as targets", async () => {
  const inputs = bytes(5);
  const values = Float32Array.from({ length: 2 * SAMPLES }, () => random.uniform());
  const data = new TensorDataset({ inputs, shape: [5], targets: values, targetShape: [2], transform });
  for (const device of devices) {
    const results = [];
    for (const residentBytes of [1 << 20, 700]) {
      const model = new Linear(5, 2);
      model.parameters().forEach(({ data }, k) => data.forEach((_, i) => data[i] = Math.sin(i + k)));
      const parts = { model, loss: new MSELoss(), optimizer: new SGD({ lr: 0.1 }), device, residentBytes };
      using trainer = await Trainer.create(parts);
      const loader = new DataLoader(data, { batchSize: 8, shuffle: true, generator: new Generator(1) });
      await trainer.fit(loader);
      results.push([await trainer.evaluate(data, { metrics: { error: meanAbsoluteError() } }), model.stateDict()]
        .map((result) => "loss" in result ? [result.loss, result.metrics] : result));
    }
    assert.deepEqual(results[1], results[0]);
  }
});

Deno.test("pieces take no more memory than asked for, none in the loop, and follow what is written on the host", async () => {
  const data = smallData(4000);
  for (const device of devices) {
    const before = device.liveBytes;
    const parts = { model: smallModel(), loss: new CrossEntropyLoss(), optimizer: new SGD(), device };
    using trainer = await Trainer.create({ ...parts, residentBytes: 20_000 });
    const loader = new DataLoader(data, { batchSize: 16, shuffle: true });
    await trainer.fit(loader);
    const { liveBytes, counts } = device;
    assert.ok(liveBytes - before < 600_000, `${liveBytes - before}`);
    const made = JSON.stringify(counts);
    for (let epoch = 0; epoch < 3; epoch++) await trainer.fit(loader);
    assert.deepEqual([device.liveBytes, JSON.stringify(device.counts)], [liveBytes, made]);
    // A batch larger than the pieces makes larger ones.
    const { loss } = await trainer.evaluate(data, 2000);
    assert.ok(Math.abs(loss - (await trainer.evaluate(data, 16)).loss) < 1e-5);
    (data.inputs.data as Float32Array).fill(0, 0, 12 * 2000);
    assert.notEqual((await trainer.evaluate(data, 2000)).loss, loss);
    (data.inputs.data as Float32Array).set(smallData(4000).inputs.data.subarray(0, 12 * 2000));
  }
});

Deno.test("a data set that the device has no room for as a whole is streamed", async () => {
  const data = smallData(40_000);
  const run = async (device: Device): Promise<[number, number]> => {
    const parts = { model: smallModel(), loss: new CrossEntropyLoss(), optimizer: new SGD({ lr: 0.1 }), device };
    using trainer = await Trainer.create(parts);
    const { loss } = await trainer.fit(new DataLoader(data, { batchSize: 500 }));
    return [loss, trainer.model.parameters()[0].data[0]];
  };
  using gpu = await GpuDevice.request();
  const expected = await run(gpu);
  const { withinMemory } = gpu;
  let refused = 0;
  gpu.withinMemory = ((what: string, make: () => unknown) => {
    if (what !== "the data set") return withinMemory.call(gpu, what, make as never);
    refused++;
    return withinMemory.call(gpu, what, () => gpu.buffer("too much", 2 ** 40, GPUBufferUsage.STORAGE) as never);
  }) as typeof withinMemory;
  assert.deepEqual(await run(gpu), expected);
  assert.equal(refused, 1);
  lowerLimits(gpu, { maxStorageBufferBindingSize: 600_000 });
  assert.deepEqual(await run(gpu), expected);
});
