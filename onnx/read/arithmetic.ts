/**
 * Arithmetic of ONNX where it is not that of the language.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";

/** An element: whole numbers of every integer type as `bigint`, so that none loses a digit; truths as 0n and 1n. */
export type Element = number | bigint;

/** Integers divided towards zero. */
export function divided(a: bigint, b: bigint): bigint {
  if (b !== 0n) return a / b;
  throw new ArgumentError("it divides a whole number by 0; export the model again");
}

/** What is left of a division: with the sign of the divisor, or with that of `a` where `keepsSign`. */
export function modulo(a: Element, b: Element, keepsSign: boolean): Element {
  if (typeof a === "number" || typeof b === "number") {
    const left = Number(a) % Number(b);
    return keepsSign || left === 0 || Math.sign(left) === Math.sign(Number(b)) ? left : left + Number(b);
  }
  if (b === 0n) return divided(a, b);
  const left = a % b;
  return keepsSign || left === 0n || left < 0n === b < 0n ? left : left + b;
}

/** A power; of whole numbers by squaring within 64 bits, so that no exponent can take for ever. */
export function power(base: Element, exponent: Element): Element {
  if (typeof base === "number") return base ** Number(exponent);
  if (typeof exponent === "number") return toWhole(Number(base) ** exponent);
  if (exponent < 0n) return toWhole(Number(base) ** Number(exponent));
  let result = 1n;
  for (let factor = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * factor);
    factor = BigInt.asIntN(64, factor * factor);
  }
  return result;
}

/** A float without its fraction. */
export function toWhole(value: number): bigint {
  if (Number.isFinite(value)) return BigInt(Math.trunc(value));
  throw new ArgumentError(`it makes a whole number of ${value}; export the model again`);
}

/** To the nearest whole number, of two equally near ones to the even one. */
export function roundedToEven(value: number): number {
  const below = Math.floor(value), part = value - below;
  if (part !== 0.5) return part < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * To the nearest float with so many bits of fraction, of two equally near ones to the
 * even one; `least` is the exponent of the smallest normal number, and what reaches
 * 2^(2 - least) becomes infinite.
 */
export function rounded(value: number, bits: number, least: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return value;
  let exponent = Math.floor(Math.log2(size));
  // The logarithm itself is rounded, which matters beside a power of two.
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  const step = 2 ** (Math.max(exponent, least) - bits);
  const near = roundedToEven(size / step) * step;
  return Math.sign(value) * (near >= 2 ** (2 - least) ? Infinity : near);
}
