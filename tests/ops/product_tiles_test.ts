/** Every tile of large products, at sizes that end in the middle of one, against TensorFlow.js. */
import { GpuDevice } from "../../core/run/device.ts";
import type { OpDefinition } from "../../core/graph/op.ts";
import type { Shape } from "../../core/base/shape.ts";
import { ConvOp } from "../../ops/conv.ts";
import { Conv2dOp } from "../../ops/conv2d.ts";
import { LinearOp } from "../../ops/linear.ts";
import { type MatMulAttributes, MatMulOp } from "../../ops/matmul.ts";
import { PRODUCT_TILES } from "../../ops/product_tile.ts";
import { assertClose, Devices, evaluate, PROFILES, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

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

/** By a tile, or as the shapes say. */
async function check<A>(
  op: OpDefinition<A>,
  shapes: readonly Shape[],
  attributes: A,
  turn: number | null,
): Promise<void> {
  const tensors = shapes.map((shape, k) => uniform(shape, 7 + k));
  const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], attributes)[0]);
  const reference = references[op.name];
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    (inputs) => reference(inputs, attributes),
    {},
  );
  const { output, gradients } = await evaluate(turn === null ? devices.gpu : tiled(turn), weighed);
  assertClose(output, expected.output, 1e-5, "output");
  for (const [k, gradient] of expected.gradients) {
    assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`);
  }
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
    await check(LinearOp, [[...samples, inputs], [outputs, inputs], [outputs]], {}, turn);
  });
}

Deno.test("Linear with few outputs of many inputs shares the terms among lanes", async () => {
  for (
    const [samples, inputs, outputs, bias] of [[3, 516, 10, true], [1, 1021, 1, false], [2, 2048, 31, true]] as const
  ) {
    const shapes = [[samples, inputs], [outputs, inputs], ...bias ? [[outputs]] : []];
    await check(LinearOp, shapes, {}, null);
  }
  await check(LinearOp, [[2, 3, 512], [3, 512]], {}, null);
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
    await check(Conv2dOp, [x, [filters, x[1], ...window], [filters]], { stride, padding }, turn);
  });
}

Deno.test("Conv in tiles has groups, dilation, uneven padding and one dimension", async () => {
  const attributes = { stride: [1, 2], padding: [1, 0, 2, 1], dilation: [2, 1], groups: 3 };
  await check(ConvOp, [[2, 9, 8, 11], [12, 3, 3, 3], [12]], attributes, 6);
  await check(ConvOp, [[3, 5, 21], [34, 5, 4]], { stride: [1], padding: [2, 0], dilation: [3], groups: 1 }, 5);
});

const MATRICES: readonly (readonly [a: Shape, b: Shape, attributes: MatMulAttributes])[] = [
  [[2, 3, 7, 63], [2, 3, 63, 5], { transA: false, transB: false }],
  [[1, 2, 65, 12], [1, 2, 33, 12], { transA: false, transB: true }],
  [[3, 1, 4, 8], [2, 8, 129], { transA: false, transB: false }],
  [[2, 9, 40], [2, 9, 3], { transA: true, transB: false }],
  [[3, 36, 20], [68, 20], { transA: false, transB: true }],
];

Deno.test("MatMul and its gradients in tiles take matrices of any layout", async () => {
  for (const [turn, [a, b, attributes]] of MATRICES.entries()) await check(MatMulOp, [a, b], attributes, turn + 2);
});
