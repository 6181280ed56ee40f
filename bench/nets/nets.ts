/**
 * The networks of the bench of layers, as lists that both libraries build from: small and large, of convolutions and
 * without.
 * @module
 */
import { type Module, nn, type Shape } from "../../mod.ts";

/** A layer: its kind and its sizes. */
export type Layer =
  | readonly ["conv", channels: number, filters: number, kernel: number, padding: number]
  | readonly ["linear", inputs: number, outputs: number]
  | readonly ["relu" | "sigmoid" | "pool" | "flatten"];

/** A network, the shape of a sample, and the samples of a step. */
export interface Net {
  /** Its layers, in order. */
  readonly layers: readonly Layer[];
  /** Channels, rows and columns, or features. */
  readonly shape: Shape;
  /** Samples in a step. */
  readonly batch: number;
}

/** The networks by name. */
export const NETS: Readonly<Record<string, Net>> = {
  "LeNet": {
    layers: [
      ...[["conv", 1, 6, 5, 0], ["sigmoid"], ["pool"], ["conv", 6, 16, 5, 0], ["sigmoid"], ["pool"]] as const,
      ...[["flatten"], ["linear", 256, 120], ["sigmoid"], ["linear", 120, 84], ["sigmoid"], [
        "linear",
        84,
        10,
      ]] as const,
    ],
    shape: [1, 28, 28],
    batch: 256,
  },
  "CNN 3-64-128": {
    layers: [
      ...[["conv", 3, 64, 3, 1], ["relu"], ["conv", 64, 128, 3, 1], ["relu"], ["pool"]] as const,
      ...[["flatten"], ["linear", 128 * 16 * 16, 10]] as const,
    ],
    shape: [3, 32, 32],
    batch: 16,
  },
  "MLP 95 k": {
    layers: [["linear", 784, 112], ["relu"], ["linear", 112, 64], ["relu"], ["linear", 64, 10]],
    shape: [784],
    batch: 128,
  },
  "MLP 10 M": {
    layers: [
      ...[["linear", 784, 2000], ["relu"], ["linear", 2000, 2000], ["relu"]] as const,
      ...[["linear", 2000, 2000], ["relu"], ["linear", 2000, 10]] as const,
    ],
    shape: [784],
    batch: 128,
  },
};

/** The network in this library. */
export function build(net: Net): Module {
  const made = {
    conv: ([, channels, filters, kernel, padding]: Layer & { 0: "conv" }) =>
      new nn.Conv2d(channels, filters, kernel, { padding }),
    linear: ([, inputs, outputs]: Layer & { 0: "linear" }) => new nn.Linear(inputs, outputs),
    relu: () => new nn.ReLU(),
    sigmoid: () => new nn.Sigmoid(),
    pool: () => new nn.AvgPool2d(2),
    flatten: () => new nn.Flatten(),
  };
  return new nn.Sequential(...net.layers.map((layer): Module => made[layer[0]](layer as never)));
}
