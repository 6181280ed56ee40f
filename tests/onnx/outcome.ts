/**
 * What a file makes of some numbers, in one engine and another.
 * @module
 */
import assert from "node:assert/strict";
import { FloatNetwork } from "../../hub/ezkl/calibrate/float_network.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import type { ModelProto } from "../../onnx/proto.ts";

/** Numbers that 8 bits of fraction hold, so that every float type has them exactly. */
export function numbers(shape: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 37 % 51 - 25) / 16);
}

/** The shape of a file's input; 1 where it is open. */
export function shapeOf(model: ModelProto): number[] {
  return model.graph!.input![0].type!.tensorType!.shape!.dim!.map(({ dimValue }) => Number(dimValue ?? 1));
}

/** Asserts that two lists of numbers are the same within `tolerance`. */
export function assertNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-5,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= tolerance,
      `${what}: [${i}] is ${actual[i]}, expected ${expected[i]}`,
    );
  }
}

/** What the network of a circuit makes of `data`, without rounding. */
export function asNetwork(bytes: Uint8Array, data: Float32Array<ArrayBuffer>): ArrayLike<number> {
  const network = lowerOnnx(bytes);
  return new FloatNetwork(network).run([data], 1)[network.outputs[0]];
}
