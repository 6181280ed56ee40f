/** What a training step of LeNet costs, as far as it does not depend on the machine. */
import assert from "node:assert/strict";
import { Adam, DataLoader, GpuDevice, manualSeed, nn, TensorDataset, Trainer } from "../../mod.ts";
import { LeNet } from "../../examples/mnist/mnist.ts";

Deno.test("a step of LeNet is 17 dispatches, and nothing is made after the first epoch", async () => {
  manualSeed(1);
  using device = await GpuDevice.request();
  const data = new TensorDataset({
    inputs: Uint8Array.from({ length: 24 * 784 }, (_, i) => i * 7919 % 256),
    shape: [1, 28, 28],
    targets: Uint8Array.from({ length: 24 }, (_, i) => i % 10),
    transform: (byte) => Math.round(byte / 255),
  });
  const loader = new DataLoader(data, { batchSize: 8 });
  const model = new LeNet();
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam(), device });
  await trainer.fit(loader);
  const before = { ...device.counts };
  const bytes = device.liveBytes;
  for (let epoch = 0; epoch < 5; epoch++) await trainer.fit(loader);
  assert.deepEqual(device.counts, before);
  assert.equal(device.liveBytes, bytes);

  // The batch and the optimiser surround the planned kernels.
  const { plan } = await trainer.describe(loader);
  assert.match(plan, /^15 dispatches/m);
  for (
    const kernel of [
      "Conv2d+sigmoid+avg_pool2d",
      "LinearBackwardInput+avg_pool2d_backward+sigmoid_backward",
      "avg_pool2d_backward+sigmoid_backward+Conv2dBackwardWeight",
    ]
  ) assert.ok(plan.includes(kernel), `${kernel} is not in\n${plan}`);
});
