/** Stages whose operand is smaller than the result, and those that ride on any of their inputs, on both back ends. */
import assert from "node:assert/strict";
import { fuse } from "../../core/graph/fuse.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import type { Shape } from "../../core/base/shape.ts";
import type { Value } from "../../core/graph/graph.ts";
import { add } from "../../ops/add.ts";
import { avgPool2d } from "../../ops/avg_pool2d.ts";
import { BatchNormOp } from "../../ops/batch_norm_op.ts";
import { conv2d } from "../../ops/conv_layers.ts";
import { flatten } from "../../ops/flatten.ts";
import { linear } from "../../ops/linear.ts";
import { mul } from "../../ops/mul.ts";
import { prelu } from "../../ops/prelu.ts";
import { relu } from "../../ops/relu.ts";
import { sigmoid } from "../../ops/sigmoid.ts";
import { sub } from "../../ops/sub.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, Devices, evaluate, PROFILES, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references, tf } from "./references.ts";

interface Chain {
  readonly name: string;
  readonly shapes: readonly Shape[];
  /** Kernels of the forward pass. */
  readonly kernels: number;
  build(inputs: readonly Value[]): Value;
  reference(inputs: readonly tf.Tensor[]): tf.Tensor;
}

const padded = { stride: [1, 1], padding: [1, 1] };
const convolved = (inputs: readonly tf.Tensor[]): tf.Tensor => references.Conv2d(inputs, padded);
const pooled = (x: tf.Tensor): tf.Tensor =>
  references.AvgPool2d([x], { kernel: [2, 2], stride: [2, 2], padding: [0, 0] });
const convolve = (x: Value, weight: Value): Value => conv2d(x, weight, null, { padding: 1 });

const CHAINS: readonly Chain[] = [
  {
    name: "a number and a row on a linear layer",
    shapes: [[11, 6], [5, 6], [5]],
    kernels: 1,
    build: ([x, w, row]) => mul(add(linear(x, w), 0.5), row),
    reference: ([x, w, row]) => tf.mul(tf.add(references.Linear([x, w], {}), 0.5), row),
  },
  {
    name: "numbers a channel on a convolution whose windows are pooled",
    shapes: [[3, 2, 8, 6], [4, 2, 3, 3], [4, 1, 1], [1, 4, 1, 1]],
    kernels: 1,
    build: ([x, w, scale, shift]) => avgPool2d(relu(add(mul(convolve(x, w), scale), shift)), 2),
    reference: ([x, w, scale, shift]) => pooled(tf.relu(tf.add(tf.mul(convolved([x, w]), scale), shift))),
  },
  {
    name: "a map for all channels on windows, and a column after the pool",
    shapes: [[9, 2, 4, 4], [3, 2, 3, 3], [4, 4], [2, 1]],
    kernels: 1,
    build: ([x, w, map, column]) => mul(avgPool2d(mul(convolve(x, w), map), 2), column),
    reference: ([x, w, map, column]) => tf.mul(pooled(tf.mul(convolved([x, w]), map)), column),
  },
  {
    name: "a gate of each sample and channel",
    shapes: [[9, 2, 5, 3], [3, 2, 3, 3], [9, 3, 1, 1]],
    kernels: 1,
    build: ([x, w, gate]) => mul(convolve(x, w), gate),
    reference: ([x, w, gate]) => tf.mul(convolved([x, w]), gate),
  },
  {
    name: "a slope a channel, flattened, and a number from which it is taken",
    shapes: [[2, 2, 3, 3], [3, 2, 3, 3], [3]],
    kernels: 1,
    build: ([x, w, slope]) => sub(1, flatten(prelu(convolve(x, w), slope))),
    reference: ([x, w, slope]) => {
      const y = convolved([x, w]);
      const negative = tf.neg(tf.relu(tf.neg(y)));
      return tf.sub(1, tf.reshape(tf.add(tf.relu(y), tf.mul(negative, tf.reshape(slope, [3, 1, 1]))), [2, -1]));
    },
  },
  {
    name: "a residual connection whose branch is the second input",
    shapes: [[9, 3, 4, 4], [3, 3, 3, 3], [3, 3, 3, 3]],
    kernels: 2,
    build: ([x, first, second]) => {
      const y = relu(convolve(x, first));
      return add(y, convolve(y, second));
    },
    reference: ([x, first, second]) => {
      const y = tf.relu(convolved([x, first]));
      return tf.add(y, convolved([y, second]));
    },
  },
  {
    name: "batch normalisation by given statistics",
    shapes: [[3, 2, 4, 6], [3, 2, 3, 3], [3], [3], [3]],
    kernels: 1,
    build([x, w, weight, bias, mean]) {
      const variance = x.graph.constant([3], [0.5, 1, 2]);
      const [y] = x.graph.apply(BatchNormOp, [convolve(x, w), weight, bias, mean, variance], { eps: 0.5 });
      return avgPool2d(relu(y), 2);
    },
    reference([x, w, weight, bias, mean]) {
      const [a, b, m] = [weight, bias, mean].map((value) => tf.reshape(value, [3, 1, 1]));
      const factor = tf.div(a, tf.tensor([1, 1.5, 2.5], [3, 1, 1]).sqrt());
      return pooled(tf.relu(tf.add(tf.mul(tf.sub(convolved([x, w]), m), factor), b)));
    },
  },
  {
    name: "parameters alone, and a number of them",
    shapes: [[3, 5], [3, 5], [1, 1]],
    kernels: 1,
    build: ([x, y, one]) => sub(one, mul(sigmoid(x), mul(y, 2))),
    reference: ([x, y, one]) => tf.sub(one, tf.mul(tf.sigmoid(x), tf.mul(y, 2))),
  },
];

for (const chain of CHAINS) {
  Deno.test(`${chain.name}: fused or not, on any back end, the result is TensorFlow.js's`, async (t) => {
    const tensors = chain.shapes.map((shape, seed) => uniform(shape, seed + 1));
    const weighed = weigh(tensors, (inputs) => chain.build(inputs));
    assert.equal(fuse([weighed.output]).length, chain.kernels + (chain.name.startsWith("parameters") ? 1 : 0));
    const expected = await differentiateByReference(tensors, weighed.coefficients, chain.reference);
    const check = (found: Awaited<ReturnType<typeof evaluate>>, what: string): void => {
      assertClose(found.output, expected.output, 1e-5, what);
      for (const [k, gradient] of expected.gradients) {
        assertClose(found.gradients.get(`input${k}`)!, gradient, 1e-5, `${what}, gradient ${k}`);
      }
    };
    await t.step("on the CPU", async () => {
      using device = await CpuDevice.request({ threads: 1 });
      for (const [fusion, apart] of [[true, false], [false, false], [true, true]]) {
        check(await evaluateOnCpu(device, weighed, fusion, apart), `fusion ${fusion}, apart ${apart}`);
      }
    });
    await t.step("on WebGPU", async () => {
      using devices = await Devices.request();
      for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
        for (const fusion of [true, false]) {
          check(await evaluate(devices[profile], weighed, fusion), `${profile} profile, fusion ${fusion}`);
        }
      }
    });
  });
}
