/** Every kernel of a field on numbers of a generator, against whole numbers. */
import assert from "node:assert/strict";
import type { Field, Kernels } from "../../../../hub/halo2/kernels/kernels.ts";
import { mod } from "../../../../hub/halo2/curve/bn254.ts";
import { contents, edges, fill, numbers } from "./numbers.ts";

const ROWS = 4096;

/** Checks `cases` numbers or more in both operands of every operation. */
export function checkArithmetic(kernels: Kernels, field: Field, cases: number): void {
  const mark = kernels.mark(), { modulus, call } = field;
  const vectors = ROWS / kernels.form.lanes;
  const [a, b, out, factor] = Array.from({ length: 4 }, () => kernels.take(ROWS * kernels.bytes));
  const ends = edges(modulus);
  for (let round = 0; round * ROWS < cases; round++) {
    const [x, y] = [0, 1].map((which) => numbers(ROWS, modulus, 2 * round + which));
    if (round === 0) {
      ends.forEach((end, at) => {
        x[at] = end;
        y[at] = ends[(7 * at + 3) % ends.length];
        x[ROWS - 1 - at] = y[ROWS - 1 - at] = end;
      });
    }
    fill(kernels, field, x, a);
    fill(kernels, field, y, b);
    const by = ends[round % ends.length];
    kernels.put(field, by, factor);
    const expect = (what: string, wanted: (x: bigint, y: bigint) => bigint) => {
      const found = contents(kernels, field, out, ROWS);
      const wrong = found.findIndex((value, row) => value !== mod(wanted(x[row], y[row]), modulus));
      assert.equal(wrong, -1, `${what}: row ${wrong} of round ${round}`);
    };
    call.multiply(a, b, out, vectors);
    expect("multiply", (x, y) => x * y);
    call.add(a, b, out, vectors);
    expect("add", (x, y) => x + y);
    call.subtract(a, b, out, vectors);
    expect("subtract", (x, y) => x - y);
    call.scale(a, factor, out, vectors);
    expect("scale", (x) => x * by);
    call.scaleAdd(a, factor, b, out, vectors);
    expect("scaleAdd", (x, y) => x * by + y);
    call.shift(a, factor, out, vectors);
    expect("shift", (x) => x + by);
    // Sums of sums, which are not reduced between.
    call.subtract(a, b, out, vectors);
    for (let more = 0; more < 9; more++) call.subtract(out, b, out, vectors);
    call.multiply(out, out, out, vectors);
    expect("lazy sums", (x, y) => (x - 10n * y) ** 2n);
  }
  kernels.release(mark);
}
