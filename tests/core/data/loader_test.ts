import assert from "node:assert/strict";
import { subset, TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader, type LoaderOptions } from "../../../core/data/loader.ts";
import { defaultGenerator, Generator, manualSeed } from "../../../core/base/random.ts";

const set = new TensorDataset({
  inputs: Uint8Array.from({ length: 20 }, (_, i) => i),
  shape: [2],
  targets: Uint8Array.from({ length: 10 }, (_, i) => i),
  transform: (byte) => byte / 2,
});

Deno.test("DataLoader goes through the samples as they lie", () => {
  const loader = new DataLoader(set, { batchSize: 4 });
  assert.equal(loader.length, 3);
  assert.ok(loader.isSequential);
  assert.deepEqual([...loader.batches()], [{ start: 0, count: 4 }, { start: 4, count: 4 }, { start: 8, count: 2 }]);
  assert.deepEqual([...loader.order()], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const batches = [...loader];
  assert.deepEqual(batches[2], { inputs: Float32Array.of(8, 8.5, 9, 9.5), targets: Uint32Array.of(8, 9), count: 2 });
  assert.deepEqual([...loader], batches);
});

Deno.test("DataLoader drops a partial batch when told to", () => {
  const loader = new DataLoader(set, { batchSize: 4, dropLast: true });
  assert.equal(loader.length, 2);
  assert.deepEqual([...loader].map(({ count }) => count), [4, 4]);
  assert.equal(new DataLoader(set, { batchSize: 5, dropLast: true }).length, 2);
  assert.equal(new DataLoader(set, { batchSize: 99 }).length, 1);
});

Deno.test("DataLoader shuffles each epoch anew, and the same for the same seed", () => {
  const epochs = (loader: DataLoader): number[][] => [1, 2, 3].map(() => [...loader.order()]);
  const shuffled = epochs(new DataLoader(set, { shuffle: true, generator: new Generator(3) }));
  assert.deepEqual(epochs(new DataLoader(set, { sampler: "random", generator: new Generator(3) })), shuffled);
  assert.notDeepEqual(shuffled[0], shuffled[1]);
  for (const order of shuffled) assert.deepEqual(order.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  manualSeed(3);
  assert.deepEqual(epochs(new DataLoader(set, { shuffle: true })), shuffled);
});

Deno.test("DataLoader keeps inputs and targets together when it shuffles", () => {
  for (const { inputs, targets, count } of new DataLoader(set, { batchSize: 3, shuffle: true })) {
    assert.equal(targets.length, count);
    targets.forEach((target, i) => assert.deepEqual([...inputs.subarray(2 * i, 2 * i + 2)], [target, target + 0.5]));
  }
});

Deno.test("DataLoader goes on bit for bit from its state", () => {
  const loader = new DataLoader(set, { shuffle: true, generator: new Generator(9) });
  loader.order();
  const state = JSON.parse(JSON.stringify(loader.state()));
  assert.equal(state.epoch, 1);
  const after = [loader.order(), loader.order()];
  const resumed = new DataLoader(set, { shuffle: true, generator: new Generator(0) });
  resumed.restore(state);
  assert.deepEqual([resumed.order(), resumed.order()], after);
  assert.throws(() => resumed.restore({ ...state, epoch: -1 }), /epoch is -1/);
  const shared = new DataLoader(set, { shuffle: true });
  shared.restore(state);
  assert.deepEqual(defaultGenerator().state(), state.generator);
});

Deno.test("DataLoader takes an order of one's own", () => {
  const seen: number[][] = [];
  const loader = new DataLoader(subset(set, 3), {
    batchSize: 2,
    sampler: (samples, epoch) => {
      seen.push([samples, epoch]);
      return Uint32Array.of(2, epoch, 2);
    },
  });
  assert.ok(!loader.isSequential);
  assert.deepEqual([...loader].map(({ targets }) => [...targets]), [[2, 0], [2]]);
  assert.deepEqual([...loader].map(({ targets }) => [...targets]), [[2, 1], [2]]);
  assert.deepEqual(seen, [[3, 0], [3, 1]]);
  assert.throws(
    () => new DataLoader(set, { sampler: () => Uint32Array.of(1) }).order(),
    /gave 1 indices for epoch 0, expected 10/,
  );
  assert.throws(
    () => new DataLoader(set, { sampler: (n) => new Uint32Array(n).fill(10) }).order(),
    /order of epoch 0: index 0 is 10, expected an integer from 0 to 9/,
  );
});

Deno.test("DataLoader copies out targets to regress to as they are", () => {
  const regression = new TensorDataset({
    inputs: [1, 2],
    shape: [1],
    targets: Float32Array.of(0.5, 1, 2, 3),
    targetShape: [2],
  });
  const [batch] = new DataLoader(regression, { batchSize: 2 });
  assert.deepEqual(batch.targets, Float32Array.of(0.5, 1, 2, 3));
});

Deno.test("DataLoader refuses options that make no sense", () => {
  const refuses = (options: LoaderOptions, message: RegExp): void => {
    assert.throws(() => new DataLoader(set, options), { name: "ArgumentError", message });
  };
  for (const batchSize of [0, -1, 2.5, NaN]) refuses({ batchSize }, /batchSize is .*positive integer/);
  refuses({ batchSize: 11, dropLast: true }, /leaves no batch of 10 samples/);
  refuses({ shuffle: true, sampler: "sequential" }, /both given/);
  refuses({ sampler: "reverse" as unknown as "random" }, /sampler is "reverse", expected a function .*"random"/);
});
