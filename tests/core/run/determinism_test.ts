import assert from "node:assert/strict";
import { subset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Generator } from "../../../core/base/random.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

const data = smallData(150);

function shuffled(seed: number): DataLoader {
  return new DataLoader(data, { batchSize: 16, shuffle: true, generator: new Generator(seed) });
}

/** The losses of some epochs, and the checkpoint at the end. */
async function train(device: GpuDevice, seed: number, epochs = 3): Promise<{ losses: number[]; end: Uint8Array }> {
  using trainer = await smallTrainer(device, smallModel(seed));
  const loader = shuffled(seed);
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) losses.push((await trainer.fit(loader)).loss);
  return { losses, end: await trainer.checkpoint() };
}

Deno.test("Trainer gives the same curve and the same weights for the same seed, bit for bit", async () => {
  using device = await GpuDevice.request();
  using other = await GpuDevice.request();
  const first = await train(device, 1);
  assert.deepEqual(await train(device, 1), first);
  assert.deepEqual(await train(other, 1), first);
  const changed = await train(device, 2);
  assert.notDeepEqual(changed.losses, first.losses);
  assert.ok(first.losses[2] < first.losses[0], "it learns");
});

Deno.test("Trainer computes the same whether steps go out one by one or many at once", async () => {
  using device = await GpuDevice.request();
  const inOrder = new DataLoader(data, { batchSize: 5 });
  using many = await smallTrainer(device);
  await many.fit(inOrder);
  using single = await smallTrainer(device);
  for (const { start, count } of inOrder.batches()) {
    const samples = Array.from({ length: count }, (_, n) => start + n);
    await single.fit(new DataLoader(subset(data, samples), { batchSize: 5 }));
  }
  assert.equal(many.steps, 30);
  assert.deepEqual(await single.checkpoint(), await many.checkpoint());
});

Deno.test("Trainer visits the samples in each epoch's own order", async () => {
  using device = await GpuDevice.request();
  const generator = new Generator(9);
  const orders = [generator.permutation(150), generator.permutation(150)];
  assert.notDeepEqual(orders[0], orders[1]);
  const loaders = [
    shuffled(9),
    new DataLoader(data, { batchSize: 16, sampler: (_, epoch) => orders[epoch] }),
    new DataLoader(data, { batchSize: 16, sampler: (_, epoch) => orders[1 - epoch] }),
  ];
  const ends = await Promise.all(loaders.map(async (loader) => {
    using trainer = await smallTrainer(device, smallModel(1));
    await trainer.fit(loader);
    await trainer.fit(loader);
    return await trainer.checkpoint();
  }));
  assert.deepEqual(ends[1], ends[0]);
  assert.notDeepEqual(ends[2], ends[0]);
});

Deno.test("Trainer goes on from a checkpoint as if nothing had been in between", async () => {
  using device = await GpuDevice.request();
  const whole = await train(device, 4, 4);
  let saved: Uint8Array;
  const loader = shuffled(4);
  const losses: number[] = [];
  {
    using trainer = await smallTrainer(device, smallModel(4));
    for (let epoch = 0; epoch < 2; epoch++) losses.push((await trainer.fit(loader)).loss);
    saved = await trainer.checkpoint({ loader: JSON.stringify(loader.state()) });
    await trainer.fit(loader);
  }
  using another = await GpuDevice.request();
  using trainer = await smallTrainer(another, smallModel(77));
  const notes = await trainer.restore(saved);
  const again = shuffled(78);
  again.restore(JSON.parse(notes.loader));
  assert.equal(trainer.steps, 20);
  for (let epoch = 2; epoch < 4; epoch++) losses.push((await trainer.fit(again)).loss);
  assert.deepEqual(losses, whole.losses);
  assert.deepEqual(await trainer.checkpoint(), whole.end);
});

Deno.test("Trainer computes the same, but for rounding, with and without fusion", async () => {
  using device = await GpuDevice.request();
  const { CrossEntropyLoss } = await import("../../../ops/cross_entropy.ts");
  const { Trainer } = await import("../../../core/train/trainer.ts");
  const { Adam } = await import("../../../ops/adam.ts");
  const gradients = await Promise.all([true, false].map(async (fusion) => {
    const common = { model: smallModel(3), loss: new CrossEntropyLoss(), optimizer: new Adam(), device, fusion };
    using trainer = await Trainer.create(common);
    return await trainer.gradients(new DataLoader(data, { batchSize: 16 }));
  }));
  for (const [name, { data: fused }] of gradients[0]) {
    const plain = gradients[1].get(name)!.data;
    fused.forEach((value, k) => assert.ok(Math.abs(value - plain[k]) < 1e-6, `${name}[${k}]: ${value} ${plain[k]}`));
  }
});
