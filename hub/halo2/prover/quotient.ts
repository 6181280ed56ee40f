/**
 * The quotient of all constraints by the polynomial that is zero in every row. It is worked out in as many cosets of the
 * rows as it has pieces: in each of them that polynomial is one number, and values there are transforms of n rows.
 * @module
 */
import type { Column } from "../circuit/draft.ts";
import type { Expression, Query } from "../circuit/expression.ts";
import { type G1Point, inverse, mod, power, R } from "../curve/bn254.ts";
import { rootOfUnity } from "../curve/scalars.ts";
import { cosetShift } from "../kernels/domain.ts";
import { folded } from "./lookups.ts";
import { permutationSets, setFactors } from "./products.ts";
import type { Proving } from "./proving.ts";
import { nameOf, type Tape, type TapeProgram, type Term } from "./tape.ts";

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
  const { tools, circuit: { system: { degree } } } = proving, { kernels } = tools;
  const pieces = proving.columns(degree - 1);
  const mark = kernels.mark();
  const lookups = await joinLookups(proving, columns, challenges);
  const parts = new CosetColumns(proving);
  const values = proving.columns(degree - 1);
  let program = constraints(proving, parts, columns, lookups, challenges, values[0]);
  for (let coset = 0; coset < values.length; coset++) {
    const entered = parts.enter();
    // Written while the threads are at work, where its columns are known.
    if (coset > 0) program = constraints(proving, parts, columns, lookups, challenges, values[coset]);
    await entered;
    await proving.run(program);
    parts.coset++;
  }
  await proving.all(values.map((column, coset) => ({ kind: "fromCoset", column, coset })));
  await proving.run(apart(proving, values, pieces));
  kernels.release(mark);
  await proving.all(pieces.map((column) => ({ kind: "fromCoefficients", column })));
  const points = await proving.points(pieces.map((column) => ({ kind: "commit", column })));
  return { pieces, points };
}

/** Columns as they are in the coset that is being worked on. */
class CosetColumns {
  /** The coset. */
  coset = 0;
  /** g w^i in row i. */
  readonly names: number;
  readonly #proving: Proving;
  readonly #columns = new Map<number, { coefficients: number; out: number; rotated: Map<number, number> }>();
  readonly #known = new Set<number>();

