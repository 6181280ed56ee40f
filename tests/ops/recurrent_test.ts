/** The recurrent layers against PyTorch: vectors by recurrent.py, made with `.venv-torch/bin/python tests/ops/recurrent.py`. */
import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { Module, type Tensor, trace } from "../../core/graph/module.ts";
import { differentiate } from "../../core/graph/grad.ts";
import { sizeOf } from "../../core/base/shape.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { GpuDevice } from "../../core/run/device.ts";
import {
  add,
  flatten,
  LSTMOp,
  mul,
  nn,
  permute,
  type RecurrentLayer,
  type RecurrentOptions,
  sum,
} from "../../ops/mod.ts";
import { exportOnnx } from "../../onnx/model.ts";
import { judge } from "../onnx/judge.ts";
import vectors from "./recurrent.json" with { type: "json" };
import { CpuExecution, evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, Devices, evaluate, Execution, PROFILES, uniform, weigh, WeightedSumOp } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

type Vectors = Omit<(typeof vectors)[number], "parameters" | "gradients" | "options"> & {
  readonly parameters: Record<string, number[]>;
  readonly gradients: Record<string, number[]>;
  readonly options: Record<string, unknown>;
};

/** A layer with PyTorch's parameters. */
function layerOf({ kind, options, shape, parameters }: Vectors): RecurrentLayer {
  const { batch_first: batchFirst = false, num_layers: numLayers = 1, ...same } = options;
  const layer = new (nn[kind as "LSTM"])(shape[2], 3, { ...same, batchFirst, numLayers } as RecurrentOptions);
  const state = layer.stateDict();
  assert.deepEqual([...state.keys()], Object.keys(parameters));
  for (const [name, { data }] of state) data.set(parameters[name]);
  layer.loadStateDict(state);
  return layer;
}

/** Cosines as PyTorch's script weighs with, in the layout of one value among all. */
const cosines = (size: number, k: number): Float32Array =>
  Float32Array.from({ length: size }, (_, n) => Math.cos(n + k));

for (const one of vectors as unknown as Vectors[]) {
  Deno.test(`${one.kind} ${JSON.stringify(one.options)} is PyTorch's, forward, back and in its last states, on both back ends`, async () => {
    using devices = await Devices.request();
    using cpu = await CpuDevice.request({ threads: 1 });
    const layer = layerOf(one);
    const first = one.options.batch_first === true;
    const [batch, steps] = first ? one.shape : [one.shape[1], one.shape[0]];
    // The input as it comes from outside has the batch first, and is a parameter so that it has a gradient.
    const holder = new class extends Module {
      x = nn.Parameter.from(one.shape, Float32Array.from(one.x));
      layer = layer;
      override forward(): Tensor {
        throw new Error("nobody runs it");
      }
    }();
    const model = new class extends Module {
      holder = holder;
      parts: readonly Tensor[] = [];
      override forward(input: Tensor): Tensor {
        const { output, hidden, memory } = layer.run(holder.x.in(input.graph));
        this.parts = [output, ...hidden, ...memory];
        const rows = first ? output : permute(output, [1, 0, 2]);
        const weights = (value: Tensor, data: Float32Array): Tensor =>
          sum(flatten(mul(value, value.graph.constant(value.shape, data))), 1, { keepdim: true });
        const all = cosines(sizeOf(output.shape), 0);
        let total = weights(rows, first ? all : swapped(all, steps, batch));
        for (const [k, states] of [hidden, memory].entries()) {
          const size = batch * 3;
          states.forEach((state, at) => {
            total = add(total, weights(state, cosines(size * states.length, k + 1).slice(at * size, (at + 1) * size)));
          });
        }
        return total;
      }
    }();
    const { graph, output, parameters, input } = trace(model, [batch, 1]);
    const ones = graph.source("ones", [batch, 1], "target");
    const [loss] = graph.apply(WeightedSumOp, [output, ones], null);
    const found = differentiate(loss, [...parameters.values()]);
    const gradients = new Map([...found].map(([value, gradient]) => [value.name, gradient]));
    const stored = model.stateDict();
    const given = new Map([...parameters].map(([name, value]) => [value, Float32Array.from(stored.get(name)!.data)]));
    given.set(ones, new Float32Array(batch).fill(1));
    given.set(input, new Float32Array(batch));
    const wanted = [loss, ...model.parts];
    using onCpu = await CpuExecution.create(cpu, { given, wanted, gradients });
    using onGpu = await Execution.create(devices.gpu, { given, wanted, gradients });
    onCpu.run();
    onGpu.run();
    const results = [
      { read: (value: Tensor) => Promise.resolve(onCpu.read(value)), found: onCpu.plan.readGradients() },
      { read: (value: Tensor) => onGpu.read(value), found: await onGpu.gradients() },
    ];
    const layers = one.hidden.length / (batch * 3);
    for (const { read, found } of results) {
      const parts = await Promise.all(model.parts.map((part) => read(part)));
      assertClose(parts[0], one.output, 1e-6, "output");
      assertClose(parts.slice(1, 1 + layers).flatMap((part) => [...part]), one.hidden, 1e-6, "hidden");
      assertClose(parts.slice(1 + layers).flatMap((part) => [...part]), one.memory ?? [], 1e-6, "memory");
      assertClose(found.get("holder.x")!, one.dx, 1e-5, "gradient of the input");
      for (const [name, expected] of Object.entries(one.gradients)) {
        if (expected.every((value) => value === 0)) continue;
        assertClose(found.get(`holder.layer.${name}`)!, expected, 1e-5, `gradient of ${name}`);
      }
    }
  });
}

