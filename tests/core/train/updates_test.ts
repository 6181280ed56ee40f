/** What surrounds updates: resuming, stopping, memory, dispatches, and what is refused. */
import assert from "node:assert/strict";
import { DataLoader } from "../../../core/data/loader.ts";
import { Generator } from "../../../core/base/random.ts";
import type { Device } from "../../../core/run/choose.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Trainer, type TrainerOptions } from "../../../core/train/trainer.ts";
import {
  Adam,
  AdamW,
  CosineAnnealingLR,
  CrossEntropyLoss,
  LinearLR,
  OneCycleLR,
  RMSprop,
  SequentialLR,
  SGD,
  StepLR,
} from "../../../ops/mod.ts";
import { smallData, smallModel, type SmallNet } from "../small.ts";

const devices: Device[] = [];
Deno.test.beforeAll(async () => void devices.push(await CpuDevice.request({ threads: 2 }), await GpuDevice.request()));
Deno.test.afterAll(() => devices.forEach((device) => device[Symbol.dispose]()));

const loader = (batchSize = 8): DataLoader =>
  new DataLoader(smallData(50), { batchSize, shuffle: true, generator: new Generator(3) });

/** Groups, decay, a schedule for each step, clipping and accumulation, all at once. */
function everything(device: Device, model: SmallNet): Promise<Trainer> {
  const optimizer = new AdamW([{ params: model.fc2, lr: 0.02 }, { weightDecay: 0.1 }], { lr: 0.01 });
  const warmUp = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
  const scheduler = new SequentialLR(optimizer, [warmUp, new CosineAnnealingLR(optimizer, 30)], [5]);
  const rest = { scheduler, interval: "step", clipGradNorm: 0.5, accumulate: 3 } as const;
  return Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer, device, ...rest });
}

Deno.test("a run with groups, schedule, clipping and accumulation goes on from a checkpoint bit for bit", async () => {
  for (const device of devices) {
    const [one, other, third] = [loader(), loader(), loader()];
    using whole = await everything(device, smallModel());
    for (let epoch = 0; epoch < 4; epoch++) await whole.fit(one);
    using first = await everything(device, smallModel());
    for (let epoch = 0; epoch < 2; epoch++) await first.fit(other);
    using second = await everything(device, smallModel(9));
    await second.restore(await first.checkpoint());
    third.restore(other.state());
    assert.equal(second.steps, 6, "of 7 batches, three make an update, and the last one alone another");
    for (let epoch = 0; epoch < 2; epoch++) await second.fit(third);
    assert.deepEqual(await second.checkpoint(), await whole.checkpoint());
    assert.equal(second.scheduler!.lastEpoch, 12);
  }
});

Deno.test("clipped and accumulated training gives the same bytes for any number of threads, and again", async () => {
  const run = async (threads: number): Promise<Uint8Array> => {
    using device = await CpuDevice.request({ threads });
    using trainer = await everything(device, smallModel());
    const set = loader();
    for (let epoch = 0; epoch < 3; epoch++) await trainer.fit(set);
    return await trainer.checkpoint();
  };
  const first = await run(1);
  for (const threads of [2, 3, 1]) assert.deepEqual(await run(threads), first);
});

Deno.test("a parameter that was frozen keeps its own count of steps in a checkpoint", async () => {
  for (const device of devices) {
    const create = (model: SmallNet) =>
      Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam({ lr: 0.01 }), device });
    const models = [smallModel(), smallModel(7)];
    using first = await create(models[0]);
    models[0].fc1.requiresGrad = false;
    const before = models[0].fc1.weight.data.slice();
    await first.fit(loader());
    assert.deepEqual(models[0].fc1.weight.data, before);
    assert.deepEqual([...(await first.gradients(loader())).keys()], ["fc2.weight", "fc2.bias"]);
    const saved = await first.checkpoint();
    models[0].fc1.requiresGrad = true;
    using second = await create(models[1]);
    await second.restore(saved);
    const [a, b] = [loader(), loader()];
    await first.fit(a);
    await second.fit(b);
    assert.notDeepEqual(models[0].fc1.weight.data, before);
    assert.deepEqual(await second.checkpoint(), await first.checkpoint());
  }
});

