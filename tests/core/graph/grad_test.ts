import assert from "node:assert/strict";
import { AccumulateOp } from "../../../core/graph/accumulate.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { differentiate } from "../../../core/graph/grad.ts";
import { Graph } from "../../../core/graph/graph.ts";
import { Module, Parameter, Sequential, type Tensor, trace } from "../../../core/graph/module.ts";
import type { OpDefinition } from "../../../core/graph/op.ts";
import { manualSeed } from "../../../core/base/random.ts";
import { CrossEntropyOp } from "../../../ops/cross_entropy.ts";
import { Linear } from "../../../ops/linear.ts";
import { linear } from "../../../ops/linear.ts";
import { sigmoid } from "../../../ops/sigmoid.ts";
import { tanh } from "../../../ops/tanh.ts";
import { smallData, smallTrainer } from "../small.ts";

/** One layer three times over, as a recurrent network has it, and one that is never used. */
class Shared extends Module {
  layer = new Linear(12, 12);
  unused = new Linear(2, 2);
  out = new Linear(12, 3, { bias: false });

  override forward(x: Tensor): Tensor {
    const once = sigmoid(this.layer.forward(x));
    const twice = sigmoid(this.layer.forward(once));
    return this.out.forward(this.layer.forward(twice));
  }
}

type Weights = Map<string, Float64Array>;

function affine(x: Float64Array, weight: Float64Array, bias: Float64Array | undefined): Float64Array {
  return new Float64Array(weight.length / x.length).map((_, o) =>
    x.reduce((sum, value, i) => sum + value * weight[o * x.length + i], bias?.[o] ?? 0)
  );
}

/** The mean loss of {@linkcode Shared} in double precision, written from the formulas. */
function lossOf(weights: Weights, inputs: Float32Array, labels: Uint32Array, samples: number): number {
  const layer = (x: Float64Array) => affine(x, weights.get("layer.weight")!, weights.get("layer.bias"));
  const squash = (x: Float64Array) => x.map((value) => 1 / (1 + Math.exp(-value)));
  let sum = 0;
  for (let n = 0; n < samples; n++) {
    const x = Float64Array.from(inputs.subarray(n * 12, n * 12 + 12));
    const logits = affine(layer(squash(layer(squash(layer(x))))), weights.get("out.weight")!, undefined);
    sum += Math.log(logits.reduce((total, value) => total + Math.exp(value), 0)) - logits[labels[n]];
  }
  return sum / samples;
}

Deno.test("Trainer.gradients() adds up what a shared layer gets from each use, as finite differences say", async () => {
  using device = await GpuDevice.request();
  manualSeed(6);
  const model = new Shared();
  using trainer = await smallTrainer(device, model);
  const data = smallData(9);
  const labels = data.targets.data as Uint32Array;
  const inputs = data.inputs.data as Float32Array;
  for (const [batchSize, samples] of [[6, 6], [16, 9]]) {
    const gradients = await trainer.gradients(new DataLoader(data, { batchSize }));
    assert.deepEqual([...gradients.keys()], ["layer.weight", "layer.bias", "out.weight"]);
    const weights: Weights = new Map(
      model.namedParameters().map(([name, { data }]) => [name, Float64Array.from(data)]),
    );
    for (const [name, { shape, data: gradient }] of gradients) {
      assert.deepEqual(shape, model.stateDict().get(name)!.shape);
      const own = weights.get(name)!;
      own.forEach((value, k) => {
        const at = (moved: number): number => {
          own[k] = moved;
          return lossOf(weights, inputs, labels, samples);
        };
        const expected = (at(value + 1e-4) - at(value - 1e-4)) / 2e-4;
        own[k] = value;
        assert.ok(Math.abs(gradient[k] - expected) < 2e-6, `${name}[${k}]: ${gradient[k]}, expected ${expected}`);
      });
    }
  }
});

