/**
 * zkgrad in the bench: whole epochs of the tutorial's main job, as a user runs
 * them, with the time of each kernel and what the host spent.
 * @module
 */
import { Adam, DataLoader, GpuDevice, manualSeed, MNIST, nn, Trainer } from "../mod.ts";
import { LeNet } from "../examples/mnist/mnist.ts";
import { BATCH, startWeights } from "./data.ts";
import { median, peakRssMb, printReport, secondsGranted, sinceStart } from "./report.ts";
import config from "../deno.json" with { type: "json" };

if (Deno.env.get("XDG_RUNTIME_DIR") === undefined) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
const FIRST_STEPS = 3;
const seconds = secondsGranted();

manualSeed(0);
const train = await MNIST.load({ transform: Math.round });
const model = new LeNet();
model.loadStateDict(new Map(startWeights().map(({ name, shape, values }) => [name, { shape, data: values }])));
using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam() });
const { device } = trainer;
const loader = new DataLoader(train, { batchSize: BATCH });

// The first batches one at a time, out of the data set that is on the GPU anyway.
const firstLosses: number[] = [];
let firstStepMs = 0;
for (let batch = 0; batch < FIRST_STEPS; batch++) {
  const sampler = (length: number) => Uint32Array.from({ length }, (_, index) => (batch * BATCH + index) % length);
  const { loss } = await trainer.fit(new DataLoader(train, { batchSize: BATCH, sampler }), { steps: 1 });
  firstStepMs ||= sinceStart();
  firstLosses.push(loss);
}

const rates: number[] = [];
const hostMs: number[] = [];
let steps = 0;
await trainer.fit(loader);
const before = { ...device.counts };
for (const begun = performance.now(); performance.now() - begun < seconds * 1000;) {
  const epoch = await trainer.fit(loader);
  rates.push(epoch.samples / epoch.seconds);
  hostMs.push(epoch.hostMs);
  steps += epoch.steps;
}
const made = Object.entries(device.counts).map(([key, count]) =>
  `${key} ${count - before[key as keyof typeof before]}`
);
const rss = peakRssMb();
const times = await trainer.profile(loader);
const lines = times?.map(({ name, node, milliseconds }) => `${milliseconds.toFixed(3).padStart(8)}  ${node}: ${name}`);
const imagesPerSecond = median(rates);
printReport({
  ...{
    name: "zkgrad",
    backend: device instanceof GpuDevice ? "webgpu" : "wasm",
    adapter: device.description,
    version: config.version,
  },
  ...{ imagesPerSecond, msPerStep: BATCH * 1000 / imagesPerSecond, steps, firstStepMs, peakRssMb: rss, firstLosses },
  notes: [
    `zkgrad: ${times?.length ?? "?"} dispatches a step, ${median(hostMs).toFixed(3)} ms of host time a step`,
    `made since the first epoch: ${made.join(", ")}`,
    ...(lines === undefined
      ? ["this adapter has no timestamps"]
      : [device instanceof GpuDevice ? "ms by the GPU's clock:" : "ms on one thread:", ...lines]),
  ].join("\n"),
});
