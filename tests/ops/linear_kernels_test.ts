import assert from "node:assert/strict";
import { Epilogue, type EpilogueStep } from "../../core/graph/epilogue.ts";
import { ShapeError } from "../../core/base/errors.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { KernelCall, KernelText, Profile, Stage } from "../../core/graph/op.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { linear, LinearOp } from "../../ops/linear.ts";
import { LinearBackwardInputOp } from "../../ops/linear_backward_input.ts";
import { LinearBackwardWeightOp } from "../../ops/linear_backward_weight.ts";

const CPU: Profile = { kind: "cpu", unroll: true, workgroupMemory: 16384 };
const GPU: Profile = { kind: "gpu", unroll: false, workgroupMemory: 16384 };
const SMALL: Profile = { kind: "cpu", unroll: true, workgroupMemory: 1024 };

const sigmoid: Stage = {
  kind: "map",
  fn: { name: "sigmoid", text: "fn sigmoid(v: f32) -> f32 { return 1.0 / (1.0 + exp(-v)); }" },
  operands: [],
};
const times = (operand: Value): Stage => ({
  kind: "map",
  fn: { name: "times", text: "fn times(v: f32, w: f32) -> f32 { return v * w; }" },
  operands: [operand],
});
const spread: Stage = {
  kind: "spread",
  fn: { name: "ramp", text: "fn ramp(v: f32) -> vec4f { return v * vec4f(0.25, 0.5, 0.75, 1.0); }" },
  operands: [],
};

/** Profile, samples, inputs, outputs. SMALL makes every product take several passes. */
const RUNS: readonly (readonly [string, Profile, number, number, number])[] = [
  ["CPU", CPU, 1, 1, 1],
  ["CPU", CPU, 3, 5, 130],
  ["CPU", CPU, 17, 126, 7],
  ["CPU", CPU, 16, 20, 12],
  ["CPU", CPU, 18, 132, 21],
  ["GPU", GPU, 1, 300, 3],
  ["GPU", GPU, 17, 33, 140],
  ["GPU", GPU, 32, 516, 24],
  ["SMALL", SMALL, 3, 70, 9],
  ["SMALL", SMALL, 67, 24, 39],
  ["rolled SMALL", { ...SMALL, unroll: false }, 70, 37, 67],
];

