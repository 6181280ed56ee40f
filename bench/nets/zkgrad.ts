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

/** Floating-point operations of each node that multiplies, by the graph's own text: its results times what each sums. */
function operations(graph: string): Map<string, number> {
  const lines = graph.split("\n").map((line) => {
    const [, op, given, shapes, node] = /= (\w+)\((.*?)\) {2}(.*?) {2}# (.*)$/.exec(line) ?? [];
    const all = [...(shapes ?? "").matchAll(/\[([\d, ]*)\]/g)].map(([, sizes]) => sizes.split(", ").map(Number));
    return { op, given: given?.split(", ") ?? [], names: line.split(" = ")[0].split(", "), shapes: all, node };
  });
  const shapeOf = new Map(lines.flatMap(({ names, shapes }) => names.map((name, k) => [name, shapes[k]])));
  const weights = new Map(
    lines.flatMap(({ op, given, shapes }) => /BackwardWeight/.test(op ?? "") ? [[given[1], shapes[0]] as const] : []),
  );
  const forward = new Map([...weights].map(([gradient, shape]) => [sizeOf(shapeOf.get(gradient)!), shape]));
  const found = new Map<string, number>();
  for (const { op, given, names, shapes, node } of lines) {
    if (!/^(Conv2d|Linear)/.test(op ?? "")) continue;
    // A forward node's result, or the gradient of it, and the weights that each of its elements sums over.
    const gradient = op.endsWith("Input") ? given[0] : op.endsWith("Weight") ? given[1] : names[0];
    const elements = sizeOf(shapeOf.get(gradient)!);
    const weight = op.endsWith("Weight") ? shapes[0] : weights.get(gradient) ?? forward.get(elements);
    if (weight !== undefined) found.set(node, 2 * elements * sizeOf(weight.slice(1)));
  }
  return found;
}

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
  const work = operations((await trainer.describe(loader)).graph);
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
