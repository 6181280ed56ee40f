/**
 * Layers whose kernels are hot, each in a small network that is trained: how zkgrad makes it, and how PyTorch does.
 * @module
 */
import { add, nn, relu, select } from "../../mod.ts";

/** One layer. */
export interface Layer {
  /** The shape of an input, without the batch. */
  readonly shape: readonly number[];
  /** The layer. */
  readonly make: () => nn.Module;
  /** The same in Python, of `nn` and the classes of `torch_layers.py`. */
  readonly torch: string;
  /** Numbers that a sample comes to. */
  readonly features: number;
}

/** The last step of a recurrent layer. */
class Last extends nn.Module {
  readonly #layer: nn.LSTM | nn.GRU;
  readonly layer: nn.LSTM | nn.GRU;
  constructor(layer: nn.LSTM | nn.GRU) {
    super();
    this.#layer = this.layer = layer;
  }
  override forward(x: nn.Tensor): nn.Tensor {
    const y = this.#layer.forward(x);
    return select(y, 1, y.shape[1] - 1);
  }
}

/** A residual block of two convolutions. */
class Block extends nn.Module {
  readonly a: nn.Conv2d;
  readonly b: nn.Conv2d;
  readonly c: nn.BatchNorm2d;
  readonly d: nn.BatchNorm2d;
  constructor(channels: number) {
    super();
    this.a = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.b = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.c = new nn.BatchNorm2d(channels);
    this.d = new nn.BatchNorm2d(channels);
  }
  override forward(x: nn.Tensor): nn.Tensor {
    const y = relu(this.c.forward(this.a.forward(x)));
    return relu(add(this.d.forward(this.b.forward(y)), x));
  }
}

const conv = { shape: [16, 16, 16], features: 32 * 256 };
const deep = { shape: [32, 16, 16], features: 32 * 256 };

/** The layers. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "Conv2d 3x3": {
    ...conv,
    make: () => new nn.Conv2d(16, 32, 3, { padding: 1 }),
    torch: "nn.Conv2d(16, 32, 3, padding=1)",
  },
  "Conv2d 3x3, BatchNorm2d": {
    ...conv,
    make: () => new nn.Sequential(new nn.Conv2d(16, 32, 3, { padding: 1 }), new nn.BatchNorm2d(32), new nn.ReLU()),
    torch: "nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU())",
  },
  "Conv2d 3x3, GroupNorm": {
    ...conv,
    make: () => new nn.Sequential(new nn.Conv2d(16, 32, 3, { padding: 1 }), new nn.GroupNorm(4, 32), new nn.ReLU()),
    torch: "nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.GroupNorm(4, 32), nn.ReLU())",
  },
  "residual block": { ...deep, make: () => new Block(32), torch: "Block(32)" },
  "Conv2d depthwise": {
    ...deep,
    make: () => new nn.Conv2d(32, 32, 3, { padding: 1, groups: 32 }),
    torch: "nn.Conv2d(32, 32, 3, padding=1, groups=32)",
  },
  "Conv2d 1x1": { ...deep, make: () => new nn.Conv2d(32, 32, 1), torch: "nn.Conv2d(32, 32, 1)" },
  "ConvTranspose2d": {
    shape: [16, 8, 8],
    features: 16 * 256,
    make: () => new nn.ConvTranspose2d(16, 16, 2, { stride: 2 }),
    torch: "nn.ConvTranspose2d(16, 16, 2, stride=2)",
  },
  "MaxPool2d 3, 2": {
    shape: [16, 16, 16],
    features: 16 * 64,
    make: () => new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
    torch: "nn.MaxPool2d(3, stride=2, padding=1)",
  },
  "Linear on rows": {
    shape: [64, 64],
    features: 64 * 64,
    make: () => new nn.Linear(64, 64),
    torch: "nn.Linear(64, 64)",
  },
  "LayerNorm": { shape: [64, 64], features: 64 * 64, make: () => new nn.LayerNorm(64), torch: "nn.LayerNorm(64)" },
  "GELU": { shape: [4096], features: 4096, make: () => new nn.GELU(), torch: "nn.GELU()" },
  "Softmax": { shape: [64, 64], features: 64 * 64, make: () => new nn.Softmax(-1), torch: "nn.Softmax(-1)" },
  "TransformerEncoderLayer": {
    shape: [28, 64],
    features: 28 * 64,
    make: () => new nn.TransformerEncoderLayer(64, 4, { dimFeedforward: 128, batchFirst: true, dropout: 0 }),
    torch: "nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0)",
  },
  "LSTM": {
    shape: [28, 28],
    features: 96,
    make: () => new Last(new nn.LSTM(28, 96, { batchFirst: true })),
    torch: "Last(nn.LSTM(28, 96, batch_first=True))",
  },
  "GRU": {
    shape: [28, 28],
    features: 96,
    make: () => new Last(new nn.GRU(28, 96, { batchFirst: true })),
    torch: "Last(nn.GRU(28, 96, batch_first=True))",
  },
};
