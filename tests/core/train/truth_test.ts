/** Weights lie on the host and on the GPU: whatever is done to one of them, the other follows. */
import assert from "node:assert/strict";
import { DataLoader } from "../../../core/data/loader.ts";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { fingerprint } from "../../../core/data/fingerprint.ts";
import { Sequential } from "../../../core/graph/module.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { exportOnnx, OnnxModule } from "../../../onnx/mod.ts";
import { Adam } from "../../../ops/adam.ts";
import { Linear } from "../../../ops/linear.ts";
import { SGD } from "../../../ops/sgd.ts";
import { smallData, smallModel, type SmallNet, smallTrainer } from "../small.ts";

const data = smallData(40);
const loader = (): DataLoader => new DataLoader(data, { batchSize: 8 });

/** What a network that never saw a GPU before says. */
async function fresh(device: GpuDevice, model: SmallNet): Promise<Float32Array> {
  using trainer = await smallTrainer(device, new OnnxModule(exportOnnx(model, [12])));
  return await trainer.predict(data);
}

Deno.test("Trainer uses weights that are loaded after it was made, in every call", async () => {
  using device = await GpuDevice.request();
  const wanted = smallModel(2);
  const load = async () => {
    const model = smallModel(1);
    const trainer = await smallTrainer(device, model);
    await trainer.predict(data);
    model.loadStateDict(wanted.stateDict());
    return { model, trainer };
  };
  using expected = await smallTrainer(device, smallModel(2));
  const state = async <T>(body: (of: Awaited<ReturnType<typeof load>>["trainer"]) => Promise<T>) => {
    const { model, trainer } = await load();
    using one = trainer;
    const result = await body(one);
    return { result, state: model.stateDict() };
  };
  assert.deepEqual((await state((it) => it.predict(data))).result, await expected.predict(data));
  assert.equal((await state((it) => it.evaluate(data))).result.loss, (await expected.evaluate(data)).loss);
  assert.deepEqual((await state((it) => it.gradients(loader()))).result, await expected.gradients(loader()));
  assert.deepEqual((await state((it) => it.checkpoint())).result, await expected.checkpoint());
  const trained = await state((it) => it.fit(loader()));
  assert.equal(trained.result.loss, (await expected.fit(loader())).loss);
  assert.deepEqual(trained.state, expected.model.stateDict());
});

Deno.test("Trainer finds single numbers that are written into parameters, between epochs too", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader());
  const before = await trainer.predict(data);
  model.fc1.weight.data[95] += 1;
  const changed = await trainer.predict(data);
  assert.notDeepEqual(changed, before);
  assert.deepEqual(changed, await fresh(device, model));
  model.fc1.weight.data[95] -= 1;
  model.fc2.bias!.data.fill(-0);
  assert.deepEqual(await trainer.predict(data), await fresh(device, model));
  const sgd = new SGD({ lr: 0 });
  using still = await smallTrainer(device, model, sgd);
  await still.fit(loader());
  model.fc2.bias!.data[0] = 3;
  await still.fit(loader());
  assert.equal(model.fc2.bias!.data[0], 3, "the next epoch does not write over it");
});

Deno.test("Trainers of one model see the same weights, one after another and at the same time", async () => {
  using device = await GpuDevice.request();
  using second = await GpuDevice.request();
  const model = smallModel();
  using one = await smallTrainer(device, model, new SGD({ lr: 0.1 }));
  using two = await smallTrainer(second, model, new SGD({ lr: 0.1 }));
  const single = smallModel();
  using reference = await smallTrainer(device, single, new SGD({ lr: 0.1 }));
  for (let epoch = 0; epoch < 4; epoch++) await reference.fit(loader());
  await one.fit(loader());
  assert.deepEqual(await two.predict(data), await one.predict(data));
  await two.fit(loader());
  await Promise.all([one.fit(loader()), two.fit(loader())]);
  assert.deepEqual(model.stateDict(), single.stateDict());
  assert.deepEqual(await one.predict(data), await two.predict(data));
  assert.deepEqual(await one.predict(data), await fresh(device, model));
});

Deno.test("Trainers of two models that share a layer take turns as well", async () => {
  using device = await GpuDevice.request();
  const shared = smallModel().fc1;
  const [a, b] = [new Sequential(shared, new Linear(8, 3)), new Sequential(shared, new Linear(8, 3))];
  using one = await smallTrainer(device, a, new SGD({ lr: 0.1 }));
  using two = await smallTrainer(device, b, new SGD({ lr: 0.1 }));
  const start = shared.weight.data.slice();
  const moved = { one: start, two: start };
  const first = one.fit(loader()).then(() => moved.one = shared.weight.data.slice());
  const last = two.fit(loader()).then(() => moved.two = shared.weight.data.slice());
  await Promise.all([first, last]);
  a.loadStateDict(new Map([...a.stateDict(), ["0.weight", { shape: [8, 12], data: moved.one }]]));
  await two.fit(loader(), { steps: 1 });
  const steps = shared.weight.data.map((value, k) => Math.abs(value - moved.one[k]));
  assert.ok(Math.max(...steps) < 0.1, "it goes on from what the other left");
  assert.notDeepEqual(moved.one, start);
  assert.notDeepEqual(moved.two, moved.one);
});

