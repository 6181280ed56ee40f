import assert from "node:assert/strict";
import { bn254 } from "npm:@noble/curves@2.0.1/bn254.js";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { type G1Point, R } from "../../../../hub/halo2/curve/bn254.ts";
import { genSrs, type SrsProgress } from "../../../../hub/ezkl/srs/generate.ts";
import { readG1, readG2 } from "../../../../hub/halo2/curve/encoding.ts";
import { FIRST_POINT, lagrangeStart, srsBytes } from "../../../../hub/ezkl/srs/layout.ts";
import { isSecret, lagrangeValues, powers, rootOfUnity } from "../../../../hub/ezkl/srs/secret.ts";
import { sha256 } from "../../../../hub/ezkl/srs/sha256.ts";
import { isUnsafe } from "../../../../hub/ezkl/srs/unsafe.ts";
import { PUBLISHED_SECRET, PUBLISHED_SHA256, unsafeSrs } from "./fixtures.ts";

const secret = PUBLISHED_SECRET;
const toNoble = ({ x, y }: G1Point) => bn254.G1.Point.fromAffine({ x, y });

for (const k of [1, 2, 6] as const) {
  Deno.test(`genSrs() of the published secret is the stored file for k = ${k}`, async () => {
    assert.deepEqual(await genSrs(k, { secret }), unsafeSrs(k));
  });
}

Deno.test("genSrs() of the published secret has the published SHA-256 for every k", async () => {
  for (const [k, hash] of Object.entries(PUBLISHED_SHA256)) {
    assert.equal(await sha256(await genSrs(Number(k), { secret })), hash, `k = ${k}`);
  }
});

Deno.test("genSrs() is right in every point of a string, by the curve of another library", async () => {
  const any = 0x2f0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678901234567890123456789n % R;
  const k = 5;
  const bytes = await genSrs(k, { secret: any });
  const scalars = [...powers(any, 0, 32), ...lagrangeValues(any, k, 0, 32)];
  scalars.forEach((scalar, i) => {
    const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
    assert.deepEqual(readG1(bytes, FIRST_POINT + 64 * i), { x, y }, `point ${i}`);
  });
  const end = srsBytes(k) - 256;
  const points = [bn254.G2.Point.BASE, bn254.G2.Point.BASE.multiply(any)].map((point) => point.toAffine());
  points.forEach(({ x, y }, i) => {
    assert.deepEqual(readG2(bytes, end + 128 * i), { x: [x.c0, x.c1], y: [y.c0, y.c1] }, `point ${i} of G2`);
  });
});

Deno.test("genSrs() with a random secret gives points that fit each other, by sums and a pairing", async () => {
  const k = 4;
  const bytes = await genSrs(k);
  const lagrange = Array.from({ length: 16 }, (_, i) => toNoble(readG1(bytes, lagrangeStart(k) + 64 * i)));
  const g1 = toNoble(readG1(bytes, FIRST_POINT + 64));
  const sum = lagrange.reduce((all, point) => all.add(point));
  assert.ok(sum.equals(bn254.G1.Point.BASE), "the Lagrange points add up to G1");
  const roots = powers(rootOfUnity(k), 0, 16);
  const weighted = lagrange.map((point, i) => point.multiply(roots[i])).reduce((all, point) => all.add(point));
  assert.ok(weighted.equals(g1), "weighted with the roots they add up to s G1");
  const { x, y } = readG2(bytes, srsBytes(k) - 128);
  const g2 = bn254.G2.Point.fromAffine({ x: { c0: x[0], c1: x[1] }, y: { c0: y[0], c1: y[1] } });
  const left = bn254.pairing(g1, bn254.G2.Point.BASE);
  assert.ok(bn254.fields.Fp12.eql(left, bn254.pairing(bn254.G1.Point.BASE, g2)), "e(sG1, G2) = e(G1, sG2)");
});

Deno.test("genSrs() draws another secret each time, and every string is marked in its bytes", async () => {
  const strings = [await genSrs(1), await genSrs(1), await genSrs(3)];
  const points = strings.map((bytes) => readG1(bytes, FIRST_POINT + 64).x);
  assert.equal(new Set(points).size, 3);
  // Copies: the mark must not live in this program's memory alone.
  for (const bytes of strings) assert.equal(isUnsafe(bytes.slice()), true);
});

Deno.test("isUnsafe() knows a string of a given secret in memory and the published one anywhere", async () => {
  const given = await genSrs(2, { secret: 3n });
  assert.equal(isUnsafe(new Uint8ClampedArray(given.buffer) as unknown as Uint8Array), true);
  assert.equal(isUnsafe(given.slice()), false);
  assert.equal(isUnsafe((await genSrs(2, { secret })).slice()), true);
  assert.equal(isUnsafe(new Uint8Array(70)), false);
});

Deno.test("genSrs() lets others have their turn, tells its progress and can be stopped", async () => {
  const seen: SrsProgress[] = [];
  let longest = 0;
  let last = performance.now();
  const clock = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  try {
    await genSrs(12, { secret, onProgress: (progress) => seen.push(progress) });
  } finally {
    clearInterval(clock);
  }
  // Turns are of 15 ms; the rest is for a busy machine.
  assert.ok(longest < 250, `the event loop stood still for ${longest} ms`);
  assert.deepEqual(seen.at(-1), { done: 8192, total: 8192 });
  assert.ok(seen.every(({ done }, i) => i === 0 || done > seen[i - 1].done));

  const reason = new Error("enough");
  const stop = new AbortController();
  const stopped = genSrs(14, { signal: stop.signal });
  setTimeout(() => stop.abort(reason), 30);
  await assert.rejects(stopped, (error) => error === reason);
  await assert.rejects(genSrs(1, { signal: stop.signal }), (error) => error === reason);
});

Deno.test("genSrs() refuses a k and a secret that give no string", async () => {
  for (const k of [0, 23, 1.5, NaN]) {
    await assert.rejects(genSrs(k), (error) => {
      assert.ok(error instanceof ArgumentError);
      assert.equal(error.message, `genSrs(): logrows is ${k}, expected a whole number from 1 to 22`);
      return true;
    });
  }
  for (const bad of [0n, 1n, R - 1n, R, -5n, rootOfUnity(3), rootOfUnity(28)]) {
    assert.equal(isSecret(bad), false);
    await assert.rejects(genSrs(3, { secret: bad }), ArgumentError);
  }
  assert.equal(isSecret(2n), true);
});
