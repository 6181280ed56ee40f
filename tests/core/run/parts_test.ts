/** Data sets larger than one buffer of the device, and models larger than that. */
import assert from "node:assert/strict";
import { type Dataset, TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Generator } from "../../../core/base/random.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Linear } from "../../../ops/linear.ts";
import { MSELoss } from "../../../ops/mse.ts";
import { SGD } from "../../../ops/sgd.ts";
import { lowerLimits, smallData, smallModel, smallTrainer } from "../small.ts";

/** All that training, evaluation and prediction give. */
async function everything(device: GpuDevice, data: Dataset) {
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  const loader = new DataLoader(data, { batchSize: 6, shuffle: true, generator: new Generator(11) });
  const losses = [await trainer.fit(loader), await trainer.fit(loader)].map(({ loss, accuracy }) => [loss, accuracy]);
  const { loss, accuracy } = await trainer.evaluate(data, 7);
  return {
    losses: [...losses, [loss, accuracy]],
    outputs: await trainer.predict(data, 5),
    parameters: [...model.stateDict()].map(([name, { data }]) => [name, data]),
  };
}

const SAMPLES = 900;
/** What a binding may be, so that a data set does not fit and all else does. */
const MOST = 9200;
const bytes = Uint8Array.from({ length: 12 * SAMPLES }, (_, i) => i * 7919 % 251);
const targets = Uint8Array.from({ length: SAMPLES }, (_, i) => i % 3);
const transform = (byte: number) => byte / 255;

const SETS: Readonly<Record<string, readonly [Dataset, number]>> = {
  "floats": [smallData(SAMPLES), 5],
  // 12 bytes a sample, 4 of a label.
  "bytes": [new TensorDataset({ inputs: bytes, shape: [12], targets, classes: 3, transform }), 2],
};

for (const [kind, [data, parts]] of Object.entries(SETS)) {
  Deno.test(`a data set of ${kind} in several buffers gives what it gives in one, bit for bit`, async () => {
    using device = await GpuDevice.request();
    const whole = await everything(device, data);
    lowerLimits(device, { maxStorageBufferBindingSize: MOST });
    const uploaded: number[] = [];
    const upload = device.upload.bind(device);
    device.upload = (label, ...rest) => {
      const buffer = upload(label, ...rest);
      if (label === "the data set's inputs") uploaded.push(buffer.size);
      return buffer;
    };
    assert.deepEqual(await everything(device, data), whole);
    assert.ok(uploaded.length === parts && uploaded.every((size) => size <= MOST), uploaded.join());
    assert.equal(device.liveBytes, 0);
  });
}

Deno.test("a data set as large as CIFAR-10 is trained on where a binding takes less", async () => {
  using device = await GpuDevice.request();
  const length = Math.floor(device.gpu.limits.maxStorageBufferBindingSize / 3072) + 1;
  const inputs = new Uint8Array(length * 3072);
  inputs.fill(255, inputs.length - 3072);
  const data = new TensorDataset({ inputs, shape: [3072], targets: new Float32Array(length), transform });
  const model = new Linear(3072, 1, { bias: false });
  model.weight.data.fill(1);
  using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD(), device });
  const order = Uint32Array.from({ length }, (_, i) => length - 1 - i);
  const loader = new DataLoader({ ...data, targets: { shape: [1], data: new Float32Array(length) } }, {
    batchSize: 2,
    sampler: () => order,
  });
  const { loss } = await trainer.fit(loader, { steps: 1 });
  assert.equal(loss, 3072 ** 2 / 2, "the last sample is all ones, the one before it zeros");
});

Deno.test("a sample, and a model, larger than a buffer are refused in words that are true", async () => {
  using device = await GpuDevice.request();
  const data = smallData(10);
  lowerLimits(device, { maxStorageBufferBindingSize: 40 });
  const { ResidentDataset } = await import("../../../core/run/resident.ts");
  await assert.rejects(ResidentDataset.create(device, data), /a sample of the data set is 48 bytes .* holds 40;/);
  await assert.rejects(
    smallTrainer(device),
    /the model has 131 parameters, which lie in one buffer \(1024 numbers.*holds 10; use a smaller model/,
  );
  assert.equal(device.liveBytes, 0);
});
