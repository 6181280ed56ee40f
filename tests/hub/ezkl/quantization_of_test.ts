/** What a trainer with a circuit's rounding computes, against the exact integers of that circuit. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { Generator, manualSeed } from "../../../core/base/random.ts";
import { convert, type QConfigMapping } from "../../../core/graph/quantization.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { frugalArgs } from "../../../hub/ezkl/calibrate/frugal_settings.ts";
import { buildFrugal } from "../../../hub/ezkl/compile/frugal.ts";
import { lowerOnnx } from "../../../hub/ezkl/compile/lower.ts";
import {
  calibrateSettings,
  calibrationJson,
  genSettings,
  quantizationOf,
  type QuantizationOptions,
  type Scheme,
} from "../../../hub/ezkl/mod.ts";
import { quantizeInput } from "../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../hub/ezkl/simulate/simulator.ts";
import { exportOnnx, OnnxModule } from "../../../onnx/mod.ts";
import { Adam, add, avgPool2d, flatten, gelu, leakyRelu, nn, relu, sigmoid, tanh, type Tensor } from "../../../mod.ts";

/** Wide weights, so that coarse grids hold some of them. */
function widened<M extends nn.Module>(make: () => M, by = 6): M {
  manualSeed(4);
  const model = make();
  for (const [, { data }] of model.namedParameters()) data.forEach((value, k) => data[k] = value * by);
  return model;
}

class Small extends nn.Module {
  conv = new nn.Conv2d(1, 3, 3);
  fc1 = new nn.Linear(27, 10);
  fc2 = new nn.Linear(10, 4);
  override forward(x: Tensor): Tensor {
    x = avgPool2d(sigmoid(this.conv.forward(x)), 2);
    return this.fc2.forward(tanh(this.fc1.forward(flatten(x))));
  }
}

/** Sums of values at different scales, what a table takes at a finer one, and an average of nine. */
class Residual extends nn.Module {
  conv1 = new nn.Conv2d(1, 2, 3, { padding: 1 });
  conv2 = new nn.Conv2d(2, 2, 3, { padding: 1, bias: false });
  fc = new nn.Linear(8, 4);
  override forward(x: Tensor): Tensor {
    x = leakyRelu(this.conv1.forward(x), 0.1);
    x = sigmoid(add(avgPool2d(x, 2, { stride: 1 }), avgPool2d(this.conv2.forward(relu(x)), 2, { stride: 1 })));
    return this.fc.forward(flatten(avgPool2d(x, 3, { stride: 4 })));
  }
}

/** Layers over the steps of a sequence, whose weights a file has the other way round. */
class Steps extends nn.Module {
  first = new nn.Linear(8, 6);
  second = new nn.Linear(6, 2);
  override forward(x: Tensor): Tensor {
    return this.second.forward(sigmoid(this.first.forward(x)));
  }
}

const whole: Scheme = { inputScale: 0, tableScale: 8, dropBits: 3, outputScale: 3, binaryInputs: false };
const fractions: Scheme = { ...whole, inputScale: 4 };

const SHAPE = { Small: [1, 8, 8], Residual: [1, 8, 8], Steps: [8, 8] };

function samplesOf(shape: readonly number[], count: number, { inputScale }: Scheme): Float32Array<ArrayBuffer> {
  const size = shape.reduce((a, b) => a * b, 1), generator = new Generator(7);
  const numbers = generator.fillUniform(new Float32Array(count * size), -1, 1);
  return numbers.map((x) => inputScale === 0 ? +(x > 0.2) : x) as Float32Array<ArrayBuffer>;
}

/** The circuit's outputs, weights to the nearest. */
function simulated(onnx: Uint8Array, scheme: Scheme, samples: Float32Array, count: number): Float64Array {
  const args = frugalArgs(scheme);
  const model = buildFrugal(lowerOnnx(onnx), args, scheme);
  const { outputs: [found] } = new Simulator(model, { runArgs: args }).run(
    [quantizeInput(samples, scheme.inputScale, "F32")],
    count,
  );
  const unit = 2 ** -model.nodes.get(model.outputs[0][0])!.outScale;
  return found.map((value) => value * unit);
}

function trainerOf(model: nn.Module, quantizationAware: QConfigMapping, lr = 0.01): Promise<Trainer> {
  const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr }) };
  return Trainer.create({ ...parts, device: "cpu", quantizationAware });
}

const cases: readonly [string, () => nn.Module, keyof typeof SHAPE, Scheme][] = [
  ["a small LeNet on whole numbers", () => new Small(), "Small", whole],
  ["a small LeNet on fractions", () => new Small(), "Small", fractions],
  ["a small LeNet whose values lose bits twice", () => new Small(), "Small", { ...whole, dropBits: 2, outputScale: 2 }],
  ["a small LeNet on finer tables", () => new Small(), "Small", { ...fractions, tableScale: 11, dropBits: 5 }],
  ["sums, a leaky Relu and an average of nine", () => new Residual(), "Residual", whole],
  ["layers over steps", () => new Steps(), "Steps", fractions],
];
for (const [name, make, kind, scheme] of cases) {
  Deno.test(`what a trainer computes with quantizationOf() is what the circuit computes: ${name}`, async () => {
    const count = 60, shape = SHAPE[kind], samples = samplesOf(shape, count, scheme);
    for (const model of [widened(make), new OnnxModule(exportOnnx(widened(make), shape))]) {
      const onnx = exportOnnx(model, shape);
      using trainer = await trainerOf(model, await quantizationOf(model, shape, { scheme }));
      const found = await trainer.predict({ inputs: { shape, data: samples }, length: count });
      const expected = simulated(onnx, scheme, samples, count);
      assert.equal(found.length, expected.length);
      assert.deepEqual([...found], [...expected]);
      using plain = await trainerOf(model, {});
      const floats = await plain.predict({ inputs: { shape, data: samples }, length: count });
      assert.ok(floats.some((value, k) => Math.abs(value - found[k]) > 0.01), "rounding is seen");
    }
  });
}