Deno.test("Trainer keeps what is written on the host while an epoch runs", async () => {
  using device = await GpuDevice.request();
  const [model, plain] = [smallModel(), smallModel()];
  using trainer = await smallTrainer(device, model);
  using alone = await smallTrainer(device, plain);
  const running = trainer.fit(loader(), {
    onProgress: () => model.fc2.bias!.data.fill(7),
  });
  await running;
  await alone.fit(loader());
  assert.deepEqual(model.fc2.bias!.data, Float32Array.of(7, 7, 7));
  assert.deepEqual(model.fc1.weight.data, plain.fc1.weight.data);
  assert.deepEqual(await trainer.predict(data), await fresh(device, model));
});

Deno.test("Trainer brings the host up to date when an epoch is stopped", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model, new Adam({ lr: 0.05 }));
  const start = model.stateDict();
  const long = new DataLoader(smallData(2000), { batchSize: 4 });
  const stop = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ samples }: { samples: number }): void => {
    if (samples > 0) stop.abort(reason);
  };
  await assert.rejects(trainer.fit(long, { signal: stop.signal, onProgress }), reason);
  assert.ok(trainer.steps > 0);
  assert.notDeepEqual(model.stateDict(), start);
  assert.deepEqual(await trainer.predict(data), await fresh(device, model));
  const again = smallModel();
  using same = await smallTrainer(device, again, new Adam({ lr: 0.05 }));
  await same.fit(long, { steps: trainer.steps });
  assert.deepEqual(model.stateDict(), again.stateDict());
});

Deno.test("Trainer refuses a model whose layers were exchanged for others", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  const first = model.fc1;
  model.fc1 = smallModel(3).fc1;
  assert.deepEqual(await trainer.predict(data), await fresh(device, model), "of the same shape it is used");
  model.fc1 = new Linear(12, 4);
  await assert.rejects(trainer.predict(data), {
    name: "ArgumentError",
    message: "the model has other parameters than those that this was made for: fc1.weight of 48 numbers where " +
      "fc1.weight of 96 numbers was; make a new trainer or predictor",
  });
  model.fc1 = first;
  await trainer.predict(data);
});

Deno.test("Trainer trains a network read from ONNX, and exports what it has learnt", async () => {
  using device = await GpuDevice.request();
  const model = new OnnxModule(exportOnnx(smallModel(), [12]));
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader());
  const learnt = new OnnxModule(exportOnnx(model, [12]));
  using other = await smallTrainer(device, learnt);
  assert.deepEqual(await other.predict(data), await trainer.predict(data));
  model.namedParameters()[0][1].data.fill(0.5);
  assert.notDeepEqual(await other.predict(data), await trainer.predict(data));
});

Deno.test("Trainer sees what is written into a data set that it has seen before", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const inputs = new Float32Array(24).fill(0.5);
  const frame = new TensorDataset({ inputs, shape: [12], targets: new Uint32Array(2), classes: 3 });
  const before = await trainer.predict(frame);
  assert.deepEqual(await trainer.predict(frame), before);
  inputs[23] = 0.25;
  const after = await trainer.predict(frame);
  assert.deepEqual(after.subarray(0, 3), before.subarray(0, 3));
  assert.notDeepEqual(after.subarray(3), before.subarray(3));
  const { loss } = await trainer.evaluate(frame);
  frame.targets.data[1] = 2;
  assert.notEqual((await trainer.evaluate(frame)).loss, loss);
});

Deno.test("fingerprint() tells every single byte, wherever the array lies", () => {
  const bytes = (offset: number, size: number): TensorDataset => {
    const inputs = new Uint8Array(new ArrayBuffer(64), offset, size);
    return new TensorDataset({ inputs, shape: [1], targets: new Uint8Array(size), classes: 1 });
  };
  for (const offset of [0, 1, 4]) {
    for (const size of [1, 3, 4, 15, 16, 21]) {
      const set = bytes(offset, size);
      const seen = new Set([fingerprint(set)]);
      assert.ok(seen.has(fingerprint(bytes(0, size))));
      for (let k = 0; k < size; k++) {
        for (const value of [1, 128, 255]) {
          set.inputs.data[k] = value;
          seen.add(fingerprint(set));
        }
        set.inputs.data[k] = 0;
      }
      assert.equal(seen.size, 1 + 3 * size);
    }
  }
  const signs = new Float32Array(64).fill(1);
  const set = new TensorDataset({ inputs: signs, shape: [1], targets: new Uint8Array(64), classes: 1 });
  const seen = new Set([fingerprint(set)]);
  for (let k = 0; k < 64; k++) {
    signs[k] = -1;
    seen.add(fingerprint(set));
  }
  assert.equal(seen.size, 65);
  const large = new Uint8Array(9_000_000);
  const images = new TensorDataset({ inputs: large, shape: [9], targets: new Uint8Array(1_000_000), classes: 1 });
  const before = fingerprint(images);
  assert.equal(fingerprint(images), before);
  assert.notEqual(
    fingerprint({ ...images, inputs: { ...images.inputs, data: large.map((_, k) => k % 9 === 0 ? 1 : 0) } }),
    before,
  );
});
