/** Fake quantizers against PyTorch's numbers (torch/fake_quantize.py) on both back ends, and how they are refused. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { differentiate } from "../../core/graph/grad.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import { trace } from "../../core/graph/module.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { add, conv2d, fakeQuantize, type FakeQuantizeOptions, nn, sigmoid } from "../../ops/mod.ts";
import torch from "./torch/fake_quantize.json" with { type: "json" };
import { CpuExecution } from "./cpu_harness.ts";
import { assertClose, Devices, evaluate, Execution, PROFILES, uniform, weigh, WeightedSumOp } from "./harness.ts";

interface Case {
  readonly grid: FakeQuantizeOptions;
  readonly y: readonly number[];
  readonly dx: readonly number[];
}

const cases = torch.cases as Readonly<Record<string, Case>>;
const X = Float32Array.from(torch.x), SHAPE = [4, X.length / 4];

/** A fake quantizer of `x` and of a parameter that nothing else is made of, their sum weighed as PyTorch's was. */
function request(x: Float32Array<ArrayBuffer>, shape: readonly number[], grid: FakeQuantizeOptions) {
  const graph = new Graph();
  const input = graph.source("input0", shape, "parameter");
  const output = fakeQuantize(input, grid);
  const weights = graph.source("weights", shape, "target");
  const [loss] = graph.apply(WeightedSumOp, [output, weights], null);
  return {
    given: new Map([[input, x], [weights, Float32Array.from(torch.weights)]]),
    wanted: [output, loss],
    gradients: new Map([["input0", differentiate(loss, [input]).get(input)!]]),
  };
}

Deno.test("fakeQuantize() rounds, clamps and lets gradients through as PyTorch does, on both back ends and on the host", async (t) => {
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  assert.ok(Object.keys(cases).length === 9);
  for (const [name, { grid, y, dx }] of Object.entries(cases)) {
    await t.step(name, async () => {
      const asked = request(X, SHAPE, grid);
      using onCpu = await CpuExecution.create(cpu, asked);
      using onGpu = await Execution.create(devices.gpu, asked);
      onCpu.run();
      onGpu.run();
      const [output] = asked.wanted;
      for (
        const [where, found] of [
          ["CPU", { y: onCpu.read(output), dx: onCpu.plan.readGradients() }],
          ["WebGPU", { y: await onGpu.read(output), dx: await onGpu.gradients() }],
          ["host", { y: new nn.FakeQuantize(grid).quantize(X), dx: null }],
        ] as const
      ) {
        assertClose(found.y, Float32Array.from(y), 1e-7, `${where}, output`);
        if (found.dx !== null) assertClose(found.dx.get("input0")!, Float32Array.from(dx), 0, `${where}, gradient`);
      }
      // On a grid of powers of two nothing is rounded twice.
      if (Number.isInteger(Math.log2(grid.scale))) {
        assert.deepEqual(
          [...onCpu.read(output)].map((v) => v + 0),
          y.map((v) => Math.fround(v) + 0),
        );
      }
    });
  }
});

Deno.test("what is quantized once more stays what it is, and NaN stays NaN", async () => {
  using cpu = await CpuDevice.request({ threads: 1 });
  using devices = await Devices.request();
  for (const { grid } of Object.values(cases)) {
    const quantizer = new nn.FakeQuantize(grid), once = quantizer.quantize(X);
    assert.deepEqual(quantizer.quantize(once), once);
    assert.ok(Number.isNaN(quantizer.quantize(Float32Array.of(NaN))[0]));
  }
  const asked = request(
    X.map((x, k) => k === 3 ? NaN : x) as Float32Array<ArrayBuffer>,
    SHAPE,
    cases["eight bits"].grid,
  );
  using onCpu = await CpuExecution.create(cpu, asked);
  using onGpu = await Execution.create(devices.gpu, asked);
  onCpu.run();
  onGpu.run();
  for (const found of [onCpu.read(asked.wanted[0]), await onGpu.read(asked.wanted[0])]) {
    assert.deepEqual([...found.keys()].filter((k) => Number.isNaN(found[k])), [3]);
  }
});

