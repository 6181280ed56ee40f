import assert from "node:assert/strict";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { Sequential } from "../../../core/graph/module.ts";
import { Generator, manualSeed } from "../../../core/base/random.ts";
import { readWeights } from "../../../core/train/checkpoint.ts";
import { readSafetensors, writeSafetensors } from "../../../core/train/safetensors.ts";
import { Adam } from "../../../ops/adam.ts";
import { Linear } from "../../../ops/linear.ts";
import { SGD } from "../../../ops/sgd.ts";
import { Sigmoid } from "../../../ops/sigmoid.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

const loader = new DataLoader(smallData(60), { batchSize: 20 });

Deno.test("Trainer.checkpoint() names the note that is no text", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device, smallModel());
  const notes = { run: "a", epoch: 12 } as unknown as Record<string, string>;
  const message = "checkpoint(): notes.epoch is 12, expected a text; turn other values into JSON text first";
  await assert.rejects(trainer.checkpoint(notes), { name: "ArgumentError", message });
});

Deno.test("Trainer.checkpoint() is a safetensors file with PyTorch's names", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader);
  const { tensors, metadata } = readSafetensors(await trainer.checkpoint({ epoch: "1", text: "ä \u{1f600}\n" }));
  const names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"];
  const prefixes = ["", "exp_avg.", "exp_avg_sq."];
  assert.deepEqual([...tensors.keys()].sort(), prefixes.flatMap((prefix) => names.map((name) => prefix + name)).sort());
  for (const [name, { shape, data }] of model.namedParameters()) {
    assert.deepEqual(tensors.get(name), { shape, data });
    assert.deepEqual(tensors.get(`exp_avg_sq.${name}`)!.shape, shape);
    assert.ok(tensors.get(`exp_avg_sq.${name}`)!.data.every((value) => value >= 0));
    assert.ok(tensors.get(`exp_avg.${name}`)!.data.some((value) => value !== 0), name);
  }
  assert.equal(metadata.step, "3");
  assert.equal(metadata.optimizer, "Adam");
  assert.equal(metadata["note.text"], "ä \u{1f600}\n");
});

Deno.test("Trainer.restore() brings the learning rate back", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  trainer.optimizer.lr = 0.125;
  const saved = await trainer.checkpoint();
  trainer.optimizer.lr = 1;
  await trainer.restore(saved);
  assert.equal(trainer.optimizer.lr, 0.125);
});

Deno.test("Trainer.restore() refuses the checkpoint of another model or optimiser, and says which", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const saved = await trainer.checkpoint();
  const from = async (optimizer: Adam | SGD): Promise<Uint8Array> => {
    using other = await smallTrainer(device, smallModel(), optimizer);
    return await other.checkpoint();
  };
  await assert.rejects(trainer.restore(await from(new SGD({ momentum: 0.5 })), "a.safetensors"), (error: Error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(error.message, /^a\.safetensors was made with SGD \(momentum 0\.5\) and this run uses Adam \(betas/);
    return true;
  });
  const settings = await from(new Adam({ betas: [0.8, 0.999] }));
  await assert.rejects(trainer.restore(settings), {
    name: "ArgumentError",
    message: /betas 0\.8 0\.999 .*betas 0\.9 /,
  });
  manualSeed(1);
  const larger = new Sequential(new Linear(12, 8), new Sigmoid(), new Linear(8, 3));
  using another = await smallTrainer(device, larger);
  await assert.rejects(another.restore(saved), {
    name: "ArgumentError",
    message: "checkpoint is the checkpoint of another model: 0.weight should be [8, 12] and is missing",
  });
  await assert.rejects(trainer.restore(await another.checkpoint()), { name: "ArgumentError", message: /fc1\.weight/ });
  const weights = writeSafetensors(trainer.model.stateDict(), { format: "pt" });
  await assert.rejects(trainer.restore(weights, "w"), {
    name: "FormatError",
    message:
      "w is a safetensors file but no checkpoint: its format is pt; model.loadStateDict() takes the weights of any",
  });
});

Deno.test("Trainer.restore() finds damage, changes nothing then, and training goes on", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader);
  const saved = await trainer.checkpoint({ history: "[]" });
  await trainer.fit(loader);
  const now = await trainer.checkpoint();
  const random = new Generator(11);
  let restored = 0;
  for (let k = 0; k < 200; k++) {
    let bytes = saved.slice();
    if (k % 4 === 0) bytes = bytes.slice(0, random.integer(bytes.length));
    else for (let n = 0; n < k % 4; n++) bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    try {
      await trainer.restore(bytes, "last.safetensors");
      assert.deepEqual(await trainer.checkpoint({ history: "[]" }), saved, "only what means the same is taken");
      await trainer.restore(now);
      restored++;
    } catch (error) {
      assert.ok(error instanceof FormatError, `${error}`);
      assert.ok(error.message.startsWith("last.safetensors"), error.message);
    }
    if (k % 20 === 0) assert.deepEqual(await trainer.checkpoint(), now);
  }
  assert.ok(restored < 20, `${restored} of 200 were taken`);
  assert.deepEqual(await trainer.checkpoint(), now);
  assert.equal((await trainer.fit(loader)).steps, 3);
});

Deno.test("Trainer.restore() names a changed number, which the format itself would not notice", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const saved = await trainer.checkpoint();
  saved[saved.length - 1] ^= 0x40;
  await assert.rejects(trainer.restore(saved, "last"), (error: Error) => {
    assert.ok(error instanceof FormatError);
    assert.match(
      error.message,
      /^last is damaged: its checksum is [0-9a-f]{8} and its contents have [0-9a-f]{8}; take/,
    );
    return true;
  });
});

Deno.test("readWeights() takes a checkpoint's weights alone, for any model and optimiser", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader);
  const saved = await trainer.checkpoint({ epoch: "1" });
  const other = smallModel(9);
  other.loadStateDict(readWeights(saved));
  assert.deepEqual(other.stateDict(), model.stateDict());
  const plain = writeSafetensors(model.stateDict());
  assert.deepEqual([...readWeights(plain).keys()], ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
  const { unexpectedKeys } = other.loadStateDict(readSafetensors(saved).tensors, { strict: false });
  assert.equal(unexpectedKeys.length, 8);
  const damaged = saved.slice();
  damaged[damaged.length - 1] ^= 0x40;
  assert.throws(() => readWeights(damaged, "last"), { name: "FormatError", message: /^last is damaged/ });
});

Deno.test("Trainer.restore() takes the weights of a run with another optimiser where that is asked for", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(loader);
  const saved = await trainer.checkpoint({ epoch: "1" });
  using other = await smallTrainer(device, smallModel(4), new SGD({ lr: 0.25, momentum: 0.5 }));
  await other.fit(loader);
  await assert.rejects(other.restore(saved), { message: /; \{ weightsOnly: true \} takes the weights alone$/ });
  assert.deepEqual(await other.restore(saved, "last", { weightsOnly: true }), { epoch: "1" });
  assert.deepEqual([other.steps, other.optimizer.lr], [0, 0.25]);
  using fresh = await smallTrainer(device, model, new SGD({ lr: 0.25, momentum: 0.5 }));
  assert.deepEqual(await other.checkpoint(), await fresh.checkpoint(), "the momentum starts anew");
  await other.restore(writeSafetensors(smallModel(4).stateDict()), "plain", { weightsOnly: true });
  assert.deepEqual(other.model.stateDict(), smallModel(4).stateDict());
});
