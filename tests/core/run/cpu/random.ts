/**
 * Random networks, run in two ways that must agree: gradients, losses of training and evaluation, predictions.
 * @module
 */
import { DataLoader } from "../../../../core/data/loader.ts";
import { TensorDataset } from "../../../../core/data/dataset.ts";
import { Generator, manualSeed } from "../../../../core/base/random.ts";
import { type Module, Sequential } from "../../../../core/graph/module.ts";
import type { Device } from "../../../../core/run/choose.ts";
import { Trainer } from "../../../../core/train/trainer.ts";
import { CrossEntropyLoss, nn, SGD } from "../../../../ops/mod.ts";

/** A way of running a network. */
export interface Way {
  /** The device. */
  readonly device: Device;
  /** False: one kernel per node. */
  readonly fusion: boolean;
}

/** The layers of network number `seed`, as functions, for inputs of `shape`. */
function layersOf(random: Generator, shape: readonly number[]): (() => Module)[] {
  const pick = (from: number, to: number): number => from + Math.floor(random.uniform() * (to - from + 1));
  const layers: (() => Module)[] = [];
  let [channels, height, width] = shape;
  const activation = (): void => {
    const made = [() => new nn.ReLU(), () => new nn.Tanh(), () => new nn.Sigmoid()][pick(0, 3)];
    if (made !== undefined) layers.push(made);
  };
  for (let left = pick(0, 3); left > 0; left--) {
    const kernel = [pick(1, Math.min(5, height)), pick(1, Math.min(5, width))] as const;
    const stride = [pick(1, 2), pick(1, 2)] as const;
    const padding = [pick(0, 2), pick(0, 2)] as const;
    const [from, to] = [channels, pick(1, 14)];
    layers.push(() => new nn.Conv2d(from, to, kernel, { stride, padding }));
    channels = to;
    height = Math.floor((height + 2 * padding[0] - kernel[0]) / stride[0]) + 1;
    width = Math.floor((width + 2 * padding[1] - kernel[1]) / stride[1]) + 1;
    activation();
    if (height < 3 || width < 3) continue;
    const kind = pick(0, 3);
    if (kind === 0) continue;
    if (kind < 3) layers.push(kind === 1 ? () => new nn.AvgPool2d(2) : () => new nn.MaxPool2d(2));
    else layers.push(() => new nn.MaxPool2d(3, { stride: 2, padding: 1 }));
    [height, width] = [height, width].map((size) => kind < 3 ? size >> 1 : Math.floor((size - 1) / 2) + 1);
  }
  layers.push(() => new nn.Flatten());
  let features = channels * height * width;
  for (let left = pick(0, 2); left > 0; left--) {
    const [from, to] = [features, pick(1, 40)];
    layers.push(() => new nn.Linear(from, to));
    features = to;
    activation();
  }
  layers.push(() => new nn.Linear(features, 5));
  return layers;
}

/** How far the second way's gradients, losses and predictions are from the first's, relative to their norm. */
export async function distances(seed: number, ways: readonly [Way, Way]): Promise<number[]> {
  const random = new Generator(seed);
  const pick = (from: number, to: number): number => from + Math.floor(random.uniform() * (to - from + 1));
  const shape = [pick(1, 4), pick(6, 20), pick(6, 20)];
  const layers = layersOf(random, shape);
  const [samples, batchSize] = [pick(5, 90), pick(3, 70)];
  const size = shape.reduce((product, side) => product * side, 1);
  const inputs = random.fillUniform(new Float32Array(samples * size), -1, 1);
  const targets = Uint8Array.from({ length: samples }, (_, n) => n % 5);
  const data = new TensorDataset({ inputs, shape, targets, classes: 5 });
  const loader = new DataLoader(data, { batchSize });
  const results: number[][][] = [];
  for (const way of ways) {
    manualSeed(seed);
    const model = new Sequential(...layers.map((make) => make()));
    using trainer = await Trainer.create({
      model,
      loss: new CrossEntropyLoss(),
      optimizer: new SGD({ lr: 0.01 }),
      ...way,
    });
    const gradients = [...(await trainer.gradients(loader)).values()].flatMap(({ data }) => [...data]);
    const losses = [(await trainer.fit(loader)).loss, (await trainer.evaluate(data, batchSize)).loss];
    results.push([gradients, losses, [...await trainer.predict(data, batchSize)]]);
  }
  return results[0].map((expected, k) => {
    const norm = Math.hypot(...expected) || 1;
    return Math.hypot(...expected.map((value, i) => value - results[1][k][i])) / norm;
  });
}
