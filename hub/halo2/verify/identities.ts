/**
 * The constraints at x, put together into one number by powers of y: the gates, the
 * permutation, and the lookups (of the kind called mvlookup: U. Haböck, "Multivariate
 * lookups based on logarithmic derivatives", 2022).
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import type { Column } from "../circuit/draft.ts";
import type { Expression } from "../circuit/expression.ts";
import { R } from "../curve/bn254.ts";
import { DELTA } from "../curve/scalars.ts";
import type { Rows } from "./lagrange.ts";
import type { ProofParts } from "./read_proof.ts";

/** All constraints at x as one number, which the quotient times x^n - 1 must be. */
export function constraintsAt(system: ConstraintSystem, proof: ProofParts, rows: Rows): bigint {
  const { y } = proof.challenges;
  const values = { fixed: proof.values.fixed, advice: proof.values.advice, instance: [rows.instance] };
  const evaluate = (expression: Expression) => valueOf(expression, values);
  let all = 0n;
  const add = (constraint: bigint) => all = (all * y + constraint) % R;
  for (const gate of system.gates) add(evaluate(gate));
  const cells = cellsAt(system, values);
  addPermutation(add, system, proof, rows, ({ column, index }) => cells[column].get(index)!);
  addLookups(add, system, proof, rows, evaluate);
  return all;
}

/** The value of each column at x. */
function cellsAt(
  { queries }: ConstraintSystem,
  values: Record<Column["column"], readonly bigint[]>,
): Record<Column["column"], Map<number, bigint>> {
  const of = (column: Column["column"]) =>
    new Map(
      queries[column].filter(({ rotation }) => rotation === 0).map((
        { index, query },
      ) => [index, values[column][query]]),
    );
  return { fixed: of("fixed"), advice: of("advice"), instance: of("instance") };
}

type Add = (constraint: bigint) => void;

/** The value of an expression whose cells have these values; not reduced where it is no product. */
function valueOf(expression: Expression, values: Record<Column["column"], readonly bigint[]>): bigint {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "query":
      return values[expression.query.column][expression.query.query];
    case "negated":
      return -valueOf(expression.a, values);
    case "sum":
      return valueOf(expression.a, values) + valueOf(expression.b, values);
    case "product":
      return valueOf(expression.a, values) * valueOf(expression.b, values) % R;
    case "scaled":
      return valueOf(expression.a, values) * expression.value % R;
    case "selector":
      throw new Error("a selector was not replaced by its column");
  }
}

/** Each product begins with 1 or where the one before it ended, grows by a factor a row, and the last ends with 0 or 1. */
function addPermutation(
  add: Add,
  { permutation, degree }: ConstraintSystem,
  proof: ProofParts,
  { first, last, active }: Rows,
  cellOf: (column: Column) => bigint,
): void {
  const { beta, gamma, x } = proof.challenges;
  const { products, permutation: sigma } = proof.values;
  if (products.length === 0) return;
  add(first * (1n - products[0].here));
  const end = products.at(-1)!.here;
  add(last * (end * end - end));
  for (let set = 1; set < products.length; set++) add(first * (products[set].here - products[set - 1].end!));
  const chunk = degree - 2;
  let name = beta * x % R;
  for (const [set, { here, next }] of products.entries()) {
    let [left, right] = [next, here];
    for (let index = set * chunk; index < Math.min((set + 1) * chunk, permutation.length); index++) {
      const cell = cellOf(permutation[index]) + gamma;
      left = left * (cell + beta * sigma[index]) % R;
      right = right * (cell + name) % R;
      name = name * DELTA % R;
    }
    add(active * (left - right));
  }
}

/** A running sum of 1/input less count/table over all rows begins and ends with 0; fractions are multiplied out. */
function addLookups(
  add: Add,
  { lookups }: ConstraintSystem,
  proof: ProofParts,
  { first, last, active }: Rows,
  evaluate: (expression: Expression) => bigint,
): void {
  const { theta, beta } = proof.challenges;
  const fold = (expressions: readonly Expression[]) =>
    (expressions.reduce((all, expression) => (all * theta + evaluate(expression)) % R, 0n) + beta) % R;
  for (const [index, { table, inputs }] of lookups.entries()) {
    const { here, next, count } = proof.values.lookups[index];
    const row = fold(table);
    const asked = inputs.map(fold);
    // The product of all inputs, and the sum of the products that leave one of them out.
    let [all, others] = [1n, 0n];
    for (const input of asked) {
      others = (others * input + all) % R;
      all = all * input % R;
    }
    add(first * here);
    add(last * here);
    add(active * ((row * all % R * (next - here) - (row * others - count * all)) % R));
  }
}
