/** Functions where they jump, end or overflow, against what PyTorch makes of the same numbers (torch/elements.py). */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import type { Value } from "../../core/graph/graph.ts";
import * as ops from "../../ops/mod.ts";
import vectors from "./torch/elements.json" with { type: "json" };
import { evaluateOnCpu } from "./cpu_harness.ts";
import { Devices, evaluate, weigh } from "./harness.ts";

interface Vector {
  readonly inputs: readonly (readonly (number | string)[])[];
  readonly output: readonly (number | string)[];
  readonly gradients: readonly (readonly (number | string)[])[];
}

/** What the vectors are of, where it is not a function of that name of one or two tensors. */
const MADE: Readonly<Record<string, (x: Value, y: Value) => Value>> = {
  geluTanh: (x) => ops.gelu(x, { approximate: "tanh" }),
  clamp: (x) => ops.clamp(x, -1, 1.5),
  softplusSteep: (x) => ops.softplus(x, 2, 5),
  threshold: (x) => ops.threshold(x, 0.5, -2),
  softmax: (x) => ops.mul(ops.softmax(x, 1), x.graph.constant([4], [1, 2, -3, 0.5])),
  logSoftmax: (x) => ops.narrow(ops.logSoftmax(x, -1), 1, 1, 1),
  logsumexp: (x) => ops.logsumexp(x, 1),
  amax: (x) => ops.amax(x, 1),
  amin: (x) => ops.amin(x, 1),
  prod: (x) => ops.prod(x, 1),
  cumsum: (x) => ops.cumsum(x, 1),
  argmax: (x) => ops.argmax(x, 1),
};

/** A function of the library by its name. */
function functionOf(name: string): (x: Value, y: Value) => Value {
  const plain = (ops as unknown as Record<string, (...inputs: readonly Value[]) => Value>)[name];
  return MADE[name] ?? ((x, y) => plain(...y === undefined ? [x] : [x, y]));
}

/** Numbers that are the same up to what 32 bits hold, each by itself. */
function assertNear(actual: Float32Array | undefined, expected: readonly (number | string)[], what: string): void {
  for (const [k, value] of expected.entries()) {
    const [found, wanted] = [actual?.[k] ?? 0, Math.fround(Number(value))];
    const isNear = Object.is(found, wanted) || Number.isNaN(found) && Number.isNaN(wanted) || found === wanted ||
      Math.abs(found - wanted) <= 4e-6 * Math.max(0.1, Math.abs(wanted));
    assert.ok(isNear, `${what}: [${k}] is ${found}, expected ${wanted}`);
  }
}

Deno.test("functions are PyTorch's where they jump, end or overflow, and so are their gradients", async (t) => {
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  for (const [name, { inputs, output, gradients }] of Object.entries(vectors as unknown as Record<string, Vector>)) {
    await t.step(name, async () => {
      const shape = inputs[0].length === 16 ? [4, 4] : [inputs[0].length, 1];
      const tensors = inputs.map((data) => ({ shape, data: Float32Array.from(data, Number) }));
      const weighed = weigh(tensors, ([x, y]) => functionOf(name)(x, y));
      const given = new Map(
        [...weighed.given].map(([value, data]) => [value, value.role === "target" ? data.map(() => 1) : data]),
      );
      for (
        const [where, found] of [
          ["CPU", await evaluateOnCpu(cpu, { ...weighed, given })],
          ["WebGPU", await evaluate(devices.cpu, { ...weighed, given })],
        ] as const
      ) {
        assertNear(found.output, output, `${where}, ${name}`);
        gradients.forEach((gradient, k) =>
          assertNear(found.gradients.get(`input${k}`), gradient, `${where}, gradient ${k} of ${name}`)
        );
      }
    });
  }
});