Deno.test("a network that was trained with a circuit's rounding is that circuit when it is calibrated", async () => {
  const count = 400, samples = samplesOf(SHAPE.Small, count, whole);
  // Which quarter holds the most bits.
  const targets = Uint8Array.from({ length: count }, (_, n) => {
    const sums = [0, 0, 0, 0];
    samples.subarray(n * 64, (n + 1) * 64).forEach((bit, k) => sums[(k >> 5) * 2 + (k >> 2 & 1)] += bit);
    return sums.indexOf(Math.max(...sums));
  });
  const data = new TensorDataset({ inputs: samples, shape: SHAPE.Small, targets, classes: 4 });
  const scheme = { ...whole, dropBits: 5, outputScale: 5, binaryInputs: true };
  const model = widened(() => new Small(), 2);
  using float = await trainerOf(model, {});
  const loader = new DataLoader(data, { batchSize: 40 });
  for (let epoch = 0; epoch < 30; epoch++) await float.fit(loader);
  const quantizationAware = await quantizationOf(model, SHAPE.Small, { scheme, deadZone: { "conv.weight": 0.4 } });
  using trainer = await trainerOf(model, quantizationAware);
  for (let epoch = 0; epoch < 10; epoch++) await trainer.fit(loader);
  const { accuracy } = await trainer.evaluate(data);
  convert(model, quantizationAware);
  const { conv, fc1 } = model;
  assert.ok(conv.weight.data.every((weight) => weight === 0 || Math.abs(weight) >= 0.4));
  assert.ok(fc1.weight.data.some((weight) => weight !== 0 && Math.abs(weight) < 0.4));
  assert.ok(
    fc1.weight.data.every((weight) => Number.isInteger(weight * 8)),
    "3 of 8 bits, as a pooled sigmoid keeps 5 of 10",
  );

  const onnx = exportOnnx(model, SHAPE.Small);
  const calibrated = await calibrateSettings(
    onnx,
    genSettings(onnx, { paramVisibility: "Fixed" }),
    calibrationJson([samples.subarray(0, 64)]),
    {
      target: "fidelity",
      examination: { inputs: [samples], labels: targets, count },
      dropBits: [scheme.dropBits],
      deadZones: [0],
      tolerance: 0.2,
    },
  );
  assert.deepEqual(calibrated.settings.zkgrad, scheme);
  assert.deepEqual(calibrated.onnx, onnx, "its weights stay");
  const { report } = calibrated;
  assert.ok("chosen" in report);
  assert.equal(report.chosen.evaluation!.accuracy, accuracy);
  assert.ok(accuracy! > 0.6, `${accuracy}`);
});

Deno.test("quantizationOf() names the places of the model's own graph, and rounds nothing that a circuit does not", async () => {
  const { values, reads } = await quantizationOf(widened(() => new Small()), SHAPE.Small, {
    scheme: whole,
    deadZone: 0.25,
  });
  assert.deepEqual(Object.keys(values!), [
    ...["input_0", "conv.weight", "conv.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "Sigmoid", "Tanh"],
  ]);
  assert.deepEqual(Object.keys(reads!), ["fc1/Linear"]);
  const zones = Object.entries(values!).map(([name, quantizer]) => [
    name,
    (quantizer as nn.FakeQuantize).attributes.deadZone,
  ]);
  assert.deepEqual(zones.filter(([, zone]) => zone !== 0), [
    ["conv.weight", 0.25],
    ["fc1.weight", 0.25],
    ["fc2.weight", 0.25],
  ]);
  const { values: fine } = await quantizationOf(new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU()), [4], {
    scheme: whole,
  });
  assert.deepEqual(Object.keys(fine!), ["input_0", "0.weight", "0.bias"]);
});

class Gelu extends nn.Module {
  fc = new nn.Linear(4, 4);
  override forward(x: Tensor): Tensor {
    return gelu(this.fc.forward(x));
  }
}

Deno.test("quantizationOf() rounds what a circuit makes of several steps where it ends", async () => {
  const { values } = await quantizationOf(new Gelu(), [4], { scheme: whole });
  assert.ok(Object.keys(values!).includes("Gelu"), `${Object.keys(values!)}`);
});

Deno.test("quantizationOf() refuses what it does not know, and weights that are not the model's own", async () => {
  const refused = (model: nn.Module, options: unknown, message: RegExp) =>
    assert.rejects(
      quantizationOf(model, [8], options as QuantizationOptions),
      (error) => error instanceof ArgumentError && message.test(error.message),
      `${message}`,
    );
  const linear = new nn.Linear(8, 3);
  await refused(
    linear,
    { scheme: whole, deadzone: 1 },
    /^quantizationOf\(\): there is no option deadzone, did you mean deadZone\?/,
  );
  await refused(
    linear,
    { scheme: whole, deadZone: -1 },
    /^quantizationOf\(\): deadZone is -1, expected a number from 0$/,
  );
  await refused(
    linear,
    { scheme: whole, deadZone: { bias: 1 } },
    /^quantizationOf\(\): deadZone names bias, and no layer has such weights; there are weight$/,
  );
  await refused(linear, undefined, /^quantizationOf\(\): scheme is undefined, expected scales of a circuit/);
  const normed = new nn.Sequential(new nn.Linear(8, 3), new nn.BatchNorm1d(3));
  await refused(
    normed,
    { scheme: whole },
    /^quantizationOf\(\): the tensor "0\.weight\.folded" is no parameter of the model/,
  );
});
