/**
 * The page's own network: trained on MNIST in seconds, small enough that a browser proves it in as many.
 * @module
 */
import { Adam, convert, DataLoader, type Dataset, flatten, manualSeed, MNIST, nn, relu } from "../../../mod.ts";
import { sampleInput, subset, type Tensor, Trainer } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import {
  calibrateSettings,
  calibrationJson,
  type FidelityOptions,
  type FidelityReport,
  genSettings,
} from "../../ezkl/mod.ts";
import { someDigits } from "../train/write_digits.ts";
import { samplesOf, weighCircuits } from "../train/circuits.ts";
import type { Weighed } from "../train/news.ts";
import { compileCircuit, type LabelledSamples, quantizationOf, settingsToJson } from "../../ezkl/mod.ts";

/** What is made of a trained network, before there are keys. */
export interface MadeCircuit {
  /** What it is. */
  readonly name: string;
  /** The network as it was trained, in floats. */
  readonly onnx: Uint8Array;
  /** The network with the circuit's weights, which its settings make the circuit of. */
  readonly calibrated: Uint8Array;
  /** The circuit. */
  readonly compiled: Uint8Array;
  /** Its settings. */
  readonly settings: string;
  /** Its share of right answers on the test images; null where it was not measured. */
  readonly accuracy: number | null;
  /** Of so many images. */
  readonly images: number;
  /** Circuits that were weighed, the one that was taken last; their `onnx` is this one's. */
  readonly circuits?: Weighed;
  /** The reference string that its keys were made with, where there are such. */
  readonly srs?: Uint8Array;
}

/** Two convolutions of stride 2, so that nothing is spent on pooling. */
class PageNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5, { stride: 2 });
  conv2 = new nn.Conv2d(6, 12, 5, { stride: 2 });
  fc = new nn.Linear(192, 10);

  override forward(x: Tensor): Tensor {
    x = relu(this.conv1.forward(x));
    x = relu(this.conv2.forward(x));
    return this.fc.forward(flatten(x));
  }
}

/** What is weighed: tables of 2^10 rows, values that lose five bits before they enter a layer. */
const WEIGHED = { tableRows: [10], dropBits: [5], deadZones: [0] };
/** Weights below become 0, which costs no cell; those of the convolutions are read more often. */
const DEAD_ZONES = { "conv1.weight": 0.3, "conv2.weight": 0.27, "fc.weight": 0.12 };
const HELD = 2000, SHAPE = [1, 28, 28];

/** Trains it, and chooses its circuit. */
export async function makeDefaultNetwork(tell: (sentence: string) => void): Promise<MadeCircuit> {
  manualSeed(1);
  const source = { transform: Math.round };
  const full = await MNIST.load({ ...source, train: true }), test = await MNIST.load({ ...source, train: false });
  const rest = full.length - HELD;
  const loader = new DataLoader(subset(full, rest), { batchSize: 64, shuffle: true });
  const model = new PageNet();
  await train(model, loader, [3e-3, 1.5e-3, 7e-4]);
  const onnx = exportOnnx(model, SHAPE);
  const held = subset(full, Array.from({ length: HELD }, (_, index) => rest + index));
  const samples = { examination: labelled(held), calibration: labelled(subset(full, 500)) };
  const first = await weigh(onnx, { ...WEIGHED, tolerance: 0.05, ...samples });
  const { scheme } = first.report.chosen;
  tell("the network is trained; now it learns the circuit's rounding");
  const circuit = await quantizationOf(model, SHAPE, { scheme, deadZone: DEAD_ZONES });
  await train(model, loader, [1.5e-3, 4e-4], circuit);
  convert(model, circuit);
  const last = await weigh(exportOnnx(model, SHAPE), { scheme, tolerance: 0.05, ...samples, test: labelled(test) });
  tell("the network has learnt it; other circuits of it are weighed beside this one");
  const digits = await someDigits(), { weighed } = await weighCircuits(onnx, digits, () => {});
  const same = {
    examination: samplesOf(digits.choose),
    calibration: samples.calibration,
    test: samplesOf(digits.test),
  };
  const beside = (await weigh(exportOnnx(model, SHAPE), { scheme, tolerance: 1, ...same })).report;
  const { settings, report } = last, { accuracy, samples: images } = report.test!;
  return {
    name: `two convolutions and a layer, ${model.parameterCount().toLocaleString("en")} weights`,
    onnx,
    calibrated: last.onnx,
    compiled: compileCircuit(last.onnx, settings),
    settings: settingsToJson(settings),
    accuracy,
    images,
    circuits: {
      ...weighed,
      candidates: [...weighed.candidates, beside.chosen],
      chosen: weighed.candidates.length,
      accuracy: beside.test!.accuracy!,
    },
  };
}

/** Input hidden, weights in the key, answers shown. */
async function weigh(onnx: Uint8Array, options: FidelityOptions) {
  const seen = { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" } as const;
  const none = calibrationJson([new Float32Array(28 * 28)]);
  const calibration = await calibrateSettings(onnx, genSettings(onnx, seen), none, { target: "fidelity", ...options });
  return { ...calibration, report: calibration.report as FidelityReport };
}

/** An epoch at each of these rates. */
async function train(
  model: PageNet,
  loader: DataLoader,
  rates: readonly number[],
  quantizationAware?: Awaited<ReturnType<typeof quantizationOf>>,
): Promise<void> {
  const optimizer = new Adam({ lr: rates[0] }), loss = new nn.CrossEntropyLoss();
  // WebAssembly on every machine, so that a build does not depend on a graphics card.
  const parts = { model, loss, optimizer, device: "cpu" } as const;
  using trainer = await Trainer.create(quantizationAware ? { ...parts, quantizationAware } : parts);
  for (const rate of rates) {
    optimizer.lr = rate;
    await trainer.fit(loader);
  }
}

function labelled(data: Dataset): LabelledSamples {
  const size = sampleInput(data, 0).length, inputs = new Float32Array(data.length * size);
  for (let index = 0; index < data.length; index++) inputs.set(sampleInput(data, index), index * size);
  return { inputs: [inputs], labels: data.targets.data, count: data.length };
}
