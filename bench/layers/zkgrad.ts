/**
 * The time of a training step of one layer's network, in a process of its own.
 * @module
 */
import { DataLoader, manualSeed, nn, SGD, TensorDataset, Trainer } from "../../mod.ts";
import { LAYERS } from "./layers.ts";

const [name, device, seconds] = Deno.args;
const { shape, make, features } = LAYERS[name];
manualSeed(1);
const BATCH = 64;
const inputs = new Float32Array(BATCH * shape.reduce((a, b) => a * b, 1));
for (let i = 0; i < inputs.length; i++) inputs[i] = Math.sin(i * 12.9898) * 0.5;
const targets = Uint8Array.from({ length: BATCH }, (_, i) => i % 10);
const data = new TensorDataset({ inputs, shape, targets });
const model = new nn.Sequential(make(), new nn.Flatten(), new nn.Linear(features, 10));
using trainer = await Trainer.create({
  model,
  loss: new nn.CrossEntropyLoss(),
  optimizer: new SGD({ lr: 0.01 }),
  device: device as "cpu",
});
const loader = new DataLoader(data, { batchSize: BATCH });
for (let k = 0; k < 3; k++) await trainer.fit(loader);
let best = Infinity;
for (const end = performance.now() + 1000 * Number(seconds); performance.now() < end;) {
  const began = performance.now();
  await trainer.fit(loader);
  best = Math.min(best, performance.now() - began);
}
console.log(JSON.stringify({ ms: best }));