  constructor(proving: Proving) {
    this.#proving = proving;
    [this.names] = proving.columns(1);
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

/**
 * All constraints put together by powers of y, and divided by the polynomial that is zero in every row. The order is the
 * verifier's; what has a factor in common is added up before it is multiplied by that.
 */
function constraints(
  proving: Proving,
  parts: CosetColumns,
  { cells, products }: ProvenColumns,
  lookups: readonly JoinedLookup[],
  challenges: ConstraintChallenges,
  result: number,
): TapeProgram {
  const { circuit: { system, permutation: sigma, unused, rows }, end, tools: { domain } } = proving;
  const tape = proving.tape();
  const read = (column: number, rotation = 0): Term => tape.column(parts.at(column, rotation));
  const cell = ({ column, index, rotation }: Query) =>
    column === "fixed" && unused.has(index) ? tape.constant(0n) : read(cells[column][index], rotation);
  let gates: Term = tape.constant(0n), pending = 1n;
  for (const gate of system.gates) {
    pending = pending * challenges.y % R;
    const constraint = tape.expression(gate, cell);
    // What is not used is 0 everywhere, and only counts.
    if (constraint.kind === "constant" && constraint.value === 0n) continue;
    gates = tape.scaleAdd(gates, pending, constraint);
    pending = 1n;
  }
  const sums: Record<"first" | "last" | "active", Term> = {
    first: tape.constant(0n),
    last: tape.constant(0n),
    active: tape.constant(0n),
  };
  const add = (where: keyof typeof sums, term: Term, weight: bigint) => {
    sums[where] = tape.scaleAdd(term, weight, sums[where]);
  };
  const sets = products.length, after = (sets > 0 ? 1 + 2 * sets : 0) + 3 * system.lookups.length;
  let left = after;
  const next = () => power(challenges.y, BigInt(--left), R);
  const one = tape.constant(1n);
  if (sets > 0) {
    const here = products.map((column) => read(column));
    add("first", tape.subtract(one, here[0]), next());
    const ended = here[sets - 1];
    add("last", tape.subtract(tape.multiply(ended, ended), ended), next());
    for (let set = 1; set < sets; set++) {
      add("first", tape.subtract(here[set], read(products[set - 1], end - domain.rows)), next());
    }
    permutationSets(system.permutation.length, system.degree).forEach((set, index) => {
      const value = (at: number) => {
        const { column, index } = system.permutation[at] as Column;
        return cell({ column, index, rotation: 0, query: 0 });
      };
      const names = tape.column(parts.names);
      const factors = setFactors(tape, set, challenges, names, value, (at) => read(sigma[at]));
      const moved = tape.multiply(read(products[index], 1), factors.next),
        kept = tape.multiply(here[index], factors.own);
      add("active", tape.subtract(moved, kept), next());
    });
  }
  for (const { table, inputs, sum, counts, weight, share } of lookups) {
    const shifted = (term: Term) => tape.add(term, tape.constant(challenges.beta));
    const row = shifted(folded(tape, table, challenges.theta, cell));
    const asked = inputs.map((input) => shifted(folded(tape, input, challenges.theta, cell)));
    const here = read(sum), step = tape.subtract(read(sum, 1), here);
    add("first", here, weight * challenges.y % R * challenges.y % R);
    add("last", here, weight * challenges.y % R);
    add("active", lookupConstraint(tape, row, asked, step, read(counts), share), weight);
  }
  const whole = (["first", "last", "active"] as const).reduce<Term>(
    (all, where) => tape.add(all, tape.multiply(read(rows[where]), sums[where])),
    tape.multiply(gates, tape.constant(pending * power(challenges.y, BigInt(after), R) % R)),
  );
  const vanishing = power(cosetShift(parts.coset), BigInt(domain.rows), R) - 1n;
  tape.output(tape.multiply(whole, tape.constant(inverse(vanishing, R))), result);
  return tape.program();
}

/** Lookups that ask for the same in the same table, as one. */
interface JoinedLookup {
  /** The table. */
  readonly table: readonly Expression[];
  /** What is asked for. */
  readonly inputs: readonly (readonly Expression[])[];
  /** The running sum, or that of all, each as often as its power of y says. */
  readonly sum: number;
  /** The counts, likewise. */
  readonly counts: number;
  /** How often the constraint of the row counts. */
  readonly weight: bigint;
  /** How often a lookup stands in it. */
  readonly share: bigint;
}

/**
 * The constraints of lookups are linear in sums and counts. Those that ask for the same in every row, as all do that a
 * circuit does not use, are one constraint of the sum of theirs, and only that needs transforms.
 */
async function joinLookups(
  proving: Proving,
  { cells, sums, counts }: ProvenColumns,
  { theta, y }: ConstraintChallenges,
): Promise<JoinedLookup[]> {
  const { circuit: { system: { lookups }, unused } } = proving, tape = proving.tape();
  const cell = ({ column, index }: Query): Term =>
    column === "fixed" && unused.has(index) ? tape.constant(0n) : tape.column(cells[column][index]);
  const groups = new Map<string, number[]>();
  lookups.forEach(({ table, inputs }, index) => {
    const name = [table, ...inputs].map((parts) => nameOf(folded(tape, parts, theta, cell))).join();
    const known = groups.get(name);
    if (known) known.push(index);
    else groups.set(name, [index]);
  });
  const weightOf = (index: number) => power(y, BigInt(3 * (lookups.length - 1 - index)), R);
  const joined = [...groups.values()].map((members): JoinedLookup => {
    const [first] = members, { table, inputs } = lookups[first];
    if (members.length === 1) {
      return { table, inputs, sum: sums[first], counts: counts[first], weight: weightOf(first), share: 1n };
    }
    const [sum, count] = [sums, counts].map((columns) => {
      const [out] = proving.columns(1);
      const all = members.reduce<Term>(
        (all, index) => tape.scaleAdd(tape.column(columns[index]), weightOf(index), all),
        tape.constant(0n),
      );
      tape.output(all, out);
      return out;
    });
    const share = members.reduce((all, index) => all + weightOf(index), 0n) % R;
    return { table, inputs, sum, counts: count, weight: 1n, share };
  });
  await proving.run(tape.program());
  return joined;
}

/**
 * table prod(inputs) step - (table share sum of the products that leave one input out - count prod(inputs)): `share` is
 * what the others count that are not linear in step and count.
 */
function lookupConstraint(
  tape: Tape,
  table: Term,
  inputs: readonly Term[],
  step: Term,
  count: Term,
  share: bigint,
): Term {
  let all = inputs[0], others: Term = tape.constant(1n);
  for (const input of inputs.slice(1)) {
    others = tape.add(tape.multiply(others, input), all);
    all = tape.multiply(all, input);
  }
  const asked = tape.subtract(tape.multiply(all, step), tape.multiply(others, tape.constant(share)));
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