Deno.test("accumulated batches are the large batch, partial ones and all, within 1e-6", async () => {
  for (const device of devices) {
    const train = async (batchSize: number, accumulate: number): Promise<Trainer> => {
      const optimizer = new SGD({ lr: 0.2, momentum: 0.9 });
      const model = smallModel();
      const trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer, device, accumulate });
      for (let epoch = 0; epoch < 3; epoch++) await trainer.fit(loader(batchSize));
      return trainer;
    };
    using large = await train(24, 1);
    for (const [batchSize, accumulate] of [[8, 3], [6, 4], [24, 1]]) {
      using small = await train(batchSize, accumulate);
      assert.equal(small.steps, large.steps);
      const expected = large.model.stateDict();
      for (const [name, { data }] of small.model.stateDict()) {
        data.forEach((value, k) =>
          assert.ok(Math.abs(value - expected.get(name)!.data[k]) < 1e-6, `${name} ${batchSize}`)
        );
      }
    }
  }
});

Deno.test("clipping adds two dispatches, and neither clipping, accumulation nor schedules need memory in the loop", async () => {
  for (const device of devices) {
    using trainer = await everything(device, smallModel());
    const set = loader();
    await trainer.fit(set);
    await trainer.fit(set);
    const { liveBytes } = device;
    const counts = JSON.stringify({ ...device.counts });
    for (let epoch = 0; epoch < 3; epoch++) await trainer.fit(set);
    assert.equal(device.liveBytes, liveBytes);
    if (device instanceof CpuDevice) assert.equal(JSON.stringify({ ...device.counts }), counts);
    const profile = await trainer.profile(set, 2);
    if (device instanceof GpuDevice && profile !== null) {
      assert.deepEqual(profile.map(({ name }) => name).slice(-3), ["GradSquares", "ClipGradNorm", "AdamW"]);
    }
  }
});

Deno.test("the optimiser with the most values finds its buffers beside those of clipping and accumulation", async () => {
  const found: ReturnType<SmallNet["stateDict"]>[] = [];
  for (const device of devices) {
    const optimizer = new RMSprop({ lr: 0.01, centered: true, momentum: 0.5, weightDecay: 0.1 });
    const parts = { model: smallModel(), loss: new CrossEntropyLoss(), optimizer, device };
    using trainer = await Trainer.create({ ...parts, clipGradNorm: 0.3, accumulate: 2 });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(loader());
    found.push(trainer.model.stateDict());
  }
  for (const [name, { data }] of found[0]) {
    data.forEach((value, k) => assert.ok(Math.abs(value - found[1].get(name)!.data[k]) < 1e-5, name));
  }
});

Deno.test("what is frozen costs nothing: its gradient is not computed", async () => {
  for (const device of devices) {
    const model = smallModel();
    const parts = { model, loss: new CrossEntropyLoss(), optimizer: new SGD(), device };
    using trainer = await Trainer.create(parts);
    // Kernels are counted, for several may go out as one dispatch.
    const kernels = async (): Promise<number> => (await trainer.describe(loader())).plan.split("LinearBackward").length;
    const all = await kernels();
    model.fc1.requiresGrad = false;
    assert.ok(await kernels() < all);
    assert.equal(model.requiresGrad, true);
    model.fc2.bias!.requiresGrad = false;
    assert.deepEqual([...(await trainer.gradients(loader())).keys()], ["fc2.weight"]);
  }
});

Deno.test("an epoch that is stopped or goes wrong leaves the schedule where the parameters are", async () => {
  const [device] = devices;
  const model = smallModel();
  const optimizer = new SGD({ lr: 0.1 });
  const scheduler = new OneCycleLR(optimizer, 0.2, { totalSteps: 100, cycleMomentum: false });
  const parts = { model, loss: new CrossEntropyLoss(), optimizer, scheduler, interval: "step", device } as const;
  using trainer = await Trainer.create(parts);
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  await assert.rejects(trainer.fit(loader(), { signal: controller.signal, onProgress }), /enough/);
  assert.ok(trainer.steps > 0 && trainer.steps < 7);
  assert.equal(scheduler.lastEpoch, trainer.steps);
  const before = [trainer.steps, optimizer.lr];
  const data = model.fc2.weight.data.slice();
  model.fc2.weight.data.fill(3e38);
  await assert.rejects(trainer.fit(loader()), { name: "NonFiniteError" });
  assert.deepEqual([trainer.steps, optimizer.lr], before);
  model.fc2.weight.data.set(data);
  await trainer.fit(loader());
  assert.equal(scheduler.lastEpoch, before[0] + 7);
});

