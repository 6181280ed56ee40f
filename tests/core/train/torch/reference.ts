/** What `make.py` wrote. */
import { DataLoader } from "../../../../core/data/loader.ts";
import { TensorDataset } from "../../../../core/data/dataset.ts";
import { Module, type Tensor } from "../../../../core/graph/module.ts";
import { Linear } from "../../../../ops/linear.ts";
import { tanh } from "../../../../ops/tanh.ts";
import made from "./training.json" with { type: "json" };

/** The numbers in a text. */
export function numbers(text: string): number[] {
  return text.split(" ").map(Number);
}

export const torch = made;

const { training } = made;

/** The network of `make.py`, as it began. */
export class Net extends Module {
  body = new Linear(5, 4);
  head = new Linear(4, 3);

  constructor() {
    super();
    for (const [name, parameter] of this.namedParameters()) {
      parameter.data.set(numbers(training.start[name as keyof typeof training.start]));
    }
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(tanh(this.body.forward(x)));
  }
}

export const data = new TensorDataset({
  inputs: Float32Array.from(numbers(training.x)),
  shape: [5],
  targets: Uint32Array.from(numbers(training.labels)),
  classes: 3,
});

export function loader(batchSize = 6): DataLoader {
  return new DataLoader(data, { batchSize });
}

/** The largest difference of any parameter from PyTorch's. */
export function difference(model: Net, expected: Readonly<Record<string, string>>): number {
  return Math.max(
    ...model.namedParameters().flatMap(([name, { data }]) => {
      const wanted = numbers(expected[name]);
      return Array.from(data, (value, k) => Math.abs(value - wanted[k]));
    }),
  );
}
