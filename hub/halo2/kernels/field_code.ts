/**
 * Arithmetic of a prime field as WebAssembly in the middle of a function. Two forms are written: on pairs of 64-bit
 * floats, where multiply and add are one instruction (`fused_code.ts`), and on 64-bit integers (`plain_code.ts`).
 *
 * Numbers are signed, in Montgomery form, cut into limbs that may be longer than they should be, and not reduced. How far
 * they may be off is known while the code is written: every element carries its bounds, and what would pass a limit is
 * carried or reduced first. So no bound is left to the reader's care, and none is checked while numbers are computed.
 * @module
 */
import { type Code, get, set } from "../../../core/wasm/code.ts";
import type { WasmFunction } from "../../../core/wasm/module.ts";
import type { Bound, FieldForm } from "./forms.ts";

/** An element in locals, or two of them where locals have two lanes. */
export interface Element extends Bound {
  /** One local for each limb, the lowest first. */
  readonly parts: readonly number[];
}

/** Writes arithmetic into one function. Methods append to {@linkcode FieldCode.code}; addresses must be free of effects. */
export abstract class FieldCode {
  /** What was written so far. */
  code: Code[] = [];
  /** The form. */
  abstract readonly form: FieldForm;
  /** The function. */
  readonly f: WasmFunction;
  /** The modulus. */
  readonly modulus: bigint;

  /** Code at the end of `f`. */
  constructor(f: WasmFunction, modulus: bigint) {
    this.f = f;
    this.modulus = modulus;
  }

  /** What a multiplication's result may be at most; operands must keep to `limb` products and give no larger value. */
  protected abstract readonly limits: { readonly limbs: number; readonly value: number };

  /** The elements at an address, one lane beside the other. */
  abstract load(address: Code, bound?: Bound): Element;
  /** The first lane of the elements at an address in all lanes. */
  abstract splat(address: Code, bound?: Bound): Element;
  /** One element from each address, whose limbs stand one after the other, or as those of a lane where `inVectors`. */
  abstract gather(addresses: readonly Code[], bound?: Bound, inVectors?: boolean): Element;
  /** The opposite of load. */
  protected abstract save(address: Code, element: Element): void;
  /** The opposite of gather. */
  protected abstract spread(addresses: readonly Code[], element: Element): void;
  /** Montgomery's product. */
  protected abstract product(a: Element, b: Element): Element;
  /** What a product is bounded by. */
  protected abstract productBound(a: Bound, b: Bound): Bound;
  /** The sum, or the difference, limb by limb. */
  protected abstract join(a: Element, b: Element, negate: boolean): Element;
  /** The same number in limbs of their proper length. */
  abstract carry(a: Element): Element;
  /** Another number of the same class, at most a little more than half a modulus. */
  abstract reduce(a: Element): Element;
  /** Elements whose limbs, for each lane, are whole numbers from 0 to the base. */
  abstract fromIntegers(lanes: readonly (readonly Code[])[]): Element;
  /** The limbs of one lane as i64, of a number that may be negative. */
  abstract toIntegers(a: Element, lane: number): Code[];
  /** Elements whose first and second lanes are the first and second of `a` and of `b`, or the other way about. */
  abstract transpose(a: Element, b: Element): [Element, Element];
  /** The elements times 1 or -1, given as i32 for each lane: 0 or 1. */
  abstract negateWhere(a: Element, signs: readonly Code[]): Element;

  /** a b / R. */
  multiply(a: Element, b: Element): Element {
    const { limbs, value } = this.limits;
    if (this.productBound(a, b).value > value) {
      if (a.value > b.value) a = this.reduce(a);
      else b = this.reduce(b);
      if (this.productBound(a, b).value > value) return this.multiply(a, b);
    }
    while (a.limb * b.limb > limbs) {
      if (a.limb > b.limb) a = this.shorter(a);
      else b = this.shorter(b);
    }
    return this.product(a, b);
  }

  /** a + b. */
  add(a: Element, b: Element): Element {
    return this.join(...this.addable(a, b), false);
  }

  /** a - b. */
  subtract(a: Element, b: Element): Element {
    return this.join(...this.addable(a, b), true);
  }

  /** Writes elements to memory, within the bound that memory has. */
  store(address: Code, element: Element, bound: Bound = this.form.stored): void {
    this.save(address, this.within(element, bound));
  }

  /** Writes each lane to an address of its own. */
  scatter(addresses: readonly Code[], element: Element, bound: Bound = this.form.stored): void {
    this.spread(addresses, this.within(element, bound));
  }

  /** The element within a bound. */
  within(element: Element, bound: Bound): Element {
    if (element.value > bound.value) element = this.reduce(element);
    if (element.limb > bound.limb) element = this.carry(element);
    if (element.value > bound.value || element.limb > bound.limb) {
      throw new Error(`no code brings limbs of ${element.limb} and values of ${element.value} within the bound`);
    }
    return element;
  }

  /** What `body` writes, taken out. */
  block(body: () => void): Code {
    const outer = this.code;
    this.code = [];
    body();
    const own = this.code;
    this.code = outer;
    return own;
  }

  /** Takes everything that was written. */
  take(): Code {
    const own = this.code;
    this.code = [];
    return own;
  }

  /** A new local with a value, as code that reads it. */
  keep(type: "i32" | "i64", value: Code): Code {
    const local = this.f.local(type);
    this.code.push(set(local, value));
    return get(local);
  }

  /** Shorter limbs, of a smaller number where its length is the highest limb's. */
  private shorter(a: Element): Element {
    const carried = this.carry(a);
    return carried.limb < a.limb ? carried : this.reduce(a);
  }

  private addable(a: Element, b: Element): [Element, Element] {
    // Sums must stay whole numbers of 53 bits, and of 32 where they are stored.
    if (a.limb + b.limb <= 4) return [a, b];
    return a.limb > b.limb ? [this.shorter(a), b] : [a, this.shorter(b)];
  }
}
