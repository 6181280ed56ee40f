/** The convolution's kernels against loops in double precision, run by themselves. */
import assert from "node:assert/strict";
import { Epilogue, type EpilogueStep } from "../../core/graph/epilogue.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { KernelCall, OpDefinition, Profile, Stage } from "../../core/graph/op.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { Conv2dOp } from "../../ops/conv2d.ts";
import { conv2d } from "../../ops/conv_layers.ts";
import { Conv2dBackwardInputOp } from "../../ops/conv2d_backward_input.ts";
import { Conv2dBackwardWeightOp } from "../../ops/conv2d_backward_weight.ts";

const CPU: Profile = { kind: "cpu", unroll: true, workgroupMemory: 16384 };
const GPU: Profile = { kind: "gpu", unroll: false, workgroupMemory: 16384 };
/** As for many channels, whatever their number. */
const TILED: Profile = { ...GPU, tile: { rows: 32, columns: 32, depth: 16, lane: [4, 4] } };
const SIGMOID = { name: "sigmoid", text: "fn sigmoid(v: f32) -> f32 { return 1.0 / (1.0 + exp(-v)); }" };
const MEAN = { name: "mean", text: "fn mean(w: vec4f) -> f32 { return (w.x + w.y + w.z + w.w) * 0.25; }" };
const SHARE = { name: "share", text: "fn share(v: f32) -> vec4f { return vec4f(v * 0.25); }" };
const SLOPE = { name: "slope", text: "fn slope(v: f32, y: f32) -> f32 { return v * y * (1.0 - y); }" };

type Pair = readonly [number, number];

/** One convolution: sizes, and everything computed in double precision. */
interface Problem {
  readonly x: Shape;
  readonly weight: Shape;
  readonly stride?: Pair;
  readonly padding?: Pair;
}

const ODD: readonly (Problem & { readonly name: string })[] = [
  { name: "odd sizes", x: [5, 3, 9, 7], weight: [5, 3, 3, 2] },
  { name: "one sample, many channels", x: [1, 13, 6, 6], weight: [3, 13, 3, 3] },
  { name: "stride 2 and padding 1", x: [3, 2, 9, 8], weight: [6, 2, 3, 3], stride: [2, 2], padding: [1, 1] },
  { name: "stride (3, 2), padding (0, 4)", x: [2, 2, 11, 12], weight: [9, 2, 2, 5], stride: [3, 2], padding: [0, 4] },
  { name: "one tap", x: [3, 6, 4, 5], weight: [7, 6, 1, 1] },
  { name: "a plane wider than a tile", x: [2, 1, 10, 44], weight: [4, 1, 3, 3], padding: [1, 1] },
  { name: "a kernel of many taps", x: [2, 2, 12, 11], weight: [3, 2, 9, 8], stride: [1, 2], padding: [2, 1] },
];

const adapter = await navigator.gpu?.requestAdapter();
const device = await adapter!.requestDevice();
device.addEventListener("uncapturederror", (event) => {
  throw new Error((event as GPUUncapturedErrorEvent).error.message);
});

