/** The field kernels in every form that runs here, against whole numbers. */
import assert from "node:assert/strict";
import { mod, power } from "../../../../hub/halo2/curve/bn254.ts";
import { fusesMultiplyAdd } from "../../../../hub/halo2/kernels/fused_check.ts";
import { checkArithmetic } from "./arithmetic.ts";
import { contents, extremes, fill, FORMS, kernelsOf, numberOf, numbers, putLimbs } from "./numbers.ts";

for (const form of FORMS) {
  const kernels = kernelsOf(form);
  for (const [name, field] of [["scalars", kernels.r], ["coordinates", kernels.p]] as const) {
    const { modulus, call, constants } = field;

    Deno.test(`${form.name}: arithmetic of ${name} at the ends and on 20,000 numbers`, () => {
      checkArithmetic(kernels, field, 20_000);
    });

    Deno.test(`${form.name}: products and sums of ${name} whose limbs are at their limits`, () => {
      const limits = extremes(form, modulus), rows = limits.length * limits.length;
      const mark = kernels.mark(), vectors = rows / form.lanes;
      const [a, b, out] = Array.from({ length: 3 }, () => kernels.take(vectors * kernels.bytes));
      const given = Array.from({ length: rows }, (_, row) => [
        limits[row % limits.length],
        limits[Math.floor(row / limits.length)],
      ]);
      given.forEach(([x, y], row) => {
        putLimbs(kernels, a, rows, row, x);
        putLimbs(kernels, b, rows, row, y);
      });
      const once = power(2n, BigInt(form.montgomery), modulus), back = power(once, modulus - 2n, modulus);
      const expect = (combine: (x: bigint, y: bigint) => bigint) => {
        const found = contents(kernels, field, out, rows);
        given.forEach(([x, y], row) => {
          const [left, right] = [x, y].map((limbs) => mod(numberOf(form, limbs) * back, modulus));
          assert.equal(found[row], mod(combine(left, right), modulus), `row ${row}`);
        });
      };
      call.multiply(a, b, out, vectors);
      expect((x, y) => x * y);
      call.subtract(a, b, out, vectors);
      call.multiply(out, out, out, vectors);
      expect((x, y) => (x - y) ** 2n);
      kernels.release(mark);
    });

    Deno.test(`${form.name}: powers, running products and sums, and inverses of ${name}`, () => {
      const rows = 64, vectors = rows / form.lanes, mark = kernels.mark();
      const [a, out, start, ratio] = Array.from({ length: 4 }, () => kernels.take(rows * kernels.bytes));
      const x = numbers(rows, modulus, 5);
      const lanes = Array.from({ length: form.lanes }, (_, lane) => lane * vectors);
      fill(kernels, field, x, a);
      const run = (first: bigint, step: (before: bigint, value: bigint) => bigint) => {
        const found = contents(kernels, field, out, rows);
        for (const lane of lanes) {
          let now = first;
          for (let row = lane; row < lane + vectors; row++) {
            assert.equal(found[row], now, `row ${row}`);
            now = mod(step(now, x[row]), modulus);
          }
          assert.equal(kernels.lanes(field, start)[lane / vectors], now);
        }
      };
      kernels.put(field, 3n, start);
      call.products(a, start, out, vectors);
      run(3n, (before, value) => before * value);
      kernels.put(field, 3n, start);
      call.sums(a, start, out, vectors);
      run(3n, (before, value) => before + value);
      kernels.put(field, 5n, start);
      kernels.put(field, 7n, ratio);
      call.powers(start, ratio, out, vectors);
      run(5n, (before) => before * 7n);
      call.power(a, constants.inverse, constants.one, out);
      kernels.lanes(field, out).forEach((value, lane) => assert.equal(value * x[lane * vectors] % modulus, 1n));
      call.power(constants.zero, constants.inverse, constants.one, out);
      assert.ok(kernels.lanes(field, out).every((value) => value === 0n));
      kernels.put(field, 0n, out);
      call.dot(a, a, out, vectors);
      kernels.lanes(field, out).forEach((value, lane) => {
        const own = x.slice(lane * vectors, (lane + 1) * vectors);
        assert.equal(value, own.reduce((sum, each) => sum + each * each, 0n) % modulus);
      });
      kernels.release(mark);
    });
  }
}

Deno.test("the faster form is taken where multiply and add are one instruction", () => {
  assert.equal(fusesMultiplyAdd(), FORMS[0].name === "fused");
});
