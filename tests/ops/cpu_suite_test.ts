/** Every operation's cases on the CPU back end, against TensorFlow.js and themselves. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { Generator } from "../../core/base/random.ts";
import type { Value } from "../../core/graph/graph.ts";
import { add, operations, permute, relu } from "../../ops/mod.ts";
import { casesOf } from "./cases.ts";
import { CpuExecution, evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

for (const op of operations) {
  for (const { opCase, index, name, tensors } of casesOf(op)) {
    Deno.test(`on the CPU: ${name}`, async (t) => {
      using device = await CpuDevice.request({ threads: 1 });
      const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], opCase.attributes)[0], opCase);
      const expected = await differentiateByReference(
        tensors,
        weighed.coefficients,
        (inputs) => references[op.name](inputs, opCase.attributes),
        opCase,
      );
      for (const [fusion, apart] of [[true, false], [false, false], [true, true]]) {
        await t.step(`agrees with TensorFlow.js, fusion ${fusion}, apart ${apart}`, async () => {
          const { output, gradients } = await evaluateOnCpu(device, weighed, fusion, apart);
          assertClose(output, expected.output, 1e-5, "output");
          assert.equal(gradients.size, expected.gradients.size);
          for (const [k, gradient] of expected.gradients) {
            assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`);
          }
        });
      }

      await t.step("gives the same bytes when it is run again, and all memory back", async () => {
        const before = device.liveBytes;
        const { given, output, loss, gradients } = weighed;
        {
          using execution = await CpuExecution.create(device, { given, wanted: [output, loss], gradients });
          const replay = () => {
            execution.run();
            return [execution.read(output), execution.read(loss), execution.plan.readGradients()];
          };
          assert.deepEqual(replay(), replay());
        }
        assert.equal(device.liveBytes, before);
      });

      if (index === 0 && expected.gradients.size > 1) {
        await t.step("makes any one gradient without the others", async () => {
          for (const [k, gradient] of expected.gradients) {
            const name = `input${k}`;
            const gradients = new Map([[name, weighed.gradients.get(name)!]]);
            const alone = await evaluateOnCpu(device, { ...weighed, gradients });
            assert.deepEqual([...alone.gradients.keys()], [name]);
            assertClose(alone.gradients.get(name)!, gradient, 1e-5, `gradient of input ${k}`);
          }
        });
      }
    });
  }
}

Deno.test("on the CPU: gradients agree with finite differences", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  const step = 1 / 128;
  for (const op of operations) {
    for (const { opCase, name, tensors } of casesOf(op)) {
      const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], opCase.attributes)[0], opCase);
      const { given, inputs, output, loss, coefficients } = weighed;
      const { gradients } = await evaluateOnCpu(device, weighed);
      using execution = await CpuExecution.create(device, { given, wanted: [output, loss] });
      for (const [k, { data }] of tensors.entries()) {
        if (!gradients.has(`input${k}`)) continue;
        const random = new Generator(7 + k);
        const direction = Float32Array.from(data, () => random.uniform() < 0.5 ? -1 : 1);
        const lossAt = (distance: number): number => {
          execution.write(inputs[k], data.map((value, i) => value + distance * direction[i]));
          execution.run();
          return execution.read(output).reduce((sum, value, i) => sum + value * coefficients[i], 0);
        };
        const measured = (lossAt(step) - lossAt(-step)) / (2 * step);
        execution.write(inputs[k], data);
        const gradient = gradients.get(`input${k}`)!;
        const expected = gradient.reduce((sum, slope, i) => sum + slope * direction[i], 0);
        assert.ok(Math.abs(measured - expected) <= 1e-2 * Math.hypot(...gradient), `${name}, input ${k}`);
      }
    }
  }
});

Deno.test("on the CPU: convolutions of many taps, of gaps and of many channels agree with TensorFlow.js", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  const op = operations.find(({ name }) => name === "Conv2d")!;
  // Kernels of many taps, strides that leave the way back with gaps, and channels that are taken some at a time.
  for (
    const [x, weight, stride, padding] of [
      [[9, 2, 13, 12], [3, 2, 11, 9], [1, 1], [5, 4]],
      [[17, 3, 11, 10], [7, 3, 5, 5], [3, 2], [2, 2]],
      [[3, 40, 34, 34], [8, 40, 3, 3], [1, 1], [1, 1]],
      // Tiles of 2x2 results: planes of odd sizes, every padding, pieces of different sizes, tiles some at a time.
      [[9, 16, 7, 9], [18, 16, 3, 3], [1, 1], [1, 1]],
      [[2, 17, 6, 8], [20, 17, 3, 3], [1, 1], [0, 2]],
      [[2, 16, 9, 71], [16, 16, 3, 3], [1, 1], [2, 0]],
    ]
  ) {
    const tensors = [uniform(x, 1), uniform(weight, 2), uniform([weight[0]], 3)];
    const attributes = { stride, padding };
    const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], attributes)[0]);
    const expected = await differentiateByReference(
      tensors,
      weighed.coefficients,
      (inputs) => references.Conv2d(inputs, attributes),
    );
    const { output, gradients } = await evaluateOnCpu(device, weighed);
    assertClose(output, expected.output, 1e-5, "output");
    expected.gradients.forEach((gradient, k) =>
      assertClose(gradients.get(`input${k}`)!, gradient, 2e-5, `gradient ${k}`)
    );
  }
});

Deno.test("on the CPU: a linear layer whose weights are copied piece by piece agrees with TensorFlow.js", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  const op = operations.find(({ name }) => name === "Linear")!;
  const tensors = [uniform([35, 701], 1), uniform([203, 701], 2), uniform([203], 3)];
  const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], {})[0]);
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    (inputs) => references.Linear(inputs, {}),
  );
  for (const apart of [false, true]) {
    const { output, gradients } = await evaluateOnCpu(device, weighed, true, apart);
    assertClose(output, expected.output, 1e-5, "output");
    expected.gradients.forEach((gradient, k) =>
      assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient ${k}`)
    );
  }
});

Deno.test("on the CPU: what broadcasts is added rightly at the end of a kernel that moves the batch", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  for (const shape of [[3, 6], [1, 6], [3, 1], [6], [1]]) {
    const tensors = [uniform([17, 3, 6], 1), uniform(shape, 2)];
    const moved = (x: Value): Value => permute(permute(x, [1, 0, 2]), [1, 0, 2]);
    const one = weigh(tensors, ([x, y]) => relu(add(moved(x), y)));
    const other = weigh(tensors, ([x, y]) => relu(add(x, y)));
    const [found, expected] = [await evaluateOnCpu(device, one), await evaluateOnCpu(device, other)];
    assert.deepEqual(found.output, expected.output, `${shape}`);
    assertClose(found.gradients.get("input0")!, expected.gradients.get("input0")!, 1e-6, `${shape}`);
  }
});