Deno.test("fake quantizers ride on other kernels, quantize weights, and give what they give apart", async () => {
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  const [coarse, fine, clamped] = [{ scale: 1 / 4, ties: "away" }, { scale: 1 / 64 }, {
    scale: 1 / 16,
    quantMin: -12,
    quantMax: 12,
  }] as const;
  const tensors = [uniform([5, 2, 6, 6], 1), uniform([3, 2, 3, 3], 2), uniform([3], 3)];
  const build = ([x, weight, bias]: readonly Value[]): Value => {
    const y = conv2d(fakeQuantize(x, clamped), fakeQuantize(weight, coarse), fakeQuantize(bias, fine));
    const z = fakeQuantize(sigmoid(y), fine);
    return add(z, fakeQuantize(z, coarse));
  };
  const weighed = weigh(tensors, build);
  const results = [
    ...await Promise.all([true, false].map(async (fusion) => {
      using execution = await CpuExecution.create(cpu, { ...weighed, wanted: [weighed.output, weighed.loss], fusion });
      execution.run();
      return { output: execution.read(weighed.output), gradients: execution.plan.readGradients() };
    })),
    ...await Promise.all(Object.keys(PROFILES).map((profile) => evaluate(devices[profile as "cpu"], weighed))),
  ];
  // Sums are exact on these grids, so that no other order sends one to the other of two points.
  for (const { output, gradients } of results) {
    assertClose(output, results[0].output, 1e-6, "output");
    for (const [name, gradient] of results[0].gradients) assertClose(gradients.get(name)!, gradient, 1e-5, name);
  }
  // The gradient is that of the network of the rounded numbers: quantizers of what lies on the grid change nothing.
  const rounded = tensors.map(({ shape, data }, k) => ({
    shape,
    data: new nn.FakeQuantize([clamped, coarse, fine][k]).quantize(data),
  }));
  const plain = weigh(rounded, ([x, weight, bias]) => {
    const z = fakeQuantize(sigmoid(conv2d(x, weight, bias)), fine);
    return add(z, fakeQuantize(z, coarse));
  });
  const { output, gradients } = await evaluate(devices.cpu, plain);
  assertClose(output, results[0].output, 1e-6, "output of rounded numbers");
  for (const name of ["input1", "input2"]) {
    assertClose(gradients.get(name)!, results[0].gradients.get(name)!, 1e-5, `${name} of rounded numbers`);
  }
});

Deno.test("fakeQuantize() refuses what makes no grid, by name, and has no place in a file", () => {
  const make = (options: unknown) => () => new nn.FakeQuantize(options as FakeQuantizeOptions);
  const refusals: readonly [unknown, RegExp][] = [
    [{ scale: 0 }, /^FakeQuantize: scale is 0, expected a step greater than 0, such as 1 \/ 256$/],
    [{ scale: 1e-60 }, /^FakeQuantize: scale is 1e-60, expected a step/],
    [undefined, /^FakeQuantize: the grid is undefined, expected one, such as \{ scale: 1 \/ 256 \}$/],
    [{}, /scale is undefined/],
    [{ scale: 1, zeroPoint: 0.5 }, /^FakeQuantize: zeroPoint is 0.5, expected a whole number$/],
    [{ scale: 1, quantMin: 2, quantMax: 1 }, /^FakeQuantize: quantMax is 1, expected 2, which quantMin is, or more$/],
    [{ scale: 1, ties: "up" }, /^FakeQuantize: ties: there is no "up"; it takes even, away$/],
    [{ scale: 1, deadZone: -1 }, /^FakeQuantize: deadZone is -1, expected a finite 32-bit number of at least 0$/],
    [{ scale: 1, quantmin: 0 }, /there is no option quantmin, did you mean quantMin\?/],
    [0.25, /^FakeQuantize takes its arguments as an object of options .* write new FakeQuantize\(\{ scale: 0.25 \}\)$/],
  ];
  for (const [options, message] of refusals) {
    assert.throws(
      make(options),
      (error) => error instanceof ArgumentError && message.test(error.message),
      `${message}`,
    );
  }
  const model = new nn.Sequential(new nn.Linear(2, 2), new nn.FakeQuantize({ scale: 1 }));
  assert.equal(trace(model, [3, 2]).output.shape.join(), "3,2");
  assert.throws(() => exportOnnx(model, [2]), /FakeQuantize has no counterpart in ONNX/);
});
