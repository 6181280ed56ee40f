/** Dropout: what it drops, and that it drops the same again. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { Graph } from "../../core/graph/graph.ts";
import { manualSeed } from "../../core/base/random.ts";
import { differentiate } from "../../core/graph/grad.ts";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { nn, SGD } from "../../mod.ts";
import { dropout } from "../../ops/dropout.ts";
import { CpuExecution } from "./cpu_harness.ts";
import { assertClose, Devices, Execution, uniform, WeightedSumOp } from "./harness.ts";

/** Two layers of dropout on ones in training, and the gradient through them. */
function dropped(shape: readonly number[], p: number) {
  const graph = new Graph({ training: true });
  const x = graph.source("input0", shape, "parameter");
  const first = dropout(x, p, 7);
  const output = dropout(first, p, 7);
  const weights = graph.source("weights", shape, "target");
  const [loss] = graph.apply(WeightedSumOp, [output, weights], null);
  const found = differentiate(loss, [x]);
  const ones = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  return {
    given: new Map([[x, ones], [weights, ones]]),
    wanted: [output, first, loss],
    gradients: new Map([["input0", found.get(x)!]]),
  };
}

Deno.test("dropout zeroes as many as it says, scales the others, has the same mask on the way back, and on both back ends", async () => {
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  const [shape, p] = [[37, 3, 40], 0.3];
  const request = dropped(shape, p);
  using onCpu = await CpuExecution.create(cpu, request);
  using onGpu = await Execution.create(devices.gpu, request);
  onCpu.run();
  onGpu.run();
  const [both, first] = request.wanted.map((value) => onCpu.read(value));
  assert.deepEqual(await onGpu.read(request.wanted[0]), both);
  assert.deepEqual([...(await onGpu.gradients()).get("input0")!], [...both]);
  assert.deepEqual([...onCpu.plan.readGradients().get("input0")!], [...both]);
  const share = (values: Float32Array): number => values.filter((value) => value === 0).length / values.length;
  assert.ok(Math.abs(share(first) - p) < 0.02, `${share(first)} of the first are zero`);
  assert.ok(Math.abs(share(both) - (1 - (1 - p) ** 2)) < 0.02, "the second drops others");
  assert.ok(first.every((value) => value === 0 || Math.abs(value - 1 / (1 - p)) < 1e-6));
  // Neighbours, and the same place in the next sample, know nothing of each other.
  for (const distance of [1, 40, 120]) {
    let together = 0;
    for (let k = distance; k < first.length; k++) together += first[k] === 0 && first[k - distance] === 0 ? 1 : 0;
    assert.ok(Math.abs(together / (first.length - distance) - p * p) < 0.02, `at a distance of ${distance}`);
  }
});

Deno.test("dropout is nothing in evaluation and for p of 0, and all for p of 1", async () => {
  const evaluation = new Graph();
  const x = evaluation.source("x", [2, 3], "input");
  assert.equal(dropout(x, 0.5), x);
  const training = new Graph({ training: true });
  const y = training.source("x", [2, 3], "input");
  assert.equal(dropout(y, 0), y);
  using cpu = await CpuDevice.request({ threads: 1 });
  const request = dropped([3, 4], 1);
  using execution = await CpuExecution.create(cpu, request);
  execution.run();
  assertClose(execution.read(request.wanted[0]), new Float32Array(12), 0, "all are dropped");
});

Deno.test("a Dropout refuses what is no probability, by name", () => {
  for (const p of [1.2, -0.1, NaN, "0.5"]) {
    assert.throws(
      () => new nn.Dropout(p as number),
      (error) =>
        error instanceof ArgumentError && /^Dropout: p is .*, expected a probability from 0 to 1/.test(error.message),
    );
  }
});

/** Weights after some epochs; `stop` after how many of them to go on from a checkpoint in a model made anew. */
async function trained(device: "cpu" | Devices["gpu"], stop: number | null, seed = 3): Promise<Float32Array> {
  const make = async () => {
    manualSeed(seed);
    const model = new nn.Sequential(
      new nn.Linear(5, 16),
      new nn.Dropout(0.4),
      new nn.Linear(16, 3),
      new nn.Dropout(0.1),
    );
    const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer: new SGD({ lr: 0.1 }) };
    return { model, trainer: await Trainer.create({ ...parts, device }) };
  };
  const { data } = uniform([30, 5], 1);
  const dataset = new TensorDataset({
    inputs: data,
    shape: [5],
    targets: Uint8Array.from({ length: 30 }, (_, k) => k % 3),
  });
  const loader = new DataLoader(dataset, { batchSize: 8 });
  let { model, trainer } = await make();
  for (let epoch = 0; epoch < 4; epoch++) {
    if (epoch === stop) {
      const checkpoint = await trainer.checkpoint();
      trainer[Symbol.dispose]();
      ({ model, trainer } = await make());
      await trainer.restore(checkpoint);
    }
    await trainer.fit(loader);
  }
  trainer[Symbol.dispose]();
  return model.stateDict().get("0.weight")!.data;
}

Deno.test("training with dropout is the same for the same seed, another for another, and goes on bit for bit", async () => {
  using devices = await Devices.request();
  for (const device of ["cpu", devices.gpu] as const) {
    const whole = await trained(device, null);
    assert.deepEqual(await trained(device, null), whole);
    assert.deepEqual(await trained(device, 2), whole);
    assert.notDeepEqual(await trained(device, null, 4), whole);
  }
  assertClose(await trained("cpu", null), await trained(devices.gpu, null), 1e-5, "both back ends");
});
