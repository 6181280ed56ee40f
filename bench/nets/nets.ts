/**
 * The networks of the bench of layers, as lists that both libraries build from: small and large, of convolutions and
 * without.
 * @module
 */
import { add, mean, type Module, nn, relu, type Shape, type Tensor } from "../../mod.ts";

/** A layer: its kind and its sizes. */
export type Layer =
  | readonly ["conv", channels: number, filters: number, kernel: number, padding: number]
  | readonly ["linear", inputs: number, outputs: number]
  | readonly ["relu" | "sigmoid" | "pool" | "flatten"]
  | readonly ["batchNorm", channels: number]
  | readonly ["residual", channels: number]
  | readonly ["encoder", width: number, heads: number, hidden: number]
  | readonly ["lstm", inputs: number, hidden: number]
  | readonly ["mean", axes: readonly number[]];

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
  "residual CNN": {
    layers: [
      ...[["conv", 3, 32, 3, 1], ["batchNorm", 32], ["relu"], ["residual", 32], ["residual", 32], ["pool"]] as const,
      ...[["conv", 32, 64, 3, 1], ["batchNorm", 64], ["relu"], ["residual", 64]] as const,
      ...[["mean", [2, 3]], ["linear", 64, 10]] as const,
    ],
    shape: [3, 32, 32],
    batch: 64,
  },
  "transformer": {
    layers: [["encoder", 128, 4, 512], ["encoder", 128, 4, 512], ["mean", [1]], ["linear", 128, 10]],
    shape: [64, 128],
    batch: 32,
  },
  "LSTM": { layers: [["lstm", 28, 128], ["linear", 128, 10]], shape: [28, 28], batch: 128 },
};

/** Two convolutions and a short cut, as a basic block of ResNet. */
class Residual extends nn.Module {
  conv1: nn.Conv2d;
  norm1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  norm2: nn.BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv1 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.norm1 = new nn.BatchNorm2d(channels);
    this.conv2 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.norm2 = new nn.BatchNorm2d(channels);
  }

  override forward(x: Tensor): Tensor {
    const y = relu(this.norm1.forward(this.conv1.forward(x)));
    return relu(add(x, this.norm2.forward(this.conv2.forward(y))));
  }
}

/** An LSTM over a sequence, of which the last hidden state goes on. */
class LastHidden extends nn.Module {
  lstm: nn.LSTM;

  constructor(inputs: number, hidden: number) {
    super();
    this.lstm = new nn.LSTM(inputs, hidden, { batchFirst: true });
  }

  override forward(x: Tensor): Tensor {
    return this.lstm.run(x).hidden.at(-1)!;
  }
}

/** The mean over axes. */
class Mean extends nn.Module {
  constructor(readonly axes: readonly number[]) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return mean(x, this.axes);
  }
}

function make(layer: Layer): Module {
  switch (layer[0]) {
    case "conv":
      return new nn.Conv2d(layer[1], layer[2], layer[3], { padding: layer[4] });
    case "linear":
      return new nn.Linear(layer[1], layer[2]);
    case "relu":
      return new nn.ReLU();
    case "sigmoid":
      return new nn.Sigmoid();
    case "pool":
      return new nn.AvgPool2d(2);
    case "flatten":
      return new nn.Flatten();
    case "batchNorm":
      return new nn.BatchNorm2d(layer[1]);
    case "residual":
      return new Residual(layer[1]);
    case "encoder":
      return new nn.TransformerEncoderLayer(layer[1], layer[2], {
        dimFeedforward: layer[3],
        dropout: 0,
        batchFirst: true,
        normFirst: true,
      });
    case "lstm":
      return new LastHidden(layer[1], layer[2]);
    case "mean":
      return new Mean(layer[1]);
  }
}

/** The network in this library. */
export function build(net: Net): Module {
  return new nn.Sequential(...net.layers.map(make));
}
