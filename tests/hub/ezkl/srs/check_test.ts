import assert from "node:assert/strict";
import { ArgumentError, FormatError } from "../../../../core/base/errors.ts";
import { CEREMONY_SHA256 } from "../../../../hub/ezkl/srs/ceremony.ts";
import { checkSrs } from "../../../../hub/ezkl/srs/check.ts";
import { G1, G2, isOnG1, isOnG2, P } from "../../../../hub/halo2/curve/bn254.ts";
import { describeSrs } from "../../../../hub/ezkl/srs/describe.ts";
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";
import { verifierSrs } from "../../../../hub/ezkl/srs/verifier.ts";
import { isUnsafe } from "../../../../hub/ezkl/srs/unsafe.ts";
import { fixture, PUBLISHED_SECRET, unsafeSrs } from "./fixtures.ts";

const string = await genSrs(3, { secret: PUBLISHED_SECRET });
const ceremony1 = fixture("native/v21.0.0-assets/kzg1.srs");
const native6 = fixture("native/v21.0.0-assets/kzg");

function changed(at: number, to: number): Uint8Array {
  const bytes = string.slice();
  assert.notEqual(bytes[at], to);
  bytes[at] = to;
  return bytes;
}

Deno.test("checkSrs() takes a whole string and gives its k", () => {
  assert.equal(checkSrs("verify()", string), 3);
  assert.equal(checkSrs("verify()", string, 3), 3);
});

Deno.test({
  name: "checkSrs() takes the strings of the native program",
  ignore: native6 === null || ceremony1 === null,
  fn: () => {
    assert.equal(checkSrs("verify()", native6!), 6);
    assert.equal(checkSrs("verify()", ceremony1!), 1);
  },
});

Deno.test("checkSrs() refuses a string of another k, size or format", () => {
  const says = (bytes: Uint8Array, pattern: RegExp, k?: number) =>
    assert.throws(() => checkSrs("verify()", bytes, k), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, pattern);
      return true;
    });
  says(string, /is for k = 3, expected 4/, 4);
  says(string.subarray(0, -1), /k = 3 and has 1283 bytes, expected 1284/);
  says(new Uint8Array(1285).fill(0).map((_, i) => string[i] ?? 0), /1285 bytes, expected 1284/);
  says(new Uint8Array(3), /3 bytes are no reference string, expected at least 516/);
  says(changed(0, 0), /begins with k = 0/);
  says(changed(3, 1), /begins with k = 16777219/);
  assert.throws(() => checkSrs("verify()", string, 0), ArgumentError);
});

Deno.test("checkSrs() refuses points that are damaged, at both ends of both halves", () => {
  const says = (at: number, pattern: RegExp) =>
    assert.throws(() => checkSrs("verify()", changed(at, string[at] ^ 1)), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, pattern);
      return true;
    });
  says(4, /^verify\(\): the first point of the reference string is not the generator of G1/);
  says(4 + 64, /point 1 of the reference string's powers is not on the curve/);
  says(4 + 64 * 7 + 40, /point 7 of the reference string's powers/);
  says(4 + 64 * 8, /point 0 of the reference string's Lagrange form/);
  says(4 + 64 * 15 + 63, /point 7 of the reference string's Lagrange form/);
  says(1284 - 256, /not the generator of G2/);
  says(1284 - 1, /last point of the reference string is not on the curve of G2/);
  // A coordinate of the field's size or more is the same number again, and no reader may take it.
  const large = string.slice().fill(0xff, 4 + 64, 4 + 64 + 32);
  assert.throws(() => checkSrs("verify()", large), /point 1 of the reference string's powers is not on the curve/);
});

Deno.test("points with coordinates that are not reduced are not on the curve", () => {
  assert.equal(isOnG1(G1), true);
  assert.equal(isOnG1({ x: G1.x + P, y: G1.y }), false);
  assert.equal(isOnG1({ x: G1.x, y: G1.y + P }), false);
  assert.equal(isOnG2(G2), true);
  assert.equal(isOnG2({ x: [G2.x[0] + P, G2.x[1]], y: G2.y }), false);
  assert.equal(isOnG2({ x: G2.x, y: [G2.y[0], G2.y[1] + P] }), false);
});

Deno.test("verifierSrs() cuts any string down to the k = 1 string of the same secret", async () => {
  const small = await genSrs(1, { secret: PUBLISHED_SECRET });
  assert.deepEqual(verifierSrs(string), small);
  assert.deepEqual(verifierSrs(small), small);
  assert.deepEqual(verifierSrs(await genSrs(7, { secret: 12345n })), await genSrs(1, { secret: 12345n }));
});

Deno.test("verifierSrs() of the stored unsafe6 is the stored unsafe1", () => {
  assert.deepEqual(verifierSrs(unsafeSrs(6)), unsafeSrs(1));
});

Deno.test({
  name: "verifierSrs() of the ceremony's k = 1 file is that file",
  ignore: ceremony1 === null,
  fn: () => assert.deepEqual(verifierSrs(ceremony1!), ceremony1),
});

Deno.test("verifierSrs() keeps the mark of an unsafe string, and refuses damage", async () => {
  assert.equal(isUnsafe(verifierSrs((await genSrs(2)).slice()).slice()), true);
  assert.equal(isUnsafe(verifierSrs(await genSrs(2, { secret: 7n }))), true);
  assert.throws(() => verifierSrs(changed(4 + 64, string[4 + 64] ^ 1)), /not two points of the curve/);
  assert.throws(() => verifierSrs(string.subarray(0, 516)), FormatError);
});

Deno.test("describeSrs() tells an unsafe string from one of unknown origin", async () => {
  const unsafe = await describeSrs((await genSrs(2)).slice());
  assert.equal(unsafe.origin, "unsafe");
  assert.match(unsafe.text, /^Reference string for k = 2, UNSAFE: made on one machine for tests, as kzg\.unsafe\.srs/);
  const unknown = await describeSrs((await genSrs(2, { secret: 99n })).slice());
  assert.equal(unknown.origin, "unknown");
  assert.match(unknown.text, /of unknown origin/);
  assert.deepEqual([unknown.logrows, unknown.bytes, unknown.exact], [2, 772, false]);
  assert.ok(unknown.text.includes(unknown.sha256));
});

Deno.test({
  name: "describeSrs() knows the ceremony's file, by its SHA-256",
  ignore: ceremony1 === null || native6 === null,
  fn: async () => {
    const found = await describeSrs(ceremony1!);
    assert.equal(found.sha256, CEREMONY_SHA256[1]);
    assert.deepEqual([found.origin, found.exact], ["ceremony", true]);
    assert.equal(isUnsafe(ceremony1!), false);
    assert.equal((await describeSrs(native6!)).origin, "unknown");
  },
});

Deno.test({
  name: "describeSrs() sees the ceremony's verifier points in a file that is not the ceremony's",
  ignore: ceremony1 === null,
  fn: async () => {
    // Lagrange points in the wrong order: still on the curve, and of no concern to a verifier.
    const swapped = ceremony1!.slice();
    swapped.set(ceremony1!.subarray(132, 196), 196);
    swapped.set(ceremony1!.subarray(196, 260), 132);
    const found = await describeSrs(swapped);
    assert.deepEqual([found.origin, found.exact], ["ceremony", false]);
    assert.match(found.text, /but not their file/);
  },
});
