/** Transforms against polynomials evaluated one by one, and sums of multiples against the plain ones. */
import assert from "node:assert/strict";
import { genSrs } from "../../../../hub/ezkl/mod.ts";
import { inverse, mod, multiplyG1, P, power, R } from "../../../../hub/halo2/curve/bn254.ts";
import { readG1 } from "../../../../hub/halo2/curve/encoding.ts";
import { multiScalar, sumAtBits } from "../../../../hub/halo2/curve/multi_scalar.ts";
import { rootOfUnity } from "../../../../hub/halo2/curve/scalars.ts";
import { atOnce, Commitments } from "../../../../hub/halo2/kernels/commit.ts";
import { cosetShift, Domain } from "../../../../hub/halo2/kernels/domain.ts";
import { getPoints, loadPoints, putPoints } from "../../../../hub/halo2/kernels/points.ts";
import { POINT_BYTES } from "../../../../hub/halo2/kernels/forms.ts";
import { contents, edges, fill, FORMS, kernelsOf, numbers } from "./numbers.ts";

const srs = await genSrs(10);
const POINTS = 1024, FIRST = 4 + 64 * POINTS;
const points = Array.from({ length: POINTS }, (_, row) => readG1(srs, FIRST + 64 * row));

const wordsOf = (scalars: readonly bigint[]) =>
  Uint32Array.from(
    scalars.flatMap((scalar) =>
      Array.from({ length: 8 }, (_, word) => Number(scalar >> BigInt(32 * word) & 0xffffffffn))
    ),
  );

for (const form of FORMS) {
  const kernels = kernelsOf(form);

  Deno.test(`${form.name}: values in rows, in cosets, and back`, () => {
    for (const logrows of [3, 6]) {
      const mark = kernels.mark(), domain = new Domain(kernels, { logrows, cosets: 3 }), { rows } = domain;
      const column = domain.column(), out = domain.column();
      const values = numbers(rows, R, logrows), root = rootOfUnity(logrows), share = inverse(BigInt(rows), R);
      const at = (row: number) => power(root, BigInt(mod(BigInt(row), BigInt(rows))), R);
      const coefficients = values.map((_, index) =>
        values.reduce((sum, value, row) => (sum + value * at(-row * index)) % R, 0n) * share % R
      );
      fill(kernels, kernels.r, values, column);
      domain.toCoefficients(column);
      for (let coset = 0; coset < 3; coset++) {
        domain.toCoset(column, coset, out);
        const expected = values.map((_, row) => {
          const x = cosetShift(coset) * at(row) % R;
          return coefficients.reduceRight((sum, coefficient) => (sum * x + coefficient) % R, 0n);
        });
        assert.deepEqual(contents(kernels, kernels.r, out, rows), expected);
        domain.fromCoset(out, coset);
        domain.fromCoefficients(out);
        assert.deepEqual(contents(kernels, kernels.r, out, rows), values);
      }
      domain.toValues(column);
      assert.deepEqual(contents(kernels, kernels.r, column, rows), values);
      kernels.release(mark);
    }
  });

  Deno.test(`${form.name}: values of columns that are longer than what is transformed at a time`, () => {
    const logrows = 11, mark = kernels.mark(), domain = new Domain(kernels, { logrows, cosets: 2 }), { rows } = domain;
    const column = domain.column(), out = domain.column(), root = rootOfUnity(logrows);
    const terms = [0, 1, 6, 700, 1023, 1024, 2047].map((degree, at) => ({ degree, factor: numbers(7, R, 8)[at] }));
    const valuesAt = (shift: bigint) => {
      const now = terms.map(({ degree, factor }) => factor * power(shift, BigInt(degree), R) % R);
      const steps = terms.map(({ degree }) => power(root, BigInt(degree), R));
      return Array.from({ length: rows }, () => {
        const sum = now.reduce((all, value) => all + value, 0n) % R;
        steps.forEach((step, at) => now[at] = now[at] * step % R);
        return sum;
      });
    };
    const values = valuesAt(1n);
    fill(kernels, kernels.r, values, column);
    domain.toCoefficients(column);
    for (let coset = 0; coset < 2; coset++) {
      domain.toCoset(column, coset, out);
      assert.deepEqual(contents(kernels, kernels.r, out, rows), valuesAt(cosetShift(coset)));
      domain.fromCoset(out, coset);
      domain.fromCoefficients(out);
      assert.deepEqual(contents(kernels, kernels.r, out, rows), values);
    }
    kernels.release(mark);
  });

  Deno.test(`${form.name}: sums of multiples of points`, () => {
    const mark = kernels.mark();
    const own = new Commitments(kernels, loadPoints(kernels, srs.subarray(FIRST), POINTS), POINTS);
    const random = numbers(POINTS, R, 1), ends = edges(R);
    const cases: Record<string, bigint[]> = {
      "any scalars": random,
      "small ones of both signs": random.map((value) => mod(value % 8192n - 4096n, R)),
      "small ones and blinding rows": random.map((value, row) => row < POINTS - 6 ? mod(value % 5n - 2n, R) : value),
      "ones alone": random.map(() => 1n),
      "ones and zeros": random.map((value) => value % 2n),
      "one scalar": random.map((value, row) => row === 77 ? value : 0n),
      "two far apart": random.map((_, row) => row === 3 ? 1n << 200n : row === 900 ? 1n << 13n : 0n),
      "zeros": random.map(() => 0n),
      "scalars at the ends": random.map((_, row) => ends[row % ends.length]),
    };
    for (const [name, scalars] of Object.entries(cases)) {
      const sum = multiScalar(points, scalars);
      assert.deepEqual(own.sum(wordsOf(scalars)), sum, name);
      for (const  of of[2, 5, 300]) {
        const parts = Array.from({ length: of }, (_, part) => atOnce(own.summing(wordsOf(scalars), { part, of })));
        const terms = parts.flatMap((point) => point === null ? [] : [{ point, bit: 0 }]);
        assert.deepEqual(sumAtBits(terms), sum, `${name}, in ${of} parts`);
      }
    }
    kernels.release(mark);
  });

  Deno.test(`${form.name}: sums of equal and of opposite points`, () => {
    const mark = kernels.mark(), [one] = points, opposite = { x: one.x, y: P - one.y };
    for (const given of [[one, one, one, one], [one, opposite, one, opposite]]) {
      const address = kernels.take(given.length * POINT_BYTES);
      putPoints(kernels, given, address);
      assert.deepEqual(getPoints(kernels, given.map((_, index) => address + POINT_BYTES * index)), given);
      const own = new Commitments(kernels, address, given.length);
      assert.deepEqual(own.sum(wordsOf([1n, 1n, 1n, 1n])), given[1] === one ? multiplyG1(one, 4n) : null);
      const parts = [0, 1].map((part) => atOnce(own.summing(wordsOf([5n << 100n, 2n, 0n, R - 3n]), { part, of: 2 })));
      assert.deepEqual(
        sumAtBits(parts.flatMap((point) => point === null ? [] : [{ point, bit: 0 }])),
        multiplyG1(one, given[1] === one ? (5n << 100n) - 1n : (5n << 100n) + 1n),
      );
      assert.deepEqual(own.sum(wordsOf([5n, 2n, 0n, 0n])), multiplyG1(one, given[1] === one ? 7n : 3n));
    }
    kernels.release(mark);
  });
}
