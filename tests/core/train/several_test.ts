/** Networks of several inputs and outputs: trained, predicted, exported and read again. */
import assert from "node:assert/strict";
import { subset, TensorDataset } from "../../../core/data/dataset.ts";
import { Generator, manualSeed } from "../../../core/base/random.ts";
import { Module, type Tensor } from "../../../core/graph/module.ts";
import { Predictor } from "../../../core/train/predictor.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { exportOnnx, OnnxModule } from "../../../onnx/model.ts";
import { Adam, add, Linear, MSELoss, mul, Tanh } from "../../../ops/mod.ts";
import { runOrtAll } from "../../onnx/judge.ts";

Deno.env.set("XDG_RUNTIME_DIR", "/tmp");

/** `[N, 3]` and `[N, 2, 2]`, of which the second is flat as `[N, 4]` data, to one number. */
class Both extends Module {
  readonly a = new Linear(3, 8);
  readonly b = new Linear(4, 8);
  readonly tanh = new Tanh();
  readonly head = new Linear(8, 1);
  override forward(x: Tensor, y: Tensor): Tensor {
    return this.head.forward(this.tanh.forward(add(this.a.forward(x), this.b.forward(y))));
  }
}

/** One input, two outputs. */
class Two extends Module<Tensor[]> {
  readonly a = new Linear(3, 2);
  override forward(x: Tensor, y: Tensor): Tensor[] {
    const first = this.a.forward(x);
    return [first, mul(first, y)];
  }
}

const random = new Generator(5);
const numbers = (length: number) => random.fillUniform(new Float32Array(length), -1, 1);
const [xs, ys] = [numbers(3 * 70), numbers(4 * 70)];
const targets = Float32Array.from({ length: 70 }, (_, n) => xs[3 * n] * ys[4 * n + 3]);
const data = new TensorDataset({ inputs: [xs, ys], shape: [[3], [4]], targets, targetShape: [1] });

for (const device of ["cpu", "gpu"] as const) {
  Deno.test(`a network of two inputs is trained and predicts on the ${device}, and ONNX Runtime says the same of its file`, async () => {
    manualSeed(3);
    const model = new Both();
    using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new Adam({ lr: 0.02 }), device });
    const loader = new DataLoader(data, { batchSize: 16, shuffle: true, generator: new Generator(1) });
    const first = (await trainer.evaluate(data)).loss;
    for (let epoch = 0; epoch < 40; epoch++) await trainer.fit(loader);
    const last = (await trainer.evaluate(data)).loss;
    assert.ok(last < first / 4, `${first} became ${last}`);
    const own = await trainer.predict(data);
    const bytes = exportOnnx(model, [[3], [4]], { batch: "batch_size" });
    const [theirs] = await runOrtAll(bytes, [{ shape: [70, 3], data: xs }, { shape: [70, 4], data: ys }]);
    theirs.forEach((value, n) => assert.ok(Math.abs(value - own[n]) < 1e-5, `${n}: ${value}, ${own[n]}`));
    using predictor = await Predictor.create({ model: new OnnxModule(bytes), device });
    assert.deepEqual(await predictor.predict([xs, ys]), await predictor.predict(data));
    const part = await predictor.predict(subset(data, [7, 3]));
    assert.ok(Math.abs(part[0] - own[7]) < 1e-6 && Math.abs(part[1] - own[3]) < 1e-6);
  });

  Deno.test(`a network of two outputs gives both on the ${device}, as ONNX Runtime does`, async () => {
    manualSeed(4);
    const model = new Two();
    using predictor = await Predictor.create({ model, shape: [[3], [2]], device });
    const y = ys.subarray(0, 2 * 70);
    const outputs = await predictor.predictAll([xs, y]);
    const bytes = exportOnnx(model, [[3], [2]], { batch: "batch_size" });
    const theirs = await runOrtAll(bytes, [{ shape: [70, 3], data: xs }, { shape: [70, 2], data: y }]);
    assert.equal(outputs.length, 2);
    outputs.forEach((own, k) => own.forEach((value, n) => assert.ok(Math.abs(value - theirs[k][n]) < 1e-5)));
    await assert.rejects(predictor.predict([xs, y]), { message: /returns 2 tensors.*predictAll\(\)/ });
    using again = await Predictor.create({ model: new OnnxModule<Tensor[]>(bytes), device });
    assert.deepEqual(await again.predictAll([xs, y]), outputs);
  });
}

Deno.test("inputs that do not belong together are refused", async () => {
  const make = (inputs: ArrayLike<number>[], shape: number[][]) => () => new TensorDataset({ inputs, shape });
  assert.throws(make([xs, ys], [[3], [9]]), { message: /multiple of 9/ });
  assert.throws(make([xs], [[3], [4]]), { message: /inputs is .*expected a list of 2 arrays/ });
  assert.throws(make([xs, ys.subarray(4)], [[3], [4]]), { message: /hold 70, 69 samples/ });
  using predictor = await Predictor.create({ model: new Both(), shape: [[3], [4]], device: "cpu" });
  await assert.rejects(predictor.predict(xs), { message: /takes 2 inputs; give a list/ });
  await assert.rejects(predictor.predict([xs, ys.subarray(4)]), { message: /got 70, 69 samples/ });
});
