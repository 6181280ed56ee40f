/** Losses and their gradients, beside PyTorch's, on both back ends. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import type { Device } from "../../core/run/choose.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { GpuDevice } from "../../core/run/device.ts";
import { type Loss, nn, reshape, SGD, topKAccuracy, Trainer } from "../../mod.ts";
import "../core/small.ts";
import { numbers, torch } from "../core/train/torch/reference.ts";

const { of: expected, ...texts } = torch.losses;
const given = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, numbers(text)]));
type Given = keyof typeof texts;
const { weight } = given;

/** Each loss, with its outputs and targets. */
const LOSSES: Readonly<Record<keyof typeof expected, readonly [Loss, Given, Given]>> = {
  "CrossEntropyLoss": [new nn.CrossEntropyLoss(), "logits", "classes"],
  "CrossEntropyLoss labelSmoothing": [new nn.CrossEntropyLoss({ labelSmoothing: 0.2 }), "logits", "classes"],
  "CrossEntropyLoss weight": [new nn.CrossEntropyLoss({ weight }), "logits", "classes"],
  "CrossEntropyLoss ignored": [new nn.CrossEntropyLoss(), "logits", "some"],
  "CrossEntropyLoss ignoreIndex": [new nn.CrossEntropyLoss({ ignoreIndex: 2 }), "logits", "others"],
  "CrossEntropyLoss all": [new nn.CrossEntropyLoss({ weight, labelSmoothing: 0.1 }), "logits", "some"],
  "NLLLoss": [new nn.NLLLoss(), "logProbabilities", "classes"],
  "NLLLoss all": [new nn.NLLLoss({ weight, ignoreIndex: 2 }), "logProbabilities", "others"],
  "BCEWithLogitsLoss": [new nn.BCEWithLogitsLoss(), "logits", "binary"],
  "BCEWithLogitsLoss shares": [new nn.BCEWithLogitsLoss(), "logits", "shares"],
  "BCEWithLogitsLoss posWeight": [new nn.BCEWithLogitsLoss({ posWeight: weight }), "logits", "shares"],
  "BCELoss": [new nn.BCELoss(), "probabilities", "shares"],
  "BCELoss edges": [new nn.BCELoss(), "edges", "ones"],
  "L1Loss": [new nn.L1Loss(), "logits", "values"],
  "SmoothL1Loss": [new nn.SmoothL1Loss(), "logits", "values"],
  "SmoothL1Loss beta": [new nn.SmoothL1Loss({ beta: 2.5 }), "logits", "values"],
  "SmoothL1Loss beta 0": [new nn.SmoothL1Loss({ beta: 0 }), "logits", "values"],
  "HuberLoss": [new nn.HuberLoss(), "logits", "values"],
  "HuberLoss delta": [new nn.HuberLoss({ delta: 2.5 }), "logits", "values"],
  "MSELoss": [new nn.MSELoss(), "logits", "values"],
  "sum": [new nn.SumLoss([[0.7, new nn.MSELoss()], [0.3, new nn.L1Loss()]]), "logits", "values"],
  "sum of classes": [
    new nn.SumLoss([[1, new nn.CrossEntropyLoss()], [0.5, new nn.CrossEntropyLoss({ labelSmoothing: 0.3 })]]),
    "logits",
    "classes",
  ],
};

const K = 4;

/** A layer whose output for sample n is row n of `outputs`, so that its weight's gradient is that of the outputs. */
function picking(outputs: readonly number[]): nn.Linear {
  const samples = outputs.length / K;
  const model = new nn.Linear(samples, K, { bias: false });
  outputs.forEach((value, at) => model.weight.data[at % K * samples + Math.floor(at / K)] = value);
  return model;
}

function dataOf(samples: number, loss: Loss, targets: readonly number[]): TensorDataset {
  const inputs = Float32Array.from({ length: samples * samples }, (_, at) => at % (samples + 1) === 0 ? 1 : 0);
  return new TensorDataset({
    ...{ inputs, shape: [samples] },
    ...loss.targetType === "u32" ? { targets } : { targets: Float32Array.from(targets), targetShape: [K] },
  });
}

