import assert from "node:assert/strict";
import { type Dataset, sampleInput, TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Parameter, Sequential } from "../../../core/graph/module.ts";
import { Generator } from "../../../core/base/random.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Flatten } from "../../../ops/flatten.ts";
import { Linear } from "../../../ops/linear.ts";
import { MSELoss } from "../../../ops/mse.ts";
import { SGD } from "../../../ops/sgd.ts";
import { smallData, smallTrainer } from "../small.ts";

/** A network that gives its input of `size` elements back. */
function identity(size: number): Sequential {
  const layer = new Linear(size, size, { bias: false });
  const eye = new Float32Array(size * size).map((_, k) => k % (size + 1) === 0 ? 1 : 0);
  layer.loadStateDict(new Map([["weight", { shape: [size, size], data: eye }]]));
  return new Sequential(new Flatten(), layer);
}

async function predicted(device: GpuDevice, data: Dataset, size: number, batch: number): Promise<Float32Array> {
  using trainer = await Trainer.create({ model: identity(size), loss: new MSELoss(), optimizer: new SGD(), device });
  return await trainer.predict(data, batch);
}

Deno.test("Trainer.predict() sees bytes through their table, whatever a sample's size", async () => {
  using device = await GpuDevice.request();
  for (const size of [1, 2, 3, 4, 5, 7, 8, 67]) {
    const inputs = new Uint8Array(size * 11).map((_, k) => k * 37 + 5);
    const data = new TensorDataset({
      inputs,
      shape: size === 8 ? [2, 2, 2] : [size],
      targets: new Float32Array(11),
      transform: (byte) => (byte - 100) / 255,
    });
    const wanted = Array.from({ length: 11 }, (_, n) => [...sampleInput(data, n)]).flat();
    for (const batch of [4, 11, 16]) {
      assert.deepEqual([...await predicted(device, data, size, batch)], wanted, `size ${size}, batch ${batch}`);
    }
  }
});

Deno.test("Trainer.predict() sees floats as they are, and bytes without a table as numbers", async () => {
  using device = await GpuDevice.request();
  const inputs = new Generator(3).fillUniform(new Float32Array(5 * 9), -2, 2);
  const floats = new TensorDataset({ inputs, shape: [5], targets: new Float32Array(9) });
  assert.deepEqual(await predicted(device, floats, 5, 4), inputs);
  const bytes = {
    ...floats,
    length: 9,
    inputs: { shape: [3], data: Uint8Array.from({ length: 27 }, (_, k) => 9 * k) },
  };
  assert.deepEqual([...await predicted(device, bytes, 3, 2)], [...bytes.inputs.data]);
});

Deno.test("Trainer compares each output with its own target", async () => {
  using device = await GpuDevice.request();
  const inputs = new Generator(3).fillUniform(new Float32Array(6 * 10), -2, 2);
  const targets = inputs.map((value, k) => value + Math.floor(k / 6));
  const data = new TensorDataset({ inputs, shape: [6], targets, targetShape: [6] });
  using trainer = await Trainer.create({
    model: identity(6),
    loss: new MSELoss(),
    optimizer: new SGD({ lr: 0 }),
    device,
  });
  const mean = 28.5; // of n * n for n from 0 to 9
  for (const batch of [1, 3, 10, 32]) {
    const { loss, accuracy } = await trainer.evaluate(data, batch);
    assert.ok(Math.abs(loss - mean) < 1e-5, `${loss}`);
    assert.equal(accuracy, null);
  }
  const shuffled = new DataLoader(data, { batchSize: 4, shuffle: true, generator: new Generator(1) });
  assert.ok(Math.abs((await trainer.fit(shuffled)).loss - mean) < 1e-5);
});

Deno.test("Trainer takes the samples in the loader's order, and as they lie again afterwards", async () => {
  using device = await GpuDevice.request();
  const data = smallData(7);
  using trainer = await smallTrainer(device, undefined, new SGD({ lr: 0 }));
  const lossOf = async (order: number[], steps: number): Promise<number> => {
    const loader = new DataLoader(data, { batchSize: 1, sampler: () => Uint32Array.from(order) });
    return (await trainer.fit(loader, { steps })).loss;
  };
  const single: number[] = [];
  for (let n = 0; n < 7; n++) single.push(await lossOf([n, ...Array(6).fill(0)], 1));
  assert.equal(new Set(single).size, 7, "each sample has a loss of its own");
  assert.equal(await lossOf([3, 6, 1, 0, 2, 4, 5], 2), (single[3] + single[6]) / 2);
  const sum = single.reduce((total, loss) => total + loss, 0);
  assert.equal((await trainer.evaluate(data, 1)).loss, sum / 7);
  assert.equal(
    (await trainer.fit(new DataLoader(data, { batchSize: 1 }), { steps: 2 })).loss,
    (single[0] + single[1]) / 2,
  );
});

Deno.test("Trainer.predict() gives the output of a model that ends with a Flatten", async () => {
  using device = await GpuDevice.request();
  const model = new Sequential(...identity(4).layers, new Flatten());
  assert.ok(model.namedParameters()[0][1] instanceof Parameter);
  using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD(), device });
  const inputs = Float32Array.from({ length: 12 }, (_, k) => k);
  const data = new TensorDataset({ inputs, shape: [2, 2], targets: new Float32Array(3) });
  assert.deepEqual(await trainer.predict(data, 2), inputs);
});
