/** Training with quantizers in a network's places, against the same network with the operation written into `forward`. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { manualSeed } from "../../../core/base/random.ts";
import { Module, type Tensor, trace } from "../../../core/graph/module.ts";
import { convert, type QConfigMapping, quantized } from "../../../core/graph/quantization.ts";
import { Trainer, type TrainerOptions } from "../../../core/train/trainer.ts";
import { decodeModel, exportOnnx } from "../../../onnx/mod.ts";
import { Adam, add, fakeQuantize, type FakeQuantizeOptions, linear, nn, sigmoid } from "../../../ops/mod.ts";
import { Devices } from "../../ops/harness.ts";
import { smallData, smallModel, SmallNet } from "../small.ts";

const GRIDS = {
  input: { scale: 1 / 4, quantMin: -3, quantMax: 3 },
  weight: { scale: 1 / 8, ties: "away", deadZone: 0.1 },
  bias: { scale: 1 / 64 },
  activation: { scale: 1 / 16 },
  read: { scale: 1 / 4, ties: "away" },
} satisfies Record<string, FakeQuantizeOptions>;

const of = (grid: FakeQuantizeOptions) => new nn.FakeQuantize(grid);

const MAPPING: QConfigMapping = {
  values: {
    "input_0": of(GRIDS.input),
    "fc1.weight": of(GRIDS.weight),
    "fc1.bias": of(GRIDS.bias),
    "fc2.weight": of(GRIDS.weight),
    "Sigmoid": of(GRIDS.activation),
  },
  reads: { "fc2/Linear": of(GRIDS.read) },
};

/** The same, as one writes it oneself. */
class Written extends SmallNet {
  override forward(x: Tensor): Tensor {
    const { graph } = x;
    const [w1, b1] = [this.fc1.weight, this.fc1.bias!].map((parameter) => parameter.in(graph));
    const [w2, b2] = [this.fc2.weight, this.fc2.bias!].map((parameter) => parameter.in(graph));
    const first = linear(fakeQuantize(x, GRIDS.input), fakeQuantize(w1, GRIDS.weight), fakeQuantize(b1, GRIDS.bias));
    const hidden = fakeQuantize(sigmoid(first), GRIDS.activation);
    return linear(fakeQuantize(hidden, GRIDS.read), fakeQuantize(w2, GRIDS.weight), b2);
  }
}

function make(model: Module, device: TrainerOptions["device"], quantizationAware?: QConfigMapping): Promise<Trainer> {
  const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.02 }) };
  return Trainer.create({ ...parts, device: device!, ...quantizationAware && { quantizationAware } });
}

function written(): Written {
  manualSeed(1);
  return new Written();
}

