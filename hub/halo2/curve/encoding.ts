/**
 * Points of the curve in EZKL's files: coordinates of 32 bytes, little endian, in Montgomery
 * form.
 * @module
 */
import { type G1Point, type G2Point, inverse, P } from "./bn254.ts";

/** Bytes of a point of G1. */
export const G1_BYTES: number = 64;
/** Bytes of a point of G2. */
export const G2_BYTES: number = 128;

const MONTGOMERY = (1n << 256n) % P;
const FROM_MONTGOMERY = inverse(MONTGOMERY, P);

/** The point of G1 at a place; its coordinates may be P or more where the file is damaged. */
export function readG1(bytes: Uint8Array, at: number): G1Point {
  return { x: readField(bytes, at), y: readField(bytes, at + 32) };
}

/** The point of G2 at a place; its coordinates may be P or more where the file is damaged. */
export function readG2(bytes: Uint8Array, at: number): G2Point {
  const [a, b, c, d] = [0, 32, 64, 96].map((offset) => readField(bytes, at + offset));
  return { x: [a, b], y: [c, d] };
}

/** Writes a point of G1. */
export function writeG1(bytes: Uint8Array, at: number, { x, y }: G1Point): void {
  const out = view(bytes);
  writeField(out, at, x);
  writeField(out, at + 32, y);
}

/** Writes a point of G2. */
export function writeG2(bytes: Uint8Array, at: number, { x, y }: G2Point): void {
  const out = view(bytes);
  [...x, ...y].forEach((part, i) => writeField(out, at + 32 * i, part));
}

/** The lowest two bytes of a coordinate as a file shows it. */
export function lowBytes(coordinate: bigint): number {
  return Number(BigInt.asUintN(16, coordinate * MONTGOMERY % P));
}

function readField(bytes: Uint8Array, at: number): bigint {
  const from = view(bytes);
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = value << 64n | from.getBigUint64(at + 8 * word, true);
  // Left as it is where it is not reduced, so that the check of the curve sees it.
  return value < P ? value * FROM_MONTGOMERY % P : value;
}

function writeField(out: DataView, at: number, value: bigint): void {
  let rest = value * MONTGOMERY % P;
  for (let word = 0; word < 4; word++, rest >>= 64n) out.setBigUint64(at + 8 * word, BigInt.asUintN(64, rest), true);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