for (const profile of [CPU, GPU, TILED]) {
  const kind = profile === TILED ? "tiles" : profile.kind;
  // Where tiles end is tested with every tile elsewhere.
  for (const { name, ...problem } of profile === TILED ? [] : ODD) {
    Deno.test(`Conv2d and its gradients agree with plain loops: ${name} (${kind})`, async () => {
      const reference = referenceOf(problem);
      await checkForward(problem, reference, profile, true);
      await checkBackwardInput(problem, reference, profile);
      await checkBackwardWeight(problem, reference, profile, 64);
    });
  }

  Deno.test(`Conv2d carries sigmoid and pooling at LeNet's shapes (${kind})`, async () => {
    for (const problem of [lenet1(3), lenet2(8)]) {
      const reference = referenceOf(problem);
      const shape = reference.shape;
      const half = [shape[0], shape[1], shape[2] / 2, shape[3] / 2];
      const graph = new Graph();
      const [own, active, pooled] = [shape, shape, half].map((s, i) => graph.source(`v${i}`, s, "input"));
      const steps: EpilogueStep[] = [
        { value: own, stored: false, stage: null },
        { value: active, stored: true, stage: { kind: "map", fn: SIGMOID, operands: [] } },
        { value: pooled, stored: true, stage: { kind: "pool", fn: MEAN } },
      ];
      const y = reference.y.map((v) => 1 / (1 + Math.exp(-v)));
      const results = await run(Conv2dOp, problem, [reference.x, reference.weight, reference.bias], profile, { steps });
      close(results.get(active)!, y, "sigmoid");
      close(results.get(pooled)!, meansOf(y, shape), "pooled");
    }
  });

  Deno.test(`Conv2dBackwardInput carries the gradients of pooling and sigmoid at LeNet's shapes (${kind})`, async () => {
    const problem = lenet2(3);
    const reference = referenceOf(problem);
    const shape = problem.x;
    const double = [shape[0], shape[1], shape[2] * 2, shape[3] * 2];
    const graph = new Graph();
    const [own, spread, slope, y] = [shape, double, double, double].map((s, i) => graph.source(`v${i}`, s, "input"));
    const steps: EpilogueStep[] = [
      { value: own, stored: false, stage: null },
      { value: spread, stored: false, stage: { kind: "spread", fn: SHARE, operands: [] } },
      { value: slope, stored: true, stage: { kind: "map", fn: SLOPE, operands: [y] } },
    ];
    const operand = numbers(sizeOf(double), 9);
    const results = await run(Conv2dBackwardInputOp, problem, [reference.dy, reference.weight], profile, {
      steps,
      operands: new Map([[y, operand]]),
    });
    const [height, width] = double.slice(2);
    const expected = operand.map((v, i) => {
      const [plane, row, col] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const from = (plane * shape[2] + (row >> 1)) * shape[3] + (col >> 1);
      return 0.25 * reference.dx[from] * v * (1 - v);
    });
    close(results.get(slope)!, expected, "dx");
  });

  Deno.test(`Conv2dBackwardWeight leaves partial sums or one sum at LeNet's shapes (${kind})`, async () => {
    for (const [problem, partials] of [[lenet1(8), 64], [lenet2(8), 64], [lenet2(3), 1]] as const) {
      await checkBackwardWeight(problem, referenceOf(problem), profile, partials);
    }
  });
}

Deno.test("Conv2d without a bias, without windows and alone agrees with plain loops", async () => {
  const problem = { x: [2, 2, 7, 7], weight: [4, 2, 3, 3] };
  await checkForward(problem, referenceOf(problem), CPU, false);
});

Deno.test("Conv2dBackwardWeight stores the outputs that are used and no other", async () => {
  const problem = { x: [2, 2, 6, 6], weight: [3, 2, 3, 3] };
  const reference = referenceOf(problem);
  for (const [profile, used] of [[CPU, [true, false]], [CPU, [false, true]], [TILED, [true, false]]] as const) {
    const results = await run(Conv2dBackwardWeightOp, problem, [reference.x, reference.dy], profile, { used });
    assert.equal(results.size, 1);
    close([...results.values()][0], used[0] ? reference.dweight : reference.dbias, "the output that is used");
  }
});

Deno.test("conv2d() refuses a channel mismatch", () => {
  const graph = new Graph();
  const x = graph.source("x", [1, 3, 8, 8], "input");
  const weight = graph.source("weight", [4, 2, 3, 3], "parameter");
  assert.throws(() => conv2d(x, weight, null), /x \[1, 3, 8, 8\] with 3 channels.*takes 2/);
});

Deno.test("conv2d() refuses a kernel larger than its input, a stride of 0 and a bias of the wrong length", () => {
  const graph = new Graph();
  const x = graph.source("x", [1, 2, 4, 4], "input");
  const weight = graph.source("weight", [4, 2, 5, 5], "parameter");
  const bias = graph.source("bias", [3], "parameter");
  assert.throws(() => conv2d(x, weight, null), { name: "ShapeError", message: /5 x 5 that is larger than x/ });
  assert.throws(() => conv2d(x, weight, null, { stride: 0 }), { name: "ArgumentError", message: /stride/ });
  assert.throws(() => conv2d(x, weight, bias, { padding: 1 }), { name: "ShapeError", message: /bias of shape \[4\]/ });
  assert.deepEqual(conv2d(x, weight, null, { padding: [1, 2], stride: 2 }).shape, [1, 4, 1, 2]);
});