Deno.test("a checkpoint of another schedule is refused, and one without groups' rates too", async () => {
  const [device] = devices;
  const create = async (stepSize: number | null): Promise<Trainer> => {
    const optimizer = new SGD({ lr: 0.1 });
    const schedule = stepSize && { scheduler: new StepLR(optimizer, stepSize), interval: "epoch" as const };
    return await Trainer.create({ model: smallModel(), loss: new CrossEntropyLoss(), optimizer, device, ...schedule });
  };
  using first = await create(1);
  await first.fit(loader());
  assert.equal(first.optimizer.lr, 0.1 * 0.1);
  const saved = await first.checkpoint();
  using same = await create(1);
  await same.restore(saved);
  assert.deepEqual([same.optimizer.lr, same.scheduler!.lastEpoch], [0.1 * 0.1, 1]);
  for (const stepSize of [2, null]) {
    using other = await create(stepSize);
    await assert.rejects(other.restore(saved), {
      name: "ArgumentError",
      message: /StepLR stepSize 1 gamma 0.1 and this/,
    });
  }
});

Deno.test("groups, frozen models and schedules that do not fit are refused in sentences", async () => {
  const [device] = devices;
  const model = smallModel();
  const parts = (more: Partial<TrainerOptions>): TrainerOptions => {
    return { model, loss: new CrossEntropyLoss(), optimizer: new SGD(), device, ...more };
  };
  const says = (more: Partial<TrainerOptions>, message: RegExp): Promise<void> =>
    assert.rejects(Trainer.create(parts(more)), { name: "ArgumentError", message });
  await says(
    { optimizer: new SGD([{ params: model.fc1 }, { params: (name) => name === "fc1.bias" }]) },
    /^SGD: fc1.bias is in group 0 and in group 1, expected one; a group without params takes what no other does$/,
  );
  await says(
    { optimizer: new SGD(smallModel().fc1) },
    /^SGD: group 0 has a parameter that the model has not; give it layers or parameters of the model that is trained$/,
  );
  assert.throws(() => new SGD([{}, {}]), { message: /^SGD: groups 0 and 1 have no params, and so both take what no/ });
  assert.throws(() => new SGD([]), {
    message: /^SGD: the parameters is \[\], expected at least one of them, or a group$/,
  });
  assert.throws(() => new SGD([{ params: model.fc1, momentun: 1 } as never]), {
    message: /^SGD: group 0: there is no option momentun, did you mean momentum\?/,
  });
  assert.throws(() => new SGD({ nesterov: true }), {
    message: /^SGD: momentum is 0, expected more than 0, which nesterov/,
  });
  assert.throws(() => new AdamW([{ params: model.fc1 }, {}]).lr = 1, {
    message:
      "AdamW: lr was set to 1 and there are 2 groups; set the lr of one of them, as in optimizer.paramGroups[0].lr",
  });
  const optimizer = new SGD();
  const scheduler = new StepLR(optimizer, 1);
  await says({ scheduler, interval: "step" }, /the scheduler is that of another optimiser; make it with the one given/);
  await says(
    { optimizer, scheduler },
    /interval is undefined, expected "step" or "epoch", after which the scheduler goes/,
  );
  await says({ interval: "step" }, /interval is "step", expected none without a scheduler; give both/);
  await says({ accumulate: 0 }, /accumulate is 0, expected a positive integer/);
  await says({ clipGradNorm: 0 }, /clipGradNorm is 0, expected a norm greater than 0/);
  using trainer = await Trainer.create(parts({ optimizer, scheduler, interval: "epoch" }));
  optimizer.lr = 0.5;
  await assert.rejects(trainer.fit(loader()), {
    message:
      "SGD: lr of group 0 was set to 0.5, and StepLR sets it to 0.001; change the schedule, or make the trainer without one",
  });
  optimizer.lr = 1e-3;
  model.requiresGrad = false;
  await assert.rejects(trainer.fit(loader()), {
    name: "ArgumentError",
    message: /^none of the model's 4 parameters is trained/,
  });
  model.fc2.requiresGrad = true;
  await trainer.fit(loader());
});