/** A layer whose weight is `tanh(w) + v`, so that the gradient of `v` is an intermediate result for `w`. */
class Summed extends Module {
  w = new Parameter([3, 12], 0.7);
  v = new Parameter([3, 12], 0.3);

  override forward(x: Tensor): Tensor {
    const parts = [tanh(this.w.in(x.graph)), this.v.in(x.graph)];
    return linear(x, x.graph.apply(AddOp, parts, null)[0], null);
  }
}

const AddOp: OpDefinition<null> = { ...AccumulateOp, name: "Add", gradient: (_, [dy]) => [dy, dy] };

Deno.test("Trainer.gradients() gives a gradient that is read elsewhere a place of its own", async () => {
  using device = await GpuDevice.request();
  const model = new Summed();
  const plain = new Linear(12, 3, { bias: false });
  const [w, v] = [model.w.data, model.v.data];
  plain.weight.data.set(w.map((value, k) => Math.tanh(value) + v[k]));
  const loader = new DataLoader(smallData(10), { batchSize: 10 });
  using trainer = await smallTrainer(device, model);
  using reference = await smallTrainer(device, plain);
  const gradients = await trainer.gradients(loader);
  const expected = (await reference.gradients(loader)).get("weight")!.data;
  expected.forEach((value, k) => {
    assert.ok(Math.abs(gradients.get("v")!.data[k] - value) < 1e-6);
    assert.ok(Math.abs(gradients.get("w")!.data[k] - value * (1 - Math.tanh(w[k]) ** 2)) < 1e-6);
  });
  await trainer.fit(loader);
});

Deno.test("Trainer leaves a parameter that the loss does not depend on as it was", async () => {
  using device = await GpuDevice.request();
  manualSeed(6);
  const model = new Shared();
  const before = model.stateDict();
  using trainer = await smallTrainer(device, model);
  await trainer.fit(new DataLoader(smallData(9), { batchSize: 3 }));
  const after = model.stateDict();
  assert.deepEqual(after.get("unused.weight"), before.get("unused.weight"));
  assert.deepEqual(after.get("unused.bias"), before.get("unused.bias"));
  for (const name of ["layer.weight", "layer.bias", "out.weight"]) {
    const old = before.get(name)!.data;
    assert.ok(after.get(name)!.data.every((value, k) => value !== old[k]), name);
  }
});

Deno.test("differentiate() adds no node for what nobody wants", () => {
  manualSeed(1);
  const { graph, output, parameters } = trace(new Sequential(new Linear(4, 3), new Linear(3, 2)), [5, 4]);
  const target = graph.source("target", [5], "target", "u32");
  const [loss] = graph.apply(CrossEntropyOp, [output, target], null);
  const found = differentiate(loss, [parameters.get("1.bias")!]);
  assert.deepEqual([...found.keys()].map(({ name }) => name), ["1.bias"]);
  const backward = graph.nodes.filter(({ name }) => name.startsWith("backward/"));
  assert.equal(backward.length, 2, "the last layer's weights and, unused, its input; the first layer has none");
});

Deno.test("differentiate() refuses what is no loss and what has no gradient", () => {
  const graph = new Graph();
  const x = graph.source("input_0", [2, 3], "input");
  const weight = graph.source("w", [4, 3], "parameter");
  const y = linear(x, weight, null);
  assert.throws(() => differentiate(y, [weight]), {
    name: "ArgumentError",
    message: "Linear is not the output of a loss, so there is nothing to differentiate",
  });
  const round = { name: "Round", shapes: ([shape]: readonly (readonly number[])[]) => [shape] };
  const [rounded] = graph.within("head", () => graph.apply(round, [y], null));
  const target = graph.source("target", [2], "target", "u32");
  const [loss] = graph.apply(CrossEntropyOp, [rounded, target], null);
  assert.throws(() => differentiate(loss, [weight]), {
    name: "ArgumentError",
    message: "head/Round: Round has no gradient, so no parameter before it can be trained",
  });
  assert.equal(differentiate(loss, [graph.source("elsewhere", [3], "parameter")]).size, 0);
});
