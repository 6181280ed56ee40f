/** Normalisation in training, in evaluation and in files, against PyTorch and ONNX Runtime. */
import assert from "node:assert/strict";
import {
  add,
  DataLoader,
  GpuDevice,
  manualSeed,
  nn,
  Predictor,
  SGD,
  TensorDataset,
  trace,
  Trainer,
} from "../../mod.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import type { Module } from "../../core/graph/module.ts";
import { exportOnnx, OnnxModule } from "../../onnx/mod.ts";
import { decodeModel } from "../../onnx/proto.ts";
import { judge } from "../onnx/judge.ts";
import { assertClose, PROFILES, uniform } from "./harness.ts";
import vectors from "./torch/batch_norm.json" with { type: "json" };

function network(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(1, 3, 3, { bias: false }),
    new nn.BatchNorm2d(3),
    new nn.Sigmoid(),
    new nn.Flatten(),
    new nn.Linear(48, 5),
    new nn.BatchNorm1d(5, { eps: 1e-3, momentum: 0.3 }),
    new nn.Linear(5, 2),
  );
}

type State = Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;

function load(model: Module, state: State): void {
  model.loadStateDict(
    new Map(Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }])),
  );
}

async function predictAll(model: Module, shape: readonly number[], inputs: Float32Array): Promise<number[]> {
  using predictor = await Predictor.create({ model, shape, device: "cpu" });
  const size = shape.reduce((product, one) => product * one, 1);
  const all: number[] = [];
  for (let at = 0; at < inputs.length; at += size) all.push(...await predictor.predict(inputs.slice(at, at + size)));
  return all;
}

for (const device of ["cpu", "gpu"] as const) {
  Deno.test(`batch normalisation trains as in PyTorch, a partial batch included, device ${device}`, async () => {
    Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
    const model = network();
    load(model, vectors.before);
    const inputs = Float32Array.from(vectors.inputs);
    const data = new TensorDataset({ inputs, shape: [1, 6, 6], targets: Uint8Array.from(vectors.targets) });
    using trainer = await Trainer.create({
      model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: new SGD({ lr: 0.1 }),
      device,
    });
    await trainer.fit(new DataLoader(data, { batchSize: 4, shuffle: false }));
    const after: State = vectors.after;
    for (const [name, { data }] of model.stateDict()) {
      assertClose(data, after[name].data, name === "4.bias" ? 1e-3 : 1e-4, name);
    }
    assertClose(await predictAll(model, [1, 6, 6], inputs), vectors.logits, 1e-4, "logits in evaluation");
  });
}

Deno.test("planes that the lanes of a workgroup share train as on the CPU, a partial batch included", async () => {
  using shared = await GpuDevice.request({ profile: PROFILES.gpu });
  const data = new TensorDataset({
    inputs: uniform([8, 2, 9, 9], 3).data,
    shape: [2, 9, 9],
    targets: Uint8Array.from({ length: 8 }, (_, k) => k % 3),
  });
  const states: ReadonlyMap<string, { readonly data: Float32Array }>[] = [];
  for (const device of [shared, "cpu"] as const) {
    manualSeed(4);
    const model = new nn.Sequential(new nn.BatchNorm2d(2), new nn.Sigmoid(), new nn.Flatten(), new nn.Linear(162, 3));
    const optimizer = new SGD({ lr: 1 });
    using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer, device });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(new DataLoader(data, { batchSize: 5 }));
    states.push(model.stateDict());
    if (device === shared) {
      const { plan } = await trainer.describe(new DataLoader(data, { batchSize: 5 }));
      assert.match(plan, /PlaneMoments +10x1x1/, "a workgroup for each plane");
    }
  }
  for (const [name, { data }] of states[0]) assertClose(data, states[1].get(name)!.data, 1e-5, name);
});

