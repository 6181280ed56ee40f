/**
 * The permutation's part of a proof: products of fractions, each set of columns going on where the one before ended,
 * which end with 1 where cells that must be equal are.
 * @module
 */
import type { Column } from "../circuit/draft.ts";
import { power, R } from "../curve/bn254.ts";
import type { G1Point } from "../curve/bn254.ts";
import { DELTA } from "../curve/scalars.ts";
import { unsatisfied } from "./lookups.ts";
import type { Proving } from "./proving.ts";
import type { Tape, Term } from "./tape.ts";

/** Numbers of the permutation's columns, set by set. */
export function permutationSets(columns: number, degree: number): number[][] {
  const chunk = degree - 2;
  return Array.from(
    { length: Math.ceil(columns / chunk) },
    (_, set) => Array.from({ length: Math.min(chunk, columns - set * chunk) }, (_, at) => set * chunk + at),
  );
}

/** A set's cells with their own names, and with those of the next of their cycles. */
export function setFactors(
  tape: Tape,
  set: readonly number[],
  { beta, gamma }: { readonly beta: bigint; readonly gamma: bigint },
  names: Term,
  cell: (index: number) => Term,
  sigma: (index: number) => Term,
): { own: Term; next: Term } {
  const product = (terms: Term[]) => terms.reduce((all, term) => tape.multiply(all, term));
  const shifted = set.map((index) => tape.add(cell(index), tape.constant(gamma)));
  return {
    own: product(shifted.map((value, at) => tape.scaleAdd(names, beta * power(DELTA, BigInt(set[at]), R) % R, value))),
    next: product(shifted.map((value, at) => tape.scaleAdd(sigma(set[at]), beta, value))),
  };
}

/**
 * The products of all sets.
 * @throws {UnsatisfiedError} where cells that must be equal are not
 */
export async function multiplySets(
  proving: Proving,
  challenges: { readonly beta: bigint; readonly gamma: bigint },
  cell: (column: Column) => Term,
): Promise<{ products: number[]; points: (G1Point | null)[] }> {
  const { tools: { domain, kernels }, circuit, end } = proving;
  const { system: { permutation, degree } } = circuit;
  const sets = permutationSets(permutation.length, degree);
  const products = proving.columns(sets.length);
  const mark = kernels.mark(), divisors = proving.columns(sets.length), tape = proving.tape();
  sets.forEach((set, index) => {
    const { own, next } = setFactors(
      tape,
      set,
      challenges,
      tape.column(circuit.names),
      (index) => cell(permutation[index]),
      (index) => tape.column(circuit.permutation[index]),
    );
    tape.output(own, products[index]);
    tape.output(next, divisors[index]);
  });
  await proving.run(tape.program());
  const ends = await proving.all(products.map((column, index) => {
    return { kind: "runningFraction", column, divisor: divisors[index], end };
  }));
  if (ends.includes(false)) throw new Error("a challenge meets the name of a cell");
  let start = 1n;
  const factor = kernels.take(kernels.bytes);
  products.forEach((column, index) => {
    if (start !== 1n) {
      kernels.put(kernels.r, start, factor);
      kernels.r.call.scale(column, factor, column, domain.vectors);
    }
    start = start * (ends[index] as bigint) % R;
    proving.blind(column, end + 1);
  });
  if (start !== 1n) throw unsatisfied("cells that must be equal are not");
  kernels.release(mark);
  return { products, points: await proving.points(products.map((column) => ({ kind: "commitSteps", column, end }))) };
}