Deno.test("a trainer with quantizers in its places trains, evaluates and predicts as if forward() had them, on both back ends", async () => {
  using devices = await Devices.request();
  const data = smallData(70);
  const loader = new DataLoader(data, { batchSize: 32 });
  for (const device of ["cpu", devices.gpu] as const) {
    using found = await make(smallModel(), device, MAPPING);
    using expected = await make(written(), device);
    assert.deepEqual(await found.gradients(loader), await expected.gradients(loader));
    for (let epoch = 0; epoch < 3; epoch++) {
      assert.equal((await found.fit(loader)).loss, (await expected.fit(loader)).loss);
    }
    assert.deepEqual(found.model.stateDict(), expected.model.stateDict());
    assert.equal((await found.evaluate(data)).loss, (await expected.evaluate(data)).loss);
    assert.deepEqual(await found.predict(data), await expected.predict(data));
    const { graph } = await found.describe(loader);
    assert.equal(graph.match(/= FakeQuantize\(/g)!.length, 6, graph);
    assert.match(graph, /# fc1\.weight\/FakeQuantize/);
    using plain = await make(smallModel(), device);
    await plain.fit(loader);
    assert.notDeepEqual(plain.model.stateDict(), found.model.stateDict());
  }
});

Deno.test("training with quantizers goes on bit for bit from a checkpoint", async () => {
  using devices = await Devices.request();
  const loader = () => new DataLoader(smallData(70), { batchSize: 32 });
  for (const device of ["cpu", devices.gpu] as const) {
    using whole = await make(smallModel(), device, MAPPING);
    for (let epoch = 0; epoch < 4; epoch++) await whole.fit(loader());
    using first = await make(smallModel(), device, MAPPING);
    for (let epoch = 0; epoch < 2; epoch++) await first.fit(loader());
    const checkpoint = await first.checkpoint();
    using second = await make(smallModel(9), device, MAPPING);
    await second.restore(checkpoint);
    for (let epoch = 0; epoch < 2; epoch++) await second.fit(loader());
    assert.deepEqual(second.model.stateDict(), whole.model.stateDict());
  }
});

Deno.test("the trained network is exported in floats, with what convert() leaves of its weights", async () => {
  const data = smallData(70), loader = new DataLoader(data, { batchSize: 32 });
  const model = smallModel();
  using trainer = await make(model, "cpu", MAPPING);
  for (let epoch = 0; epoch < 20; epoch++) await trainer.fit(loader);
  const before = await trainer.evaluate(data);
  assert.ok(before.accuracy! > 0.8, `${before.accuracy}`);
  const latent = model.fc1.weight.data.slice();
  convert(model, MAPPING);
  const grid = [...model.fc1.weight.data].map((weight) => weight * 8);
  assert.ok(grid.every(Number.isInteger) && grid.some((value) => value !== 0));
  assert.ok(model.fc1.weight.data.every((weight, k) => Math.abs(latent[k]) < 0.1 ? weight === 0 : true));
  assert.notDeepEqual(model.fc1.weight.data, latent);
  assert.ok(model.fc2.bias!.data.some((bias) => !Number.isInteger(bias * 64)), "what nobody named stays");
  // Rounded once more it is the same network.
  assert.equal((await trainer.evaluate(data)).loss, before.loss);
  const operators = decodeModel(exportOnnx(model, [12])).graph!.node!.map(({ opType }) => opType);
  assert.deepEqual(operators, ["Gemm", "Sigmoid", "Gemm"]);
});

/** A norm that keeps running values, a buffer, and two inputs of which only the second is rounded. */
class Two extends Module {
  fc = new nn.Linear(4, 6);
  norm = new nn.BatchNorm1d(6);
  override forward(x: Tensor, y: Tensor = x): Tensor {
    return this.norm.forward(this.fc.forward(add(x, y)));
  }
}

Deno.test("quantizers go to one of several inputs, and leave running values and constants alone", async () => {
  const numbers = Float32Array.from({ length: 160 }, (_, k) => Math.sin(k));
  const shape = [[4], [4]];
  const set = (inputs: Float32Array[]) =>
    new TensorDataset({ inputs, shape, targets: Uint8Array.from({ length: 20 }, (_, k) => k % 6) });
  const [x, y] = [numbers.subarray(0, 80), numbers.subarray(80)];
  const second = of({ scale: 1 / 2 });
  const run = async (data: TensorDataset, mapping?: QConfigMapping) => {
    manualSeed(3);
    const model = new Two();
    using trainer = await make(model, "cpu", mapping);
    await trainer.fit(new DataLoader(data, { batchSize: 10 }));
    return { state: model.stateDict(), loss: (await trainer.evaluate(data)).loss };
  };
  const found = await run(set([x, y]), { values: { "input_1": second } });
  assert.deepEqual(found, await run(set([x, second.quantize(y)])));
  assert.notDeepEqual(found, await run(set([x, y])));
  assert.deepEqual([...found.state.keys()].filter((name) => name.includes("running")).length, 2);
});

Deno.test("the graph with quantizers has the names of the plain one, and those of its places in front", () => {
  const plain = trace(smallModel(), [2, 12]);
  const made = quantized(plain, MAPPING);
  const names = made.graph.nodes.map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !name.includes("FakeQuantize")), plain.graph.nodes.map(({ name }) => name));
  assert.deepEqual(names.filter((name) => name.includes("FakeQuantize")).sort(), [
    "Sigmoid/FakeQuantize",
    "fc1.bias/FakeQuantize",
    "fc1.weight/FakeQuantize",
    "fc2.weight/FakeQuantize",
    "fc2/Linear/FakeQuantize",
    "input_0/FakeQuantize",
  ]);
  assert.deepEqual([...made.parameters.keys()], [...plain.parameters.keys()]);
  assert.ok([...made.parameters.values()].every(({ role, graph }) => role === "parameter" && graph === made.graph));
});

Deno.test("quantizationAware refuses what it does not know, by name", async () => {
  const refused = async (mapping: unknown, message: RegExp) => {
    await assert.rejects(
      async () => {
        using trainer = await make(smallModel(), "cpu", mapping as QConfigMapping);
        await trainer.fit(new DataLoader(smallData(8), { batchSize: 8 }));
      },
      (error) => error instanceof ArgumentError && message.test(error.message),
      `${message}`,
    );
  };
  const quantizer = of({ scale: 1 });
  await refused(
    { value: {} },
    /^Trainer\.create\(\): quantizationAware: there is no option value, did you mean values\?/,
  );
  await refused([], /^Trainer\.create\(\): quantizationAware: expected an object of options/);
  await refused(
    { values: [] },
    /^Trainer\.create\(\): quantizationAware: values is .*, expected an object of quantizers/,
  );
  await refused(
    { values: { "fc1.weight": 8 } },
    /^Trainer\.create\(\): quantizationAware: values, fc1\.weight is 8, expected a quantizer, such as new FakeQuantize/,
  );
  await refused(
    { values: { "fc1.wieght": quantizer } },
    /^quantizationAware: values names fc1\.wieght, and the model's graph has no such value, did you mean fc1\.weight\?; trainer/,
  );
  await refused(
    { reads: { "fc1": quantizer } },
    /^quantizationAware: reads names fc1, and the model's graph has no such node/,
  );
  assert.throws(
    () => convert(smallModel(), { values: { a: {} } } as unknown as QConfigMapping),
    (error) => error instanceof ArgumentError && /^convert\(\): the mapping: values, a is /.test(error.message),
  );
});
