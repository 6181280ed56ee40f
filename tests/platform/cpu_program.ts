/**
 * What every runtime trains on the CPU back end: XOR, and LeNet for an epoch over MNIST's 10,000 test images. In Node and
 * Bun it is a program, `cpu_program.ts IMAGES LABELS [lose]`, which prints the outcome; in a page a global function.
 */
import { Adam, CrossEntropyLoss, DataLoader, manualSeed, MNIST, nn, SGD, TensorDataset, Trainer } from "../../mod.ts";

/** What training came to. */
export interface CpuOutcome {
  /** The device in words. */
  device: string;
  /** XOR's loss at the end, and the share of right answers. */
  xor: number[];
  /** Mean loss and accuracy of LeNet's epoch, and of the images after it. */
  digits: number[];
}

/** A LeNet that learns within an epoch. */
function leNet() {
  return new nn.Sequential(
    ...[new nn.Conv2d(1, 6, 5), new nn.Tanh(), new nn.AvgPool2d(2)],
    ...[new nn.Conv2d(6, 16, 5), new nn.Tanh(), new nn.AvgPool2d(2), new nn.Flatten()],
    ...[new nn.Linear(256, 120), new nn.Tanh(), new nn.Linear(120, 84), new nn.Tanh(), new nn.Linear(84, 10)],
  );
}

/** Trains both; the bytes are those of IDX files. */
export async function trainOnCpu(images: Uint8Array, labels: Uint8Array): Promise<CpuOutcome> {
  manualSeed(1);
  const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
  const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
  const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
  const loss = new CrossEntropyLoss();
  using trainer = await Trainer.create({ model, loss, optimizer: new Adam({ lr: 0.1 }) });
  const loader = new DataLoader(data, { batchSize: 4 });
  for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
  const xor = await trainer.evaluate(data);

  const set = await MNIST.fromBytes({ images, labels });
  using digits = await Trainer.create({ model: leNet(), loss, optimizer: new Adam({ lr: 2e-3 }) });
  const epoch = await digits.fit(new DataLoader(set, { batchSize: 64 }));
  const after = await digits.evaluate(set);
  return {
    device: digits.device.description,
    xor: [xor.loss, xor.accuracy!],
    digits: [epoch.loss, epoch.accuracy!, after.loss, after.accuracy!],
  };
}

/** What came of ending a thread of Node's in the middle of an epoch. */
export interface LostOutcome {
  /** The error's name and message. */
  error: string[];
  /** The loss of the epoch that was then run again, and of one that nobody disturbed. */
  losses: number[];
}

/** Ends a thread, and goes on. */
async function loseThread(): Promise<LostOutcome> {
  // Those that have computed.
  const at = new Set<{ terminate(): unknown }>();
  const process = (globalThis as unknown as { process: { getBuiltinModule(name: string): unknown } }).process;
  const threads = process.getBuiltinModule("node:worker_threads") as { Worker: new (...given: unknown[]) => object };
  threads.Worker = class extends threads.Worker {
    constructor(...given: unknown[]) {
      super(...given);
      const thread = this as unknown as {
        terminate(): unknown;
        on(event: string, hear: (said: unknown) => void): void;
      };
      thread.on("message", (said) => (said as { kind: string }).kind === "done" && at.add(thread));
    }
  };
  const inputs = Float32Array.from({ length: 24 * 50_000 }, (_, k) => Math.sin(k * k));
  const data = new TensorDataset({ inputs, shape: [24], targets: new Uint8Array(50_000), classes: 2 });
  const loader = new DataLoader(data, { batchSize: 40 });
  const create = () => {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(24, 200), new nn.Tanh(), new nn.Linear(200, 2));
    return Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new SGD({ lr: 0.01 }) });
  };
  using undisturbed = await create();
  const expected = await undisturbed.fit(loader);
  using trainer = await create();
  at.clear();
  const onProgress = ({ samples }: { samples: number }): void => {
    if (samples > 10_000) { for (const thread of [...at].slice(1, 2)) thread.terminate(); }
  };
  const before = await trainer.checkpoint();
  let error = new Error("nothing");
  // On a busy machine threads may come late.
  for (let epoch = 0; error.message === "nothing" && epoch < 20; epoch++) {
    await trainer.restore(before);
    await trainer.fit(loader, { onProgress }).catch((lost: Error) => error = lost);
  }
  const { loss } = await trainer.fit(loader);
  return { error: [error.name, error.message], losses: [loss, expected.loss] };
}

const host = (globalThis as { process?: { argv?: string[]; getBuiltinModule(name: string): unknown } }).process;
if (host?.argv !== undefined && /cpu_program\.(ts|js)$/.test(host.argv[1] ?? "")) {
  const [, , images, labels, mode] = host.argv;
  const { readFileSync } = host.getBuiltinModule("node:fs") as { readFileSync(path: string): Uint8Array };
  const outcome = mode === "lose" ? await loseThread() : await trainOnCpu(readFileSync(images), readFileSync(labels));
  console.log(JSON.stringify(outcome));
} else Object.assign(globalThis, { trainOnCpu });
