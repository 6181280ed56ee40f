/** Every tile of large products, at sizes that end in the middle of one, against TensorFlow.js. */
import assert from "node:assert/strict";
import { GpuDevice } from "../../core/run/device.ts";
import type { Value } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/base/shape.ts";
import { avgPool2d } from "../../ops/avg_pool2d.ts";
import { ConvOp } from "../../ops/conv.ts";
import { Conv2dOp } from "../../ops/conv2d.ts";
import { ConvTransposeOp } from "../../ops/conv_transpose_op.ts";
import { conv2d } from "../../ops/conv_layers.ts";
import { flatten } from "../../ops/flatten.ts";
import { linear, LinearOp } from "../../ops/linear.ts";
import { type MatMulAttributes, MatMulOp } from "../../ops/matmul.ts";
import { PRODUCT_TILES } from "../../ops/product_tile.ts";
import { sigmoid } from "../../ops/sigmoid.ts";
import { checkAgreement } from "./agreement.ts";
import { assertClose, Devices, Execution, PROFILES, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references, tf } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** Tiles in turn: every one meets some of the shapes. */
function tiled(turn: number): GpuDevice {
  const profile = { ...PROFILES.gpu, tile: PRODUCT_TILES[turn % PRODUCT_TILES.length] };
  return GpuDevice.wrap(devices.cpu.gpu, devices.cpu.info, profile);
}

const LINEAR: readonly (readonly [rows: Shape, inputs: number, outputs: number])[] = [
  [[1], 7, 3],
  [[3], 64, 65],
  [[63], 129, 7],
  [[65], 63, 129],
  [[129], 1, 1],
  [[64], 32, 64],
  [[5, 13], 68, 132],
];

for (const [turn, { rows, columns }] of PRODUCT_TILES.entries()) {
  Deno.test(`Linear and its gradients in tiles of ${rows} x ${columns} end anywhere`, async () => {
    const [samples, inputs, outputs] = LINEAR[turn % LINEAR.length];
    await checkAgreement(tiled(turn), LinearOp, [[...samples, inputs], [outputs, inputs], [outputs]], {});
  });
}

Deno.test("Linear with few outputs of many inputs shares the terms among lanes", async () => {
  for (
    const [samples, inputs, outputs, bias] of [[3, 516, 10, true], [1, 1021, 1, false], [2, 2048, 31, true]] as const
  ) {
    const shapes = [[samples, inputs], [outputs, inputs], ...bias ? [[outputs]] : []];
    await checkAgreement(devices.gpu, LinearOp, shapes, {});
  }
  await checkAgreement(devices.gpu, LinearOp, [[2, 3, 512], [3, 512]], {});
});

type Pair = readonly [number, number];
/** Input, filters and window; each is a convolution by [filters, channels, ...window]. */
const CONV2D: readonly (readonly [x: Shape, filters: number, window: Pair, stride: Pair, padding: Pair])[] = [
  [[1, 3, 7, 9], 65, [3, 3], [1, 1], [1, 1]],
  [[3, 65, 5, 6], 7, [3, 2], [1, 1], [0, 1]],
  [[2, 7, 8, 8], 63, [1, 1], [1, 1], [0, 0]],
  [[1, 63, 4, 4], 129, [3, 3], [1, 1], [1, 1]],
  [[2, 8, 9, 12], 33, [3, 3], [2, 2], [1, 1]],
  [[5, 1, 10, 13], 3, [5, 5], [1, 2], [2, 0]],
  [[2, 129, 3, 3], 1, [2, 2], [1, 1], [0, 0]],
];

for (const [turn, { rows, columns }] of PRODUCT_TILES.entries()) {
  Deno.test(`Conv2d and its gradients in tiles of ${rows} x ${columns} end anywhere`, async () => {
    const [x, filters, window, stride, padding] = CONV2D[turn % CONV2D.length];
    await checkAgreement(tiled(turn), Conv2dOp, [x, [filters, x[1], ...window], [filters]], { stride, padding });
  });
}

