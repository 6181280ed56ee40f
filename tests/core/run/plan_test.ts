import assert from "node:assert/strict";
import { accumulate } from "../../../core/graph/accumulate.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { encode, stepLayout, whole } from "../../../core/run/dispatch.ts";
import { storageOf } from "../../../core/graph/fuse.ts";
import { Graph, type Value } from "../../../core/graph/graph.ts";
import { Plan } from "../../../core/run/plan.ts";
import { Generator } from "../../../core/base/random.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { flatten } from "../../../ops/flatten.ts";
import { sigmoid } from "../../../ops/sigmoid.ts";
import { tanh } from "../../../ops/tanh.ts";
import "../small.ts";

type Numbers = Float64Array;

/** A random graph of a few operations, with what each of its values should hold. */
function randomGraph(random: Generator): { graph: Graph; x: Value; values: Map<Value, Numbers> } {
  const graph = new Graph();
  const x = graph.source("input_0", [3, 5, 2], "input");
  const values = new Map([[
    x,
    random.fillUniform(new Float32Array(30), -2, 2).reduce(
      (all, value, k) => all.fill(value, k, k + 1),
      new Float64Array(30),
    ),
  ]]);
  const pick = (): Value => [...values.keys()][values.size - 1 - random.integer(Math.min(4, values.size))];
  for (let k = 0; k < 12; k++) {
    const a = pick();
    const given = values.get(a)!;
    const kind = random.integer(4);
    if (kind === 0) values.set(sigmoid(a), given.map((v) => 1 / (1 + Math.exp(-v))));
    else if (kind === 1) values.set(tanh(a), given.map(Math.tanh));
    else if (kind === 2) values.set(flatten(a), given);
    else {
      const like = [...values.keys()].filter((value) => value.shape.join() === a.shape.join());
      const b = like[random.integer(like.length)];
      values.set(accumulate(a, b), given.map((v, i) => v + values.get(b)![i]));
    }
  }
  return { graph, x, values };
}

Deno.test("Plan computes random graphs as the host does, fused or not, and frees its buffers", async () => {
  using device = await GpuDevice.request();
  const random = new Generator(31);
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const step = { buffer: device.buffer("step", 256, usage), offset: 0, size: 32 };
  const stepGroup = device.bindGroup(stepLayout(device), [{ binding: 0, resource: step }]);
  for (let round = 0; round < 15; round++) {
    const { x, values } = randomGraph(random);
    const input = device.upload("input", Float32Array.from(values.get(x)!));
    const before = device.liveBytes;
    const all = [...values.keys()];
    const wanted = [all[all.length - 1], all[all.length - 2], all[1 + random.integer(all.length - 1)]];
    for (const fusion of [true, false]) {
      const placed = new Map([[x, whole(input)]]);
      const plan = await Plan.create(device, { wanted, placed, gradients: new Map(), step, fusion });
      const encoder = device.gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const dispatch of plan.dispatches) encode(pass, dispatch, stepGroup, 0);
      pass.end();
      device.gpu.queue.submit([encoder.finish()]);
      for (const value of wanted) {
        const { buffer, offset, size } = plan.storage.get(storageOf(value))!;
        assert.equal(size, sizeOf(value.shape) * 4);
        const got = new Float32Array(await device.read(buffer, offset, size));
        values.get(value)!.forEach((expected, i) => {
          assert.ok(Math.abs(got[i] - expected) < 1e-5 * (1 + Math.abs(expected)), `round ${round}: ${value} at ${i}`);
        });
      }
      assert.equal(device.liveBytes, before + plan.bytes);
      const lines = plan.toString().split("\n");
      assert.equal(lines.length, plan.dispatches.length + 1);
      assert.ok(lines.at(-1)!.startsWith(`${plan.dispatches.length} dispatches, `));
      plan.dispose();
      assert.equal(device.liveBytes, before);
    }
    device.free(input);
  }
  await device.idle();
});

Deno.test("Plan says which value nobody makes", async () => {
  using device = await GpuDevice.request();
  const graph = new Graph();
  const lost = graph.source("lost", [2, 2], "input");
  const step = { buffer: device.buffer("step", 256, GPUBufferUsage.UNIFORM), offset: 0, size: 32 };
  const request = { wanted: [sigmoid(lost)], placed: new Map(), gradients: new Map(), step, fusion: true };
  const before = device.liveBytes;
  await assert.rejects(Plan.create(device, request), /Sigmoid reads lost \[2, 2\], which nobody makes/);
  assert.equal(device.liveBytes, before);
});