Deno.test("Conv2d reads the ONNX attributes that it writes and refuses the others", () => {
  const graph = new Graph();
  const x = graph.source("x", [1, 2, 8, 8], "input");
  const weight = graph.source("weight", [4, 2, 3, 5], "parameter");
  const node = conv2d(x, weight, null, { padding: [1, 2], stride: [2, 1] }).node!;
  const written = Conv2dOp.onnx!.write(node);
  assert.deepEqual(written, { dilations: [1, 1], group: 1, kernel_shape: [3, 5], pads: [1, 2, 1, 2], strides: [2, 1] });
  const shapes = [x.shape, weight.shape];
  assert.deepEqual(Conv2dOp.onnx!.read(written, shapes), node.attributes);
  for (const wrong of [{ group: 2 }, { dilations: [2, 1] }, { pads: [1, 1, 0, 0] }, { auto_pad: 1 }]) {
    assert.throws(() => Conv2dOp.onnx!.read({ ...written, ...wrong }, shapes), { name: "ArgumentError" });
  }
});

function lenet1(batch: number): Problem {
  return { x: [batch, 1, 28, 28], weight: [6, 1, 5, 5] };
}

function lenet2(batch: number): Problem {
  return { x: [batch, 6, 12, 12], weight: [16, 6, 5, 5] };
}

async function checkForward(problem: Problem, reference: Reference, profile: Profile, bias: boolean): Promise<void> {
  const inputs = [reference.x, reference.weight, ...(bias ? [reference.bias] : [])];
  const [y] = (await run(Conv2dOp, problem, inputs, profile)).values();
  const plane = reference.shape[2] * reference.shape[3];
  const offset = (i: number) => bias ? 0 : reference.bias[Math.floor(i / plane) % problem.weight[0]];
  close(y, reference.y.map((v, i) => v - offset(i)), "y");
}

async function checkBackwardInput(problem: Problem, reference: Reference, profile: Profile): Promise<void> {
  const [dx] = (await run(Conv2dBackwardInputOp, problem, [reference.dy, reference.weight], profile)).values();
  close(dx, reference.dx, "dx");
}

async function checkBackwardWeight(
  problem: Problem,
  reference: Reference,
  profile: Profile,
  maxPartials: number,
): Promise<void> {
  const inputs = [reference.x, reference.dy];
  const [dweight, dbias] = (await run(Conv2dBackwardWeightOp, problem, inputs, profile, { maxPartials })).values();
  close(dweight, reference.dweight, "dweight");
  close(dbias, reference.dbias, "dbias");
}

/** Runs a kernel by itself; the values that it stored, partial sums added up. */
async function run(
  // deno-lint-ignore no-explicit-any
  op: OpDefinition<any>,
  problem: Problem,
  inputs: readonly Float32Array[],
  profile: Profile,
  options: {
    steps?: readonly EpilogueStep[];
    operands?: ReadonlyMap<Value, Float32Array>;
    maxPartials?: number;
    used?: readonly boolean[];
  } = {},
): Promise<Map<Value, Float32Array>> {
  const { stride = [1, 1], padding = [0, 0] } = problem;
  const backward = { inputShape: problem.x, weightShape: problem.weight, bias: true };
  const attributes = op === Conv2dOp ? { stride, padding } : { stride, padding, ...backward };
  const [y] = Conv2dOp.shapes([problem.x, problem.weight], { stride, padding });
  const shapes = op === Conv2dOp
    ? [problem.x, problem.weight, [problem.weight[0]]].slice(0, inputs.length)
    : op === Conv2dBackwardInputOp
    ? [y, problem.weight]
    : [problem.x, y];
  const outputs = op.shapes(shapes, attributes);
  const graph = new Graph();
  const values = outputs.map((shape, i) => graph.source(`output${i}`, shape, "input"));
  const steps = options.steps ?? [{ value: values[0], stored: true, stage: null as Stage | null }];
  const epilogue = new Epilogue(steps, inputs.length);
  const used = options.used ?? outputs.map(() => true);
  const { maxPartials = 1 } = options;
  const call: KernelCall<unknown> = { inputs: shapes, outputs, attributes, epilogue, profile, used, maxPartials };
  const kernel = op.kernel!(call);
  const partials = kernel.partials ?? 1;
  assert.ok(
    partials >= 1 && partials <= maxPartials,
    `${partials} partial sums, but at most ${maxPartials} are allowed`,
  );
  assert.ok(kernel.wgsl.length < 30_000, `the source has ${kernel.wgsl.length} characters`);

  const writes = op.carries === undefined
    ? values.filter((_, i) => used[i]).map((value) => ({ value, access: "read_write" }))
    : epilogue.bindings;
  const buffers = [
    ...inputs.map((data) => buffer(data)),
    ...writes.map(({ value, access }) =>
      buffer(
        access === "read" ? options.operands!.get(value)! : new Float32Array(sizeOf(value.shape) * partials).fill(NaN),
      )
    ),
  ];
  const access = [...inputs.map(() => "read"), ...writes.map((write) => write.access)];
  const layout = device.createBindGroupLayout({
    entries: access.map((kind, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: kind === "read" ? "read-only-storage" : "storage" },
    })),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code: kernel.wgsl }), entryPoint: "main" },
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(...kernel.workgroups);
  pass.end();
  device.queue.submit([encoder.finish()]);
  const results = new Map<Value, Float32Array>();
  for (const [i, { value, access }] of writes.entries()) {
    if (access === "read") continue;
    const data = await read(buffers[inputs.length + i]);
    const size = sizeOf(value.shape);
    const sum = (e: number) => Array.from({ length: partials }, (_, p) => data[p * size + e]).reduce((a, b) => a + b);
    results.set(value, Float32Array.from({ length: size }, (_, e) => sum(e)));
  }
  for (const buffer of buffers) buffer.destroy();
  return results;
}