Deno.test("linear kernels", async (t) => {
  Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  const adapter = await navigator.gpu?.requestAdapter();
  assert.ok(adapter, "these tests need a WebGPU adapter; install a Vulkan driver, Mesa's lavapipe will do");
  const device = await adapter.requestDevice();
  const values = new Map<Value, Float32Array>();
  const graph = new Graph();
  const value = (name: string, shape: Shape): Value => graph.source(name, shape, "input");
  const filled = (name: string, shape: Shape): Value => {
    const made = value(name, shape);
    values.set(made, noise(sizeOf(shape)));
    return made;
  };

  for (const [profileName, profile, n, i, o] of RUNS) {
    const x = noise(n * i), weight = noise(o * i), bias = noise(o), dy = noise(n * o);
    const name = `${profileName} profile, batch ${n}, ${i} to ${o}`;

    await t.step(`Linear matches f64 loops: ${name}`, async () => {
      const y = value("y", [n, o]);
      const z = value("z", [n, o]);
      const steps = [{ value: y, stored: true, stage: null }, { value: z, stored: true, stage: sigmoid }];
      const epilogue = new Epilogue(steps, 3);
      const kernel = LinearOp.kernel!(
        call([[n, i], [o, i], [o]], [[n, o]], {} as Record<string, never>, profile, epilogue),
      );
      assert.equal(kernel.name, "Linear");
      const [gotY, gotZ] = await run(device, kernel, [x, weight, bias], [n * o, n * o]);
      const want = product(n, i, o, (s, k) => x[s * i + k], (k, r) => weight[r * i + k], (r) => bias[r]);
      close(gotY, want);
      close(gotZ, want.map((v) => 1 / (1 + Math.exp(-v))));
    });

    await t.step(`LinearBackwardInput matches f64 loops: ${name}`, async () => {
      const dx = value("dx", [n, i]);
      const operand = filled("operand", [n, i]);
      const z = value("z", [n, i]);
      const steps = [{ value: dx, stored: true, stage: null }, { value: z, stored: true, stage: times(operand) }];
      const epilogue = new Epilogue(steps, 2);
      const kernel = LinearBackwardInputOp.kernel!(call([[n, o], [o, i]], [[n, i]], null, profile, epilogue));
      const factor = values.get(operand)!;
      const [got, , gotZ] = await run(device, kernel, [dy, weight], [n * i, factor, n * i]);
      const want = product(n, o, i, (s, k) => dy[s * o + k], (k, c) => weight[k * i + c]);
      close(got, want);
      close(gotZ, want.map((v, at) => v * factor[at]));
    });

    for (const maxPartials of profile === GPU ? [1] : [1, 3]) {
      await t.step(`LinearBackwardWeight matches f64 loops: ${name}, at most ${maxPartials} partials`, async () => {
        const outputs = [[o, i], [o]];
        const kernel = LinearBackwardWeightOp.kernel!({
          ...call([[n, i], [n, o]], outputs, { bias: true }, profile),
          used: [true, true],
          maxPartials,
        });
        const partials = kernel.partials ?? 1;
        assert.ok(partials >= 1 && partials <= maxPartials);
        const [dweight, dbias] = await run(device, kernel, [x, dy], [o * i * partials, o * partials]);
        close(summed(dweight, partials), product(o, n, i, (r, k) => dy[k * o + r], (k, c) => x[k * i + c]));
        close(summed(dbias, partials), product(o, n, 1, (r, k) => dy[k * o + r], () => 1));
      });
    }
  }

  await t.step("Linear works without a bias and without a stage", async () => {
    const [n, i, o] = [2, 6, 10];
    const x = noise(n * i), weight = noise(o * i);
    const epilogue = new Epilogue([{ value: value("y", [n, o]), stored: true, stage: null }], 2);
    const kernel = LinearOp.kernel!(call([[n, i], [o, i]], [[n, o]], {} as Record<string, never>, CPU, epilogue));
    const [y] = await run(device, kernel, [x, weight], [n * o]);
    close(y, product(n, i, o, (s, k) => x[s * i + k], (k, r) => weight[r * i + k]));
  });

  for (const [profileName, profile] of Object.entries({ CPU, GPU })) {
    await t.step(`LinearBackwardInput carries a spread and a map: ${profileName} profile`, async () => {
      const [n, o, channels, height, width] = [5, 3, 3, 2, 4];
      const i = channels * height * width;
      const dy = noise(n * o), weight = noise(o * i);
      const wide = [n, channels, height * 2, width * 2];
      const operand = filled("operand", wide);
      const steps: EpilogueStep[] = [
        { value: value("dx", [n, i]), stored: false, stage: null },
        { value: value("spread", wide), stored: false, stage: spread },
        { value: value("result", wide), stored: true, stage: times(operand) },
      ];
      const epilogue = new Epilogue(steps, 2, [n, channels, height, width]);
      const kernel = LinearBackwardInputOp.kernel!(call([[n, o], [o, i]], [[n, i]], null, profile, epilogue));
      const factor = values.get(operand)!;
      const [, got] = await run(device, kernel, [dy, weight], [factor, factor.length]);
      const dx = product(n, o, i, (s, k) => dy[s * o + k], (k, c) => weight[k * i + c]);
      const want = Array.from(factor, (f, at) => {
        const col = at % (width * 2), row = Math.floor(at / (width * 2)) % (height * 2);
        const plane = Math.floor(at / (width * height * 4));
        const from = dx[(plane * height + (row >> 1)) * width + (col >> 1)];
        return from * f * 0.25 * (1 + (row & 1) * 2 + (col & 1));
      });
      close(got, want);
    });
  }

  await t.step("LinearBackwardWeight leaves out the output that nobody reads", async () => {
    const [n, i, o] = [6, 8, 12];
    const x = noise(n * i), dy = noise(n * o);
    const base = call([[n, i], [n, o]], [[o, i], [o]], { bias: true }, CPU);
    const onlyWeight = LinearBackwardWeightOp.kernel!({ ...base, used: [true, false] });
    assert.doesNotMatch(onlyWeight.wgsl, /dbias/);
    const [dweight] = await run(device, onlyWeight, [x, dy], [o * i]);
    close(dweight, product(o, n, i, (r, k) => dy[k * o + r], (k, c) => x[k * i + c]));
    const onlyBias = LinearBackwardWeightOp.kernel!({ ...base, used: [false, true] });
    assert.doesNotMatch(onlyBias.wgsl, /dweight/);
    const [dbias] = await run(device, onlyBias, [x, dy], [o]);
    close(dbias, product(o, n, 1, (r, k) => dy[k * o + r], () => 1));
  });
  device.destroy();
});

