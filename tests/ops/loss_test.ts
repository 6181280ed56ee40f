/** The losses through a model and a trainer, against TensorFlow.js. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import type { Loss } from "../../core/graph/loss.ts";
import { Module, type Tensor as Value, trace } from "../../core/graph/module.ts";
import { sizeOf } from "../../core/base/shape.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { CrossEntropyLoss } from "../../ops/cross_entropy.ts";
import { Linear } from "../../ops/linear.ts";
import { MSELoss } from "../../ops/mse.ts";
import { SGD } from "../../ops/sgd.ts";
import { assertClose, Devices, type Tensor, uniform } from "./harness.ts";
import { tf } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
  await tf.setBackend("cpu");
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** A fully connected layer with given weights: what `logits` are, is up to the test. */
class Net extends Module {
  readonly fc: Linear;

  constructor(weight: Tensor, bias: Tensor) {
    super();
    this.fc = new Linear(weight.shape[1], weight.shape[0]);
    this.fc.weight.data.set(weight.data);
    this.fc.bias!.data.set(bias.data);
  }

  override forward(x: Value): Value {
    return this.fc.forward(x);
  }
}

const net = (inputs: number, outputs: number): Net => new Net(uniform([outputs, inputs], 1), uniform([outputs], 2));
const create = (model: Module, loss: Loss, lr = 0.1): Promise<Trainer> =>
  Trainer.create({ model, loss, optimizer: new SGD({ lr }), device: devices.cpu });
const labels = (samples: number, classes: number): Uint32Array<ArrayBuffer> =>
  Uint32Array.from({ length: samples }, (_, n) => (n * n + 1) % classes);

/** Mean loss and gradients of the layer by TensorFlow.js. */
function reference(model: Net, x: Tensor, loss: (y: tf.Tensor2D) => tf.Tensor) {
  return tf.tidy(() => {
    const { weight, bias } = model.fc;
    const input = tf.tensor2d(x.data, [x.shape[0], x.shape[1]]);
    const ofLayer = (weight: tf.Tensor, bias: tf.Tensor) =>
      loss(tf.add(tf.matMul(input, weight, false, true), bias) as tf.Tensor2D);
    const { value, grads } = tf.valueAndGrads(ofLayer as never)([
      tf.tensor(weight.data, [...weight.shape]),
      tf.tensor(bias!.data, [...bias!.shape]),
    ]);
    return { loss: value.dataSync()[0], gradients: grads.map((gradient) => gradient.dataSync() as Float32Array) };
  });
}

const crossEntropy = (classes: number, targets: Uint32Array) => (y: tf.Tensor2D): tf.Tensor =>
  tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([...targets], "int32"), classes), y);
const squares = (targets: Float32Array) => (y: tf.Tensor2D): tf.Tensor =>
  tf.losses.meanSquaredError(tf.tensor2d(targets, y.shape), y);

for (const [samples, inputs, outputs] of [[5, 3, 4], [1, 2, 2], [70, 3, 10]]) {
  const x = uniform([samples, inputs], 3, 2);

  Deno.test(`CrossEntropyLoss agrees with TensorFlow.js on ${samples} samples of ${outputs} classes`, async () => {
    const model = net(inputs, outputs);
    const targets = labels(samples, outputs);
    const dataset = new TensorDataset({ inputs: x.data, shape: [inputs], targets, classes: outputs });
    await checkTraining(model, new CrossEntropyLoss(), dataset, x, crossEntropy(outputs, targets));
  });

  Deno.test(`MSELoss agrees with TensorFlow.js on ${samples} samples of ${outputs} values`, async () => {
    const model = net(inputs, outputs);
    const targets = uniform([samples, outputs], 4).data;
    const dataset = new TensorDataset({ inputs: x.data, shape: [inputs], targets, targetShape: [outputs] });
    await checkTraining(model, new MSELoss(), dataset, x, squares(targets));
  });
}

