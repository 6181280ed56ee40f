/**
 * The part of a reference string that a verifier needs.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { addG1, type G1Point, type G2Point, inverse, isOnG1, multiplyG1, P, R } from "../../halo2/curve/bn254.ts";
import { G1_BYTES, G2_BYTES, readG1, readG2, writeG1 } from "../../halo2/curve/encoding.ts";
import { FIRST_POINT, lagrangeStart, readLogrows, srsBytes } from "./layout.ts";
import { isUnsafe, markUnsafe } from "./unsafe.ts";
import { checkFiles } from "../format/given.ts";

/**
 * The reference string for k = 1 of the same secret: 516 bytes, enough to verify any proof
 * made with the large one, because a verifier uses G1, G2 and s · G2 alone. Made from the
 * ceremony's file of any k it is, byte for byte, the ceremony's file for k = 1.
 *
 * For n = 2 the roots of unity are 1 and -1, so the Lagrange polynomials are (1 + s) / 2 and
 * (1 - s) / 2, and their points come from G1 and s · G1.
 *
 * @throws {FormatError} for bytes that are no reference string
 */
export function verifierSrs(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  checkFiles("verifierSrs()", { srs: bytes });
  return verifierPart(bytes, bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)), bytes.length);
}

/** Bytes at the beginning of a reference string that a verifier's part is made of. */
export const HEAD_BYTES: number = FIRST_POINT + 2 * G1_BYTES;
/** Those at its end. */
export const TAIL_BYTES: number = 2 * G2_BYTES;

/** The same from the beginning and the end of a string of `length` bytes, for one that no memory should hold. */
export function verifierPart(bytes: Uint8Array, tail: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  readLogrows("verifierSrs()", bytes, length);
  const [one, secret] = [0, 1].map((index) => readG1(bytes, FIRST_POINT + G1_BYTES * index));
  if (![one, secret].every(isOnG1) || one.x === secret.x) {
    throw new FormatError("verifierSrs(): the first two points are not two points of the curve; the file is damaged");
  }
  const result = new Uint8Array(srsBytes(1));
  if (isUnsafe(bytes)) markUnsafe(result);
  new DataView(result.buffer).setUint32(0, 1, true);
  const half = inverse(2n, R);
  const minus: G1Point = { x: secret.x, y: P - secret.y };
  const points = [one, secret, multiplyG1(addG1(one, secret), half), multiplyG1(addG1(one, minus), half)];
  points.forEach((point, i) => writeG1(result, FIRST_POINT + G1_BYTES * i, point));
  result.set(tail, lagrangeStart(1) + 2 * G1_BYTES);
  return result;
}

/** s · G2, which a checked string ends with: with the two generators all that a verifier uses. */
export function secretG2(srs: Uint8Array): G2Point {
  return readG2(srs, srs.length - G2_BYTES);
}
