/**
 * The networks of the price table: each with samples that choose its circuits and others that judge them.
 * @module
 */
import { Adam, DataLoader, manualSeed, MNIST, nn, TensorDataset, Trainer } from "../../mod.ts";
import { readFile, readFileIfThere } from "../../core/base/files.ts";
import { sizeOf } from "../../core/base/shape.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import type { FidelityOptions, LabelledSamples } from "../../hub/mod.ts";
import { images } from "./judge.ts";
import { ROOT } from "./process.ts";

/** A network and its samples. */
export interface Subject {
  /** What it is. */
  readonly name: string;
  /** Its file. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** Samples that choose the circuit. */
  readonly choosing: LabelledSamples;
  /** Samples that judge it. */
  readonly held: LabelledSamples;
  /** How its calibration for fidelity differs from the default. */
  readonly options?: Partial<FidelityOptions>;
}

const FIXTURES = `${ROOT}../shared/fixtures`, USERS = `${ROOT}tests/hub/ezkl/calibrate/users`, CHOOSING = 300;

/** Every network by the name that `--only` takes, loaded when it is its turn; null where its files are not here. */
export const SUBJECTS: Readonly<Record<string, (folder: string) => Promise<Subject | null>>> = {
  rescnn: () => drawn("residual CNN", `${FIXTURES}/nets/rescnn_ts12/model.onnx`),
  transformer: () => drawn("transformer block", `${FIXTURES}/nets/transformer_ts12/model.onnx`),
  lstm: () => drawn("LSTM", `${FIXTURES}/nets/lstm_ts12/model.onnx`),
  autoencoder: () => drawn("autoencoder", `${FIXTURES}/nets/autoenc_ts12/model.onnx`),
  iris: async () => {
    const onnx = await readFileIfThere(`${FIXTURES}/faults/iris.onnx`, 2 ** 20);
    if (onnx === null) return null;
    const data = JSON.parse(await Deno.readTextFile(`${FIXTURES}/faults/cal.json`)).input_data[0] as number[];
    const size = 4,
      count = data.length / size,
      part = (from: number, to: number): LabelledSamples => ({
        inputs: [Float32Array.from(data.slice(from * size, to * size))],
        count: to - from,
      });
    return { name: "iris", onnx, choosing: part(0, 100), held: part(100, count) };
  },
  spiral: () => spiral(),
  table: () => user("table", "table of lengths"),
  price: () => user("price", "regression"),
  waves: () => user("waves", "LSTM of waves"),
  lenet: async (folder) => {
    const onnx = await readFileIfThere(`${folder}/network_lenet.onnx`, 2 ** 30);
    if (onnx === null) return null;
    const { length } = await MNIST.load({ train: true });
    return { name: "LeNet", onnx, choosing: await images(true, length - 5000, length), held: await images(false) };
  },
};

/** An untrained network with samples of a normal distribution. */
async function drawn(name: string, path: string): Promise<Subject | null> {
  const onnx = await readFileIfThere(path, 2 ** 28);
  if (onnx === null) return null;
  const { nodes, inputs } = lowerOnnx(onnx), next = normal();
  const part = (): LabelledSamples => ({
    inputs: inputs.map((place) => Float32Array.from({ length: CHOOSING * sizeOf(nodes[place].shape) }, next)),
    count: CHOOSING,
  });
  // Untrained, it has no answers to be right about.
  return { name, onnx, choosing: part(), held: part(), options: { measure: "R2", maxLogrows: 17 } };
}

/** Numbers from 0 to 1, the same in every run. */
function uniform(): () => number {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function normal(): () => number {
  const next = uniform();
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** One of the networks that the tests keep, trained, with samples that it was not trained on. */
async function user(file: string, name: string): Promise<Subject> {
  const data = JSON.parse(await Deno.readTextFile(`${USERS}/${file}.json`)) as {
    size: number;
    inputs: number[];
    labels?: number[];
    targets?: number[];
  };
  const { size, inputs, labels, targets } = data, count = inputs.length / size;
  const part = (from: number, to: number): LabelledSamples => ({
    inputs: [Float32Array.from(inputs.slice(from * size, to * size))],
    count: to - from,
    ...(labels ? { labels: labels.slice(from, to) } : { targets: [targets!.slice(from, to)] }),
  });
  return {
    name,
    onnx: await readFile(`${USERS}/${file}.onnx`),
    choosing: part(0, CHOOSING),
    held: part(CHOOSING, count),
  };
}

/** Three arms of a spiral and a network that tells them apart, trained here in seconds. */
async function spiral(): Promise<Subject> {
  const next = uniform(), near = normal();
  const samples = (count: number): LabelledSamples => {
    const labels = Array.from({ length: count }, () => Math.floor(3 * next()));
    const points = labels.flatMap((label) => {
      const radius = 0.05 + 0.95 * next(), angle = 4 * radius + label * 2 * Math.PI / 3 + 0.12 * near();
      return [radius * Math.cos(angle), radius * Math.sin(angle)].map((at) => Math.round(3e4 * at) / 1e4);
    });
    return { inputs: [Float32Array.from(points)], count, labels };
  };
  manualSeed(3);
  const model = new nn.Sequential(
    new nn.Linear(2, 32),
    new nn.Tanh(),
    new nn.Linear(32, 32),
    new nn.Tanh(),
    new nn.Linear(32, 3),
  );
  const { inputs: [points], labels } = samples(4000);
  using trainer = await Trainer.create({
    model,
    loss: new nn.CrossEntropyLoss(),
    optimizer: new Adam({ lr: 3e-3 }),
    device: "cpu",
  });
  const data = new TensorDataset({ inputs: points, shape: [2], targets: Uint8Array.from(labels!) });
  const loader = new DataLoader(data, { batchSize: 128, shuffle: true });
  for (let epoch = 0; epoch < 60; epoch++) await trainer.fit(loader);
  return { name: "spiral", onnx: exportOnnx(model, [2]), choosing: samples(CHOOSING), held: samples(500) };
}
