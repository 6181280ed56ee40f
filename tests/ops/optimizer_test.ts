/** The optimisers through a trainer, against PyTorch's formulas in double precision and TensorFlow.js. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import { ArgumentError } from "../../core/base/errors.ts";
import type { Optimizer } from "../../core/graph/optimizer.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { Adam, type AdamOptions } from "../../ops/adam.ts";
import { Linear } from "../../ops/linear.ts";
import { MSELoss } from "../../ops/mse.ts";
import { SGD, type SGDOptions } from "../../ops/sgd.ts";
import { assertClose, Devices, uniform } from "./harness.ts";
import { tf } from "./references.ts";

const [INPUTS, OUTPUTS, SAMPLES, BATCH] = [3, 2, 10, 2];
const x = uniform([SAMPLES, INPUTS], 1, 2).data;
const y = uniform([SAMPLES, OUTPUTS], 2, 2).data;
const dataset = new TensorDataset({ inputs: x, shape: [INPUTS], targets: y, targetShape: [OUTPUTS] });

/** One parameter's update in double precision, its state in the closure; `t` counts steps from 1. */
type Rule = (p: number, g: number, lr: number, t: number) => number;

/** torch.optim.Adam's formula. */
const adamRule = ({ betas: [b1, b2] = [0.9, 0.999], eps = 1e-8 }: AdamOptions) => (): Rule => {
  let [m, v] = [0, 0];
  return (p, g, lr, t) => {
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    return p - lr / (1 - b1 ** t) * m / (Math.sqrt(v) / Math.sqrt(1 - b2 ** t) + eps);
  };
};

/** torch.optim.SGD's formula; its buffer begins as the first gradient, which is what one from zero gives. */
const sgdRule = ({ momentum = 0 }: SGDOptions) => (): Rule => {
  let buffer: number | null = null;
  return (p, g, lr) => {
    buffer = buffer === null ? g : momentum * buffer + g;
    return p - lr * buffer;
  };
};

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
  await tf.setBackend("cpu");
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

const optimizers: readonly (readonly [string, (lr: number) => Optimizer, () => Rule])[] = [
  ["Adam", (lr) => new Adam({ lr }), adamRule({})],
  [
    "Adam of other settings",
    (lr) => new Adam({ lr, betas: [0.5, 0.9], eps: 0.1 }),
    adamRule({ betas: [0.5, 0.9], eps: 0.1 }),
  ],
  ["Adam without memory", (lr) => new Adam({ lr, betas: [0, 0], eps: 1 }), adamRule({ betas: [0, 0], eps: 1 })],
  ["SGD", (lr) => new SGD({ lr }), sgdRule({})],
  ["SGD with momentum", (lr) => new SGD({ lr, momentum: 0.9 }), sgdRule({ momentum: 0.9 })],
];

for (const [name, make, rule] of optimizers) {
  Deno.test(`${name} takes PyTorch's steps, also when lr changes between epochs`, async () => {
    const model = layer();
    const start = [...model.weight.data, ...model.bias!.data];
    const optimizer = make(0.05);
    using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer, device: devices.cpu });
    const loader = new DataLoader(dataset, { batchSize: BATCH });
    const simulated = simulate(start, rule, [0.05, 0.05, 0.05, 0.05, 0.05, 0.01, 0.01, 0.01, 0.01, 0.01]);

    await trainer.fit(loader);
    assert.equal(trainer.steps, 5);
    assertClose([...model.weight.data, ...model.bias!.data], simulated[4], 2e-6, "parameters after 5 steps");
    optimizer.lr = 0.01;
    await trainer.fit(loader);
    assertClose([...model.weight.data, ...model.bias!.data], simulated[9], 2e-6, "parameters after 10 steps");
    const moved = Math.hypot(...simulated[9].map((p, i) => p - start[i]));
    assert.ok(moved > 0.05, `the parameters moved by ${moved}, too little to show a difference`);
  });
}