let devices: Device[] = [];
Deno.test.beforeAll(async () => void (devices = [await CpuDevice.request(), await GpuDevice.request()]));
Deno.test.afterAll(() => devices.forEach((device) => device[Symbol.dispose]()));

for (const [name, [loss, outputs, targets]] of Object.entries(LOSSES)) {
  Deno.test(`${name} is PyTorch's, and so is its gradient, in whole batches and partial ones`, async () => {
    const far = name.endsWith("shares") ? 30 : 1;
    const model = picking(given[outputs].map((value) => far * value));
    const samples = given[outputs].length / K;
    const data = dataOf(samples, loss, given[targets]);
    const { loss: value, gradient } = expected[name as keyof typeof expected];
    const wanted = numbers(gradient);
    for (const device of devices) {
      using trainer = await Trainer.create({ model, loss, optimizer: new SGD(), device });
      for (const batchSize of [samples, 3 * samples + 1]) {
        const found = (await trainer.evaluate(data, batchSize)).loss;
        assert.ok(Math.abs(found - value) < 2e-6 * Math.max(1, value), `${device.description}: ${found}, not ${value}`);
        const { data: gradients } = (await trainer.gradients(new DataLoader(data, { batchSize }))).get("weight")!;
        const norm = Math.hypot(...wanted);
        const off = Math.hypot(...wanted.map((one, at) => one - gradients[at % K * samples + Math.floor(at / K)]));
        assert.ok(off < 2e-6 * norm, `${device.description}: the gradient is off by ${off} of ${norm}`);
      }
      // Over several batches, each with other weights, the mean is the whole's all the same.
      const parts = (await trainer.evaluate(data, 2)).loss;
      assert.ok(Math.abs(parts - value) < 2e-6 * Math.max(1, value), `${device.description}: ${parts}, not ${value}`);
    }
  });
}

Deno.test("classes at several places of a sample are PyTorch's, and so are those that are right", async () => {
  const { outputs, labels, right, of } = torch.places;
  const made: Readonly<Record<keyof typeof of, Loss>> = {
    "CrossEntropyLoss": new nn.CrossEntropyLoss(),
    "CrossEntropyLoss all": new nn.CrossEntropyLoss({ weight, labelSmoothing: 0.1 }),
    "NLLLoss": new nn.NLLLoss({ weight }),
  };
  const [samples, places] = [7, 3];
  class Places extends nn.Module {
    pick = new nn.Linear(samples, K * places, { bias: false });
    override forward(x: nn.Tensor): nn.Tensor {
      return reshape(this.pick.forward(x), [-1, K, places]);
    }
  }
  const inputs = Float32Array.from({ length: samples * samples }, (_, at) => at % (samples + 1) === 0 ? 1 : 0);
  const data = new TensorDataset({ inputs, shape: [samples], targets: numbers(labels), targetShape: [places] });
  for (const [name, loss] of Object.entries(made)) {
    const { loss: value, gradient } = of[name as keyof typeof of];
    const [wanted, width] = [numbers(gradient), K * places];
    for (const device of devices) {
      const model = new Places();
      numbers(outputs).forEach((one, at) =>
        model.pick.weight.data[at % width * samples + Math.floor(at / width)] = one
      );
      using trainer = await Trainer.create({ model, loss, optimizer: new SGD(), device });
      for (const batchSize of [2, 10]) {
        const metrics = { top: topKAccuracy(1) };
        const found = await trainer.evaluate(data, { batchSize, metrics });
        assert.ok(Math.abs(found.loss - value) < 2e-6 * Math.max(1, value), `${name}: ${found.loss}, not ${value}`);
        assert.ok(Math.abs(found.accuracy! - right / 19) < 1e-9 && found.metrics.top === found.accuracy);
      }
      const { data: found } = (await trainer.gradients(new DataLoader(data, { batchSize: 10 }))).get("pick.weight")!;
      wanted.forEach((one, at) => {
        assert.ok(Math.abs(one - found[at % width * samples + Math.floor(at / width)]) < 1e-6, `${name}: ${at}`);
      });
    }
  }
});

