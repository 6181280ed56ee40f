/** Training, evaluating and predicting on the CPU back end: as on the GPU, and the same for any number of threads. */
import assert from "node:assert/strict";
import { DataLoader } from "../../../../core/data/loader.ts";
import { TensorDataset } from "../../../../core/data/dataset.ts";
import { Generator, manualSeed } from "../../../../core/base/random.ts";
import { Module, Sequential, type Tensor } from "../../../../core/graph/module.ts";
import { CpuDevice } from "../../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../../core/run/device.ts";
import type { Device } from "../../../../core/run/choose.ts";
import { Predictor } from "../../../../core/train/predictor.ts";
import { Trainer } from "../../../../core/train/trainer.ts";
import { Adam, CrossEntropyLoss, MSELoss, nn, SGD } from "../../../../ops/mod.ts";
import { smallData, smallModel, smallTrainer } from "../../small.ts";

/** Convolutions, both poolings and all activations, small. */
function network(): Module {
  manualSeed(3);
  return new Sequential(
    new nn.Conv2d(1, 5, 3, { padding: 1 }),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2),
    new nn.Conv2d(5, 7, 3, { stride: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(7, 9),
    new nn.Tanh(),
    new nn.Linear(9, 4),
  );
}

function images(samples: number): TensorDataset {
  const random = new Generator(8);
  const inputs = Uint8Array.from({ length: samples * 144 }, () => random.uniform() * 256);
  const targets = Uint8Array.from({ length: samples }, (_, n) => n % 4);
  return new TensorDataset({ inputs, shape: [1, 12, 12], targets, classes: 4, transform: (value) => value / 255 });
}

async function trained(
  device: Device,
  epochs = 3,
): Promise<{ losses: number[]; bytes: Uint8Array; outputs: Float32Array }> {
  const model = network();
  using trainer = await Trainer.create({
    model,
    loss: new CrossEntropyLoss(),
    optimizer: new Adam({ lr: 0.01 }),
    device,
  });
  // 150 samples in batches of 64: the last is not full, nor a whole number of blocks.
  const data = images(150);
  const loader = new DataLoader(data, { batchSize: 64, shuffle: true, generator: new Generator(4) });
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) losses.push((await trainer.fit(loader)).loss);
  losses.push((await trainer.evaluate(data, 100)).loss);
  return { losses, bytes: await trainer.checkpoint(), outputs: await trainer.predict(data, 40) };
}

Deno.test("training on the CPU gives the same bytes for any number of threads, and again", async () => {
  const results = [];
  for (const threads of [1, 2, 3, 1]) {
    using device = await CpuDevice.request({ threads });
    results.push(await trained(device, 6));
  }
  for (const result of results.slice(1)) assert.deepEqual(result, results[0]);
  assert.ok(results[0].losses.every(Number.isFinite));
});

Deno.test("training on the CPU comes to what it comes to on the GPU, but for rounding", async () => {
  using gpu = await GpuDevice.request();
  using cpu = await CpuDevice.request();
  const [first, second] = [await trained(gpu), await trained(cpu)];
  first.losses.forEach((loss, k) =>
    assert.ok(Math.abs(loss - second.losses[k]) < 2e-5, `${loss}, ${second.losses[k]}`)
  );
  first.outputs.forEach((value, k) => assert.ok(Math.abs(value - second.outputs[k]) < 2e-3));
});

Deno.test("gradients, fused or not, divided among shares or not, are the GPU's", async () => {
  using gpu = await GpuDevice.request();
  using cpu = await CpuDevice.request({ threads: 2 });
  const found = [];
  for (const [device, fusion] of [[gpu, true], [cpu, true], [cpu, false]] as const) {
    using trainer = await Trainer.create({
      ...{ model: network(), loss: new CrossEntropyLoss(), optimizer: new SGD({ lr: 0.1 }), device, fusion },
    });
    found.push(await trainer.gradients(new DataLoader(images(70), { batchSize: 70 })));
    assert.equal(trainer.steps, 0);
  }
  for (const other of found.slice(1)) {
    for (const [name, { data }] of found[0]) {
      const norm = Math.hypot(...data);
      const distance = Math.hypot(...data.map((value, k) => value - other.get(name)!.data[k]));
      assert.ok(distance <= 1e-5 * norm, `${name}: ${distance} of ${norm}`);
    }
  }
});

