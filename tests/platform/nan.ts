/**
 * What becomes of numbers that are none: the same text runs in Deno and in a page of a browser,
 * because drivers differ in what they lose. The reference is PyTorch's rule, on the host.
 */
import {
  CpuDevice,
  CrossEntropyLoss,
  DataLoader,
  GpuDevice,
  type Module,
  nn,
  SGD,
  TensorDataset,
  Trainer,
} from "../../mod.ts";
import { PROFILES } from "./networks.ts";

const SIDE = 6;
const PIXELS = SIDE * SIDE;

/** What a layer makes of one 6x6 image, by PyTorch's rules. */
type Reference = (image: readonly number[]) => number[];

/** Pools with `reduce`, which like `Math.max` gives NaN for a NaN. */
function pooled(reduce: (window: number[]) => number, size: number, stride: number, padding: number): Reference {
  const out = Math.floor((SIDE + 2 * padding - size) / stride) + 1;
  return (image) =>
    Array.from({ length: out * out }, (_, k) => {
      const [top, left] = [Math.floor(k / out) * stride - padding, k % out * stride - padding];
      const window = image.filter((_, at) => {
        const [row, column] = [Math.floor(at / SIDE) - top, at % SIDE - left];
        return row >= 0 && row < size && column >= 0 && column < size;
      });
      return reduce(window);
    });
}

const largest = (window: number[]): number => Math.max(...window);
const mean = (window: number[]): number => window.reduce((a, b) => a + b, 0) / 4;

const layers: Record<string, [() => Module, Reference]> = {
  "ReLU": [() => new nn.ReLU(), (image) => image.map((x) => Math.max(x, 0))],
  "Tanh": [() => new nn.Tanh(), (image) => image.map(Math.tanh)],
  "Sigmoid": [() => new nn.Sigmoid(), (image) => image.map((x) => 1 / (1 + Math.exp(-x)))],
  "LeakyReLU": [() => new nn.LeakyReLU(), (image) => image.map((x) => x > 0 ? x : 0.01 * x)],
  "PReLU": [() => new nn.PReLU(), (image) => image.map((x) => x > 0 ? x : 0.25 * x)],
  "ELU": [() => new nn.ELU(), (image) => image.map((x) => x > 0 ? x : Math.expm1(x))],
  "CELU": [() => new nn.CELU(2), (image) => image.map((x) => x > 0 ? x : 2 * Math.expm1(x / 2))],
  "SiLU": [() => new nn.SiLU(), (image) => image.map((x) => x / (1 + Math.exp(-x)))],
  "GELU by tanh": [
    () => new nn.GELU({ approximate: "tanh" }),
    (image) => image.map((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  ],
  "Softplus": [() => new nn.Softplus(), (image) => image.map((x) => x > 20 ? x : Math.log1p(Math.exp(x)))],
  "Softsign": [() => new nn.Softsign(), (image) => image.map((x) => x / (1 + Math.abs(x)))],
  "Hardtanh": [() => new nn.Hardtanh(), (image) => image.map((x) => Math.max(-1, Math.min(1, x)))],
  "Hardsigmoid": [() => new nn.Hardsigmoid(), (image) => image.map((x) => Math.max(0, Math.min(1, x / 6 + 0.5)))],
  "MaxPool2d(2)": [() => new nn.MaxPool2d(2), pooled(largest, 2, 2, 0)],
  "MaxPool2d(3), padded": [() => new nn.MaxPool2d(3, { stride: 1, padding: 1 }), pooled(largest, 3, 1, 1)],
  "AvgPool2d(2)": [() => new nn.AvgPool2d(2), pooled(mean, 2, 2, 0)],
};

/** A layer's result on this adapter beside the reference. */
export interface NanOutcome {
  /** The layer, and how it was run. */
  what: string;
  /** Its outputs for three images, as text: JSON has no NaN. */
  found: string[];
  /** PyTorch's. */
  expected: string[];
  /** The loss over the second image, whose only NaN is what PyTorch's argmax finds; and the accuracy. */
  loss: string;
  accuracy: number;
  /** The gradient of the first weight. */
  gradient: string;
}

/** Numbers as text, to three digits. */
const texts = (values: ArrayLike<number>): string[] => Array.from(values, (value) => value.toFixed(3));

/** One image of numbers, one with a NaN among them, one of infinities and a negative NaN. */
function images(): Float32Array {
  const inputs = Float32Array.from({ length: 3 * PIXELS }, (_, k) => (k * 7 % 11 - 5) / 2);
  inputs[PIXELS + 8] = NaN;
  inputs[2 * PIXELS + 1] = Infinity;
  inputs[2 * PIXELS + 15] = -Infinity;
  new Uint32Array(inputs.buffer)[2 * PIXELS + 35] = 0xffc00000;
  return inputs;
}

/** Runs every layer behind a convolution that changes nothing; `wasm` is the CPU back end. */
export async function nanOutcomes(profile: "cpu" | "gpu" | "wasm", fusion: boolean): Promise<NanOutcome[]> {
  using device = profile === "wasm"
    ? await CpuDevice.request()
    : await GpuDevice.request({ profile: PROFILES[profile] });
  const outcomes: NanOutcome[] = [];
  for (const [name, [make, reference]] of Object.entries(layers)) {
    const convolution = new nn.Conv2d(1, 1, 1);
    convolution.weight.data.fill(1);
    convolution.bias!.data.fill(0);
    const model = new nn.Sequential(convolution, make(), new nn.Flatten());
    using trainer = await Trainer.create({
      model,
      loss: new CrossEntropyLoss(),
      optimizer: new SGD(),
      device,
      fusion,
    });
    const inputs = images();
    const rows = [0, 1, 2].map((n) => reference([...inputs.subarray(n * PIXELS, (n + 1) * PIXELS)]));
    const data = (first: number, count: number, target: number): TensorDataset => {
      const part = new Float32Array(count * PIXELS);
      const targets = new Uint32Array(count).fill(target);
      const set = new TensorDataset({ inputs: part, shape: [1, SIDE, SIDE], targets, classes: rows[0].length });
      part.set(inputs.subarray(first * PIXELS, (first + count) * PIXELS)); // after the data set's own check
      return set;
    };
    const found = await trainer.predict(data(0, 3, 0));
    const second = data(1, 1, rows[1].findIndex(Number.isNaN));
    const { loss, accuracy } = await trainer.evaluate(second);
    const gradients = await trainer.gradients(new DataLoader(second));
    outcomes.push({
      what: `${name}, ${profile} profile, fusion ${fusion}`,
      found: texts(found),
      expected: texts(rows.flat()),
      loss: String(loss),
      accuracy: accuracy!,
      gradient: String(gradients.get("0.weight")!.data[0]),
    });
  }
  return outcomes;
}
