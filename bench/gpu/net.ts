/**
 * One network on WebGPU: whole training steps, and the time of every kernel by the GPU's own clock where it has one.
 * Prints one line of JSON.
 *
 *     deno run -A net.js --net LeNet --kind gpu --seconds 3
 *
 * @module
 */
import { Adam, DataLoader, Generator, GpuDevice, manualSeed, nn, sizeOf, TensorDataset, Trainer } from "../../mod.ts";
import { build, NETS } from "../nets/nets.ts";
import { operations } from "../nets/operations.ts";
import { flags } from "../program.ts";

/** A kernel of a step. */
export interface Kernel {
  /** Its node and its own name. */
  readonly name: string;
  /** Its microseconds, the least of some. */
  readonly microseconds: number;
  /** Teraflops, of products and convolutions. */
  readonly teraflops?: number;
}

/** What a process found. */
export interface GpuNetReport {
  /** Microseconds of a step: the least over epochs. */
  readonly microseconds: number;
  /** Milliseconds from the trainer to the first step's loss. */
  readonly firstStepMs: number;
  /** The adapter's own words. */
  readonly device: string;
  /** Dispatches of a step, how many of them wait for another, and the bytes that they bind to be read and written. */
  readonly dispatches: number;
  readonly waits: number;
  readonly read: number;
  readonly written: number;
  /** Its kernels, the slowest first; none where the adapter has no timestamps. */
  readonly kernels: readonly Kernel[];
}

/** Steps in an epoch: as many as make the wait at its end small beside them. */
const STEPS = 200;
/** Bytes of samples at most: what one binding takes everywhere, so that no data set is sent in parts. */
const SAMPLE_BYTES = 2 ** 27;
const PROFILES = 5;

const values = flags({
  net: { type: "string", default: "LeNet" },
  kind: { type: "string", default: "gpu" },
  seconds: { type: "string", default: "3" },
  steps: { type: "string", default: String(STEPS) },
});
const { shape, batch, layers } = NETS[values.net];
const most = Math.floor(SAMPLE_BYTES / (4 * sizeOf(shape) * batch));
const count = Math.max(1, Math.min(Number(values.steps), most)) * batch;
const inputs = new Generator(1).fillUniform(new Float32Array(count * sizeOf(shape)), -1, 1);
const targets = Uint8Array.from({ length: count }, (_, k) => k % 10);
const data = new TensorDataset({ inputs, shape: [...shape], targets });
const loader = new DataLoader(data, { batchSize: batch });
manualSeed(0);
const kind = values.kind as "cpu" | "gpu";
const device = await GpuDevice.request({ profile: { kind, unroll: kind === "cpu" } });
const model = build({ shape, batch, layers });
const began = performance.now();
using trainer = await Trainer.create({
  model,
  loss: new nn.CrossEntropyLoss(),
  optimizer: new Adam(),
  device,
});
await trainer.fit(loader, { steps: 1 });
const firstStepMs = performance.now() - began;
let microseconds = Infinity;
for (const begun = performance.now(); performance.now() - begun < Number(values.seconds) * 1000;) {
  const epoch = await trainer.fit(loader);
  microseconds = Math.min(microseconds, epoch.seconds * 1e6 / epoch.steps);
}
const work = operations(
  (await trainer.describe(loader)).graph,
  new Map(model.namedParameters().map(([name, { shape }]) => [name, shape])),
);
const least = new Map<string, { node: string; ms: number }>();
let dispatches = 0, waits = 0, read = 0, written = 0;
for (let k = 0; k < PROFILES; k++) {
  const times = await trainer.profile(loader, 1) ?? [];
  const traffic = times.flatMap((each) => each.traffic ?? []);
  dispatches = times.length;
  waits = traffic.filter((each) => each.waits).length;
  read = traffic.reduce((sum, each) => sum + each.read, 0);
  written = traffic.reduce((sum, each) => sum + each.written, 0);
  times.forEach(({ name, node, milliseconds }, index) => {
    const key = `${index} ${node}: ${name}`, ms = Math.min(least.get(key)?.ms ?? Infinity, milliseconds);
    least.set(key, { node, ms });
  });
}
const kernels = [...least].map(([key, { node, ms }]): Kernel => {
  const name = key.slice(key.indexOf(" ") + 1);
  // Kernels that went out as one dispatch name all of their nodes.
  const sum = node.split(", ").reduce((total, each) => total + (work.get(each) ?? 0), 0);
  return { name, microseconds: ms * 1000, ...sum > 0 && { teraflops: sum / ms / 1e9 } };
}).sort((a, b) => b.microseconds - a.microseconds);
const counts = { dispatches, waits, read, written };
console.log(
  JSON.stringify(
    { microseconds, firstStepMs, device: device.description, ...counts, kernels } satisfies GpuNetReport,
  ),
);
device[Symbol.dispose]();
