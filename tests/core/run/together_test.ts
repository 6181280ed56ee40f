/** Kernels in one dispatch: which, and that what they compute stays as it is, to the bit. */
import assert from "node:assert/strict";
import { build, NETS } from "../../../bench/nets/nets.ts";
import { manualSeed } from "../../../core/base/random.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { TensorDataset } from "../../../core/data/dataset.ts";
import { DataLoader } from "../../../core/data/loader.ts";
import { elementwise } from "../../../core/graph/elementwise.ts";
import { Module, type Tensor } from "../../../core/graph/module.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { joinTexts } from "../../../core/run/joined_text.ts";
import { lower } from "../../../core/run/lower.ts";
import type { TextPart } from "../../../core/run/parsed_text.ts";
import { traceStep } from "../../../core/run/traced.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Graph } from "../../../core/graph/graph.ts";
import type { OpDefinition, Stage } from "../../../core/graph/op.ts";
import { Adam, BatchNorm1d, CrossEntropyLoss, Linear, linear, relu, reshape, sigmoid } from "../../../ops/mod.ts";
import { lowerLimits, smallData } from "../small.ts";

const GPU = { kind: "gpu", unroll: false, workgroupMemory: 16384 } as const;

/** How many dispatches a step is, the batch and the optimiser among them, where a kernel binds so many buffers. */
function dispatches(name: string, buffers: number, kind: "cpu" | "gpu" = "gpu"): number {
  const { shape, batch } = NETS[name];
  manualSeed(0);
  const inputs = new Float32Array(2 * sizeOf(shape));
  const dataset = new TensorDataset({ inputs, shape: [...shape], targets: Uint8Array.of(0, 9) });
  const loss = new CrossEntropyLoss();
  const traced = traceStep({ model: build(NETS[name]), loss, dataset, batch, mode: "train" });
  const { losses, hits } = traced.rows;
  const placed = new Set([traced.input, traced.target, losses!, hits!, ...traced.state.values()]);
  const gradients = new Map([...traced.gradients, ...traced.updates]);
  const limits = { maxStorageBuffersPerShaderStage: buffers, maxComputeWorkgroupStorageSize: 32768 };
  const { kernels } = lower({ wanted: traced.wanted, placed, gradients, fusion: true }, { ...GPU, kind }, limits);
  return kernels.length + 2;
}

Deno.test("a step of LeNet at batch 256 is 7 dispatches on a GPU, and 11 where a kernel binds no more than 8 buffers", () => {
  assert.deepEqual([dispatches("LeNet", 32), dispatches("LeNet", 8), dispatches("LeNet", 0)], [7, 11, 17]);
  assert.equal(dispatches("LeNet", 32, "cpu"), 17, "a processor's");
});

Deno.test("steps of other networks are as few dispatches as they were", () => {
  const most = { "CNN 3-64-128": 11, "residual CNN": 70, "transformer": 62, "LSTM": 9, "MLP 10 M": 13 };
  for (const [name, count] of Object.entries(most)) {
    const found = dispatches(name, 32);
    assert.ok(found <= count, `${name}: ${found} dispatches, and there were ${count}`);
  }
});

/** Normalised by the batch, with two ways that come together again. */
class TwoWays extends Module {
  fc1 = new Linear(12, 40);
  norm = new BatchNorm1d(40);
  fc2 = new Linear(40, 24);
  fc3 = new Linear(24, 3);

  override forward(x: Tensor): Tensor {
    return this.fc3.forward(sigmoid(this.fc2.forward(relu(this.norm.forward(this.fc1.forward(x))))));
  }
}

Deno.test("kernels in one dispatch make the bytes that they make alone", async () => {
  const weights: Float32Array[] = [], plans: string[] = [];
  for (const buffers of [Infinity, 8, 0]) {
    using device = await GpuDevice.request({ profile: { kind: "gpu", unroll: false } });
    const { maxStorageBuffersPerShaderStage: most } = device.gpu.limits;
    lowerLimits(device, { maxStorageBuffersPerShaderStage: Math.min(most, buffers) });
    manualSeed(2);
    const model = new TwoWays();
    using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam(), device });
    // 21 samples: the last batch of 8 is not full.
    const loader = new DataLoader(smallData(21), { batchSize: 8 });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(loader);
    weights.push(Float32Array.from(Object.values(model.stateDict()).flatMap(({ data }) => [...data])));
    plans.push((await trainer.describe(loader)).plan);
  }
  const [all, some, none] = plans;
  assert.ok(all.includes(" > ") && all.includes(" | "), all);
  assert.ok(!none.includes(" > ") && !none.includes(" | "), none);
  assert.ok(!all.includes("copy"), `gradients are copied in\n${all}`);
  const count = (plan: string): number => Number(/^(\d+) dispatches/m.exec(plan)![1]);
  assert.ok(count(all) <= count(some) && count(some) < count(none), plans.join("\n"));
  assert.deepEqual(weights[1], weights[0]);
  assert.deepEqual(weights[2], weights[0]);
});

