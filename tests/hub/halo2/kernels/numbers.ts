/** Field elements for the kernels' tests: numbers as whole numbers, and limbs at their limits. */
import { makeKernels } from "../../../../hub/halo2/kernels/compile.ts";
import type { Field, Kernels } from "../../../../hub/halo2/kernels/kernels.ts";
import type { FieldForm } from "../../../../hub/halo2/kernels/forms.ts";
import { fusedForm, plainForm } from "../../../../hub/halo2/kernels/forms.ts";
import { fusesMultiplyAdd } from "../../../../hub/halo2/kernels/fused_check.ts";

/** The forms that this runtime computes in. */
export const FORMS: readonly FieldForm[] = fusesMultiplyAdd() ? [fusedForm, plainForm] : [plainForm];

/** Kernels of a form, made once. */
export function kernelsOf(form: FieldForm): Kernels {
  return made.get(form.name) ?? made.set(form.name, makeKernels(form)).get(form.name)!;
}
const made = new Map<string, Kernels>();

/** Numbers from 0 to the modulus less 1, of a generator that repeats (xorshift64*). */
export function numbers(count: number, modulus: bigint, seed: number): bigint[] {
  let state = BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(seed + 1));
  const next = () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ state << 25n);
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
  };
  return Array.from({ length: count }, () => (next() | next() << 64n | next() << 128n | next() << 192n) % modulus);
}

/** Numbers at the ends, and around powers of two. */
export function edges(modulus: bigint): bigint[] {
  const powers = [1, 13, 50, 51, 52, 102, 204, 252, 253].map((bit) => 1n << BigInt(bit));
  const small = [0n, 1n, 2n, ...powers.flatMap((value) => [value - 1n, value, value + 1n])];
  return [...small, ...small.map((value) => (modulus - value) % modulus), modulus / 2n, modulus / 2n + 1n];
}

/** Puts numbers into a column. */
export function fill(kernels: Kernels, field: Field, values: readonly bigint[], column: number): void {
  const mark = kernels.mark(), words = kernels.take(32 * values.length);
  const view = new DataView(kernels.memory.buffer);
  values.forEach((value, row) => {
    for (let word = 0; word < 4; word++) {
      view.setBigUint64(words + 32 * row + 8 * word, BigInt.asUintN(64, value >> BigInt(64 * word)), true);
    }
  });
  field.call.read(words, field.constants.enter, column, values.length / kernels.form.lanes);
  kernels.release(mark);
}

/** The numbers in a column. */
export function contents(kernels: Kernels, field: Field, column: number, rows: number): bigint[] {
  const mark = kernels.mark(), words = kernels.take(32 * rows);
  field.call.write(column, field.constants.leave, words, rows / kernels.form.lanes);
  const view = new DataView(kernels.memory.buffer);
  const found = Array.from({ length: rows }, (_, row) => {
    let value = 0n;
    for (let word = 3; word >= 0; word--) value = value << 64n | view.getBigUint64(words + 32 * row + 8 * word, true);
    return value;
  });
  kernels.release(mark);
  return found;
}

/** Limbs at the limits of what memory may hold, in all combinations of signs. */
export function extremes({ stored, bits, limbs }: FieldForm, modulus: bigint): number[][] {
  const limb = stored.limb * 2 ** (bits - 1);
  const highest = Math.floor(stored.value * Number(modulus) / 2 ** (bits * (limbs - 1))) - 4;
  return Array.from(
    { length: 2 ** limbs },
    (_, signs) =>
      Array.from({ length: limbs }, (_, at) => (signs >> at & 1 ? -1 : 1) * (at === limbs - 1 ? highest : limb)),
  );
}

/** Writes the limbs of one row. */
export function putLimbs(kernels: Kernels, column: number, rows: number, row: number, limbs: readonly number[]): void {
  const view = new DataView(kernels.memory.buffer), { form } = kernels;
  const vectors = rows / form.lanes, lane = Math.floor(row / vectors), at = column + row % vectors * kernels.bytes;
  limbs.forEach((limb, index) => {
    if (form.name === "fused") view.setFloat64(at + 16 * index + 8 * lane, limb, true);
    else view.setInt32(at + 4 * index, limb, true);
  });
}

/** The number that limbs stand for. */
export function numberOf({ bits }: FieldForm, limbs: readonly number[]): bigint {
  return limbs.reduceRight((sum, limb) => (sum << BigInt(bits)) + BigInt(limb), 0n);
}
