/**
 * The engine against PyTorch: logits, loss, all gradients, and the weights after
 * one and three steps of Adam, from one start and one batch.
 */
import assert from "node:assert/strict";
import { Adam, DataLoader, type HostTensor, nn, readFile, TensorDataset, Trainer } from "../../mod.ts";
import { LeNet } from "../../examples/mnist/mnist.ts";

interface Reference {
  labels: number[];
  losses: number[];
  tensors: { name: string; shape: number[]; offset: number }[];
}

const HERE = new URL("./torch_lenet/", import.meta.url);

async function load(): Promise<{ reference: Reference; tensor: (name: string) => HostTensor }> {
  const reference: Reference = JSON.parse(new TextDecoder().decode(await readFile(new URL("ref.json", HERE))));
  const { buffer } = await readFile(new URL("ref.f32", HERE));
  const tensor = (name: string): HostTensor => {
    const { shape, offset } = reference.tensors.find((entry) => entry.name === name)!;
    return { shape, data: new Float32Array(buffer, offset, shape.reduce((a, b) => a * b, 1)) };
  };
  return { reference, tensor };
}

/** Length of `found - expected`, relative to the length of `scale`. */
function deviation(found: Float32Array, expected: Float32Array, scale: (index: number) => number): number {
  let error = 0;
  let norm = 0;
  for (let k = 0; k < expected.length; k++) {
    error += (found[k] - expected[k]) ** 2;
    norm += scale(k) ** 2;
  }
  return Math.sqrt(error / norm);
}

const WAYS = (["gpu", "cpu"] as const).flatMap((device) => [true, false].map((fusion) => ({ device, fusion })));

for (const { device, fusion } of WAYS) {
  Deno.test(`LeNet agrees with PyTorch (${device}, ${fusion ? "fused" : "one kernel per node"})`, async (t) => {
    const { reference, tensor } = await load();
    const names = new LeNet().namedParameters().map(([name]) => name);
    const start = new Map(names.map((name) => [name, tensor(`w0/${name}`)]));
    const x = tensor("x");
    const data = new TensorDataset({
      inputs: x.data,
      shape: [1, 28, 28],
      targets: Uint32Array.from(reference.labels),
      classes: 10,
    });
    const loader = new DataLoader(data, { batchSize: 8 });
    const model = new LeNet();
    model.loadStateDict(start);
    const loss = new nn.CrossEntropyLoss();
    using trainer = await Trainer.create({ model, loss, optimizer: new Adam(), device, fusion });

    await t.step("logits", async () => {
      const expected = tensor("logits1").data;
      const found = await trainer.predict(data, 8);
      const error = deviation(found, expected, (k) => expected[k]);
      assert.ok(error < 1e-5, `logits deviate by ${error}`);
    });
    await t.step("gradients", async () => {
      const gradients = await trainer.gradients(loader);
      for (const name of names) {
        const expected = tensor(`g1/${name}`).data;
        const error = deviation(gradients.get(name)!.data, expected, (k) => expected[k]);
        assert.ok(error < 1e-5, `the gradient of ${name} deviates by ${error}`);
      }
    });
    await t.step("losses and weights after 1 and 3 steps", async () => {
      for (let step = 1; step <= 3; step++) {
        const { loss } = await trainer.fit(loader);
        const expected = reference.losses[step - 1];
        assert.ok(Math.abs(loss - expected) < 1e-5 * expected, `step ${step}: loss ${loss}, PyTorch ${expected}`);
        if (step === 2) continue;
        for (const [name, { data }] of model.namedParameters()) {
          const expected = tensor(`w${step}/${name}`).data;
          const first = start.get(name)!.data;
          const error = deviation(data, expected, (k) => expected[k] - first[k]);
          assert.ok(error < 1e-4, `step ${step}: the change of ${name} deviates by ${error}`);
        }
      }
    });
  });
}
