/**
 * Steps made of others: signs and digits, comparisons, what is true or false, sorting.
 * @module
 */
import { type Felt, invert, negate } from "./felt.ts";
import { Steps } from "./steps.ts";
import { constants, filled, fresh, isFreshConstant, isPlaced, Kind, mapped, pick, type Tensor } from "./tensor.ts";

const ONE = constants([1]), ZERO = constants([0]);

/** Lays those too. */
export class Comparisons extends Steps {
  /** 1 where an element is 0, else 0. */
  isZero(x: Tensor): Tensor {
    const inverse = fresh(mapped(x, invert), x.dims);
    const known = { ...inverse, kinds: x.kinds.map((_, at) => isFreshConstant(x, at) ? Kind.constant : Kind.value) };
    const product = this.pairwise("Mult", x, known);
    const result = this.pairwise("Sub", ONE, product);
    const both = this.pairwise("Mult", x, result);
    this.equal(both, filled(0, x.dims));
    return result;
  }

  /** 1 where two elements are equal, else 0. */
  equals(a: Tensor, b: Tensor): Tensor {
    return this.isZero(this.pairwise("Sub", a, b));
  }

  /** Signs and digits of every element, highest first, and the elements in cells. */
  decompose(x: Tensor): { claimed: Tensor; placed: Tensor } {
    const { region, legs, base } = this, count = x.values.length, width = legs + 1;
    const placed = isPlaced(x) ? x : region.assign(0, x);
    const claims = x.values.flatMap((value) =>
      value === null ? new Array<null>(width).fill(null) : this.#digits(value)
    );
    const claimed = region.assign(2, fresh(claims));
    region.lin += count * width;
    const all = Array.from({ length: count }, (_, at) => at);
    const signs = pick(claimed, all.map((at) => width * at), placed.dims);
    const sign = this.range(signs, -1, 1);
    const zero = this.isZero(placed);
    const both = this.pairwise("Mult", sign, zero);
    this.equal(both, filled(0, both.dims));
    const places = all.flatMap((at) => Array.from({ length: legs }, (_, leg) => width * at + 1 + leg));
    const digits = this.range(pick(claimed, places), 0, base - 1);
    region.flush();
    const powers = constants(Array.from({ length: legs }, (_, leg) => base ** (legs - 1 - leg)));
    const dots = all.map((at) => {
      return this.dot(pick(digits, Array.from({ length: legs }, (_, leg) => legs * at + leg)), powers);
    });
    const magnitudes = {
      dims: placed.dims,
      values: dots.map(({ values }) => values[0]),
      cells: Int32Array.from(dots, ({ cells }) => cells[0]),
      kinds: new Uint8Array(count),
    };
    this.equal(placed, this.pairwise("Mult", magnitudes, sign));
    return { claimed: signs, placed };
  }

  /** The elements in cells, with a check of their range where `decomp`. */
  identity(x: Tensor, decomp: boolean): Tensor {
    if (isPlaced(x)) return x;
    if (decomp) return this.decompose(x).placed;
    const out = this.region.assign(2, x);
    this.region.lin += x.values.length;
    return out;
  }

  /** The elements, each 0 or 1. */
  boolean(x: Tensor): Tensor {
    const out = this.region.assign(2, x);
    this.region.lin += x.values.length;
    this.range(x, 0, 1);
    return out;
  }

  /** -1, 0 or 1. */
  sign(x: Tensor): Tensor {
    return this.decompose(x).claimed;
  }

  /** |x|. */
  abs(x: Tensor): Tensor {
    return this.pairwise("Mult", x, this.sign(x));
  }

  /** 1 where a > b. */
  greater(a: Tensor, b: Tensor): Tensor {
    return this.equals(this.sign(this.pairwise("Sub", a, b)), ONE);
  }

  /** 1 where a >= b. */
  greaterEqual(a: Tensor, b: Tensor): Tensor {
    return this.greater(this.pairwise("Add", a, ONE), b);
  }

  /** a and b. */
  and(a: Tensor, b: Tensor): Tensor {
    const left = this.boolean(a), right = this.boolean(b);
    return this.pairwise("Mult", left, right);
  }

  /** a where the mask is 1, b where it is 0. */
  iff(mask: Tensor, a: Tensor, b: Tensor): Tensor {
    const kept = this.boolean(mask);
    const other = this.pairwise("Sub", ONE, kept);
    const first = this.pairwise("Mult", a, kept);
    const second = this.pairwise("Mult", b, other);
    return this.pairwise("Add", first, second);
  }

  /** 1 - mask. */
  not(mask: Tensor): Tensor {
    return this.iff(mask, ZERO, ONE);
  }

  /** a or b. */
  or(a: Tensor, b: Tensor): Tensor {
    return this.iff(a, a, this.boolean(b));
  }

  /** Either a or b. */
  xor(a: Tensor, b: Tensor): Tensor {
    const notA = this.not(a), notB = this.not(b);
    const first = this.and(a, notB), second = this.and(b, notA);
    return this.pairwise("Add", first, second);
  }

  /** 1 where f is least at y among its neighbours, on the right even where it is equal. */
  optimum(y: Tensor, f: (y: Tensor) => Tensor): Tensor {
    const here = f(y);
    const after = f(this.pairwise("Add", y, ONE));
    const before = f(this.pairwise("Sub", y, ONE));
    const right = this.greaterEqual(after, here), left = this.greater(before, here);
    return this.and(left, right);
  }

  /** The elements in ascending order. */
  sort(x: Tensor): Tensor {
    const count = x.values.length;
    if (count === 1) return x;
    const { region } = this;
    const known = x.values.every((value) => value !== null);
    const order = x.values.map((_, at) => at);
    if (known) order.sort((a, b) => Number(x.values[a]) - Number(x.values[b]) || a - b);
    const sorted = region.assign(0, fresh(order.map((at) => x.values[at])));
    region.lin += count;
    this.#shuffle(sorted, x, known ? order : null);
    const all = order.map((_, at) => at);
    const [lower, higher] = [pick(sorted, all.slice(0, -1)), pick(sorted, all.slice(1))];
    this.equal(filled(1, [count - 1]), this.greaterEqual(higher, lower));
    return sorted;
  }

  #shuffle(sorted: Tensor, x: Tensor, order: readonly number[] | null): void {
    const { region } = this, { usable } = region.columns, count = x.values.length;
    let row = region.shuffleRow;
    const column = (row: number) => Math.floor(row / usable);
    if (column(row) !== column(row + count)) row = column(row + count) * usable;
    region.assignShuffle(0, sorted, row);
    region.assign(0, x);
    const number = region.assignShuffle(1, filled(region.shuffles, [count]), row);
    region.assign(1, number);
    region.assignShuffle(2, fresh(order ?? new Array<null>(count).fill(null)), row);
    region.assign(2, constants(Array.from({ length: count }, (_, at) => at)));
    region.shuffleGate(row, region.lin, count);
    region.lin += count;
    region.shuffleRow = row + count;
    region.shuffles++;
  }

  #digits(value: Felt): Felt[] {
    const sign = value < 0 ? -1 : value === 0 ? 0 : 1;
    let rest = BigInt(sign < 0 ? negate(value) : value);
    const digits: Felt[] = [], base = BigInt(this.base);
    for (let leg = 0; leg < this.legs; leg++, rest /= base) digits.unshift(Number(rest % base));
    return [sign, ...digits];
  }
}
