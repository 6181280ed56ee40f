/** Embedding: the row that is not trained, numbers that are not there, and learning from words. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { manualSeed } from "../../core/base/random.ts";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { Adam, embedding, nn, Predictor } from "../../mod.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { Devices, evaluate, uniform, weigh, wholeNumbers } from "./harness.ts";

Deno.test("the padding row of an embedding has no gradient, and all others have theirs", async () => {
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  const tensors = [wholeNumbers([9, 4], 1, 6), uniform([6, 3], 2)];
  const weighed = weigh(tensors, ([x, weight]) => embedding(x, weight, 2));
  const expected = new Float32Array(18);
  tensors[0].data.forEach((row, k) => {
    for (let c = 0; c < 3 && row !== 2; c++) expected[row * 3 + c] += weighed.coefficients[k * 3 + c];
  });
  for (const { gradients } of [await evaluateOnCpu(cpu, weighed), await evaluate(devices.gpu, weighed)]) {
    gradients.get("input1")!.forEach((slope, k) => assert.ok(Math.abs(slope - expected[k]) < 1e-5, `element ${k}`));
  }
});

/** Words of which the third says the class. */
function sentences(words: number): TensorDataset {
  const inputs = wholeNumbers([60, 3], 5, words).data;
  return new TensorDataset({
    inputs,
    shape: [3],
    targets: Uint8Array.from({ length: 60 }, (_, n) => inputs[3 * n + 2] % 2),
  });
}

function model(): nn.Sequential {
  manualSeed(2);
  return new nn.Sequential(new nn.Embedding(10, 4, { paddingIdx: -1 }), new nn.Flatten(), new nn.Linear(12, 2));
}

Deno.test("a model learns from numbers of words, and a number beyond the table is an error of the data", async () => {
  const net = model();
  assert.deepEqual([...net.stateDict().get("0.weight")!.data.slice(-4)], [0, 0, 0, 0]);
  using trainer = await Trainer.create({
    ...{ model: net, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.1 }), device: "cpu" },
  });
  const data = sentences(9);
  const loader = new DataLoader(data, { batchSize: 16 });
  for (let epoch = 0; epoch < 20; epoch++) await trainer.fit(loader);
  assert.equal((await trainer.evaluate(data)).accuracy, 1);
  const message =
    /number \d of sample \d+ is 1\d, and 0\/Embedding looks up by it, expected whole numbers from 0 to 9; make the/;
  const refused = (error: unknown) => error instanceof ArgumentError && message.test(error.message);
  await assert.rejects(() => trainer.fit(new DataLoader(sentences(20), { batchSize: 16 })), refused);
  await assert.rejects(() => trainer.evaluate(sentences(20)), refused);
  using predictor = await Predictor.create({ model: net, shape: [3], device: "cpu" });
  assert.equal((await predictor.predict([0, 9, 3])).length, 2);
  await assert.rejects(() => predictor.predict([0, 9, 12]), refused);
  await assert.rejects(
    () => predictor.predict([0, 0.5, 3]),
    /number 1 of sample 0 is 0.5, and 0\/Embedding looks up by it/,
  );
});

Deno.test("an Embedding refuses a padding row that is not there, by name", () => {
  const message = /Embedding: paddingIdx is 10, expected a row of a table of 10/;
  assert.throws(() => new nn.Embedding(10, 4, { paddingIdx: 10 }), message);
  assert.throws(() => new nn.Embedding(0, 4), /Embedding: numEmbeddings is 0, expected a positive integer/);
});
