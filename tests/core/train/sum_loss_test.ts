/** Losses of several outputs, beside PyTorch's own steps. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { Module, type Tensor } from "../../../core/graph/module.ts";
import type { Loss } from "../../../core/graph/loss.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { AdamW, CrossEntropyLoss, Linear, MSELoss, SumLoss, tanh } from "../../../ops/mod.ts";
import "../small.ts";
import { data, Net, numbers, torch } from "./torch/reference.ts";

const { training } = torch;

/** The network of `make.py`, with a head more. */
class Both extends Module<Tensor[]> {
  readonly body = new Net().body;
  readonly head = new Net().head;
  readonly side = new Linear(4, 2, { bias: false });

  constructor() {
    super();
    this.side.weight.data.set(numbers(training.side));
  }

  override forward(x: Tensor): Tensor[] {
    const hidden = tanh(this.body.forward(x));
    return [this.head.forward(hidden), this.side.forward(hidden)];
  }
}

/** A label and two numbers of each sample. */
const targets = [...data.targets.data].map((
  label,
  n,
) => [label, ...numbers(training.sideValues).slice(2 * n, 2 * n + 2)]);
const both = new TensorDataset({
  inputs: data.inputs.data,
  shape: [5],
  targets: [
    Float32Array.from(targets, ([label]) => label),
    Float32Array.from(targets.flatMap(([, ...values]) => values)),
  ],
  targetShape: [[], [2]],
});

const places = (loss: Loss = new CrossEntropyLoss()): SumLoss =>
  new SumLoss([[1, loss, { output: 0 }], [0.5, new MSELoss(), { output: 1 }]]);

Deno.test("two outputs are trained by a sum of losses to PyTorch's parameters, on both back ends", async () => {
  using cpu = await CpuDevice.request({ threads: 2 });
  using gpu = await GpuDevice.request();
  for (const device of [cpu, gpu]) {
    const model = new Both();
    using trainer = await Trainer.create({ model, loss: places(), optimizer: new AdamW({ lr: 0.02 }), device });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(new DataLoader(both, { batchSize: 6 }));
    for (const [name, { data }] of model.namedParameters()) {
      const wanted = numbers(training.both[name as keyof typeof training.both]);
      data.forEach((value, k) => assert.ok(Math.abs(value - wanted[k]) < 3e-6, `${device.description}: ${name}`));
    }
  }
});

Deno.test("losses of several outputs refuse what there is not, in sentences", async () => {
  using device = await CpuDevice.request();
  const refuses = async (loss: Loss, name: string, message: RegExp): Promise<void> => {
    using trainer = await Trainer.create({ model: new Both(), loss, optimizer: new AdamW(), device });
    await assert.rejects(trainer.evaluate(both), { name, message });
  };
  await refuses(
    new SumLoss([[1, new MSELoss(), { output: 2 }]]),
    "ArgumentError",
    /^SumLoss: term 0 looks at output 2, counting from 0, and the model has 2 of them$/,
  );
  await refuses(
    new SumLoss([[1, new MSELoss(), { output: 0, target: 1 }]]),
    "ShapeError",
    /^SumLoss: term 0 compares output 0, \[256, 3\], with targets \[256, 3\] and target 1 is \[256, 2\]$/,
  );
  await refuses(
    places(new CrossEntropyLoss({ weight: [1, 2, 3] })),
    "ArgumentError",
    /weight is for class labels as the only/,
  );
  assert.throws(() => new SumLoss([[1, new MSELoss(), { outputs: 1 } as never]]), {
    message: /^SumLoss: term 0: there is no option outputs, did you mean output\?/,
  });
  const wrong = new TensorDataset({
    inputs: both.inputs.data as Float32Array,
    shape: [5],
    targets: [new Float32Array(20).fill(3), new Float32Array(40)],
    targetShape: [[], [2]],
  });
  using trainer = await Trainer.create({ model: new Both(), loss: places(), optimizer: new AdamW(), device });
  await assert.rejects(trainer.fit(new DataLoader(wrong)), { name: "NonFiniteError" });
});