Deno.test("a large model is divided kernel by kernel, with the same results for any number of threads", async () => {
  const run = async (threads: number): Promise<Uint8Array> => {
    using device = await CpuDevice.request({ threads });
    manualSeed(1);
    const model = new Sequential(
      new nn.Linear(12, 1500),
      new nn.ReLU(),
      new nn.Linear(1500, 1500),
      new nn.Linear(1500, 3),
    );
    using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam(), device });
    const loader = new DataLoader(smallData(80), { batchSize: 40 });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(loader);
    assert.match((await trainer.describe(loader)).plan, /1 shares of/);
    return await trainer.checkpoint();
  };
  assert.deepEqual(await run(2), await run(1));
});

Deno.test("convolutions in fewer products are the same for any number of threads, divided among shares or not", async () => {
  for (const [features, shares] of [[3, /8 shares of/], [40_000, /1 shares of/]] as const) {
    const run = async (threads: number): Promise<Uint8Array> => {
      using device = await CpuDevice.request({ threads });
      manualSeed(2);
      const model = new Sequential(
        ...[new nn.Conv2d(1, 16, 3), new nn.ReLU(), new nn.Conv2d(16, 17, 3, { padding: 1 }), new nn.AvgPool2d(2)],
        ...[
          new nn.Conv2d(17, 18, 3, { padding: 1 }),
          new nn.MaxPool2d(3),
          new nn.Flatten(),
          new nn.Linear(18, features),
        ],
        new nn.Linear(features, 4),
      );
      using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam(), device });
      const loader = new DataLoader(images(96), { batchSize: 64 });
      const { plan } = await trainer.describe(loader);
      assert.match(plan, shares);
      assert.equal(plan.match(/Transformed/g)?.length, 4);
      await trainer.fit(loader);
      return await trainer.checkpoint();
    };
    assert.deepEqual(await run(3), await run(1), `${features} features`);
  }
});

Deno.test("samples that come when steps need them are those that were there before", async () => {
  const data = images(150);
  const run = async (before: boolean): Promise<Uint8Array> => {
    using device = await CpuDevice.request({ threads: 1 });
    using trainer = await Trainer.create({
      model: network(),
      loss: new CrossEntropyLoss(),
      optimizer: new Adam(),
      device,
    });
    // An epoch over all samples brings them all.
    if (before) await trainer.evaluate(data);
    const loader = new DataLoader(data, { batchSize: 8, shuffle: true, generator: new Generator(4) });
    for (const steps of [1, 3, 2]) await trainer.fit(loader, { steps });
    await trainer.fit(new DataLoader(data, { batchSize: 11 }), { steps: 1 });
    await trainer.evaluate(data);
    return await trainer.checkpoint();
  };
  assert.deepEqual(await run(false), await run(true));
});

Deno.test("a run that goes on from a checkpoint comes to the same bytes", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  const loader = new DataLoader(smallData(60), { batchSize: 16 });
  using whole = await smallTrainer(device);
  for (let epoch = 0; epoch < 4; epoch++) await whole.fit(loader);
  using first = await smallTrainer(device);
  for (let epoch = 0; epoch < 2; epoch++) await first.fit(loader);
  using second = await smallTrainer(device, smallModel(9));
  await second.restore(await first.checkpoint());
  for (let epoch = 0; epoch < 2; epoch++) await second.fit(loader);
  assert.deepEqual(await second.checkpoint(), await whole.checkpoint());
});

Deno.test("a batch that is not full counts its own samples alone", async () => {
  using device = await CpuDevice.request();
  const data = smallData(21);
  const gradients = await Promise.all([21, 32].map(async (batchSize) => {
    using trainer = await smallTrainer(device);
    return await trainer.gradients(new DataLoader(data, { batchSize }));
  }));
  for (const [name, { data }] of gradients[0]) {
    data.forEach((value, k) => assert.ok(Math.abs(value - gradients[1].get(name)!.data[k]) < 1e-7, name));
  }
});

Deno.test("NaN is found and taken back", async () => {
  using device = await CpuDevice.request();
  using trainer = await smallTrainer(device, smallModel(), new SGD({ lr: 3e38 }));
  const loader = new DataLoader(smallData(40), { batchSize: 8 });
  const before = await trainer.checkpoint();
  await assert.rejects(trainer.fit(loader), { name: "NonFiniteError", message: /not a finite number at step/ });
  assert.deepEqual(await trainer.checkpoint(), before);
  const inputs = new Float32Array(24).fill(1);
  inputs[3] = 3e38;
  trainer.model.namedParameters()[0][1].data.fill(3e38);
  const far = new TensorDataset({ inputs, shape: [12], targets: [0, 1], classes: 3 });
  assert.match(
    (await trainer.inspect(new DataLoader(far, { batchSize: 2 })))!,
    /^fc1\/Linear \(Linear\): element \d+ of fc1\/Linear is/,
  );
});

