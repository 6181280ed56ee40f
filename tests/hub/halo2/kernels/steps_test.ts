/** Points for columns that go in steps, and kernels in a memory that is not shared, which moves when it grows. */
import assert from "node:assert/strict";
import { genSrs } from "../../../../hub/ezkl/mod.ts";
import { R } from "../../../../hub/halo2/curve/bn254.ts";
import { readG1 } from "../../../../hub/halo2/curve/encoding.ts";
import { multiScalar } from "../../../../hub/halo2/curve/multi_scalar.ts";
import { Commitments } from "../../../../hub/halo2/kernels/commit.ts";
import { makeKernels } from "../../../../hub/halo2/kernels/compile.ts";
import { getPoints, loadPoints } from "../../../../hub/halo2/kernels/points.ts";
import { POINT_BYTES } from "../../../../hub/halo2/kernels/forms.ts";
import { stepPoints } from "../../../../hub/halo2/kernels/step_points.ts";
import { FORMS, numbers } from "./numbers.ts";

const srs = await genSrs(9);
const ROWS = 512, END = 506, FIRST = 4 + 64 * ROWS;
const points = Array.from({ length: ROWS }, (_, row) => readG1(srs, FIRST + 64 * row));
const sum = (given: typeof points) => multiScalar(given, given.map(() => 1n));

for (const form of FORMS) {
  for (const shared of [true, false]) {
    const memory = shared ? "a shared memory" : "a memory of one thread";
    Deno.test(`${form.name}: sums of points from each row on, in ${memory}`, () => {
      const kernels = makeKernels(form, shared);
      const rows = loadPoints(kernels, srs.subarray(FIRST), ROWS);
      const table = stepPoints(kernels, rows, ROWS, END)!;
      const found = getPoints(kernels, Array.from({ length: ROWS + 1 }, (_, row) => table + POINT_BYTES * row));
      for (const row of [0, 1, 127, 128, 383, 384, 500, END]) {
        assert.deepEqual(found[row], sum(points.slice(row, END + 1)), `row ${row}`);
      }
      assert.deepEqual(found.slice(END + 1, ROWS), points.slice(END + 1));
      assert.deepEqual(found[ROWS], sum(found.slice(1, END + 1)));
    });

    Deno.test(`${form.name}: sums of multiples while the memory grows, in ${memory}`, () => {
      const kernels = makeKernels(form, shared), scalars = numbers(ROWS, R, 3);
      const own = new Commitments(kernels, loadPoints(kernels, srs.subarray(FIRST), ROWS), ROWS);
      const words = Uint32Array.from(
        scalars.flatMap((scalar) =>
          Array.from({ length: 8 }, (_, word) => Number(scalar >> BigInt(32 * word) & 0xffffffffn))
        ),
      );
      const expected = multiScalar(points, scalars);
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(own.sum(words), expected);
        kernels.take(2 ** 20);
      }
    });
  }
}

Deno.test("points of which two are equal have no sums of this kind", () => {
  const kernels = makeKernels(), same = srs.slice(FIRST, FIRST + 64 * ROWS);
  for (let row = 1; row < ROWS; row++) same.set(same.subarray(0, 64), 64 * row);
  assert.equal(stepPoints(kernels, loadPoints(kernels, same, ROWS), ROWS, END), null);
});