Deno.test("rows follow one another only where they are as many: under another batch a workgroup has other numbers", () => {
  const graph = new Graph();
  const sources = [[5, 8], [8, 8], [3, 5], [3, 8]].map((shape, k) => graph.source(`s${k}`, shape, "input"));
  const [x, w, v, u] = sources;
  const limits = { maxStorageBuffersPerShaderStage: 8, maxComputeWorkgroupStorageSize: 32768 };
  const kernels = (y: Tensor): number =>
    lower({ wanted: [y], placed: new Set(sources), gradients: new Map(), fusion: true }, GPU, limits).kernels.length;
  const y = linear(x, w);
  assert.equal(kernels(linear(relu(y), u)), 1);
  // Workgroup 1 of the first makes the last 8 of 40 numbers, that of the second reads the last 20.
  assert.equal(kernels(linear(reshape(y, [8, 5]), v)), 2);
  assert.equal(kernels(linear(relu(reshape(y, [8, 5])), v)), 2);
});

Deno.test("an operation of one's own may call WGSL's step() beside kernels that read the step's uniform", async () => {
  const cut = { name: "cut", text: "fn cut(x: f32) -> f32 { return x * step(0.0, x); }" };
  const CutOp: OpDefinition<null> = {
    name: "Cut",
    shapes: ([x]) => [x],
    stage: (): Stage => ({ kind: "map", fn: cut, operands: [] }),
    kernel: (call) => elementwise("Cut", call, cut),
    gradient: (_, [dy]) => [dy],
  };
  class Cut extends Module {
    fc = new Linear(12, 3);

    override forward(x: Tensor): Tensor {
      return x.graph.apply(CutOp, [this.fc.forward(x)], null)[0];
    }
  }
  using device = await GpuDevice.request({ profile: { kind: "gpu", unroll: false } });
  const parts = { model: new Cut(), loss: new CrossEntropyLoss(), optimizer: new Adam(), device };
  using trainer = await Trainer.create(parts);
  const loader = new DataLoader(smallData(16), { batchSize: 8 });
  assert.match((await trainer.describe(loader)).plan, /\+cut > CrossEntropy/);
  assert.ok(Number.isFinite((await trainer.fit(loader)).loss));
});

Deno.test("joinTexts gives each part names of its own and one place to what they share, or leaves them alone", () => {
  const graph = new Graph();
  const [x, y, z] = ["x", "y", "z"].map((name) => graph.source(name, [8], "input"));
  const part = (wgsl: string, read: typeof x, write: typeof x): TextPart => ({
    text: { name: "part", wgsl, workgroups: [2, 1, 1] },
    bindings: [{ value: read, access: "read" }, { value: write, access: "read_write" }],
  });
  const text = (type: string, body: string, lanes = 64): string =>
    `@group(0) @binding(0) var<storage, read> a: array<${type}>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
var<workgroup> tile: array<f32, 16>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) i: u32) { ${body} }`;
  const limits = { buffers: 8, workgroupBytes: 64 };
  const first = part(text("f32", "tile[i] = a[i]; workgroupBarrier(); b[i] = tile[i];"), x, y);
  const second = part(text("vec4f", "b[i] = a[u32(a[i].x)].y;"), y, z);
  const joined = joinTexts([first, second], true, limits)!;
  assert.deepEqual(joined.bindings.map(({ value }) => value), [x, y, z]);
  assert.match(joined.text.wgsl, /= joined_buffer1_vec4f\(u32\(joined_buffer1_vec4f\(i\)\.x\)\)\.y/, "read as vectors");
  assert.equal(joined.text.wgsl.match(/var<workgroup>/g)?.length, 1, "one array for both");
  assert.deepEqual(joined.text.workgroups, [2, 1, 1]);
  const beside = joinTexts([first, part(text("f32", "b[i] = a[i];", 32), x, z)], false, limits)!;
  assert.deepEqual(beside.text.workgroups, [4, 1, 1]);
  assert.match(beside.text.wgsl, /if \(lane < 32u\)/);

  const refused = (...given: Parameters<typeof joinTexts>) => assert.equal(joinTexts(...given), null);
  refused([first, second], true, { ...limits, buffers: 2 });
  refused([first, second], true, { ...limits, workgroupBytes: 60 });
  refused([first, part(text("f32", "workgroupBarrier();", 32), x, z)], false, limits);
  refused([first, part(text("vec3f", ""), y, z)], true, limits);
  const mine = part(`var <private> mine: f32;\n${text("f32", "mine = 1.0;")}`, y, z);
  assert.match(joinTexts([first, mine], true, limits)!.text.wgsl, /p1_mine = 1\.0/);
  refused([first, part(text("f32", "storageBarrier();", 32), x, z)], false, limits);
  const diagnostic = "diagnostic(off, derivative_uniformity);";
  for (const foreign of ["struct S { v: f32, }", "override n: u32;", diagnostic, "var <workgroup> n: u32;"]) {
    refused([first, part(foreign + text("f32", ""), y, z)], true, limits);
  }
});
