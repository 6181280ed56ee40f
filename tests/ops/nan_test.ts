import assert from "node:assert/strict";
import { CrossEntropyLoss, DataLoader, GpuDevice, manualSeed, nn, SGD, TensorDataset, Trainer } from "../../mod.ts";
import { nanOutcomes } from "../platform/nan.ts";

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

for (const profile of ["cpu", "gpu", "wasm"] as const) {
  for (const fusion of [true, false]) {
    Deno.test(`NaN stays NaN through every layer and the loss: ${profile} profile, fusion ${fusion}`, async () => {
      for (const { what, found, expected, loss, accuracy, gradient } of await nanOutcomes(profile, fusion)) {
        assert.deepEqual(found, expected, what);
        assert.deepEqual([loss, accuracy, gradient], ["NaN", 1, "NaN"], what);
      }
    });
  }
}

Deno.test("a weight that is NaN makes every logit NaN, behind any activation", async () => {
  using device = await GpuDevice.request();
  const data = new TensorDataset({ inputs: [1, 2, 3, 4, 5, 6], shape: [2], targets: [0, 1, 1] });
  for (const activation of [new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid()]) {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(2, 4), activation, new nn.Linear(4, 3));
    using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new SGD(), device });
    assert.ok((await trainer.predict(data)).every(Number.isFinite));
    model.namedParameters()[0][1].data[3] = NaN;
    const name = activation.constructor.name;
    assert.ok((await trainer.predict(data)).every(Number.isNaN), name);
    assert.ok(Number.isNaN((await trainer.evaluate(data)).loss), name);
    await assert.rejects(trainer.fit(new DataLoader(data)), {
      name: "NonFiniteError",
      message: "the loss is not a finite number at step 1 (batch 1 of 3); element 3 of 0.weight is NaN, and was so " +
        "before: load other weights",
    });
  }
});