Deno.test("accuracy counts the samples that are not left out", async () => {
  const model = picking(given.logits);
  const data = dataOf(7, new nn.CrossEntropyLoss(), given.some);
  const best = [0, 1, 2, 3, 4, 5, 6].map((n) => {
    const row = given.logits.slice(K * n, K * n + K);
    return row.indexOf(Math.max(...row));
  });
  const kept = given.some.flatMap((label, n) => label === -100 ? [] : [Number(best[n] === label)]);
  const share = kept.reduce((a, b) => a + b) / kept.length;
  for (const device of devices) {
    for (const loss of [new nn.CrossEntropyLoss(), new nn.NLLLoss(), new nn.SumLoss([[2, new nn.NLLLoss()]])]) {
      using trainer = await Trainer.create({ model, loss, optimizer: new SGD(), device });
      assert.equal((await trainer.evaluate(data, 3)).accuracy, share);
    }
  }
});

Deno.test("the weighted mean of accumulated batches is that of the large one", async () => {
  const loss = new nn.CrossEntropyLoss({ weight });
  const data = dataOf(7, loss, given.some);
  for (const device of devices) {
    const trained: Float32Array[] = [];
    for (const [batchSize, accumulate] of [[6, 1], [2, 3]]) {
      const model = picking(given.logits);
      using trainer = await Trainer.create({ model, loss, optimizer: new SGD({ lr: 1 }), device, accumulate });
      await trainer.fit(new DataLoader(data, { batchSize }));
      assert.equal(trainer.steps, 2);
      trained.push(model.weight.data.slice());
    }
    trained[0].forEach((value, k) => assert.ok(Math.abs(value - trained[1][k]) < 1e-6));
  }
});

Deno.test("losses refuse what does not fit, in sentences", async () => {
  const says = (make: () => unknown, message: RegExp): void => assert.throws(make, { name: "ArgumentError", message });
  says(() => new nn.CrossEntropyLoss({ labelSmoothing: 1.5 }), /labelSmoothing is 1.5, expected a number in \[0, 1\]/);
  says(
    () => new nn.CrossEntropyLoss({ weight: [1, -1] }),
    /weight is -1, expected a finite 32-bit number of at least 0/,
  );
  says(() => new nn.NLLLoss({ ignoreIndex: 0.5 }), /ignoreIndex is 0.5, expected an integer, such as -100/);
  says(
    () => new nn.NLLLoss({ labelSmoothing: 0.1 } as never),
    /there is no option labelSmoothing; it takes weight, ignore/,
  );
  says(() => new nn.HuberLoss({ delta: 0 }), /HuberLoss: delta is 0, expected a number greater than 0/);
  says(() => new nn.BCEWithLogitsLoss({ posWeight: [] }), /posWeight is \[\], expected a number, or a list of them/);
  says(() => new nn.SumLoss([]), /^SumLoss: the terms is \[\], expected a list such as/);
  says(
    () => new nn.SumLoss([[1, new nn.MSELoss()], [1, new nn.NLLLoss()]]),
    /^SumLoss: term 0 compares with f32 targets and term 1 with u32; give losses that all compare with class labels/,
  );
  const [device] = devices;
  const model = picking(given.logits);
  const data = dataOf(7, new nn.CrossEntropyLoss(), given.classes);
  const refuses = async (loss: Loss, name: string, message: RegExp): Promise<void> => {
    using trainer = await Trainer.create({ model, loss, optimizer: new SGD(), device });
    await assert.rejects(trainer.evaluate(loss.targetType === "u32" ? data : dataOf(7, loss, given.values)), {
      name,
      message,
    });
  };
  await refuses(
    new nn.CrossEntropyLoss({ weight: [1, 2] }),
    "ShapeError",
    /CrossEntropyLoss: weight has 2 numbers and the model gives \[256, 4\], expected 4, one for each class/,
  );
  await refuses(new nn.BCEWithLogitsLoss({ posWeight: [1, 2] }), "ShapeError", /posWeight has 2 numbers and the model/);
  await refuses(
    new nn.SumLoss([[1, new nn.NLLLoss()], [1, new nn.NLLLoss({ ignoreIndex: 1 })]]),
    "ArgumentError",
    /^SumLoss: the label 1 counts 1 and null in its losses/,
  );
  await refuses(
    new nn.NLLLoss({ weight: [0, 0, 0, 0] }),
    "ArgumentError",
    /^no sample of the data set counts in the loss/,
  );
});
