/** Early stopping, and the split that it watches. */
import assert from "node:assert/strict";
import { Generator, manualSeed } from "../../../core/base/random.ts";
import { subset } from "../../../core/data/dataset.ts";
import { randomSplit } from "../../../core/data/random_split.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { EarlyStopping } from "../../../core/train/early_stopping.ts";
import { Adam } from "../../../ops/adam.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";

Deno.test("EarlyStopping waits for its patience, wants its least difference, and keeps the best weights", () => {
  const model = smallModel();
  const stopping = new EarlyStopping(model, { patience: 2, minDelta: 0.1 });
  const [{ data }] = model.parameters();
  const told = [1, 0.5, 0.45, NaN, 0.41, 0.3].map((value, epoch) => {
    data[0] = epoch;
    return stopping.stops(value);
  });
  assert.deepEqual(told, [false, false, false, false, true, false]);
  assert.equal(stopping.best, 0.3);
  assert.equal(stopping.stops(0.25), false);
  data[0] = 99;
  stopping.restoreBest();
  assert.equal(data[0], 5);
  const rising = new EarlyStopping(model, { patience: 0, mode: "max" });
  assert.deepEqual([0.5, 0.6, 0.6].map((value) => rising.stops(value)), [false, false, true]);
});

Deno.test("EarlyStopping goes on from its state", () => {
  const stopping = new EarlyStopping(smallModel(), { patience: 1 });
  stopping.stops(1);
  stopping.stops(2);
  const other = new EarlyStopping(smallModel(), { patience: 1 });
  assert.throws(() => other.restoreBest(), { name: "ArgumentError", message: /there was no epoch yet/ });
  other.restore(JSON.parse(JSON.stringify(stopping.state())));
  assert.deepEqual(other.state(), { best: 1, waited: 1 });
  assert.equal(other.stops(1), true);
});

Deno.test("training stops where validation gets no better, and the best weights are back", async () => {
  using device = await CpuDevice.request();
  const [train, validation] = randomSplit(smallData(60), [0.5, 0.5], { seed: 3 });
  const model = smallModel();
  using trainer = await smallTrainer(device, model, new Adam({ lr: 0.2 }));
  const stopping = new EarlyStopping(model, { patience: 3 });
  const losses: number[] = [];
  do {
    await trainer.fit(new DataLoader(train, { batchSize: 10 }));
    losses.push((await trainer.evaluate(validation)).loss);
    assert.ok(losses.length < 200, "it overfits");
  } while (!stopping.stops(losses.at(-1)!));
  stopping.restoreBest();
  assert.equal((await trainer.evaluate(validation)).loss, Math.min(...losses));
  assert.ok(losses.at(-1)! > Math.min(...losses));
});

Deno.test("randomSplit() divides all samples, the same way for a seed, with PyTorch's numbers of them", () => {
  const data = smallData(23);
  const lengths = (shares: number[]): number[] => randomSplit(data, shares, { seed: 1 }).map(({ length }) => length);
  // torch.utils.data.random_split(range(23), ...) has these.
  assert.deepEqual(lengths([0.8, 0.2]), [19, 4]);
  assert.deepEqual(lengths([0.3, 0.3, 0.4]), [7, 7, 9]);
  assert.deepEqual(lengths([20, 3]), [20, 3]);
  const parts = randomSplit(data, [15, 8], { seed: 1 });
  const rows = parts.flatMap(({ inputs, length }) => Array.from({ length }, (_, n) => inputs.data[12 * n]));
  assert.deepEqual(rows.sort(), Array.from({ length: 23 }, (_, n) => data.inputs.data[12 * n]).sort());
  const order = new Generator(1).permutation(23);
  assert.deepEqual(parts[0], subset(data, order.subarray(0, 15)));
  assert.deepEqual(randomSplit(data, [15, 8], { generator: new Generator(1) }), parts);
  manualSeed(1);
  assert.deepEqual(randomSplit(data, [15, 8]), parts);
});

Deno.test("randomSplit() refuses what divides nothing", () => {
  const data = smallData(10);
  const says = (make: () => unknown, message: RegExp): void => assert.throws(make, { name: "ArgumentError", message });
  says(
    () => randomSplit(data, [5, 6]),
    /^randomSplit\(\): lengths sum to 11, expected 10, the number of samples, or 1, as/,
  );
  says(() => randomSplit(data, [0.5, 0.4]), /lengths sum to 0.9, expected 10/);
  says(() => randomSplit(data, [1, 0]), /lengths\[1\] is 0, which leaves part 1 of 10 samples empty/);
  says(() => randomSplit(data, []), /lengths is \[\], expected numbers of samples, or shares/);
  says(() => randomSplit(data, [5, 5], { seed: 1, generator: new Generator(1) }), /seed and generator were both given/);
});
