/**
 * Networks that use every operation, and what the engine makes of them: the same
 * text runs in Deno and in a page of a browser, and the numbers are compared.
 */
import {
  Adam,
  DataLoader,
  type Dataset,
  Generator,
  GpuDevice,
  type Loss,
  manualSeed,
  type Module,
  nn,
  type Optimizer,
  type Profile,
  SGD,
  TensorDataset,
  Trainer,
} from "../../mod.ts";
import { exportOnnx } from "../../onnx/mod.ts";

/** A network with what it is trained on. */
export interface Setting {
  model: Module;
  loss: Loss;
  optimizer: Optimizer;
  data: Dataset;
  batch: number;
}

/** What the engine made of a network. */
export interface Outcome {
  /** The name of the adapter. */
  adapter: string;
  /** The gradients of the first batch, by parameter name. */
  gradients: Record<string, number[]>;
  /** The outputs before any step. */
  outputs: number[];
  /** Mean losses of three epochs. */
  losses: number[];
  /** The outputs after three epochs. */
  trained: number[];
}

/** The tunables of the two kinds of adapter, whatever the adapter is. */
export const PROFILES: Record<"cpu" | "gpu", Partial<Profile>> = {
  cpu: { kind: "cpu", unroll: true },
  gpu: { kind: "gpu", unroll: false },
};

function classes(samples: number, shape: number[], count: number): TensorDataset {
  const size = shape.reduce((a, b) => a * b, 1);
  const inputs = new Generator(5).fillUniform(new Float32Array(samples * size), -1, 1);
  const targets = Uint8Array.from({ length: samples }, (_, n) => n % count);
  return new TensorDataset({ inputs, shape, targets, classes: count });
}

function bytes(samples: number, shape: number[], count: number): TensorDataset {
  const { inputs, targets } = classes(samples, shape, count);
  const pixels = Uint8Array.from(inputs.data, (value) => 128 + 127 * value);
  return new TensorDataset({ inputs: pixels, shape, targets: targets.data, transform: (pixel) => pixel / 255 });
}

function values(samples: number, shape: number[], outputs: number): TensorDataset {
  const { inputs } = classes(samples, shape, 2);
  const targets = new Generator(6).fillUniform(new Float32Array(samples * outputs), -1, 1);
  return new TensorDataset({ inputs: inputs.data, shape, targets, targetShape: [outputs] });
}

/** The networks by name; each is made anew, with the same weights each time. */
export const networks: Record<string, () => Setting> = {
  "LeNet, Sigmoid, AvgPool2d, cross-entropy, Adam": () => ({
    model: new nn.Sequential(
      new nn.Conv2d(1, 6, 5),
      new nn.Sigmoid(),
      new nn.AvgPool2d(2),
      new nn.Conv2d(6, 16, 5),
      new nn.Sigmoid(),
      new nn.AvgPool2d(2),
      new nn.Flatten(),
      new nn.Linear(256, 120),
      new nn.Sigmoid(),
      new nn.Linear(120, 84),
      new nn.Sigmoid(),
      new nn.Linear(84, 10),
    ),
    loss: new nn.CrossEntropyLoss(),
    optimizer: new Adam({ lr: 1e-3 }),
    data: bytes(70, [1, 28, 28], 10),
    batch: 32,
  }),
  "Conv2d with stride and padding, ReLU, MaxPool2d, SGD": () => ({
    model: new nn.Sequential(
      new nn.Conv2d(3, 5, [3, 2], { stride: [2, 1], padding: [1, 0] }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(5, 4, 3, { padding: 2, bias: false }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
      new nn.Flatten(),
      new nn.Linear(36, 7),
    ),
    loss: new nn.CrossEntropyLoss(),
    optimizer: new SGD({ lr: 0.05, momentum: 0.9 }),
    data: classes(10, [3, 11, 9], 7),
    batch: 5,
  }),
  "AvgPool2d with padding, Tanh, mean squared error, SGD": () => ({
    model: new nn.Sequential(
      new nn.Conv2d(2, 3, 3),
      new nn.Tanh(),
      new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
      new nn.Flatten(),
      new nn.Linear(48, 9, { bias: false }),
      new nn.Tanh(),
      new nn.Linear(9, 3),
    ),
    loss: new nn.MSELoss(),
    optimizer: new SGD({ lr: 0.1 }),
    data: values(9, [2, 9, 10], 3),
    batch: 4,
  }),
  "Linear alone, odd sizes, Adam": () => ({
    model: new nn.Sequential(new nn.Linear(67, 131), new nn.ReLU(), new nn.Linear(131, 1)),
    loss: new nn.MSELoss(),
    optimizer: new Adam({ lr: 1e-3 }),
    data: values(140, [67], 1),
    batch: 130,
  }),
};

/** Runs a network: gradients, outputs, three epochs. */
export async function exercise(name: string, kind: "cpu" | "gpu", fusion: boolean): Promise<Outcome> {
  manualSeed(3);
  const { model, loss, optimizer, data, batch } = networks[name]();
  using trainer = await Trainer.create({ model, loss, optimizer, fusion, request: { profile: PROFILES[kind] } });
  const loader = new DataLoader(data, { batchSize: batch });
  const gradients = await trainer.gradients(loader);
  const outputs = await trainer.predict(data, batch);
  const losses: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++) losses.push((await trainer.fit(loader)).loss);
  const trained = await trainer.predict(data, batch);
  return {
    adapter: trainer.device.description,
    gradients: Object.fromEntries([...gradients].map(([key, tensor]) => [key, [...tensor.data]])),
    outputs: [...outputs],
    losses,
    trained: [...trained],
  };
}

/** Images of 8x8 in four classes: a bar at the top, bottom, left or right, in noise. */
export function bars(samples: number): TensorDataset {
  const inputs = new Generator(8).fillUniform(new Float32Array(samples * 64), 0, 0.3);
  const targets = Uint8Array.from({ length: samples }, (_, n) => n % 4);
  for (let n = 0; n < samples; n++) {
    for (let k = 0; k < 8; k++) {
      const at = [8 + k, 48 + k, 8 * k + 1, 8 * k + 6][targets[n]];
      inputs[64 * n + at] += 0.7;
    }
  }
  return new TensorDataset({ inputs, shape: [1, 8, 8], targets });
}

/** What training on {@linkcode bars} came to. */
export interface Trained {
  /** Mean loss of each epoch. */
  losses: number[];
  /** Share of right answers at the end. */
  accuracy: number | null;
  /** The outputs for all images. */
  logits: number[];
  /** The network as an ONNX file. */
  onnx: number[];
}

/** Trains a small network with both kinds of pooling and exports it. */
export async function trainBars(): Promise<Trained> {
  manualSeed(1);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(4, 8, 3),
    new nn.Tanh(),
    new nn.AvgPool2d(2),
    new nn.Flatten(),
    new nn.Linear(8, 4),
  );
  const data = bars(64);
  using device = await GpuDevice.request();
  const optimizer = new Adam({ lr: 0.02 });
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer, device });
  const loader = new DataLoader(data, { batchSize: 16, shuffle: true });
  const losses: number[] = [];
  for (let epoch = 0; epoch < 30; epoch++) losses.push((await trainer.fit(loader)).loss);
  const { accuracy } = await trainer.evaluate(data);
  const logits = [...await trainer.predict(data)];
  return { losses, accuracy, logits, onnx: [...exportOnnx(model, [1, 8, 8])] };
}
