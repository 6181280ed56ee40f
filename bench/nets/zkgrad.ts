/**
 * One network in zkgrad: whole training steps, and on the CPU what products and convolutions reach of the ceiling, on one
 * thread. Prints one line of JSON.
 *
 *     deno run -A bench/nets/zkgrad.ts --net LeNet --device cpu --seconds 5
 *
 * @module
 */
import { Adam, DataLoader, Generator, manualSeed, nn, sizeOf, TensorDataset, Trainer } from "../../mod.ts";
import type { DeviceName } from "../../mod.ts";
import { flags } from "../program.ts";
import { ceiling } from "./ceiling.ts";
import { build, NETS } from "./nets.ts";
import { operations } from "./operations.ts";

/** A kernel of products. */
export interface KernelRate {
  /** Its node. */
  readonly node: string;
  /** Its milliseconds on one thread, the least of some. */
  readonly milliseconds: number;
  /** Gigaflops. */
  readonly rate: number;
}

/** What a process found. */
export interface NetReport {
  /** Milliseconds of a step: the least of windows of a quarter of a second. */
  readonly msPerStep: number;
  /** Milliseconds from the trainer to the first step's loss. */
  readonly firstStepMs: number;
  /** The device's own words. */
  readonly device: string;
  /** The ceiling of one thread in gigaflops, and kernels; on the CPU. */
  readonly ceiling?: number;
  readonly kernels?: readonly KernelRate[];
}

/** Steps in an epoch of the bench. */
const STEPS = 16;
const PROFILES = 15;

async function main(): Promise<void> {
  const values = flags({
    net: { type: "string", default: "LeNet" },
    device: { type: "string", default: "cpu" },
    seconds: { type: "string", default: "5" },
    batch: { type: "string" },
  });
  const net = NETS[values.net];
  const { shape } = net;
  const batch = Number(values.batch ?? net.batch);
  const samples = STEPS * batch;
  const inputs = new Generator(1).fillUniform(new Float32Array(samples * sizeOf(shape)), -1, 1);
  const targets = Uint8Array.from({ length: samples }, (_, k) => k % 10);
  const loader = new DataLoader(new TensorDataset({ inputs, shape: [...shape], targets }), { batchSize: batch });
  manualSeed(0);
  const model = build(net);
  const began = performance.now();
  const device = values.device as DeviceName;
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam(), device });
  await trainer.fit(loader, { steps: 1 });
  const firstStepMs = performance.now() - began;
  let msPerStep = Infinity;
  for (const begun = performance.now(); performance.now() - begun < Number(values.seconds) * 1000;) {
    const epoch = await trainer.fit(loader);
    msPerStep = Math.min(msPerStep, epoch.seconds * 1000 / epoch.steps);
  }
  const report = { msPerStep, firstStepMs, device: trainer.device.description };
  if (device === "gpu") return console.log(JSON.stringify(report));
  const work = operations(
    (await trainer.describe(loader)).graph,
    new Map([...model.namedParameters()].map(([name, { shape }]) => [name, shape])),
  );
  const least = new Map<string, number>();
  for (let k = 0; k < PROFILES; k++) {
    for (const { name, node, milliseconds } of await trainer.profile(loader, 1) ?? []) {
      // The kernel of the node itself, not the stages after it.
      if (!/^(Conv2d|Linear)/.test(name)) continue;
      least.set(node, Math.min(least.get(node) ?? Infinity, milliseconds));
    }
  }
  const kernels = [...least].flatMap(([node, milliseconds]): KernelRate[] =>
    work.has(node) ? [{ node, milliseconds, rate: work.get(node)! / milliseconds / 1e6 }] : []
  );
  console.log(JSON.stringify({ ...report, ceiling: ceiling(), kernels } satisfies NetReport));
}

if (import.meta.main) await main();
