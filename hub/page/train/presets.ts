/**
 * The networks that a visitor can train, as lists of layers, from which both the network and the code
 * that is shown come.
 * @module
 */
import type { Layer } from "./layers.ts";

/** A network to choose. */
export interface Preset {
  /** Its name in messages. */
  readonly id: PresetId;
  /** What people read. */
  readonly title: string;
  /** What it is like, a sentence. */
  readonly about: string;
  /** Its layers. */
  readonly layers: readonly Layer[];
  /** Learning rate at which Adam begins. */
  readonly lr: number;
}

/** The names. */
export type PresetId = "pooled" | "convolution" | "two-convolutions";

/** The file of digits to learn from, beside the page. */
export const DIGITS_FILE = "digits/mnist.bin";

/** Shape of one drawing. */
export const DIGIT_SHAPE: readonly number[] = [1, 28, 28];

/** Cheapest to prove first. */
export const PRESETS: readonly Preset[] = [
  {
    id: "pooled",
    title: "Two linear layers",
    about: "The drawing in 14 by 14, then 24 hidden numbers. Trains fastest and proves fastest.",
    layers: [["AvgPool2d", 2], ["Flatten"], ["Linear", 196, 24], ["Sigmoid"], ["Linear", 24, 10]],
    lr: 1e-2,
  },
  {
    id: "convolution",
    title: "One convolution",
    about: "Six filters of 5 by 5 look at the drawing. More right answers for twice the time to prove.",
    layers: [
      ["Conv2d", 1, 6, 5, { stride: 2 }],
      ["Sigmoid"],
      ["AvgPool2d", 2],
      ["Flatten"],
      ["Linear", 216, 10],
    ],
    lr: 1e-2,
  },
  {
    id: "two-convolutions",
    title: "Two convolutions",
    about: "Filters that look at what filters saw. The most right answers, and the longest proof.",
    layers: [
      ["Conv2d", 1, 6, 5, { stride: 2 }],
      ["Sigmoid"],
      ["Conv2d", 6, 12, 3, { stride: 2 }],
      ["Sigmoid"],
      ["Flatten"],
      ["Linear", 300, 10],
    ],
    lr: 5e-3,
  },
];

/** The preset of a name. */
export function presetOf(id: PresetId): Preset {
  return PRESETS.find((preset) => preset.id === id)!;
}

/** A program that trains the same network, outside of this page, on all of MNIST. */
export function codeOf({ layers, lr }: Preset, epochs: number): string {
  const lines = layers.map(([name, ...given]) => `  new nn.${name}(${given.map(literal).join(", ")}),`);
  return `import { Adam, DataLoader, MNIST, nn, Trainer } from "@zkgrad/zkgrad";
import { exportOnnx } from "@zkgrad/zkgrad/onnx";

const train = await MNIST.load({ train: true, transform: Math.round });
const test = await MNIST.load({ train: false, transform: Math.round });

const model = new nn.Sequential(
${lines.join("\n")}
);
using trainer = await Trainer.create({
  model,
  loss: new nn.CrossEntropyLoss(),
  optimizer: new Adam({ lr: ${lr} }),
});
const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
for (let epoch = 1; epoch <= ${epochs}; epoch++) {
  const { loss } = await trainer.fit(loader);
  const { accuracy } = await trainer.evaluate(test);
  console.log(epoch, loss, accuracy);
}
await Deno.writeFile("network.onnx", exportOnnx(model, [${DIGIT_SHAPE.join(", ")}]));
`;
}

/** A number or an object of numbers as one writes it. */
function literal(value: number | Readonly<Record<string, number>>): string {
  if (typeof value === "number") return String(value);
  return `{ ${Object.entries(value).map(([name, number]) => `${name}: ${number}`).join(", ")} }`;
}
