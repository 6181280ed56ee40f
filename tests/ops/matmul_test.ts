/** Products of matrices that no file can be made of, as the batch is no first dimension of theirs, and refusals. */
import assert from "node:assert/strict";
import { ShapeError } from "../../core/base/errors.ts";
import { Graph } from "../../core/graph/graph.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { matmul, MatMulOp, reshape } from "../../ops/mod.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, Devices, evaluate, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references, tf } from "./references.ts";

const turned = (transA: boolean, transB: boolean) => ({ transA, transB });

for (
  const [what, a, b, attributes] of [
    ["rows as columns", [1, 5, 4], [1, 5, 3], turned(true, false)],
    ["both turned", [17, 5, 4], [17, 3, 5], turned(true, true)],
    ["one matrix in front", [4, 5], [10, 5, 3], turned(false, false)],
    ["one matrix in front, turned", [5, 4], [2, 3, 5, 3], turned(true, false)],
    ["a sum over the batch", [9, 4], [9, 3], turned(true, false)],
    ["two matrices without a batch", [9, 4], [3, 9], turned(true, true)],
    ["one in place of each sample", [1, 3, 4], [9, 4, 2], turned(false, false)],
  ] as const
) {
  Deno.test(`MatMul, ${what}, agrees with TensorFlow.js on both back ends`, async () => {
    using devices = await Devices.request();
    using cpu = await CpuDevice.request({ threads: 1 });
    const tensors = [uniform(a, 1), uniform(b, 2)];
    const weighed = weigh(tensors, ([x, y]) => x.graph.apply(MatMulOp, [x, y], attributes)[0]);
    const expected = await differentiateByReference(
      tensors,
      weighed.coefficients,
      (inputs) => references.MatMul(inputs, attributes),
    );
    assert.deepEqual(weighed.output.shape, expected.shape);
    for (const { output, gradients } of [await evaluateOnCpu(cpu, weighed), await evaluate(devices.gpu, weighed)]) {
      assertClose(output, expected.output, 1e-5, "output");
      expected.gradients.forEach((gradient, k) =>
        assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`)
      );
    }
  });
}

for (
  const [what, a, b] of [
    ["rows and a column", [9, 3, 4], [4]],
    ["a row and matrices", [4], [9, 4, 2]],
    ["a row and a column of a batch of one", [3], [3]],
  ] as const
) {
  Deno.test(`matmul() of ${what} agrees with TensorFlow.js on both back ends`, async () => {
    using devices = await Devices.request();
    using cpu = await CpuDevice.request({ threads: 1 });
    const tensors = [uniform(a, 1), uniform(b, 2)];
    const weighed = weigh(tensors, ([x, y]) => {
      const product = matmul(x, y);
      return product.shape.length === 0 ? reshape(product, [1, 1]) : product;
    });
    const expected = await differentiateByReference(tensors, weighed.coefficients, ([x, y]) => {
      const [left, right] = [x.rank === 1 ? tf.reshape(x, [1, -1]) : x, y.rank === 1 ? tf.reshape(y, [-1, 1]) : y];
      return tf.reshape(references.MatMul([left, right], turned(false, false)), [...weighed.output.shape]);
    });
    for (const { output, gradients } of [await evaluateOnCpu(cpu, weighed), await evaluate(devices.gpu, weighed)]) {
      assertClose(output, expected.output, 1e-5, "output");
      expected.gradients.forEach((gradient, k) =>
        assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`)
      );
    }
  });
}

Deno.test("matmul() refuses shapes that do not fit, by name", () => {
  const graph = new Graph();
  const value = (...shape: number[]) => graph.source("v", shape, "input");
  const refuses = (a: number[], b: number[], message: RegExp) =>
    assert.throws(
      () => matmul(value(...a), value(...b)),
      (error) => error instanceof ShapeError && message.test(error.message),
    );
  refuses([2, 3, 4], [2, 5, 4], /matmul\(\) got \[2, 3, 4\] and \[2, 5, 4\], whose inner sizes 4 and 5 differ/);
  refuses([2, 3, 4], [3, 4, 5], /matmul\(\) got \[2\] and \[3\], which do not broadcast/);
});