Deno.test("the kernels of LeNet's fully connected layers are short and stay within their limits", () => {
  for (const profile of [CPU, GPU]) {
    for (const [i, o] of [[256, 120], [120, 84], [84, 10]]) {
      const n = 256;
      const stored = (shape: Shape, first: number) =>
        new Epilogue([{ value: new Graph().source("v", shape, "input"), stored: true, stage: null }], first);
      const weightKernel = LinearBackwardWeightOp.kernel!({
        ...call([[n, i], [n, o]], [[o, i], [o]], { bias: true }, profile),
        used: [true, true],
        maxPartials: 64,
      });
      const kernels = [
        LinearOp.kernel!(
          call([[n, i], [o, i], [o]], [[n, o]], {} as Record<string, never>, profile, stored([n, o], 3)),
        ),
        LinearBackwardInputOp.kernel!(call([[n, o], [o, i]], [[n, i]], null, profile, stored([n, i], 2))),
        weightKernel,
      ];
      for (const kernel of kernels) assert.ok(kernel.wgsl.length < 15000, `${kernel.name}: ${kernel.wgsl.length}`);
      assert.ok(weightKernel.partials! * i * o < 150000);
      for (const kernel of kernels) {
        const vectors = Number(/var<workgroup> tile: array<vec4f, (\d+)>/.exec(kernel.wgsl)?.[1]);
        assert.ok(vectors * 16 <= 16384, `${kernel.name}: ${vectors} vectors of workgroup memory`);
      }
    }
  }
});

Deno.test("linear() makes a node of shape [N, O] and its gradient three", () => {
  const graph = new Graph();
  const x = graph.source("x", [4, 6], "input");
  const weight = graph.source("weight", [3, 6], "parameter");
  const bias = graph.source("bias", [3], "parameter");
  const y = linear(x, weight, bias);
  assert.deepEqual(y.shape, [4, 3]);
  const gradients = LinearOp.gradient!(y.node!, [graph.source("dy", [4, 3], "input")]);
  assert.deepEqual(gradients.map((g) => g?.shape), [[4, 6], [3, 6], [3]]);
  assert.deepEqual(LinearOp.gradient!(y.node!, [null]), [null, null, null]);
  const bare = linear(x, weight, null);
  assert.equal(LinearOp.gradient!(bare.node!, [graph.source("dy", [4, 3], "input")]).length, 2);
});

