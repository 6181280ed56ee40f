/**
 * The bytes of a structured reference string: the number k; 2^k points s^i · G1; the same
 * 2^k points in Lagrange form; G2; s · G2. Coordinates are 32 bytes, little endian, in
 * Montgomery form.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { type G1Point, type G2Point, inverse, P } from "./curve.ts";

/** Bytes of a point of G1. */
export const G1_BYTES: number = 64;
/** Bytes of a point of G2. */
export const G2_BYTES: number = 128;
/** Where the points s^i · G1 begin. */
export const FIRST_POINT: number = 4;
/** The largest k that was ever published. */
export const MAX_LOGROWS: number = 26;

const MONTGOMERY = (1n << 256n) % P;
const FROM_MONTGOMERY = inverse(MONTGOMERY, P);

/** The size of the file for 2^logrows rows. */
export function srsBytes(logrows: number): number {
  return FIRST_POINT + 2 * G1_BYTES * 2 ** logrows + 2 * G2_BYTES;
}

/** Where the points in Lagrange form begin. */
export function lagrangeStart(logrows: number): number {
  return FIRST_POINT + G1_BYTES * 2 ** logrows;
}

/**
 * Refuses what is no number of rows.
 * @throws {ArgumentError} for anything but a whole number from 1 to `most`
 */
export function checkLogrows(caller: string, logrows: number, most: number = MAX_LOGROWS): void {
  if (!Number.isInteger(logrows) || logrows < 1 || logrows > most) {
    throw new ArgumentError(`${caller}: logrows is ${logrows}, expected a whole number from 1 to ${most}`);
  }
}

/**
 * The k that the bytes begin with, once their number fits it.
 * @throws {FormatError} for bytes that are no reference string
 */
export function readLogrows(caller: string, bytes: Uint8Array): number {
  if (bytes.length < FIRST_POINT) {
    throw new FormatError(`${caller}: ${bytes.length} bytes are no reference string, expected at least ${srsBytes(1)}`);
  }
  const logrows = view(bytes).getUint32(0, true);
  if (logrows < 1 || logrows > MAX_LOGROWS) {
    throw new FormatError(
      `${caller}: the file begins with k = ${logrows}, expected 1 to ${MAX_LOGROWS}: it is no reference string in EZKL's ` +
        "raw format",
    );
  }
  if (bytes.length !== srsBytes(logrows)) {
    throw new FormatError(
      `${caller}: the file begins with k = ${logrows} and has ${bytes.length} bytes, expected ${srsBytes(logrows)}; ` +
        "fetch or make it again",
    );
  }
  return logrows;
}

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
