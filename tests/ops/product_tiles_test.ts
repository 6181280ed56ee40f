/** Every tile of large products, at sizes that end in the middle of one, against TensorFlow.js. */
import { GpuDevice } from "../../core/run/device.ts";
import type { OpDefinition, Profile } from "../../core/graph/op.ts";
import type { Shape } from "../../core/base/shape.ts";
import { LinearOp } from "../../ops/linear.ts";
import { PRODUCT_TILES } from "../../ops/product_tile.ts";
import { assertClose, Devices, evaluate, uniform, weigh } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** Tiles in turn: every one meets some of the shapes. */
function tiled(turn: number): GpuDevice {
  const profile: Partial<Profile> = { kind: "gpu", unroll: false, tile: PRODUCT_TILES[turn % PRODUCT_TILES.length] };
  return GpuDevice.wrap(devices.cpu.gpu, devices.cpu.info, profile);
}

async function check<A>(op: OpDefinition<A>, shapes: readonly Shape[], attributes: A, turn: number): Promise<void> {
  const tensors = shapes.map((shape, k) => uniform(shape, 7 + k));
  const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], attributes)[0]);
  const reference = references[op.name];
  const expected = await differentiateByReference(
    tensors,
    weighed.coefficients,
    (inputs) => reference(inputs, attributes),
    {},
  );
  const { output, gradients } = await evaluate(tiled(turn), weighed);
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
