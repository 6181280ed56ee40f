import assert from "node:assert/strict";
import { subset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { ZkgradError } from "../../../core/base/errors.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Adam } from "../../../ops/adam.ts";
import { CrossEntropyLoss } from "../../../ops/cross_entropy.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

Deno.test("Trainer keeps the bytes on the GPU flat over 1,000 steps and 10 checkpoints", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(4000), { batchSize: 4, shuffle: true });
  await trainer.fit(loader, { steps: 1 });
  const flat = device.liveBytes;
  const seen = new Set<number>();
  const { steps } = await trainer.fit(loader, { onProgress: () => seen.add(device.liveBytes) });
  assert.equal(steps, 1000);
  assert.deepEqual([...seen], [flat]);
  for (let k = 0; k < 10; k++) {
    await trainer.checkpoint();
    assert.equal(device.liveBytes, flat);
  }
});

Deno.test("Trainer makes no buffer, bind group or pipeline after the first epoch", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const [train, test] = [smallData(50), smallData(40, 6)];
  const loader = new DataLoader(train, { batchSize: 16, shuffle: true });
  const epoch = async () => {
    await trainer.fit(loader);
    await trainer.evaluate(test);
    await trainer.checkpoint();
    return { ...device.counts };
  };
  const first = await epoch();
  assert.ok(first.buffers > 0 && first.bindGroups > 0 && first.pipelines > 0);
  for (let k = 0; k < 3; k++) assert.deepEqual(await epoch(), first);
});

Deno.test("Trainer frees all that it made, at once, and leaves a shared device as it was", async () => {
  using device = await GpuDevice.request();
  const kept = device.buffer("somebody else's", 1000, GPUBufferUsage.STORAGE);
  const data = smallData(50);
  let pipelines = 0;
  for (let cycle = 0; cycle < 20; cycle++) {
    {
      using trainer = await smallTrainer(device, smallModel(cycle));
      await trainer.fit(new DataLoader(data, { batchSize: 16 }));
      await trainer.evaluate(data);
      await trainer.predict(data);
      assert.ok(device.liveBytes > 1000);
    }
    assert.equal(device.liveBytes, 1000, `after cycle ${cycle}`);
    if (cycle === 0) pipelines = device.counts.pipelines;
  }
  assert.equal(device.counts.pipelines, pipelines, "the pipelines are those of the first cycle");
  device.free(kept);
  device.free(kept);
  assert.equal(device.liveBytes, 0);
});

Deno.test("Trainer destroys the device that it asked for itself", async () => {
  const options = { model: smallModel(), loss: new CrossEntropyLoss(), optimizer: new Adam() };
  const trainer = await Trainer.create({ ...options, device: "gpu" });
  await trainer.fit(new DataLoader(smallData(20), { batchSize: 16 }));
  assert.ok(trainer.device.liveBytes > 0);
  trainer[Symbol.dispose]();
  trainer[Symbol.dispose]();
  assert.equal(trainer.device.liveBytes, 0);
  assert.throws(() => (trainer.device as GpuDevice).buffer("late", 4, GPUBufferUsage.STORAGE), /disposed of/);
  await assert.rejects(trainer.fit(new DataLoader(smallData(20))), /this trainer was disposed of; make a new one/);
});

Deno.test("Trainer frees all even when it is disposed of at work", async () => {
  using device = await GpuDevice.request();
  const data = smallData(2000);
  for (const wait of [0, 1, 20, 100]) {
    const trainer = await smallTrainer(device, smallModel(wait));
    const running = trainer.fit(new DataLoader(data, { batchSize: 4 })).then(() => null, (error) => error);
    await new Promise((resolve) => setTimeout(resolve, wait));
    trainer[Symbol.dispose]();
    const error = await running;
    assert.ok(error === null || error instanceof ZkgradError, `${error}`);
    assert.equal(device.liveBytes, 0, `after ${wait} ms`);
  }
  using next = await smallTrainer(device);
  await next.fit(new DataLoader(data, { batchSize: 100 }));
});

Deno.test("Trainer keeps four data sets on the GPU, not every one that it has seen", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const data = smallData(50);
  const { loss } = await trainer.evaluate(data);
  const bytes: number[] = [];
  for (let k = 0; k < 12; k++) {
    await trainer.evaluate(subset(data, 50));
    bytes.push(device.liveBytes);
  }
  assert.ok(bytes[1] > bytes[0], "a second and third are kept beside the first");
  assert.deepEqual(new Set(bytes.slice(3)).size, 1);
  assert.equal((await trainer.evaluate(data)).loss, loss, "one that had to go comes back");
});

Deno.test("Trainer keeps a few batch sizes on the GPU, however many are asked for", async () => {
  const run = async (others: boolean) => {
    using device = await GpuDevice.request();
    const model = smallModel();
    using trainer = await smallTrainer(device, model);
    const data = smallData(40);
    const loader = new DataLoader(data, { batchSize: 16 });
    const outputs: Float32Array[] = [];
    await trainer.fit(loader);
    if (others) {
      const one = await trainer.predict(data, 40);
      const bytes: number[] = [];
      for (let batch = 20; batch < 40; batch++) {
        outputs.push(await trainer.predict(data, batch));
        bytes.push(device.liveBytes);
      }
      for (const output of outputs) assert.deepEqual(output, one);
      // Larger batches need more each; without an end to it, the last would be several times the fourth.
      assert.ok(bytes[19] < bytes[3] * 1.6, bytes.join());
    }
    await trainer.fit(loader);
    return [...model.stateDict().values()].map((tensor) => tensor.data);
  };
  assert.deepEqual(await run(true), await run(false));
});
