/** What users of PyTorch and Keras write first, and what else goes wrong around a trainer: answered at the call. */
import assert from "node:assert/strict";
import { Adam, DataLoader, nn, Parameter, SGD, subset, TensorDataset, Trainer } from "../../../mod.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import type { Tensor } from "../../../core/graph/module.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

/** Takes anything, as JavaScript does. */
// deno-lint-ignore no-explicit-any
type Free = any;

async function refuses(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  await assert.rejects(promise, { name: "ArgumentError", message });
}

Deno.test("Trainer.fit() takes whole batches: not minus one, none or half of one", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader = new DataLoader(smallData(16), { batchSize: 4 });
  for (const steps of [-1, 0, 1.5, NaN, "2" as Free]) {
    await refuses(trainer.fit(loader, { steps }), /^fit\(\): steps is .*, expected a positive integer$/);
  }
  assert.equal(trainer.steps, 0);
  assert.equal((await trainer.fit(loader, { steps: 3 })).steps, 3);
  assert.equal((await trainer.fit(loader, { steps: 9 })).steps, 4);
  await refuses(
    trainer.fit(loader, { epochs: 5 } as Free),
    "fit(): there is no option epochs: it goes through the data once; call it once an epoch, in a loop",
  );
});

Deno.test("a learning rate that was set later is looked at where it is used", async () => {
  using device = await GpuDevice.request();
  for (const optimizer of [new Adam(), new SGD()]) {
    using trainer = await smallTrainer(device, smallModel(), optimizer);
    const loader = new DataLoader(smallData(8), { batchSize: 4 });
    await trainer.fit(loader);
    const before = trainer.model.stateDict();
    for (const lr of [-1, NaN, Infinity, "0.1" as Free, undefined as Free]) {
      optimizer.lr = lr;
      const message = new RegExp(`^${optimizer.name}: lr is .*, expected a finite 32-bit number of at least 0$`);
      await refuses(trainer.fit(loader), message);
      await refuses(trainer.gradients(loader), message);
      await refuses(
        Trainer.create({ model: trainer.model, loss: new nn.CrossEntropyLoss(), optimizer, device }),
        message,
      );
      assert.throws(() => optimizer.scalars(1), { name: "ArgumentError", message });
    }
    assert.equal(trainer.steps, 2);
    assert.deepEqual(trainer.model.stateDict(), before);
    optimizer.lr = 0;
    await trainer.fit(loader);
    assert.deepEqual(trainer.model.stateDict(), before);
  }
});

Deno.test("a batch size that was set later is looked at where it is used", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const loader: Free = new DataLoader(smallData(8), { batchSize: 4 });
  for (const batchSize of [0, -1, 2.5, "4"]) {
    loader.batchSize = batchSize;
    const message = /^DataLoader: batchSize is .*, expected a positive integer$/;
    for (const method of ["fit", "gradients", "inspect", "describe", "evaluate"] as const) {
      await refuses(trainer[method](loader), message);
    }
    assert.throws(() => [...loader], { name: "ArgumentError", message });
  }
});

Deno.test("Trainer.evaluate() visits the samples that the loader's sampler gives", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const data = smallData(12);
  const one = await trainer.evaluate(subset(data, [7]), 1);
  const epochs: number[] = [];
  const sampler = (samples: number, epoch: number): Uint32Array => {
    epochs.push(epoch);
    return new Uint32Array(samples).fill(7);
  };
  const loader = new DataLoader(data, { batchSize: 5, sampler });
  const { loss, accuracy, samples } = await trainer.evaluate(loader);
  assert.ok(Math.abs(loss - one.loss) < 1e-6, `${loss}, not ${one.loss}`);
  assert.deepEqual([accuracy, samples], [one.accuracy, 12]);
  assert.deepEqual(epochs, [0]);
  // The order of the evaluation is not left behind for the next.
  const plain = await trainer.evaluate(data, 5);
  assert.notEqual(plain.loss, loss);
  assert.deepEqual((await trainer.evaluate(new DataLoader(data, { batchSize: 5 }))).loss, plain.loss);
  const dropped = await trainer.evaluate(new DataLoader(data, { batchSize: 5, dropLast: true }));
  assert.equal(dropped.samples, 10);
  await refuses(
    trainer.evaluate(loader, 4),
    "evaluate(): the batch size 4 is for a data set; a DataLoader has its own",
  );
});

