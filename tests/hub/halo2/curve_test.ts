/** Sums of multiples and pairings, against @noble/curves. */
import assert from "node:assert/strict";
import { bn254 } from "npm:@noble/curves@2.4.0/bn254.js";
import { G1, type G1Point, G2, mod, multiplyG1, multiplyG2, P, R } from "../../../hub/halo2/curve/bn254.ts";
import { type Fp12, inverse12, isOne, multiply12, multiplyLine, square12 } from "../../../hub/halo2/curve/fp12.ts";
import { multiScalar } from "../../../hub/halo2/curve/multi_scalar.ts";
import { pairingsAreEqual } from "../../../hub/halo2/curve/pairing.ts";
import { DELTA, inverses, rootOfUnity } from "../../../hub/halo2/curve/scalars.ts";

/** Numbers that look random and are the same in every run. */
function* numbers(seed: bigint, modulus: bigint): Generator<bigint, never> {
  for (let state = seed;;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 521n;
    yield (state ** 3n >> 70n) % modulus;
  }
}

const Point = bn254.G1.Point;
type Noble = ReturnType<typeof Point.fromAffine>;
const nobleOf = (point: G1Point): Noble => Point.fromAffine(point);

function nobleSum(points: readonly G1Point[], scalars: readonly bigint[]): G1Point | null {
  const sum = points.reduce<Noble>(
    (all, point, index): Noble => all.add(nobleOf(point).multiplyUnsafe(scalars[index])),
    Point.ZERO,
  );
  return sum.is0() ? null : sum.toAffine();
}

Deno.test("multiScalar() is noble's sum, for few points and many, and for scalars at every end", () => {
  const scalar = numbers(1n, R);
  const edges = [0n, 1n, 2n, 15n, 16n, 17n, 31n, 32n, 2n ** 128n, R - 1n, R - 2n, (R - 1n) / 2n, (R + 1n) / 2n];
  for (const count of [1, 2, 3, 13, 40, 450]) {
    const points = Array.from({ length: count }, () => multiplyG1(G1, scalar.next().value || 1n));
    const scalars = points.map((_, index) => index < edges.length ? edges[index] : scalar.next().value);
    assert.deepEqual(multiScalar(points, scalars), nobleSum(points, scalars), `${count} points`);
  }
});

Deno.test("multiScalar() adds equal points and opposite ones", () => {
  const a = multiplyG1(G1, 77n), minus = { x: a.x, y: P - a.y }, b = multiplyG1(G1, 5n);
  const cases: [G1Point[], bigint[]][] = [
    [[a, a], [3n, 3n]],
    [[a, minus], [9n, 9n]],
    [[a, a, minus, minus], [1n, 2n, 1n, 2n]],
    [[a, minus, b], [9n, 9n, 1n]],
    [[a, a, a, a, a, a, a], [16n, 16n, 16n, 16n, 16n, 15n, 17n]],
    [[a, multiplyG1(a, 2n), multiplyG1(a, 4n)], [4n, 2n, 1n]],
    [[a, multiplyG1(a, R - 4n)], [4n, 1n]],
    [[a], [0n]],
    [[], []],
  ];
  for (const [points, scalars] of cases) assert.deepEqual(multiScalar(points, scalars), nobleSum(points, scalars));
});

/** An element as noble has it: over w² = v and v³ = 9 + i. */
function nobleFp12(value: Fp12) {
  const { Fp2, Fp6, Fp12 } = bn254.fields;
  const at = (k: number) => Fp2.create({ c0: mod(value[2 * k], P), c1: mod(value[2 * k + 1], P) });
  return Fp12.create({
    c0: Fp6.create({ c0: at(0), c1: at(2), c2: at(4) }),
    c1: Fp6.create({ c0: at(1), c1: at(3), c2: at(5) }),
  });
}

Deno.test("numbers of the pairing's field multiply as noble's do", () => {
  const number = numbers(2n, P), { Fp12 } = bn254.fields;
  const element = (): Fp12 => Array.from({ length: 12 }, () => number.next().value);
  for (let round = 0; round < 20; round++) {
    const [a, b] = [element(), element()];
    assert.ok(Fp12.eql(nobleFp12(multiply12(a, b)), Fp12.mul(nobleFp12(a), nobleFp12(b))));
    assert.ok(Fp12.eql(nobleFp12(square12(a)), Fp12.sqr(nobleFp12(a))));
    assert.ok(isOne(multiply12(a, inverse12(a))) && !isOne(a));
    const line = [b[0], 0n, b[2], b[3], 0n, 0n, b[6], b[7], 0n, 0n, 0n, 0n];
    const sparse = multiplyLine(a, b[0], [b[2], b[3]], [b[6], b[7]]);
    assert.ok(Fp12.eql(nobleFp12(sparse), Fp12.mul(nobleFp12(a), nobleFp12(line))));
  }
});

Deno.test("pairingsAreEqual() says what noble's pairing says", () => {
  const scalar = numbers(3n, R);
  const second = (point: typeof G2) =>
    bn254.G2.Point.fromAffine({
      x: bn254.fields.Fp2.create({ c0: point.x[0], c1: point.x[1] }),
      y: bn254.fields.Fp2.create({ c0: point.y[0], c1: point.y[1] }),
    });
  for (let round = 0; round < 4; round++) {
    const [s, t, off] = [scalar.next().value, scalar.next().value, BigInt(round % 2)];
    const [a, A, c] = [multiplyG1(G1, s), multiplyG2(G2, t), multiplyG1(G1, (s * t + off) % R)];
    const one = bn254.pairingBatch([
      { g1: nobleOf(a), g2: second(A) },
      { g1: nobleOf(c).negate(), g2: second(G2) },
    ]);
    const { Fp12 } = bn254.fields;
    assert.equal(pairingsAreEqual([a, A], [c, G2]), Fp12.eql(one, Fp12.ONE));
    assert.equal(pairingsAreEqual([a, A], [c, G2]), off === 0n);
  }
});

Deno.test("roots of unity have their order, and inverses() is one inversion for all", () => {
  const field = bn254.fields.Fr;
  for (const logrows of [1, 4, 17, 28]) {
    const root = rootOfUnity(logrows);
    assert.equal(field.pow(root, 2n ** BigInt(logrows)), 1n);
    assert.equal(field.pow(root, 2n ** BigInt(logrows - 1)), R - 1n);
  }
  assert.equal(DELTA, field.pow(7n, 2n ** 28n));
  const values = [1n, 5n, R - 1n, 123456789n];
  assert.deepEqual(inverses(values)!.map((value) => mod(value, R)), values.map((value) => field.inv(value)));
  assert.equal(inverses([1n, 0n, 2n]), null);
  assert.equal(inverses([1n, R]), null);
});
