/**
 * The six networks that vectors.py has in PyTorch, by the same names, and the formula of their numbers.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Shape } from "../../../core/base/shape.ts";
import { add, mean, nn, relu, sigmoid, type Tensor } from "../../../mod.ts";
import { relu6 } from "../../../ops/mod.ts";

/** A number for each element, from -0.5 to 0.5. */
export function numbers(shape: Shape, index: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, k) => {
    const raw = Math.sin((k + 1) * 12.9898 + (index + 1) * 78.233) * 43758.5453;
    return raw - Math.floor(raw) - 0.5;
  });
}

class Mlp extends nn.Module {
  fc1 = new nn.Linear(6, 8);
  norm = new nn.BatchNorm1d(8);
  drop = new nn.Dropout(0);
  fc2 = new nn.Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.drop.forward(relu(this.norm.forward(this.fc1.forward(x)))));
  }
}

class Residual extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3, { padding: 1 });
  norm1 = new nn.BatchNorm2d(4);
  conv2 = new nn.Conv2d(4, 4, 3, { padding: 1 });
  norm2 = new nn.BatchNorm2d(4);
  conv3 = new nn.Conv2d(4, 4, 3, { padding: 1 });
  norm3 = new nn.BatchNorm2d(4);
  fc = new nn.Linear(4, 3);

  override forward(given: Tensor): Tensor {
    const x = relu(this.norm1.forward(this.conv1.forward(given)));
    const y = relu(this.norm2.forward(this.conv2.forward(x)));
    return this.fc.forward(mean(relu(add(x, this.norm3.forward(this.conv3.forward(y)))), [2, 3]));
  }
}

class Separable extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3, { stride: 2, padding: 1 });
  norm1 = new nn.BatchNorm2d(4);
  depth = new nn.Conv2d(4, 4, 3, { padding: 1, groups: 4 });
  norm2 = new nn.BatchNorm2d(4);
  point = new nn.Conv2d(4, 6, 1);
  norm3 = new nn.BatchNorm2d(6);
  fc = new nn.Linear(6, 3);

  override forward(given: Tensor): Tensor {
    const x = relu6(this.norm1.forward(this.conv1.forward(given)));
    const y = relu6(this.norm2.forward(this.depth.forward(x)));
    return this.fc.forward(mean(relu6(this.norm3.forward(this.point.forward(y))), [2, 3]));
  }
}

class Transformer extends nn.Module {
  embed = new nn.Linear(4, 8);
  positions = new nn.Parameter([1, 5, 8], 0.1);
  layer = new nn.TransformerEncoderLayer(8, 2, {
    dimFeedforward: 12,
    dropout: 0,
    activation: "gelu",
    batchFirst: true,
    normFirst: true,
  });
  norm = new nn.LayerNorm(8);
  fc = new nn.Linear(8, 3);

  override forward(x: Tensor): Tensor {
    const y = this.layer.forward(add(this.embed.forward(x), this.positions.in(x.graph)));
    return this.fc.forward(mean(this.norm.forward(y), 1));
  }
}

class Lstm extends nn.Module {
  lstm = new nn.LSTM(4, 6, { batchFirst: true });
  fc = new nn.Linear(6, 3);

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.lstm.run(x).hidden.at(-1)!);
  }
}

class Autoencoder extends nn.Module {
  conv1 = new nn.Conv2d(1, 3, 3, { stride: 2, padding: 1 });
  conv2 = new nn.Conv2d(3, 4, 3, { stride: 2, padding: 1 });
  up1 = new nn.ConvTranspose2d(4, 3, 2, { stride: 2 });
  up2 = new nn.ConvTranspose2d(3, 1, 2, { stride: 2 });

  override forward(x: Tensor): Tensor {
    const code = relu(this.conv2.forward(relu(this.conv1.forward(x))));
    return sigmoid(this.up2.forward(relu(this.up1.forward(code))));
  }
}

/** The networks by the names of PyTorch's classes. */
export const NETWORKS: Readonly<Record<string, () => nn.Module>> = {
  Mlp: () => new Mlp(),
  Residual: () => new Residual(),
  Separable: () => new Separable(),
  Transformer: () => new Transformer(),
  Lstm: () => new Lstm(),
  Autoencoder: () => new Autoencoder(),
};