Deno.test("Trainer.predict() needs no targets, and says what else it was given", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  const data = smallData(10);
  const expected = await trainer.predict(data, 4);
  const inputs = data.inputs.data;
  const alone = new TensorDataset({ inputs, shape: [12] });
  assert.deepEqual(await trainer.predict(alone, 4), expected);
  assert.deepEqual(await trainer.predict(subset(alone, 3), 4), expected.slice(0, 9));
  assert.deepEqual(
    await trainer.predict(subset(alone, [1, 0]), 4),
    Float32Array.of(...expected.slice(3, 6), ...expected.slice(0, 3)),
  );
  assert.deepEqual(await trainer.predict({ length: 10, inputs: data.inputs }), expected);
  const bytes = device.liveBytes;
  await trainer.predict(alone, 4);
  assert.equal(device.liveBytes, bytes, "the inputs are uploaded once");
  const targets = /^this data set has no targets, so it can be predicted but neither trained on nor evaluated/;
  await refuses(trainer.fit(new DataLoader(alone)), targets);
  await refuses(trainer.evaluate(alone), targets);
  assert.throws(() => [...new DataLoader(alone)], { name: "ArgumentError", message: targets });
  await refuses(trainer.fit(new DataLoader({ length: 10, inputs: data.inputs } as Free)), /targets is undefined/);
  for (const array of [inputs, [...inputs]]) {
    await refuses(
      trainer.predict(array as Free),
      /^predict\(\): the data set is an .*new TensorDataset\(\{ inputs, shape/,
    );
  }
  await refuses(
    trainer.predict(new DataLoader(data) as Free),
    /expected a data set; give the loader's own, loader\.dataset$/,
  );
  await refuses(
    trainer.predict({ ...data, length: 11 } as Free),
    /inputs: the number of elements is 120, expected 132/,
  );
});

Deno.test("Trainer.fit() says what to write for a data set", async () => {
  using device = await GpuDevice.request();
  using trainer = await smallTrainer(device);
  await refuses(
    trainer.fit(smallData(4) as Free),
    "fit(): the loader is an object of TensorDataset, expected a DataLoader; " +
      "write new DataLoader(dataset, { batchSize })",
  );
});

Deno.test("Trainer.create() names the part that is missing, and a class where an instance belongs", async () => {
  using device = await GpuDevice.request();
  const parts = { model: smallModel(), loss: new nn.CrossEntropyLoss(), optimizer: new Adam(), device };
  const create = (changed: Free): Promise<Trainer> => Trainer.create({ ...parts, ...changed });
  await refuses(create({ loss: undefined }), /^Trainer\.create\(\): loss is undefined, expected a loss out of nn/);
  await refuses(create({ optimizer: undefined }), /optimizer is undefined, expected an optimiser/);
  await refuses(create({ model: undefined }), /model is undefined, expected a Module/);
  await refuses(
    create({ loss: nn.CrossEntropyLoss }),
    "Trainer.create(): loss is the class or function CrossEntropyLoss, expected an instance of it; " +
      "write new CrossEntropyLoss()",
  );
  await refuses(create({ optimizer: Adam }), /write new Adam\(\)$/);
  await refuses(create({ model: nn.ReLU }), /expected a Module; write new ReLU\(\)$/);
  await refuses(create({ model: (x: Tensor) => x }), /model is the class or function model, expected a Module/);
  await refuses(create({ device: device.gpu }), /device is .*, expected a GpuDevice, as GpuDevice\.wrap\(\)/);
  await refuses(create({ optimiser: new Adam() }), /no option optimiser, did you mean optimizer\?/);
  await refuses(create({ request: {} }), /device and request were both given/);
});

Deno.test("Trainer.create() refuses a parameter whose name means the input or the output in a file, before it is trained", async () => {
  using device = await GpuDevice.request();
  for (const [name, what] of [["input_0", "input"], ["output", "output"]]) {
    const model = Object.assign(smallModel(), { [name]: new Parameter([3], 1) });
    await refuses(
      smallTrainer(device, model),
      `Trainer.create(): model: the parameter ${name} has the name of the model's ${what} in an ONNX file, ` +
        "so it could not be exported; rename the property",
    );
  }
  const layer = Object.assign(smallModel(), { output: new nn.Linear(3, 3) });
  using trainer = await smallTrainer(device, layer);
  assert.ok(trainer.model.namedParameters().some(([name]) => name === "output.weight"));
});

Deno.test("a model whose layers are nowhere to be found is told where they are looked for", async () => {
  using device = await GpuDevice.request();
  class Private extends nn.Module {
    readonly #layer = new nn.Linear(12, 3);
    override forward(x: Tensor): Tensor {
      return this.#layer.forward(x);
    }
  }
  const outside = new nn.Linear(12, 3);
  class Closure extends nn.Module {
    override forward(x: Tensor): Tensor {
      return outside.forward(x);
    }
  }
  class Half extends Closure {
    readonly own = new nn.Linear(3, 3);
    override forward(x: Tensor): Tensor {
      return this.own.forward(super.forward(x));
    }
  }
  const where =
    /layers and parameters are found where they are properties .*not in a #private field, .*a variable outside/;
  for (const model of [new Private(), new Closure(), new Half()]) {
    using trainer = await smallTrainer(device, model);
    await refuses(trainer.fit(new DataLoader(smallData(4))), where);
  }
});