Deno.test("CrossEntropyLoss takes logits of 80 and more either way", async () => {
  const logits = [[80, -80, 0], [80, -80, 0], [-80, 80, 80], [1e4, -1e4, 0], [1e4, -1e4, 0]];
  const targets = Uint32Array.of(0, 1, 1, 0, 1);
  const dataset = new TensorDataset({ inputs: Float32Array.from(logits.flat()), shape: [3], targets, classes: 3 });
  const identity = { shape: [3, 3], data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
  using trainer = await create(new Net(identity, { shape: [3], data: new Float32Array(3) }), new CrossEntropyLoss());
  const { loss, accuracy } = await trainer.evaluate(dataset, 5);
  assert.ok(Math.abs(loss - (0 + 160 + Math.log(2) + 0 + 2e4) / 5) < 1e-3, `loss ${loss}`);
  assert.equal(accuracy, 3 / 5);
  const gradients = await trainer.gradients(new DataLoader(dataset, { batchSize: 5 }));
  // softmax minus target, summed over the samples, divided by them
  assertClose(gradients.get("fc.bias")!.data, [2 / 5, -2.5 / 5, 0.5 / 5], 1e-6, "gradient of the bias");
});

Deno.test("CrossEntropyLoss counts the first of equal logits as the answer", async () => {
  const model = new Net({ shape: [3, 1], data: Float32Array.of(0, 1, 1) }, { shape: [3], data: new Float32Array(3) });
  const targets = Uint32Array.of(0, 1, 2, 1, 2);
  const dataset = new TensorDataset({ inputs: Float32Array.of(0, 0, 0, 1, 1), shape: [1], targets, classes: 3 });
  using trainer = await create(model, new CrossEntropyLoss());
  assert.equal((await trainer.evaluate(dataset, 2)).accuracy, 2 / 5); // samples 0 and 3
});

Deno.test("Trainer takes the mean over the samples that a last batch has", async () => {
  const [samples, batchSize, lr] = [6, 4, 0.5];
  const x = uniform([samples, 3], 5, 2);
  const targets = labels(samples, 4);
  const values = uniform([samples, 4], 6).data;
  const kinds = {
    CrossEntropyLoss: { loss: new CrossEntropyLoss(), targets, width: 1 },
    MSELoss: { loss: new MSELoss(), targets: values, width: 4 },
  };
  for (const [name, { loss, targets, width }] of Object.entries(kinds)) {
    const model = net(3, 4);
    const expected = net(3, 4);
    let sum = 0;
    for (const [start, count] of [[0, 4], [4, 2]]) {
      const part = { shape: [count, 3], data: x.data.slice(3 * start, 3 * (start + count)) };
      const own = targets.slice(width * start, width * (start + count));
      const ofPart = own instanceof Uint32Array ? crossEntropy(4, own) : squares(own);
      const { loss, gradients } = reference(expected, part, ofPart);
      sum += loss * count;
      for (const [k, { data }] of [expected.fc.weight, expected.fc.bias!].entries()) {
        data.forEach((value, i) => data[i] = value - lr * gradients[k][i]);
      }
    }
    const dataset = new TensorDataset({
      inputs: x.data,
      shape: [3],
      targets,
      ...(width === 1 ? { classes: 4 } : { targetShape: [width] }),
    });
    using trainer = await create(model, loss, lr);
    const result = await trainer.fit(new DataLoader(dataset, { batchSize }));
    assert.deepEqual([result.samples, result.steps], [6, 2]);
    assert.ok(Math.abs(result.loss - sum / samples) < 1e-5, `${name}: ${result.loss}, not ${sum / samples}`);
    assertClose(model.fc.weight.data, expected.fc.weight.data, 1e-5, `${name}: weight`);
    assertClose(model.fc.bias!.data, expected.fc.bias!.data, 1e-5, `${name}: bias`);
  }
});

Deno.test("Trainer.gradients() takes the mean over fewer samples than a batch has", async () => {
  const x = uniform([3, 2], 7);
  const targets = labels(3, 4);
  const model = net(2, 4);
  const dataset = new TensorDataset({ inputs: x.data, shape: [2], targets, classes: 4 });
  using trainer = await create(model, new CrossEntropyLoss());
  const found = await trainer.gradients(new DataLoader(dataset, { batchSize: 8 }));
  const { gradients } = reference(model, x, crossEntropy(4, targets));
  assertClose(found.get("fc.weight")!.data, gradients[0], 1e-5, "weight");
  assertClose(found.get("fc.bias")!.data, gradients[1], 1e-5, "bias");
});

Deno.test("CrossEntropyLoss and MSELoss refuse shapes that do not fit", () => {
  const { output } = trace(net(2, 4), [3, 2]);
  assert.throws(() => new CrossEntropyLoss().targetShape([3]), ShapeError);
  const rows = output.graph.source("rows", [2], "target", "u32");
  assert.throws(() => new CrossEntropyLoss().apply(output, rows), ShapeError);
  assert.throws(() => new MSELoss().apply(output, rows), ShapeError);
});

Deno.test("Trainer refuses a data set whose targets are not what the loss compares with", async () => {
  const inputs = new Float32Array(4);
  const classes = new TensorDataset({ inputs, shape: [2], targets: [0, 6], classes: 7 });
  const values = new TensorDataset({ inputs, shape: [2], targets: new Float32Array(6), targetShape: [3] });
  const before = devices.cpu.liveBytes;
  {
    using trainer = await create(net(2, 4), new CrossEntropyLoss());
    await assert.rejects(trainer.evaluate(values), ArgumentError);
    await assert.rejects(trainer.evaluate(classes), ShapeError);
  }
  {
    using trainer = await create(net(2, 4), new MSELoss());
    await assert.rejects(trainer.evaluate(classes), ArgumentError);
    await assert.rejects(trainer.evaluate(values), ShapeError);
  }
  assert.equal(devices.cpu.liveBytes, before);
});

async function checkTraining(
  model: Net,
  loss: Loss,
  dataset: TensorDataset,
  x: Tensor,
  ofOutput: (y: tf.Tensor2D) => tf.Tensor,
): Promise<void> {
  const before = devices.cpu.liveBytes;
  const expected = reference(model, x, ofOutput);
  const batchSize = x.shape[0];
  {
    using trainer = await create(model, loss);
    const result = await trainer.evaluate(dataset, batchSize);
    assert.ok(Math.abs(result.loss - expected.loss) <= 1e-5 * expected.loss, `${result.loss}, not ${expected.loss}`);
    assert.equal(result.accuracy, dataset.classes === undefined ? null : accuracyOf(model, dataset));
    const gradients = await trainer.gradients(new DataLoader(dataset, { batchSize }));
    assertClose(gradients.get("fc.weight")!.data, expected.gradients[0], 1e-5, "gradient of the weight");
    assertClose(gradients.get("fc.bias")!.data, expected.gradients[1], 1e-5, "gradient of the bias");
  }
  assert.equal(devices.cpu.liveBytes, before);
}

/** The share of samples whose greatest logit, in double precision, is that of their class. */
function accuracyOf(model: Net, { inputs, targets, length }: TensorDataset): number {
  const { weight, bias } = model.fc;
  const width = sizeOf(inputs.shape);
  let hits = 0;
  for (let n = 0; n < length; n++) {
    const sample = Array.from(inputs.data.subarray(n * width, (n + 1) * width));
    const logits = Array.from(
      bias!.data,
      (start, o) => sample.reduce((sum, value, i) => sum + value * weight.data[o * width + i], start),
    );
    if (logits.indexOf(Math.max(...logits)) === targets.data[n]) hits++;
  }
  return hits / length;
}
