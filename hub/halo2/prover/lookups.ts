/**
 * The lookups' part of a proof: how often each row of a table is asked for, and running sums of fractions that end with
 * 0 where everything that was asked for is in the table.
 *
 * U. Haböck, "Multivariate lookups based on logarithmic derivatives", 2022.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import type { G1Point } from "../curve/bn254.ts";
import type { Expression, Query } from "../circuit/expression.ts";
import { identifierOf } from "../circuit/expression.ts";
import { emptyColumn, writeElements } from "../keys/column_values.ts";
import type { Proving } from "./proving.ts";
import type { Tape, Term } from "./tape.ts";

/** The witness does not satisfy the circuit. */
export class UnsatisfiedError extends ZkgradError {
  /** The class, as text. */
  override name = "UnsatisfiedError";
}

/** One argument's columns. */
export interface LookupColumns {
  /** The table, folded into one column. */
  readonly table: number;
  /** Each input, folded likewise. */
  readonly inputs: readonly number[];
  /** How often each row of the table is asked for. */
  readonly counts: number;
}

/** Several columns as one: ((e_0 theta) + e_1) theta + .. */
export function folded(
  tape: Tape,
  expressions: readonly Expression[],
  theta: bigint,
  cell: (query: Query) => Term,
): Term {
  return expressions
    .map((expression) => tape.expression(expression, cell))
    .reduce((sum, term) => tape.scaleAdd(sum, theta, term));
}

/**
 * Folds tables and inputs, and counts.
 * @throws {UnsatisfiedError} where an input is not in its table
 */
export async function countLookups(
  proving: Proving,
  theta: bigint,
  cell: (query: Query) => Term,
): Promise<{ columns: LookupColumns[]; points: (G1Point | null)[] }> {
  const { tools, circuit: { system: { lookups } }, end } = proving;
  const tape = proving.tape(), { domain } = tools;
  const tables = new Map<string, number>();
  const laid = lookups.map(({ table, inputs }) => {
    const name = table.map(identifierOf).join();
    let address = tables.get(name);
    if (address === undefined) {
      tables.set(name, address = domain.column());
      tape.output(folded(tape, table, theta, cell), address);
    }
    const own = inputs.map((input) => {
      const out = domain.column();
      tape.output(folded(tape, input, theta, cell), out);
      return out;
    });
    return { table: address, inputs: own, counts: domain.column() };
  });
  await proving.run(tape.program());
  const { kernels } = tools, mark = kernels.mark();
  const rows = new Map([...tables.values()].map((table) => {
    tools.write(table);
    return [table, rowsOf(tools.elements(), end)];
  }));
  const jobs = laid.map(({ table, inputs, counts }, index) => {
    const found = emptyColumn(domain.rows);
    for (const input of inputs) {
      tools.write(input);
      count(tools.elements(), end, rows.get(table)!, found.small, index);
    }
    const words = kernels.take(32 * domain.rows);
    writeElements(found, tools.elements(words));
    proving.blindWords(words, end);
    return { kind: "enter", words, column: counts } as const;
  });
  const points = await proving.points(jobs);
  kernels.release(mark);
  return { columns: laid, points };
}

/** Running sums of 1 / input - count / table. */
export async function sumLookups(
  proving: Proving,
  beta: bigint,
  columns: readonly LookupColumns[],
): Promise<{ sums: number[]; points: (G1Point | null)[] }> {
  const { tools: { domain, kernels }, end } = proving;
  const sums = proving.columns(columns.length);
  const mark = kernels.mark(), tape = proving.tape();
  const inverses = new Map<number, number>();
  for (const column of columns.flatMap(({ table, inputs }) => [table, ...inputs])) {
    if (inverses.has(column)) continue;
    const out = domain.column();
    inverses.set(column, out);
    tape.output(tape.add(tape.column(column), tape.constant(beta)), out);
  }
  await proving.run(tape.program());
  const inverted = await proving.all([...inverses.values()].map((column) => ({ kind: "invert", column })));
  if (inverted.includes(false)) throw new Error("a challenge meets a value of a table");
  const fractions = proving.tape(), of = (column: number) => fractions.column(inverses.get(column)!);
  columns.forEach(({ table, inputs, counts }, index) => {
    const asked = inputs.map(of).reduce((sum, term) => fractions.add(sum, term));
    const held = fractions.multiply(fractions.column(counts), of(table));
    fractions.output(fractions.subtract(asked, held), sums[index]);
  });
  await proving.run(fractions.program());
  const ends = await proving.all(sums.map((column) => ({ kind: "runningSum", column, end })));
  const wrong = ends.findIndex((sum) => sum !== 0n);
  if (wrong >= 0) throw unsatisfied(`lookup ${wrong} asks for what is not in its table`);
  kernels.release(mark);
  for (const column of sums) proving.blind(column, end + 1);
  return { sums, points: await proving.points(sums.map((column) => ({ kind: "commitSteps", column, end }))) };
}

/** A proof of this would not hold. */
export function unsatisfied(why: string): UnsatisfiedError {
  return new UnsatisfiedError(
    `the witness does not satisfy the circuit: ${why}; make the witness of this compiled circuit with genWitness()`,
  );
}

/** Rows by what stands in them: the first 53 bits of a folded row tell it from all others. */
function rowsOf(words: Uint32Array, end: number): Map<number, number> {
  const rows = new Map<number, number>();
  for (let row = 0; row < end; row++) {
    const name = nameOf(words, row), known = rows.get(name);
    if (known === undefined) rows.set(name, row);
    else if (!same(words, known, row)) throw new Error("two rows of a table begin with the same bits");
  }
  return rows;
}

function count(words: Uint32Array, end: number, rows: Map<number, number>, counts: Float64Array, lookup: number): void {
  let asked = 0;
  for (let row = 0; row < end; row++) {
    // Most rows ask for nothing, and so for the same as the one before.
    if (row === 0 || !same(words, row, row - 1)) {
      const found = rows.get(nameOf(words, row));
      if (found === undefined) throw unsatisfied(`row ${row} of lookup ${lookup} asks for what is not in its table`);
      asked = found;
    }
    counts[asked]++;
  }
}

const WORDS = 8;

function nameOf(words: Uint32Array, row: number): number {
  return words[WORDS * row] + (words[WORDS * row + 1] & 0x1fffff) * 2 ** 32;
}

function same(words: Uint32Array, a: number, b: number): boolean {
  for (let word = 0; word < WORDS; word++) if (words[WORDS * a + word] !== words[WORDS * b + word]) return false;
  return true;
}