for (const momentum of [0, 0.9]) {
  Deno.test(`SGD with momentum ${momentum} takes TensorFlow.js's steps`, async () => {
    const model = layer();
    const weight = tf.variable(tf.tensor2d(model.weight.data.slice(), [OUTPUTS, INPUTS]));
    const bias = tf.variable(tf.tensor1d(model.bias!.data.slice()));
    const peer = momentum === 0 ? tf.train.sgd(0.05) : tf.train.momentum(0.05, momentum);
    for (let start = 0; start < SAMPLES; start += BATCH) {
      const input = tf.tensor2d(x.slice(start * INPUTS, (start + BATCH) * INPUTS), [BATCH, INPUTS]);
      const target = tf.tensor2d(y.slice(start * OUTPUTS, (start + BATCH) * OUTPUTS), [BATCH, OUTPUTS]);
      peer.minimize(() =>
        tf.losses.meanSquaredError(target, tf.add(tf.matMul(input, weight, false, true), bias)) as tf.Scalar
      );
    }
    const optimizer = new SGD({ lr: 0.05, momentum });
    using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer, device: devices.cpu });
    await trainer.fit(new DataLoader(dataset, { batchSize: BATCH }));
    assertClose(model.weight.data, weight.dataSync(), 2e-6, "weight");
    assertClose(model.bias!.data, bias.dataSync(), 2e-6, "bias");
    tf.disposeVariables();
  });
}

Deno.test("Adam moves by lr at the first step, however small the gradient", async () => {
  const model = layer();
  model.weight.data.fill(0);
  model.bias!.data.fill(0);
  const tiny = new TensorDataset({
    inputs: Float32Array.of(1, 1, 1),
    shape: [INPUTS],
    targets: Float32Array.of(1e-4, -1e-4),
    targetShape: [OUTPUTS],
  });
  const optimizer = new Adam({ lr: 0.5 });
  using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer, device: devices.cpu });
  await trainer.fit(new DataLoader(tiny, { batchSize: 1 }));
  assertClose(model.weight.data, [0.5, 0.5, 0.5, -0.5, -0.5, -0.5], 1e-3, "weight");
  assertClose(model.bias!.data, [0.5, -0.5], 1e-3, "bias");
});

Deno.test("an optimizer with a learning rate of zero changes nothing", async () => {
  for (const optimizer of [new Adam({ lr: 0 }), new SGD({ lr: 0, momentum: 0.5 })]) {
    const model = layer();
    const before = model.weight.data.slice();
    using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer, device: devices.cpu });
    await trainer.fit(new DataLoader(dataset, { batchSize: BATCH }));
    assert.deepEqual(model.weight.data, before);
  }
});

Deno.test("new Adam() refuses settings outside their domain", () => {
  const wrong: readonly AdamOptions[] = [
    { lr: -1 },
    { lr: NaN },
    { lr: Infinity },
    { betas: [1, 0.999] },
    { betas: [0.9, -0.1] },
    { betas: [0.9, NaN] },
    { eps: 0 },
    { eps: NaN },
    { eps: Infinity },
  ];
  for (const options of wrong) assert.throws(() => new Adam(options), ArgumentError, JSON.stringify(options));
  const { lr, settings } = new Adam();
  assert.deepEqual([lr, settings], [1e-3, "betas 0.9 0.999 eps 1e-8"]);
});

Deno.test("new SGD() refuses settings outside their domain", () => {
  const wrong: readonly SGDOptions[] = [
    { lr: -1 },
    { lr: NaN },
    { lr: Infinity },
    { momentum: 1 },
    { momentum: -0.1 },
    {
      momentum: NaN,
    },
  ];
  for (const options of wrong) assert.throws(() => new SGD(options), ArgumentError, JSON.stringify(options));
  const { lr, settings } = new SGD();
  assert.deepEqual([lr, settings], [1e-3, "momentum 0"]);
});

/** The same layer each time. */
function layer(): Linear {
  const model = new Linear(INPUTS, OUTPUTS);
  model.weight.data.set(uniform([OUTPUTS, INPUTS], 3).data);
  model.bias!.data.set(uniform([OUTPUTS], 4).data);
  return model;
}

/** Weight and bias after each step, in double precision; `rates` has a learning rate for each. */
function simulate(start: readonly number[], makeRule: () => Rule, rates: readonly number[]): number[][] {
  const rules = start.map(makeRule);
  let parameters = [...start];
  return rates.map((lr, index) => {
    const gradients = parameters.map(() => 0);
    for (let n = index * BATCH % SAMPLES, k = 0; k < BATCH; n++, k++) {
      for (let o = 0; o < OUTPUTS; o++) {
        const biasAt = OUTPUTS * INPUTS + o;
        let difference = parameters[biasAt] - y[n * OUTPUTS + o];
        for (let i = 0; i < INPUTS; i++) difference += parameters[o * INPUTS + i] * x[n * INPUTS + i];
        const slope = 2 * difference / (OUTPUTS * BATCH);
        for (let i = 0; i < INPUTS; i++) gradients[o * INPUTS + i] += slope * x[n * INPUTS + i];
        gradients[biasAt] += slope;
      }
    }
    parameters = parameters.map((p, i) => rules[i](p, gradients[i], lr, index + 1));
    return parameters;
  });
}