Deno.test("a convolution in tiles ends with sigmoid and pooling, and its gradients begin with theirs", async () => {
  const tensors = [uniform([2, 5, 9, 13], 1), uniform([33, 5, 2, 2], 2), uniform([33], 3), uniform([3, 792], 4)];
  const build = ([x, weight, bias, last]: readonly Value[]) =>
    linear(flatten(avgPool2d(sigmoid(conv2d(x, weight, bias)), 2)), last);
  const weighed = weigh(tensors, build, { flat: [0] });
  const { Conv2d, AvgPool2d, Linear } = references;
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    ([x, weight, bias, last]) => {
      const y = tf.sigmoid(Conv2d([x, weight, bias], { stride: [1, 1], padding: [0, 0] }));
      const pooled = AvgPool2d([y], { kernel: [2, 2], stride: [2, 2], padding: [0, 0] });
      return Linear([tf.reshape(pooled, [2, 792]), last], {});
    },
    { flat: [0] },
  );
  const { given, output, loss, gradients } = weighed;
  using execution = await Execution.create(tiled(6), { given, wanted: [output, loss], gradients });
  const names = execution.plan.dispatches.map(({ name }) => name);
  assert.ok(names.includes("Conv2d+sigmoid+avg_pool2d"), names.join(", "));
  assert.ok(names.some((name) => /^avg_pool2d_backward\+.*Conv2dBackwardWeight$/.test(name)), names.join(", "));
  execution.run();
  assertClose(await execution.read(output), expected.output, 1e-5, "output");
  for (const [name, gradient] of await execution.gradients()) {
    assertClose(gradient, expected.gradients.get(Number(name.slice(-1)))!, 1e-5, `gradient of ${name}`);
  }
});

Deno.test("Conv in tiles has groups, dilation, uneven padding and one dimension", async () => {
  const attributes = { stride: [1, 2], padding: [1, 0, 2, 1], dilation: [2, 1], groups: 3 };
  await checkAgreement(tiled(6), ConvOp, [[2, 9, 8, 11], [12, 3, 3, 3], [12]], attributes);
  await checkAgreement(tiled(5), ConvOp, [[3, 5, 21], [34, 5, 4]], {
    stride: [1],
    padding: [2, 0],
    dilation: [3],
    groups: 1,
  });
});

Deno.test("ConvTranspose in tiles has groups, strides and more at the end", async () => {
  await checkAgreement(tiled(6), ConvTransposeOp, [[3, 4, 5, 4], [4, 3, 2, 3], [6]], {
    stride: [1, 2],
    padding: [0, 1, 1, 0],
    dilation: [2, 1],
    outputPadding: [0, 1],
    groups: 2,
  });
});

const MATRICES: readonly (readonly [a: Shape, b: Shape, attributes: MatMulAttributes])[] = [
  [[2, 3, 7, 63], [2, 3, 63, 5], { transA: false, transB: false }],
  [[1, 2, 65, 12], [1, 2, 33, 12], { transA: false, transB: true }],
  [[3, 1, 4, 8], [2, 8, 129], { transA: false, transB: false }],
  [[2, 9, 40], [2, 9, 3], { transA: true, transB: false }],
  [[3, 36, 20], [68, 20], { transA: false, transB: true }],
];

Deno.test("MatMul and its gradients in tiles take matrices of any layout", async () => {
  for (const [turn, [a, b, attributes]] of MATRICES.entries()) {
    await checkAgreement(tiled(turn + 2), MatMulOp, [a, b], attributes);
  }
});

Deno.test("a convolution's gradients in shares are the same, to the bit, in every run", async () => {
  const weighed = weigh([uniform([4, 8, 12, 12], 1), uniform([33, 8, 3, 3], 2), uniform([33], 3)], (inputs) => {
    return inputs[0].graph.apply(Conv2dOp, inputs, { stride: [1, 1], padding: [1, 1] })[0];
  });
  const { given, output, loss, gradients } = weighed;
  using execution = await Execution.create(tiled(6), { given, wanted: [output, loss], gradients });
  const partials = [...execution.plan.gradientSlices.values()].map((slice) => slice.partials);
  assert.ok(partials.some((count) => count > 1), `${partials} shares`);
  const replay = () => {
    execution.run();
    return Promise.all([execution.read(output), execution.gradients()]);
  };
  assert.deepEqual(await replay(), await replay());
});
