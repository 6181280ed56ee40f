/** Field elements in all their forms, by hand and against the engine. */
import assert from "node:assert/strict";
import engine from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import { ArgumentError, FormatError } from "../../../../core/base/errors.ts";
import {
  feltToFloat,
  FIELD_MAX,
  FIELD_MODULUS,
  fieldFromBigEndianHex,
  fieldFromBytes,
  fieldFromHex,
  fieldToBigEndianHex,
  fieldToBytes,
  fieldToHex,
  signedOf,
  unsignedOf,
} from "../../../../hub/ezkl/format/field.ts";
import { random } from "./fixtures.ts";

const zeros = "0".repeat(62);
/** The number, lowest byte first, highest first: from witnesses that the engine wrote. */
const known: readonly [bigint, string, string][] = [
  [0n, `00${zeros}`, `0x${zeros}00`],
  [2n, `02${zeros}`, `0x${zeros}02`],
  [
    -57n,
    "c8ffffef93f5e1439170b97948e833285d588181b64550b829a031e1724e6430",
    "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593efffffc8",
  ],
];

/** Small numbers, the ends of the field, and numbers of every length. */
function samples(): bigint[] {
  const next = random(5);
  const values = [0n, 1n, -1n, FIELD_MAX, -FIELD_MAX, FIELD_MAX - 1n, 1n - FIELD_MAX];
  for (let bits = 1n; bits < 253n; bits += 3n) {
    let value = 1n << bits;
    for (let bit = 0n; bit < bits; bit++) if (next() < 0.5) value |= 1n << bit;
    values.push(value, -value);
  }
  return values.filter((value) => value <= FIELD_MAX && value >= -FIELD_MAX);
}

Deno.test("fieldToHex() and fieldToBigEndianHex() write what the engine writes", () => {
  for (const [value, little, big] of known) {
    assert.equal(fieldToHex(value), little);
    assert.equal(fieldToBigEndianHex(value), big);
    assert.equal(fieldFromHex(little), value);
    assert.equal(fieldFromBigEndianHex(big), value);
  }
});

Deno.test("field elements survive every form", () => {
  for (const value of samples()) {
    assert.equal(fieldFromBytes(fieldToBytes(value)), value);
    assert.equal(fieldFromHex(fieldToHex(value)), value);
    assert.equal(fieldFromBigEndianHex(fieldToBigEndianHex(value)), value);
    assert.equal(signedOf(unsignedOf(value)), value);
    assert.equal(fieldToBytes(value).length, 32);
    assert.equal(Array.from(fieldToBytes(value), (b) => b.toString(16).padStart(2, "0")).join(""), fieldToHex(value));
  }
});

Deno.test("the largest positive and the smallest negative number are neighbours in the field", () => {
  assert.equal(unsignedOf(-FIELD_MAX), unsignedOf(FIELD_MAX) + 1n);
  assert.equal(signedOf(FIELD_MODULUS - 1n), -1n);
});

Deno.test("field elements agree with the engine", () => {
  for (const value of samples()) {
    const hex = json(fieldToHex(value));
    assert.equal(engine.feltToBigEndian(hex), fieldToBigEndianHex(value));
    // The engine's floats come from 128-bit integers.
    if (value >= -(2n ** 127n) && value < 2n ** 127n) {
      assert.equal(engine.feltToFloat(hex, 7), feltToFloat(value, 7), `${value}`);
    }
  }
});

Deno.test("fieldFromHex() reads what the engine quantises", () => {
  for (const [x, scale, expected] of [[0.5, 7, 64n], [-0.5, 7, -64n], [-3, 0, -3n], [1.25, 20, 1310720n]] as const) {
    assert.equal(fieldFromHex(JSON.parse(new TextDecoder().decode(engine.floatToFelt(x, scale, "f32")))), expected);
  }
});

Deno.test("feltToFloat() divides by 2 to the scale", () => {
  assert.equal(feltToFloat(58n, 7), 0.453125);
  assert.equal(feltToFloat(-63n, 7), -0.4921875);
  assert.equal(feltToFloat(3n, -2), 12);
  assert.equal(feltToFloat(2n ** 60n + 1n, 60), 1);
});

Deno.test("fieldFromHex() refuses what is not canonical", () => {
  const good = fieldToHex(-1n);
  for (
    const hex of [good.toUpperCase(), good.slice(1), `${good}0`, `0x${good.slice(2)}`, "", "g".repeat(64), ` ${good}`]
  ) {
    assert.throws(() => fieldFromHex(hex), FormatError, hex);
  }
  assert.throws(() => fieldFromHex(1 as unknown as string), FormatError);
  const modulus = "010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430";
  assert.throws(() => fieldFromHex(modulus), { name: "FormatError", message: /below the BN254 scalar modulus/ });
  assert.throws(() => fieldFromHex("f".repeat(64)), FormatError);
  assert.throws(() => fieldFromBigEndianHex(`0x${"f".repeat(64)}`), FormatError);
  assert.throws(() => fieldFromBigEndianHex("f".repeat(64)), FormatError);
  assert.throws(() => fieldFromBytes(new Uint8Array(32).fill(255)), FormatError);
  assert.throws(() => fieldFromBytes(new Uint8Array(31)), { name: "FormatError", message: /31 bytes, expected 32/ });
});

Deno.test("fieldToHex() refuses a number that is no element", () => {
  for (const value of [FIELD_MAX + 1n, -FIELD_MAX - 1n, FIELD_MODULUS]) {
    assert.throws(() => fieldToHex(value), ArgumentError);
    assert.throws(() => fieldToBytes(value), ArgumentError);
  }
});

function json(value: unknown): Uint8ClampedArray {
  return new Uint8ClampedArray(new TextEncoder().encode(JSON.stringify(value)));
}
