/**
 * The quotient of all constraints by the polynomial that is zero in every row. It is worked out in as many cosets of the
 * rows as it has pieces: in each of them that polynomial is one number, and values there are transforms of n rows.
 * @module
 */
import type { Column } from "../circuit/draft.ts";
import type { Query } from "../circuit/expression.ts";
import { type G1Point, inverse, mod, power, R } from "../curve/bn254.ts";
import { rootOfUnity } from "../curve/scalars.ts";
import { cosetShift } from "../kernels/domain.ts";
import { folded } from "./lookups.ts";
import { permutationSets, setFactors } from "./products.ts";
import type { Proving } from "./proving.ts";
import type { Tape, TapeProgram, Term } from "./tape.ts";

/** Everything that the constraints read, by the address of what: values in rows. */
export interface ProvenColumns {
  /** Of each family. */
  readonly cells: Readonly<Record<Query["column"], readonly number[]>>;
  /** The permutation's products. */
  readonly products: readonly number[];
  /** The lookups' running sums. */
  readonly sums: readonly number[];
  /** The lookups' counts. */
  readonly counts: readonly number[];
}

/** The challenges that the constraints have in them. */
export type ConstraintChallenges = Readonly<Record<"theta" | "beta" | "gamma" | "y", bigint>>;

/** The pieces of the quotient, as columns of values in rows, with their commitments. */
export async function quotientPieces(
  proving: Proving,
  columns: ProvenColumns,
  challenges: ConstraintChallenges,
): Promise<{ pieces: number[]; points: (G1Point | null)[] }> {
  const { tools, circuit: { system: { degree } } } = proving, { kernels, domain } = tools;
  const pieces = proving.columns(degree - 1);
  const mark = kernels.mark();
  const parts = new CosetColumns(proving);
  const values = proving.columns(degree - 1);
  const result = domain.column(), factor = kernels.take(kernels.bytes);
  for (let coset = 0; coset < values.length; coset++) {
    parts.coset = coset;
    const program = constraints(proving, parts, columns, challenges, result);
    await parts.enter();
    await proving.run(program);
    const vanishing = power(cosetShift(coset), BigInt(domain.rows), R) - 1n;
    kernels.put(kernels.r, inverse(vanishing, R), factor);
    kernels.r.call.scale(result, factor, values[coset], domain.vectors);
  }
  await proving.all(values.map((column, coset) => ({ kind: "fromCoset", column, coset })));
  await proving.run(apart(proving, values, pieces));
  kernels.release(mark);
  const points = await proving.points(pieces.map((column) => ({ kind: "piece", column })));
  return { pieces, points };
}

/** Columns as they are in the coset that is being worked on. */
class CosetColumns {
  /** The coset. */
  coset = 0;
  /** g w^i in row i. */
  readonly names: number;
  /** 1 in the first row, in the one that ends the arguments, and in all between; 0 in all others. */
  readonly rows: Readonly<Record<"first" | "last" | "active", number>>;
  readonly #proving: Proving;
  readonly #columns = new Map<number, { coefficients: number; out: number; rotated: Map<number, number> }>();
  readonly #known = new Set<number>();

  constructor(proving: Proving) {
    this.#proving = proving;
    [this.names] = proving.columns(1);
    const { end } = proving;
    this.rows = {
      first: indicator(proving, [0]),
      last: indicator(proving, [end]),
      active: indicator(proving, Array.from({ length: end }, (_, row) => row)),
    };
  }

  /** Where the values of a column, so many rows on, will be. */
  at(column: number, rotation = 0): number {
    const { tools: { domain }, circuit: { kept } } = this.#proving;
    const own = kept?.columns.get(column);
    if (own !== undefined && kept!.filled[this.coset]) return own[this.coset];
    let known = this.#columns.get(column);
    if (!known) {
      known = { coefficients: domain.column(), out: own?.[this.coset] ?? domain.column(), rotated: new Map() };
      this.#columns.set(column, known);
    }
    if (own !== undefined) known.out = own[this.coset];
    if (rotation === 0) return known.out;
    let address = known.rotated.get(rotation);
    if (address === undefined) known.rotated.set(rotation, address = domain.column());
    return address;
  }

  /** Works the values in the coset out of all columns that were asked for. */
  async enter(): Promise<void> {
    const { tools, circuit: { kept } } = this.#proving, { domain } = tools, { coset } = this;
    const fresh = [...this.#columns].filter(([column]) => !this.#known.has(column));
    await this.#proving.all(fresh.map(([column, { coefficients }]) => {
      this.#known.add(column);
      return { kind: "coefficients", column, out: coefficients };
    }));
    const root = rootOfUnity(domain.logrows);
    tools.powers(cosetShift(coset), root, power(root, BigInt(domain.vectors), R), this.names);
    const needed = [...this.#columns].filter(([column]) => !(kept?.columns.has(column) && kept.filled[coset]));
    await this.#proving.all(needed.map(([, { coefficients, out, rotated }]) => {
      return { kind: "coset", column: coefficients, coset, out, rotated: [...rotated] };
    }));
    if (kept !== null) kept.filled[coset] = true;
  }
}

