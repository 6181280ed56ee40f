/**
 * The field on pairs of 64-bit floats: five limbs of 51 bits, signed. The high half of a product of two limbs is what is
 * left after it is added to 1.5 · 2^103, whose last place is 2^51; the low half is the product less that, added to
 * 1.5 · 2^52. Both are exact where multiply and add round once. The floats' bit patterns are then added as integers, and
 * what the constants' patterns contribute is taken out once a column.
 *
 * Montgomery's reduction takes one digit of 51 bits a limb, from -2^50 to 2^50, so the quotient adds half a modulus at
 * most and no final subtraction is needed: |a b / R| <= |a| |b| / R + p / 2. A product waits for its digits, one after
 * the other, more than for anything else; so all but the last clear their limb with the multiple of the modulus that ends
 * in -1, of which a digit is the limb itself. Such a multiple is up to 2^50 moduli, of which 2^-51 is left in the result.
 * @module
 */
import { type Code, f64, f64x2, get, i32, i64, i64x2, set, v128 } from "../../../core/wasm/code.ts";
import type { WasmFunction } from "../../../core/wasm/module.ts";
import { inverse } from "../curve/bn254.ts";
import { type Element, FieldCode } from "./field_code.ts";
import { balancedDigits, type Bound, type FieldForm, fusedForm } from "./forms.ts";

const { limbs: LIMBS, bits: BITS, montgomery: MONTGOMERY } = fusedForm;
const HALF = 2 ** 50, BASE = 2 ** BITS;

/** 1.5 · 2^103 and 1.5 · 2^52: floats whose last places are 2^51 and 1. */
const HIGH = 1.5 * 2 ** 103, LOW = 1.5 * 2 ** 52;
const HIGH_BITS = BigInt(1023 + 103) << 52n | 1n << 51n, LOW_BITS = BigInt(1023 + 52) << 52n | 1n << 51n;
/** The pattern of 2^52, whose low bits are those of a whole number added to it. */
const WHOLE_BITS = BigInt(1023 + 52) << 52n;
/** Makes columns positive, so that a plain shift carries; a multiple of the base. */
const LIFT = 1n << 62n;
const LIFT_CARRY = LIFT >> BigInt(BITS);

/** Writes that form. */
export class FusedCode extends FieldCode {
  readonly form: FieldForm = fusedForm;
  // The product of two limbs must stay within 2^102, and the highest limb of a result within 2^51.
  protected readonly limits = { limbs: 4, value: 2.6 };
  readonly #modulus: Code[];
  readonly #inverse: Code;
  /** Limbs of the multiple of the modulus that ends in -1, without that one. */
  readonly #multiple: Code[];
  /** What the multiple adds to a result at most, in moduli. */
  readonly #excess: number;
  readonly #top: number;
  readonly #columns: number[];
  readonly #high: number;

