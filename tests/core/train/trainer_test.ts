import assert from "node:assert/strict";
import { subset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import type { HostTensor } from "../../../core/graph/module.ts";
import type { Progress } from "../../../core/run/tally.ts";
import { Adam } from "../../../ops/adam.ts";
import { SGD } from "../../../ops/sgd.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

function assertClose(actual: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>): void {
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [name, { data }] of expected) {
    const got = actual.get(name)!.data;
    data.forEach((value, k) => assert.ok(Math.abs(got[k] - value) < 1e-6, `${name}[${k}]: ${got[k]}, not ${value}`));
  }
}

Deno.test("Trainer leaves the missing samples of a partial batch out of loss, accuracy and gradient", async () => {
  using device = await GpuDevice.request();
  const data = smallData(23);
  const rest = subset(data, Array.from({ length: 7 }, (_, n) => 16 + n));
  using trainer = await smallTrainer(device);
  const exact = await trainer.evaluate(rest, 7);
  for (const batch of [1, 3, 8, 64]) {
    const { loss, accuracy, samples, steps } = await trainer.evaluate(rest, batch);
    assert.ok(Math.abs(loss - exact.loss) < 1e-6);
    assert.equal(accuracy, exact.accuracy);
    assert.equal(samples, 7);
    assert.equal(steps, Math.ceil(7 / batch));
  }
  const gradients = await trainer.gradients(new DataLoader(rest, { batchSize: 7 }));
  assertClose(await trainer.gradients(new DataLoader(rest, { batchSize: 20 })), gradients);
  // An epoch's last step, of 7 samples in a plan for 16, is a step of a plan for 7.
  const [model, other] = [smallModel(), smallModel()];
  using partial = await smallTrainer(device, model, new SGD({ lr: 0.5 }));
  await partial.fit(new DataLoader(data, { batchSize: 16 }));
  using whole = await smallTrainer(device, other, new SGD({ lr: 0.5 }));
  await whole.fit(new DataLoader(subset(data, 16), { batchSize: 16 }));
  await whole.fit(new DataLoader(rest, { batchSize: 7 }));
  assertClose(model.stateDict(), other.stateDict());
});

Deno.test("Trainer takes a batch larger than the data set", async () => {
  using device = await GpuDevice.request();
  const data = smallData(5);
  using trainer = await smallTrainer(device, smallModel());
  const { steps, samples, loss } = await trainer.fit(new DataLoader(data, { batchSize: 300 }));
  assert.deepEqual([steps, samples], [1, 5]);
  using exact = await smallTrainer(device, smallModel());
  assert.ok(Math.abs((await exact.fit(new DataLoader(data, { batchSize: 5 }))).loss - loss) < 1e-6);
  assertClose(trainer.model.stateDict(), exact.model.stateDict());
  assert.equal((await trainer.predict(data, 300)).length, 15);
});

Deno.test("Trainer reports what an epoch came to, and its progress", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const data = smallData(1000);
  const seen: Progress[] = [];
  const result = await trainer.fit(new DataLoader(data, { batchSize: 8 }), { onProgress: (now) => seen.push(now) });
  assert.deepEqual([result.steps, result.samples, trainer.steps], [125, 1000, 125]);
  assert.ok(result.seconds > 0 && result.hostMs > 0 && result.hostMs < 1000 * result.seconds);
  assert.ok(result.accuracy! >= 0 && result.accuracy! <= 1);
  assert.ok(seen.every(({ total, samples }, k) => total === 1000 && samples >= (seen[k - 1]?.samples ?? 0)));
  const { samples, loss, accuracy } = seen.at(-1)!;
  assert.deepEqual({ samples, loss, accuracy }, { samples: 1000, loss: result.loss, accuracy: result.accuracy });
});

Deno.test("Trainer.evaluate() agrees with the outputs of predict()", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device, undefined, new Adam({ lr: 0.05 }));
  const data = smallData(70);
  await trainer.fit(new DataLoader(data, { batchSize: 10 }));
  const logits = await trainer.predict(data, 32);
  const labels = data.targets.data;
  let [loss, hits] = [0, 0];
  for (let n = 0; n < 70; n++) {
    const row = [...logits.subarray(n * 3, n * 3 + 3)];
    loss += Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[labels[n]];
    hits += row.indexOf(Math.max(...row)) === labels[n] ? 1 : 0;
  }
  const result = await trainer.evaluate(data, 32);
  assert.ok(Math.abs(result.loss - loss / 70) < 1e-6);
  assert.equal(result.accuracy, hits / 70);
});

Deno.test("Trainer runs calls that overlap one after another", async () => {
  using device = await GpuDevice.request();
  const data = smallData(200);
  const loader = (): DataLoader => new DataLoader(data, { batchSize: 8 });
  using trainer = await smallTrainer(device, smallModel());
  using calm = await smallTrainer(device, smallModel());
  const overlapping = loader();
  const results = await Promise.all([
    trainer.fit(overlapping),
    trainer.evaluate(data),
    trainer.fit(overlapping),
    trainer.evaluate(data),
    trainer.predict(data),
    trainer.checkpoint(),
  ]);
  const inTurn = loader();
  await calm.fit(inTurn);
  assert.equal(results[1].loss, (await calm.evaluate(data)).loss);
  await calm.fit(inTurn);
  assert.equal(results[3].loss, (await calm.evaluate(data)).loss);
  assert.deepEqual(results[4], await calm.predict(data));
  assert.deepEqual(results[5], await calm.checkpoint());
});

Deno.test("Trainer.fit() stops when told to, counts what it did, and can go on", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(800), { batchSize: 4 });
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ samples }: Progress): void => {
    if (samples > 0) controller.abort(reason);
  };
  await assert.rejects(trainer.fit(loader, { onProgress, signal: controller.signal }), reason);
  const done = trainer.steps;
  assert.ok(done > 1 && done < 200, `${done} steps`);
  await assert.rejects(trainer.fit(loader, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(trainer.steps, done);
  const failing = () => {
    throw new RangeError("from the caller");
  };
  await assert.rejects(trainer.fit(loader, { onProgress: failing }), {
    name: "RangeError",
    message: "from the caller",
  });
  const between = trainer.steps;
  const { steps } = await trainer.fit(loader);
  assert.equal(trainer.steps, between + steps);
  await device.idle();
});

Deno.test("Trainer.profile() and describe() leave the training as it was", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(40), { batchSize: 8 });
  await trainer.fit(loader);
  const before = await trainer.checkpoint();
  const times = await trainer.profile(loader, 3);
  if (device.gpu.features.has("timestamp-query")) {
    assert.equal(times!.length, 8);
    assert.ok(times!.every(({ milliseconds }) => milliseconds >= 0));
  } else assert.equal(times, null);
  const { graph, plan } = await trainer.describe(loader);
  assert.match(graph, /Linear\(input_0, fc1\.weight, fc1\.bias\) {2}\[8, 8\] {2}# fc1\/Linear/);
  assert.match(plan, /fc1\/Linear -> Sigmoid\n/);
  await trainer.gradients(loader);
  await trainer.inspect(loader);
  assert.deepEqual(await trainer.checkpoint(), before);
});