/** A column that is 1 in some rows and 0 in all others. */
function indicator(proving: Proving, rows: readonly number[]): number {
  const { tools } = proving, column = tools.domain.column();
  tools.elements().fill(0);
  for (const row of rows) tools.elements()[8 * row] = 1;
  tools.read(tools.words, column);
  return column;
}

/** All constraints put together by powers of y: the order is the verifier's. */
function constraints(
  proving: Proving,
  parts: CosetColumns,
  { cells, products, sums, counts }: ProvenColumns,
  challenges: ConstraintChallenges,
  result: number,
): TapeProgram {
  const { circuit: { system, permutation: sigma, unused }, end, tools: { domain } } = proving;
  const tape = proving.tape();
  const read = (column: number, rotation = 0): Term => tape.column(parts.at(column, rotation));
  const cell = ({ column, index, rotation }: Query) =>
    column === "fixed" && unused.has(index) ? tape.constant(0n) : read(cells[column][index], rotation);
  const [first, last, active] = [read(parts.rows.first), read(parts.rows.last), read(parts.rows.active)];
  let all: Term = tape.constant(0n), weight = 1n;
  const add = (constraint: Term) => {
    weight = weight * challenges.y % R;
    // What is not used is 0 everywhere, and only counts.
    if (constraint.kind === "constant" && constraint.value === 0n) return;
    all = tape.scaleAdd(all, weight, constraint);
    weight = 1n;
  };
  for (const gate of system.gates) add(tape.expression(gate, cell));
  const one = tape.constant(1n);
  if (products.length > 0) {
    const here = products.map((column) => read(column));
    add(tape.multiply(first, tape.subtract(one, here[0])));
    const ended = here[here.length - 1];
    add(tape.multiply(last, tape.subtract(tape.multiply(ended, ended), ended)));
    for (let set = 1; set < products.length; set++) {
      add(tape.multiply(first, tape.subtract(here[set], read(products[set - 1], end - domain.rows))));
    }
    permutationSets(system.permutation.length, system.degree).forEach((set, index) => {
      const value = (at: number) => {
        const { column, index } = system.permutation[at] as Column;
        return cell({ column, index, rotation: 0, query: 0 });
      };
      const names = tape.column(parts.names);
      const { own, next } = setFactors(tape, set, challenges, names, value, (at) => read(sigma[at]));
      const left = tape.multiply(read(products[index], 1), next), right = tape.multiply(here[index], own);
      add(tape.multiply(active, tape.subtract(left, right)));
    });
  }
  system.lookups.forEach(({ table, inputs }, index) => {
    const shifted = (term: Term) => tape.add(term, tape.constant(challenges.beta));
    const row = shifted(folded(tape, table, challenges.theta, cell));
    const asked = inputs.map((input) => shifted(folded(tape, input, challenges.theta, cell)));
    const [here, next, count] = [read(sums[index]), read(sums[index], 1), read(counts[index])];
    add(tape.multiply(first, here));
    add(tape.multiply(last, here));
    add(tape.multiply(active, lookupConstraint(tape, row, asked, tape.subtract(next, here), count)));
  });
  tape.output(tape.multiply(all, tape.constant(weight)), result);
  return tape.program();
}

/** table prod(inputs) step - (table sum of the products that leave one input out - count prod(inputs)). */
function lookupConstraint(tape: Tape, table: Term, inputs: readonly Term[], step: Term, count: Term): Term {
  let all = inputs[0], others: Term = tape.constant(1n);
  for (const input of inputs.slice(1)) {
    others = tape.add(tape.multiply(others, input), all);
    all = tape.multiply(all, input);
  }
  const asked = tape.subtract(tape.multiply(all, step), others);
  return tape.add(tape.multiply(table, asked), tape.multiply(count, all));
}

/**
 * From the remainders of the quotient in each coset to its pieces: in coset j, where x^n is c_j, the remainder is
 * the sum of the pieces times powers of c_j.
 */
function apart(proving: Proving, remainders: readonly number[], pieces: readonly number[]): TapeProgram {
  const { rows } = proving.tools.domain, tape = proving.tape();
  const powers = remainders.map((_, coset) => power(cosetShift(coset), BigInt(rows), R));
  const inverted = inverseVandermonde(powers);
  pieces.forEach((piece, index) => {
    const sum = remainders.reduce<Term>(
      (sum, column, coset) => tape.scaleAdd(tape.column(column), inverted[index][coset], sum),
      tape.constant(0n),
    );
    tape.output(sum, piece);
  });
  return tape.program();
}

/** The matrix that turns values at `points` into coefficients: row i gives coefficient i. */
function inverseVandermonde(points: readonly bigint[]): bigint[][] {
  const columns = points.map((point, at) => {
    // Lagrange's polynomial of the point.
    let coefficients = [1n], scale = 1n;
    points.forEach((other, index) => {
      if (index === at) return;
      coefficients = [0n, ...coefficients].map((value, degree) => mod(value - other * (coefficients[degree] ?? 0n), R));
      scale = mod(scale * (point - other), R);
    });
    const inverted = inverse(scale, R);
    return coefficients.map((value) => value * inverted % R);
  });
  return points.map((_, degree) => columns.map((column) => column[degree]));
}