function buffer(data: Float32Array): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const result = device.createBuffer({ size: data.byteLength, usage });
  device.queue.writeBuffer(result, 0, new Float32Array(data));
  return result;
}

async function read(from: GPUBuffer): Promise<Float32Array> {
  const copy = device.createBuffer({ size: from.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, 0, copy, 0, from.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const data = new Float32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return data;
}

/** The data of a problem and what the kernels should make of it. */
type Reference = ReturnType<typeof referenceOf>;

function referenceOf({ x: xShape, weight: wShape, stride = [1, 1], padding = [0, 0] }: Problem) {
  const [batch, channels, height, width] = xShape;
  const [filters, , kernelRows, kernelColumns] = wShape;
  const [shape] = Conv2dOp.shapes([xShape, wShape], { stride, padding });
  const [x, weight, bias, dy] = [xShape, wShape, [filters], shape].map((s, i) => numbers(sizeOf(s), i + 1));
  const y = new Float64Array(dy.length);
  const [dx, dweight, dbias] = [x, weight, bias].map((data) => new Float64Array(data.length));
  let o = 0;
  for (let n = 0; n < batch; n++) {
    for (let k = 0; k < filters; k++) {
      for (let i = 0; i < shape[2]; i++) {
        for (let j = 0; j < shape[3]; j++, o++) {
          y[o] += bias[k];
          dbias[k] += dy[o];
          for (let c = 0; c < channels; c++) {
            for (let u = 0; u < kernelRows; u++) {
              for (let v = 0; v < kernelColumns; v++) {
                const [row, col] = [i * stride[0] + u - padding[0], j * stride[1] + v - padding[1]];
                if (row < 0 || row >= height || col < 0 || col >= width) continue;
                const a = ((n * channels + c) * height + row) * width + col;
                const w = ((k * channels + c) * kernelRows + u) * kernelColumns + v;
                y[o] += x[a] * weight[w];
                dx[a] += dy[o] * weight[w];
                dweight[w] += dy[o] * x[a];
              }
            }
          }
        }
      }
    }
  }
  return { shape, x, weight, bias, dy, y, dx, dweight, dbias };
}

function meansOf(y: Float64Array, [batch, channels, height, width]: Shape): Float64Array {
  const means = new Float64Array(batch * channels * height * width / 4);
  for (const [i, v] of y.entries()) {
    const [plane, row, col] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    means[(plane * height / 2 + (row >> 1)) * width / 2 + (col >> 1)] += v / 4;
  }
  return means;
}

/** Numbers between -0.5 and 0.5, the same in every run. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed * 7919;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

function close(given: Float32Array, expected: Float64Array | Float32Array, what: string): void {
  assert.equal(given.length, expected.length, `${what} has ${given.length} elements, not ${expected.length}`);
  for (const [i, v] of expected.entries()) {
    assert.ok(Math.abs(given[i] - v) <= 2e-5 * (1 + Math.abs(v)), `${what}[${i}] is ${given[i]}, not ${v}`);
  }
}