Deno.test("linear() refuses shapes that do not fit, by name", () => {
  const graph = new Graph();
  const value = (...shape: number[]) => graph.source("v", shape, "input");
  const refuses = (x: Value, weight: Value, bias: Value | null, message: RegExp) =>
    assert.throws(
      () => linear(x, weight, bias),
      (error) => error instanceof ShapeError && message.test(error.message),
    );
  refuses(value(4), value(5, 4), null, /x of shape \[N, \.\.\., I\].*\[4\]/);
  refuses(value(2, 3, 4), value(5, 12), null, /4 features.*takes 12; flatten each sample to one row first/);
  refuses(value(2, 4), value(5), null, /weight of shape \[O, I\].*\[5\]/);
  refuses(value(2, 4), value(5, 6), null, /4 features.*takes 6/);
  refuses(value(2, 4), value(5, 4), value(4), /bias of shape \[5\].*\[4\]/);
});

function call<A>(
  inputs: readonly Shape[],
  outputs: readonly Shape[],
  attributes: A,
  profile: Profile,
  epilogue: Epilogue = new Epilogue([], inputs.length, []),
): KernelCall<A> {
  return { inputs, outputs, attributes, epilogue, profile, used: outputs.map(() => true), maxPartials: 1 };
}

/** Runs a kernel; a number among `rest` is the size of an output, an array another operand. All of `rest` comes back. */
async function run(
  device: GPUDevice,
  kernel: KernelText,
  inputs: readonly Float32Array[],
  rest: readonly (number | Float32Array)[],
): Promise<Float32Array[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: kernel.wgsl });
  const buffers = [...inputs, ...rest].map((data) => {
    const size = (typeof data === "number" ? data : data.length) * 4;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ size, usage });
    // What a kernel forgets to write stays far off.
    const content = typeof data === "number" ? new Float32Array(data).fill(1e6) : new Float32Array(data);
    device.queue.writeBuffer(buffer, 0, content);
    return buffer;
  });
  const bindGroupLayout = device.createBindGroupLayout({
    entries: buffers.map((_, binding) => {
      const writable = kernel.wgsl.includes(`@binding(${binding}) var<storage, read_write>`);
      const type = writable ? "storage" as const : "read-only-storage" as const;
      return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
    }),
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
  const pipeline = device.createComputePipeline({ layout, compute: { module, entryPoint: "main" } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: bindGroupLayout, entries }));
  pass.dispatchWorkgroups(...kernel.workgroups);
  pass.end();
  const reads = buffers.slice(inputs.length).map((buffer) => {
    const read = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.copyBufferToBuffer(buffer, 0, read, 0, buffer.size);
    return read;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  assert.equal(error, null, `${error?.message}\n${kernel.wgsl}`);
  await Promise.all(reads.map((read) => read.mapAsync(GPUMapMode.READ)));
  const results = reads.map((read) => new Float32Array(read.getMappedRange().slice(0)));
  for (const buffer of [...buffers, ...reads]) buffer.destroy();
  return results;
}

/** `out[r, c] = start(r or c) + sum over k of a(r, k) * b(k, c)` in f64; `start` counts columns. */
function product(
  rows: number,
  depth: number,
  columns: number,
  a: (row: number, k: number) => number,
  b: (k: number, column: number) => number,
  start: (column: number) => number = () => 0,
): number[] {
  return Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns), column = at % columns;
    let sum = start(column);
    for (let k = 0; k < depth; k++) sum += a(row, k) * b(k, column);
    return sum;
  });
}

function summed(partials: Float32Array, count: number): number[] {
  const size = partials.length / count;
  return Array.from({ length: size }, (_, at) => {
    let sum = 0;
    for (let p = 0; p < count; p++) sum += partials[p * size + at];
    return sum;
  });
}

function close(got: ArrayLike<number>, want: ArrayLike<number>): void {
  assert.equal(got.length, want.length);
  for (let at = 0; at < want.length; at++) {
    assert.ok(Math.abs(got[at] - want[at]) < 2e-5, `element ${at} is ${got[at]}, expected ${want[at]}`);
  }
}

let seed = 1;
function noise(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  });
}
