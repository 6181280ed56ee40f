/**
 * Between elements and words: 32 bytes, little endian, of a number from 0 to the modulus less 1.
 * @module
 */
import { type Code, get, i64, set } from "../../../core/wasm/code.ts";
import type { Element, FieldCode } from "./field_code.ts";

const WORD_BITS = 64, WORDS = 4;

/** The numbers at an address for each lane, as they stand: no Montgomery form. */
export function readWords(code: FieldCode, addresses: readonly Code[]): Element {
  const { bits, limbs } = code.form;
  const mask = i64.const((1n << BigInt(bits)) - 1n);
  return code.fromIntegers(addresses.map((address) => {
    const words = Array.from({ length: WORDS }, (_, word) => code.keep("i64", i64.load(8 * word, address)));
    return Array.from({ length: limbs }, (_, limb) => {
      const at = limb * bits, word = Math.floor(at / WORD_BITS), low = at % WORD_BITS;
      if (word >= WORDS) return i64.const(0n);
      const first = i64.shr_u(words[word], i64.const(BigInt(low)));
      if (low + bits <= WORD_BITS || word + 1 === WORDS) return i64.and(first, mask);
      return i64.and(i64.or(first, i64.shl(words[word + 1], i64.const(BigInt(WORD_BITS - low)))), mask);
    });
  }));
}

/** Writes a number, from -p to p, to an address for each lane, from 0 to p - 1. */
export function writeWords(code: FieldCode, addresses: readonly Code[], element: Element): void {
  addresses.forEach((address, lane) => writeLane(code, address, code.toIntegers(element, lane)));
}

function writeLane(code: FieldCode, address: Code, given: readonly Code[]): void {
  const { bits, limbs: count } = code.form;
  const mask = (1n << BigInt(bits)) - 1n;
  const digit = (value: bigint, limb: number) => value >> BigInt(limb * bits) & mask;
  const carried = (limbs: readonly Code[]): Code[] => {
    let carry: Code | null = null;
    return limbs.map((limb, at) => {
      const whole = code.keep("i64", carry ? i64.add(limb, carry) : limb);
      if (at === count - 1) return whole;
      carry = i64.shr_s(whole, i64.const(BigInt(bits)));
      return code.keep("i64", i64.and(whole, i64.const(mask)));
    });
  };
  const where = (condition: Code, amount: bigint, limbs: readonly Code[]): Code[] => {
    const all = code.keep("i64", condition);
    return carried(
      limbs.map((limb, at) =>
        i64.add(limb, i64.and(all, i64.const(at === count - 1 ? amount >> BigInt(bits * at) : digit(amount, at))))
      ),
    );
  };
  const sign = (limbs: readonly Code[]) => i64.shr_s(limbs[count - 1], i64.const(63n));
  // Less one modulus, and back for as long as that is negative.
  let limbs = carried(
    given.map((limb, at) =>
      i64.sub(limb, i64.const(at === count - 1 ? code.modulus >> BigInt(bits * at) : digit(code.modulus, at)))
    ),
  );
  for (let round = 0; round < 2; round++) limbs = where(sign(limbs), code.modulus, limbs);
  for (let word = 0; word < WORDS; word++) {
    const parts = limbs.flatMap((limb, at): Code[] => {
      const shift = at * bits - word * WORD_BITS;
      if (shift <= -bits || shift >= WORD_BITS) return [];
      return [shift >= 0 ? i64.shl(limb, i64.const(BigInt(shift))) : i64.shr_u(limb, i64.const(BigInt(-shift)))];
    });
    const all = code.f.local("i64");
    code.code.push(set(all, parts.reduce((sum, part) => i64.or(sum, part))));
    code.code.push(i64.store(8 * word, address, get(all)));
  }
}