Deno.test("in a file batch normalisation lies in the weights in front of it, and comes to the same", async () => {
  const model = network();
  load(model, vectors.after);
  const bytes = exportOnnx(model, [1, 6, 6]);
  const { graph } = decodeModel(bytes);
  const types = graph!.node!.map(({ opType }) => opType);
  assert.deepEqual(types, ["Conv", "Sigmoid", "Flatten", "Gemm", "Gemm"]);
  const input = { shape: [1, 1, 6, 6], data: Float32Array.from(vectors.inputs.slice(0, 36)) };
  const output = Float32Array.from(vectors.logits.slice(0, 2));
  assert.deepEqual(await judge([{ name: "folded", bytes, input, output }]), []);
});

Deno.test("where it cannot lie in what is in front of it, it is a node of its own, which is read again", async () => {
  const model = new nn.Sequential(new nn.BatchNorm1d(3), new nn.Sigmoid(), new nn.BatchNorm1d(3, { affine: false }));
  const [first] = model.layers as [nn.BatchNorm1d];
  first.running_mean.data.set([1, -2, 0.5]);
  first.running_var.data.set([0.5, 2, 3]);
  first.weight!.data.set([2, 1, -1]);
  const bytes = exportOnnx(model, [3]);
  const types = decodeModel(bytes).graph!.node!.map(({ opType }) => opType);
  assert.deepEqual(types, ["BatchNormalization", "Sigmoid", "BatchNormalization"]);
  const data = Float32Array.of(0.5, -1, 2);
  const output = Float32Array.from(await predictAll(model, [3], data));
  assert.deepEqual(await judge([{ name: "nodes", bytes, input: { shape: [1, 3], data }, output }]), []);
  const again = new OnnxModule(bytes);
  assertClose(await predictAll(again, [3], data), output, 1e-6, "what was read");
  assert.deepEqual(again.namedBuffers().map(([name]) => name), [
    "0.running_mean",
    "0.running_var",
    "2.running_mean",
    "2.running_var",
  ]);
});

Deno.test("a convolution that others read too keeps its weights, and the normalisation is a node", () => {
  class Net extends nn.Module {
    conv = new nn.Conv2d(1, 2, 3);
    norm = new nn.BatchNorm2d(2);
    override forward(x: nn.Tensor): nn.Tensor {
      const y = this.conv.forward(x);
      return add(this.norm.forward(y), y);
    }
  }
  const types = decodeModel(exportOnnx(new Net(), [1, 5, 5])).graph!.node!.map(({ opType }) => opType);
  assert.deepEqual(types, ["Conv", "BatchNormalization", "Add"]);
});

Deno.test("layers that normalise refuse what does not fit", () => {
  const refusals: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => trace(new nn.BatchNorm2d(3), [2, 4, 5, 5]),
      /^BatchNorm2d takes \[N, 3, H, W\] and was given \[2, 4, 5, 5\]/,
    ],
    [() => trace(new nn.BatchNorm1d(3), [2, 3, 5, 5]), /^BatchNorm1d takes \[N, 3\] or \[N, 3, L\]/],
    [
      () => trace(new nn.BatchNorm1d(3), [1, 3], { training: true }),
      /BatchNorm1d got \[1, 3\] in training, one number/,
    ],
    [() => new nn.BatchNorm1d(3, { momentum: 2 }), /^BatchNorm1d: momentum is 2, expected/],
    [() => new nn.BatchNorm1d(3, { eps: 0 }), /^BatchNorm1d: eps is 0/],
    [() => new nn.GroupNorm(3, 8), /^GroupNorm: numChannels is 8, expected a multiple of the 3 groups/],
    [() => trace(new nn.GroupNorm(2, 4), [2, 6]), /^GroupNorm takes \[N, 4, \.\.\.\] and was given \[2, 6\]/],
    [() => trace(new nn.LayerNorm([3, 4]), [3, 4]), /^LayerNorm normalises \[N, \.\.\., 3, 4\] and was given \[3, 4\]/],
    [() => new nn.LayerNorm([]), /^LayerNorm: normalizedShape is \[\], expected a positive integer, or a list/],
    [() => trace(new nn.InstanceNorm1d(3), [2, 3, 4, 5]), /^InstanceNorm1d takes \[N, 3, L\]/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof ArgumentError || error instanceof ShapeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
