/**
 * The field on 64-bit integers: nine limbs of 29 bits, signed, stored as 32 bits. A column adds up nine products of
 * limbs and nine of the quotient with the modulus before anything is carried, which 63 bits hold. It runs wherever
 * WebAssembly does.
 * @module
 */
import { type Code, get, i32, i64, set } from "../../../core/wasm/code.ts";
import { inverse } from "../curve/bn254.ts";
import type { WasmFunction } from "../../../core/wasm/module.ts";
import { type Element, FieldCode } from "./field_code.ts";
import { type Bound, type FieldForm, plainForm } from "./forms.ts";

const { limbs: LIMBS, bits: BITS, montgomery: MONTGOMERY } = plainForm;
const MASK = (1n << BigInt(BITS)) - 1n;

/** The quotient by the modulus is estimated in parts of 2^40. */
const ESTIMATE = 40;

/** Writes that form. */
export class PlainCode extends FieldCode {
  readonly form: FieldForm = plainForm;
  // Nine products of limbs and nine of a full limb with one of the modulus stay below 2^63.
  protected readonly limits = { limbs: 4 * 2.4, value: 20 };
  readonly #modulus: bigint[];
  readonly #inverse: bigint;
  readonly #columns: number[];

  /** Code at the end of `f`. */
  constructor(f: WasmFunction, modulus: bigint) {
    super(f, modulus);
    this.#modulus = Array.from({ length: LIMBS }, (_, at) => modulus >> BigInt(BITS * at) & MASK);
    this.#inverse = MASK + 1n - inverse(modulus, MASK + 1n);
    this.#columns = Array.from({ length: 2 * LIMBS }, () => f.local("i64"));
  }

  load(address: Code, bound: Bound = this.form.stored): Element {
    return {
      ...bound,
      parts: Array.from({ length: LIMBS }, (_, limb) => this.#local(i64.load32_s(4 * limb, address))),
    };
  }

  splat(address: Code, bound: Bound = this.form.stored): Element {
    return this.load(address, bound);
  }

  gather([address]: readonly Code[], bound: Bound = this.form.stored): Element {
    return this.load(address, bound);
  }

  protected save(address: Code, { parts }: Element): void {
    parts.forEach((part, limb) => this.code.push(i64.store32(4 * limb, address, get(part))));
  }

  protected spread([address]: readonly Code[], element: Element): void {
    this.save(address, element);
  }

  protected productBound(a: Bound, b: Bound): Bound {
    return { limb: 2, value: a.value * b.value * Number(this.modulus) / 2 ** MONTGOMERY + 1 };
  }

  protected product(a: Element, b: Element): Element {
    const bound = this.productBound(a, b);
    const columns = this.#columns, begun = columns.map(() => false);
    const add = (column: number, value: Code) => {
      this.code.push(set(columns[column], begun[column] ? i64.add(get(columns[column]), value) : value));
      begun[column] = true;
    };
    const digit = this.f.local("i64");
    for (let row = 0; row < LIMBS; row++) {
      for (let limb = 0; limb < LIMBS; limb++) add(row + limb, i64.mul(get(a.parts[row]), get(b.parts[limb])));
      const low = i64.mul(get(columns[row]), i64.const(this.#inverse));
      this.code.push(set(digit, i64.and(low, i64.const(MASK))));
      this.#modulus.forEach((part, limb) => add(row + limb, i64.mul(get(digit), i64.const(part))));
      add(row + 1, i64.shr_s(get(columns[row]), i64.const(BigInt(BITS))));
    }
    return { ...bound, parts: this.#carried(columns.slice(LIMBS, 2 * LIMBS - 1).map((column) => get(column))) };
  }

  protected join(a: Element, b: Element, negate: boolean): Element {
    const join = negate ? i64.sub : i64.add;
    return {
      parts: a.parts.map((part, limb) => this.#local(join(get(part), get(b.parts[limb])))),
      limb: a.limb + b.limb,
      value: a.value + b.value,
    };
  }

  carry(a: Element): Element {
    return { parts: this.#carried(a.parts.map((part) => get(part))), limb: 2, value: a.value };
  }

  reduce(a: Element): Element {
    const top = Number(this.modulus) / 2 ** (BITS * (LIMBS - 1));
    const scaled = i64.mul(get(a.parts[LIMBS - 1]), i64.const(BigInt(Math.round(2 ** ESTIMATE / top))));
    const times = this.#local(
      i64.shr_s(i64.add(scaled, i64.const(1n << BigInt(ESTIMATE - 1))), i64.const(BigInt(ESTIMATE))),
    );
    const parts = this.#carried(
      a.parts.map((part, limb) => i64.sub(get(part), i64.mul(get(times), i64.const(this.#modulus[limb])))),
    );
    return { parts, limb: 2, value: 0.51 };
  }

  fromIntegers([limbs]: readonly (readonly Code[])[]): Element {
    return { parts: limbs.map((limb) => this.#local(limb)), limb: 2, value: 1 };
  }

  toIntegers({ parts }: Element, _lane: number): Code[] {
    return parts.map((part) => get(part));
  }

  transpose(a: Element, b: Element): [Element, Element] {
    return [a, b];
  }

  negateWhere(a: Element, [sign]: readonly Code[]): Element {
    const factor = this.#local(i64.extend_i32_s(i32.sub(i32.const(1), i32.shl(sign, i32.const(1)))));
    return { ...a, parts: a.parts.map((part) => this.#local(i64.mul(get(part), get(factor)))) };
  }

  /** Limbs from 0 to the base, the highest with what is left. */
  #carried(limbs: readonly Code[]): number[] {
    let carry: Code | null = null;
    return Array.from({ length: LIMBS }, (_, at) => {
      const own = limbs[at] as Code | undefined;
      const whole = this.#local(
        carry === null ? own! : own === undefined ? carry : i64.add(own, carry),
      );
      if (at === LIMBS - 1) return whole;
      carry = i64.shr_s(get(whole), i64.const(BigInt(BITS)));
      return this.#local(i64.and(get(whole), i64.const(MASK)));
    });
  }

  #local(value: Code): number {
    const local = this.f.local("i64");
    this.code.push(set(local, value));
    return local;
  }
}