  /** Code at the end of `f`. */
  constructor(f: WasmFunction, modulus: bigint) {
    super(f, modulus);
    this.#modulus = balancedDigits(modulus, BITS, LIMBS).map((digit) => f.float64(Number(digit)));
    const base = 1n << BigInt(BITS);
    const negated = BigInt.asIntN(BITS, base - inverse(modulus, base));
    this.#inverse = f.float64(Number(negated));
    this.#multiple = balancedDigits(negated * modulus, BITS, LIMBS + 1).slice(1).map((digit) =>
      f.float64(Number(digit))
    );
    this.#excess = Math.abs(Number(negated)) / BASE / 2;
    this.#top = Number(modulus) / 2 ** (BITS * (LIMBS - 1));
    this.#columns = Array.from({ length: 2 * LIMBS }, () => f.local("v128"));
    this.#high = f.local("v128");
  }

  load(address: Code, bound: Bound = this.form.stored): Element {
    return this.#loaded((limb) => v128.load(16 * limb, address), bound);
  }

  splat(address: Code, bound: Bound = this.form.stored): Element {
    return this.#loaded((limb) => v128.load64_splat(16 * limb, address), bound);
  }

  gather([first, second]: readonly Code[], bound: Bound = this.form.stored, inVectors = false): Element {
    const step = inVectors ? 16 : 8;
    return this.#loaded(
      (limb) => v128.load64_lane(1, step * limb, second, v128.load64_zero(step * limb, first)),
      bound,
    );
  }

  protected save(address: Code, { parts }: Element): void {
    parts.forEach((part, limb) => this.code.push(v128.store(16 * limb, address, get(part))));
  }

  protected spread(addresses: readonly Code[], { parts }: Element): void {
    addresses.forEach((address, lane) =>
      parts.forEach((part, limb) => this.code.push(v128.store64_lane(lane, 8 * limb, address, get(part))))
    );
  }

  protected productBound(a: Bound, b: Bound): Bound {
    const value = a.value * b.value * Number(this.modulus) / 2 ** MONTGOMERY + 0.5 + this.#excess + 2 ** -40;
    return { limb: Math.max(1, this.#highest(value)), value };
  }

  protected product(a: Element, b: Element): Element {
    const bound = this.productBound(a, b);
    const columns = this.#columns, begun = columns.map(() => false);
    // What the patterns of constants contribute to each column.
    const excess = columns.map(() => 0n);
    const add = (column: number, bits: Code, pattern: bigint) => {
      const sum = begun[column] ? i64x2.add(get(columns[column]), bits) : bits;
      this.code.push(set(columns[column], sum));
      begun[column] = true;
      excess[column] += pattern;
    };
    const multiplyLimbs = (column: number, x: Code, y: Code) => {
      this.code.push(set(this.#high, f64x2.relaxed_madd(x, y, this.f.float64(HIGH))));
      add(column + 1, get(this.#high), HIGH_BITS);
      const rest = f64x2.sub(this.f.float64(HIGH + 3 * BASE), get(this.#high));
      add(column, f64x2.relaxed_madd(x, y, rest), LOW_BITS);
    };
    const digit = this.f.local("v128"), lifted = this.f.local("v128");
    const lift = (column: number, half: bigint) =>
      this.code.push(set(lifted, i64x2.add(get(columns[column]), this.#integer(LIFT + half - excess[column]))));
    for (let row = 0; row < LIMBS; row++) {
      for (let limb = 0; limb < LIMBS; limb++) multiplyLimbs(row + limb, get(a.parts[row]), get(b.parts[limb]));
      if (row < LIMBS - 1) {
        lift(row, BigInt(HALF));
        this.code.push(set(digit, f64x2.sub(this.#lowBits(get(lifted)), this.f.float64(2 ** 52 + HALF))));
        this.#multiple.forEach((part, limb) => multiplyLimbs(row + 1 + limb, get(digit), part));
      } else {
        lift(row, 0n);
        this.code.push(set(digit, this.#digit(get(lifted))));
        this.#modulus.forEach((part, limb) => multiplyLimbs(row + limb, get(digit), part));
        lift(row, 0n);
      }
      // What is left of the column, less the digit, is a multiple of the base.
      add(row + 1, i64x2.shr_u(get(lifted), i32.const(BITS)), LIFT_CARRY);
    }
    return { ...bound, parts: this.#limbs(columns.slice(LIMBS), excess.slice(LIMBS)) };
  }

  protected join(a: Element, b: Element, negate: boolean): Element {
    const join = negate ? f64x2.sub : f64x2.add;
    return {
      parts: a.parts.map((part, limb) => this.#local(join(get(part), get(b.parts[limb])))),
      limb: a.limb + b.limb,
      value: a.value + b.value,
    };
  }

  carry(a: Element): Element {
    const parts = this.#carried(a.parts.map((part) => get(part)));
    return { parts, limb: Math.max(1, this.#highest(a.value)), value: a.value };
  }

  reduce(a: Element): Element {
    const times = this.f.local("v128");
    const top = get(a.parts[LIMBS - 1]);
    this.code.push(set(times, f64x2.neg(f64x2.nearest(f64x2.mul(top, this.f.float64(1 / this.#top))))));
    const parts = this.#carried(
      a.parts.map((part, limb) => f64x2.relaxed_madd(get(times), this.#modulus[limb], get(part))),
    );
    // The quotient is made from the highest limb alone, which is right to 2^-40.
    return { parts, limb: Math.max(1, this.#highest(0.51)), value: 0.5 + 2 ** -30 };
  }

  fromIntegers(lanes: readonly (readonly Code[])[]): Element {
    const [first, second] = lanes.map((limbs) => limbs.map((limb) => f64.convert_i64_s(limb)));
    const parts = first.map((limb, at) => this.#local(f64x2.replace_lane(1, f64x2.splat(limb), second[at])));
    return { parts, limb: 2, value: 1 };
  }

  toIntegers({ parts }: Element, lane: number): Code[] {
    return parts.map((part) => i64.trunc_sat_f64_s(f64x2.extract_lane(lane, get(part))));
  }

  transpose(a: Element, b: Element): [Element, Element] {
    const bound = { limb: Math.max(a.limb, b.limb), value: Math.max(a.value, b.value) };
    const lanes = (first: number) => Array.from({ length: 16 }, (_, byte) => first + byte + (byte < 8 ? 0 : 8));
    const half = (first: number): Element => ({
      ...bound,
      parts: a.parts.map((part, limb) => this.#local(v128.shuffle(lanes(first), get(part), get(b.parts[limb])))),
    });
    return [half(0), half(8)];
  }

  negateWhere(a: Element, signs: readonly Code[]): Element {
    const factors = this.f.local("v128");
    const sign = (lane: number): Code => f64.convert_i32_s(i32.sub(i32.const(1), i32.shl(signs[lane], i32.const(1))));
    this.code.push(set(factors, f64x2.replace_lane(1, f64x2.splat(sign(0)), sign(1))));
    return { ...a, parts: a.parts.map((part) => this.#local(f64x2.mul(get(part), get(factors)))) };
  }

  /** The digit of the quotient that clears a column: its low bits times -1/p, in the middle of the base. */
  #digit(column: Code): Code {
    const high = this.#high, low = this.f.local("v128");
    this.code.push(set(low, f64x2.sub(this.#lowBits(column), this.f.float64(2 ** 52))));
    this.code.push(set(high, f64x2.relaxed_madd(get(low), this.#inverse, this.f.float64(HIGH))));
    return f64x2.relaxed_madd(get(low), this.#inverse, f64x2.sub(this.f.float64(HIGH), get(high)));
  }

  /** The low bits of integers, as floats that are 2^52 more. */
  #lowBits(column: Code): Code {
    return v128.or(v128.and(column, this.#integer((1n << BigInt(BITS)) - 1n)), this.#integer(WHOLE_BITS));
  }

  /** Columns of integers, less their excess, as limbs from -2^50 to 2^50; the highest has what is left. */
  #limbs(columns: readonly number[], excess: readonly bigint[]): number[] {
    const parts: number[] = [];
    let carried: Code | null = null;
    columns.forEach((column, at) => {
      const last = at === columns.length - 1;
      const raised = (last ? LOW_BITS : LIFT + BigInt(HALF)) - excess[at] - (carried ? LIFT_CARRY : 0n);
      const sum = carried ? i64x2.add(get(column), carried) : get(column);
      const bits = this.#local(i64x2.add(sum, this.#integer(raised)));
      if (last) {
        parts.push(this.#local(f64x2.sub(get(bits), this.f.float64(LOW))));
        return;
      }
      carried = i64x2.shr_u(get(bits), i32.const(BITS));
      parts.push(this.#local(f64x2.sub(this.#lowBits(get(bits)), this.f.float64(2 ** 52 + HALF))));
    });
    return parts;
  }

  /** The same number in limbs from -2^50 to 2^50; what a limb has more goes to the next. */
  #carried(limbs: readonly Code[]): number[] {
    let carry: Code | null = null;
    return limbs.map((limb, at) => {
      const whole = this.#local(carry ? f64x2.relaxed_madd(carry, this.f.float64(1 / BASE), limb) : limb);
      if (at === LIMBS - 1) return whole;
      const high = this.#local(
        f64x2.sub(f64x2.add(get(whole), this.f.float64(HIGH)), this.f.float64(HIGH)),
      );
      carry = get(high);
      return this.#local(f64x2.sub(get(whole), get(high)));
    });
  }

  /** The bound of the highest limb of a value. */
  #highest(value: number): number {
    return value * this.#top / HALF + 2 ** -40;
  }

  #loaded(limb: (limb: number) => Code, bound: Bound): Element {
    return { ...bound, parts: Array.from({ length: LIMBS }, (_, at) => this.#local(limb(at))) };
  }

  #local(value: Code): number {
    const local = this.f.local("v128");
    this.code.push(set(local, value));
    return local;
  }

  #integer(value: bigint): Code {
    return this.f.whole64(BigInt.asUintN(64, value));
  }
}