Deno.test("an epoch on the CPU tells of its progress, stops on demand, and takes no more memory for being run again", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(4000), { batchSize: 4 });
  const controller = new AbortController();
  const told: number[] = [];
  const onProgress = ({ samples }: { samples: number }): void => {
    told.push(samples);
    if (samples > 0) controller.abort(new Error("enough"));
  };
  await assert.rejects(trainer.fit(loader, { onProgress, signal: controller.signal }), /enough/);
  assert.ok(trainer.steps > 0 && trainer.steps < 1000 && told.length > 0);
  await trainer.fit(loader);
  const { liveBytes } = device;
  const counts = { ...device.counts };
  for (let epoch = 0; epoch < 5; epoch++) await trainer.fit(loader);
  assert.equal(device.liveBytes, liveBytes);
  assert.deepEqual(device.counts, counts);
  trainer[Symbol.dispose]();
  assert.equal(device.liveBytes, 0);
});

Deno.test("a predictor answers on the CPU as the trainer does", async () => {
  using device = await CpuDevice.request();
  const model = network();
  const data = images(37);
  using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam(), device });
  using predictor = await Predictor.create({ model, device });
  assert.deepEqual(await predictor.predict(data), await trainer.predict(data));
});

Deno.test("values are regressed to on the CPU", async () => {
  manualSeed(2);
  const inputs = Float32Array.from({ length: 64 }, (_, k) => k / 32 - 1);
  const data = new TensorDataset({ inputs, shape: [1], targets: inputs.map((x) => 0.5 * x - 0.25), targetShape: [1] });
  const model = new nn.Linear(1, 1);
  const loss = new MSELoss();
  using trainer = await Trainer.create({ model, loss, optimizer: new SGD({ lr: 0.1, momentum: 0.9 }), device: "cpu" });
  assert.match(trainer.device.description, /^CPU, \d+ threads?, WebAssembly$/);
  for (let epoch = 0; epoch < 60; epoch++) await trainer.fit(new DataLoader(data, { batchSize: 16 }));
  assert.deepEqual([model.weight.data[0].toFixed(3), model.bias!.data[0].toFixed(3)], ["0.500", "-0.250"]);
});

Deno.test("a weight used twice, and one that is computed, are trained on the CPU too", async () => {
  class Twice extends Module {
    inner = new nn.Linear(12, 12);
    last = new nn.Linear(12, 3);
    override forward(x: Tensor): Tensor {
      return this.last.forward(nn_sigmoid(this.inner.forward(nn_sigmoid(this.inner.forward(x)))));
    }
  }
  const results: number[][] = [];
  for (const device of ["gpu", "cpu"] as const) {
    manualSeed(5);
    using trainer = await Trainer.create({
      model: new Twice(),
      loss: new CrossEntropyLoss(),
      optimizer: new Adam(),
      device,
    });
    const loader = new DataLoader(smallData(50), { batchSize: 25 });
    const losses = [];
    for (let epoch = 0; epoch < 3; epoch++) losses.push((await trainer.fit(loader)).loss);
    results.push(losses);
  }
  results[0].forEach((loss, k) => assert.ok(Math.abs(loss - results[1][k]) < 1e-5));
});

function nn_sigmoid(x: Tensor): Tensor {
  return new nn.Sigmoid().forward(x);
}

Deno.test("a trainer refuses a device that there is not", async () => {
  const parts = { model: smallModel(), loss: new CrossEntropyLoss(), optimizer: new Adam() };
  await assert.rejects(Trainer.create({ ...parts, device: "tpu" as never }), {
    name: "ArgumentError",
    message: /device/,
  });
  await assert.rejects(CpuDevice.request({ threads: 0 }), { name: "ArgumentError", message: /threads/ });
  await assert.rejects(CpuDevice.request({ thread: 1 } as never), { name: "ArgumentError", message: /thread/ });
});

Deno.test("a trainer that is disposed of while it works leaves a shared device to others", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  const loader = new DataLoader(smallData(200_000), { batchSize: 8 });
  for (let round = 0; round < 3; round++) {
    const first = await smallTrainer(device);
    await first.fit(loader, { steps: 3 });
    const running = first.fit(loader);
    await new Promise((resolve) => setTimeout(resolve, 20));
    first[Symbol.dispose]();
    assert.equal(device.liveBytes, 0);
    await assert.rejects(running, { name: "ArgumentError", message: /disposed of/ });
  }
  using other = await smallTrainer(device);
  assert.ok(Number.isFinite((await other.fit(new DataLoader(smallData(40), { batchSize: 8 }))).loss));
});
