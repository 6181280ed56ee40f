/** A thread of the CPU back end that ends from outside: an error that says so, and a device that goes on. */
import assert from "node:assert/strict";
import { made, working } from "./workers.ts";
import { Adam, CpuDevice, CrossEntropyLoss, DataLoader, manualSeed, nn, Trainer } from "../../../../mod.ts";
import { smallData } from "../../small.ts";

function parts(device: CpuDevice) {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(12, 200), new nn.Tanh(), new nn.Linear(200, 3));
  return { model, loss: new CrossEntropyLoss(), optimizer: new Adam(), device };
}

Deno.test("a thread that is terminated in the middle of an epoch ends in a DeviceError, and training goes on", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  const short = new DataLoader(smallData(200), { batchSize: 20 });
  const long = new DataLoader(smallData(400_000), { batchSize: 20 });
  using undisturbed = await Trainer.create(parts(device));
  for (let epoch = 0; epoch < 3; epoch++) await undisturbed.fit(short);

  using trainer = await Trainer.create(parts(device));
  for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(short);
  const before = await trainer.checkpoint();
  for (const which of [0, 1]) {
    working.clear();
    let samples = 0;
    const onProgress = (progress: { samples: number }): void => {
      samples = progress.samples;
      if (samples > 5000 && working.size === 2) [...working][which].terminate();
    };
    await assert.rejects(trainer.fit(long, { onProgress }), {
      name: "DeviceError",
      message: /^a thread of the CPU back end has ended in the middle of a step, .* which can be repeated$/,
    });
    assert.ok(samples > 5000 && samples < 400_000);
    assert.equal(trainer.steps, 20);
    assert.deepEqual(await trainer.checkpoint(), before);
  }
  await trainer.fit(short);
  assert.deepEqual(await trainer.checkpoint(), await undisturbed.checkpoint());

  // And by name, on a device of its own.
  using other = await Trainer.create({ ...parts(device), device: "cpu" });
  assert.ok(Number.isFinite((await other.fit(short)).loss));
});

Deno.test("a thread that ends while nothing is computed is replaced without a word", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  const loader = new DataLoader(smallData(2000), { batchSize: 20 });
  using trainer = await Trainer.create(parts(device));
  made.length = 0;
  const fitUntil = async (threads: number): Promise<void> => {
    for (let epoch = 0; made.length < threads && epoch < 200; epoch++) await trainer.fit(loader);
    assert.equal(made.length, threads);
  };
  await fitUntil(2);
  // They come in while this waits.
  await new Promise((resolve) => setTimeout(resolve, 200));
  made[1].terminate();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await fitUntil(4);
});