/** `[T, N, ...]` as `[N, T, ...]`. */
function swapped(data: Float32Array, steps: number, batch: number): Float32Array {
  const size = data.length / steps / batch;
  return data.map((_, k) => {
    const [n, t, f] = [Math.floor(k / size / steps), Math.floor(k / size) % steps, k % size];
    return data[(t * batch + n) * size + f];
  });
}

Deno.test("recurrent layers are exported: ONNX Runtime computes the same from two layers both ways", async () => {
  using cpu = await CpuDevice.request({ threads: 1 });
  for (const kind of ["LSTM", "GRU", "RNN"] as const) {
    const model = new nn.Sequential(new nn[kind](4, 5, { batchFirst: true, numLayers: 2, bidirectional: true }));
    const { input, output, parameters } = trace(model, [3, 6, 4]);
    const state = model.stateDict();
    const data = uniform([3, 6, 4], 4).data;
    const given = new Map([...parameters].map(([name, value]) => [value, Float32Array.from(state.get(name)!.data)]));
    given.set(input, data);
    using execution = await CpuExecution.create(cpu, { given, wanted: [output] });
    execution.run();
    const bytes = exportOnnx(model, [6, 4], { batch: "batch_size" });
    const problems = await judge([{
      name: kind,
      bytes,
      input: { shape: [3, 6, 4], data },
      output: execution.read(output),
    }]);
    assert.deepEqual(problems, []);
  }
});

Deno.test("states that are too many for a workgroup's memory are computed on the CPU, and refused on such a GPU", async () => {
  const tensors = [uniform([2, 2, 3], 1), uniform([3200, 3], 2, 0.1), uniform([3200, 800], 3, 0.03)];
  const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(LSTMOp, [x, ...rest], { reverse: false })[0]);
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    (inputs) => references.LSTM(inputs, { reverse: false }),
  );
  using cpu = await CpuDevice.request({ threads: 1 });
  const { output, gradients } = await evaluateOnCpu(cpu, weighed);
  assertClose(output, expected.output, 1e-5, "output");
  expected.gradients.forEach((gradient, k) =>
    assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`)
  );
  using devices = await Devices.request();
  const small = GpuDevice.wrap(devices.gpu.gpu, devices.gpu.info, { ...PROFILES.gpu, workgroupMemory: 16384 });
  await assert.rejects(
    () => evaluate(small, weighed),
    /LSTM: a hidden size of 800 takes 19200 bytes of workgroup memory, and this adapter has 16384; use device "cpu"/,
  );
});

Deno.test("what an LSTM remembers has no counterpart in a file, and that is said", () => {
  class Memory extends Module {
    lstm = new nn.LSTM(4, 5, { batchFirst: true });
    override forward(x: Tensor): Tensor {
      return this.lstm.run(x).memory[0];
    }
  }
  assert.throws(
    () => exportOnnx(new Memory(), [6, 4]),
    (error) =>
      error instanceof ArgumentError && /cannot export lstm\/LSTM:2: nothing in ONNX gives it/.test(error.message),
  );
});

Deno.test("recurrent layers refuse what does not fit, by name", () => {
  const graph = trace(new nn.Linear(3, 3), [2, 3]).graph;
  const x = graph.source("x", [2, 5, 4], "input");
  assert.throws(
    () => new nn.LSTM(3, 4, { batchFirst: true }).run(x),
    (error) => error instanceof ShapeError && /^LSTM: x is \[2, 5, 4\], expected \[N, T, 3\]/.test(error.message),
  );
  for (
    const [make, message] of [
      [() => new nn.LSTM(3, 0), /LSTM: hiddenSize is 0, expected a positive integer/],
      [() => new nn.GRU(3, 4, { dropout: 1.2 }), /GRU: dropout is 1.2, expected a probability from 0 to 1/],
      [() => new nn.RNN(3, 4, { nonlinearity: "sigmoid" as "tanh" }), /RNN: nonlinearity: there is no "sigmoid"/],
      [() => new nn.GRU(3, 4, { layers: 2 } as never), /GRU.*layers/],
    ] as const
  ) assert.throws(make, (error) => error instanceof ArgumentError && message.test(error.message));
});
