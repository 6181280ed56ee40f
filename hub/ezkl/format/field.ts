/**
 * Elements of the field that the proofs compute in, the scalars of the curve BN254, in the
 * forms that EZKL's files give them. Here they are signed whole numbers from -(r - 1)/2 to
 * (r - 1)/2; in files they are from 0 to r - 1, so that -1 is r - 1.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { bytesToHex } from "./hex.ts";
import { quote } from "./place.ts";

/** The number of elements: r. */
export const FIELD_MODULUS: bigint = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** Bytes of an element. */
export const FIELD_BYTES = 32;

/** The largest number that is not negative. */
export const FIELD_MAX: bigint = (FIELD_MODULUS - 1n) / 2n;

/** The signed number that an element from 0 to r - 1 stands for. */
export function signedOf(element: bigint): bigint {
  return element > FIELD_MAX ? element - FIELD_MODULUS : element;
}

/**
 * The element from 0 to r - 1 that a signed number stands for.
 * @throws {ArgumentError} for a number that has none
 */
export function unsignedOf(value: bigint): bigint {
  if (value > FIELD_MAX || value < -FIELD_MAX) {
    throw new ArgumentError(`${value} is no field element, expected a whole number from -(r - 1)/2 to (r - 1)/2`);
  }
  return value < 0n ? value + FIELD_MODULUS : value;
}

/** The 32 bytes of a signed number, little endian; errors as {@linkcode unsignedOf}. */
export function fieldToBytes(value: bigint): Uint8Array<ArrayBuffer> {
  const hex = hexOf(value);
  return Uint8Array.from({ length: FIELD_BYTES }, (_, byte) => parseInt(hex.slice(62 - 2 * byte, 64 - 2 * byte), 16));
}

/**
 * The signed number in 32 bytes, little endian.
 * @throws {FormatError} for another length, and for a number from r on
 */
export function fieldFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length !== FIELD_BYTES) {
    throw new FormatError(`a field element has ${bytes.length} bytes, expected ${FIELD_BYTES}`);
  }
  return parsed(bytesToHex(bytes.slice().reverse()), "the 32 bytes");
}

/** 64 lower-case hexadecimal digits, lowest byte first, as in witnesses and proofs; errors as {@linkcode unsignedOf}. */
export function fieldToHex(value: bigint): string {
  return swapped(hexOf(value));
}

/**
 * The signed number in 64 lower-case hexadecimal digits, lowest byte first.
 * @throws {FormatError} for any other text, and for a number from r on
 */
export function fieldFromHex(hex: string): bigint {
  return parsed(swapped(checked(hex, /^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits")), quote(hex));
}

/** `0x` and 64 lower-case hexadecimal digits, highest first, as people write numbers; errors as {@linkcode unsignedOf}. */
export function fieldToBigEndianHex(value: bigint): string {
  return `0x${hexOf(value)}`;
}

/**
 * The signed number in `0x` and 64 lower-case hexadecimal digits, highest first.
 * @throws {FormatError} for any other text, and for a number from r on
 */
export function fieldFromBigEndianHex(hex: string): bigint {
  const digits = checked(hex, /^0x[0-9a-f]{64}$/, "0x and 64 lower-case hexadecimal digits").slice(2);
  return parsed(digits, quote(hex));
}

/** The float that a signed number stands for at `scale`: the number divided by 2^scale. */
export function feltToFloat(value: bigint, scale: number): number {
  return Number(value) / 2 ** scale;
}

function hexOf(value: bigint): string {
  return unsignedOf(value).toString(16).padStart(64, "0");
}

function swapped(hex: string): string {
  let result = "";
  for (let at = hex.length - 2; at >= 0; at -= 2) result += hex.slice(at, at + 2);
  return result;
}

function checked(hex: string, form: RegExp, expected: string): string {
  if (typeof hex !== "string" || !form.test(hex)) {
    throw new FormatError(`${quote(hex)} is no field element, expected ${expected}`);
  }
  return hex;
}

function parsed(digits: string, shown: string): bigint {
  const element = BigInt(`0x${digits}`);
  if (element >= FIELD_MODULUS) {
    throw new FormatError(`${shown} is no field element, expected a number below the BN254 scalar modulus`);
  }
  return signedOf(element);
}
