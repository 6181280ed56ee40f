/**
 * A proof of a circuit's cells: halo2's prover with KZG commitments, as EZKL 21 uses it. Every step is one that the
 * verifier repeats (`verify/read_proof.ts` has the order); the names of challenges are the same.
 * @module
 */
import type { Column } from "../circuit/draft.ts";
import type { Query } from "../circuit/expression.ts";
import { power, R } from "../curve/bn254.ts";
import type { ColumnValues } from "../keys/column_values.ts";
import { emptyColumn, setValue, writeElements } from "../keys/column_values.ts";
import { openedGroups } from "../verify/openings.ts";
import type { Crew } from "./jobs.ts";
import { type CircuitColumns, layValues } from "./key.ts";
import { countLookups, sumLookups } from "./lookups.ts";
import { openAtMu, openAtPoints, PointColumns } from "./opening.ts";
import { multiplySets } from "./products.ts";
import { ProofWriter } from "./proof_writer.ts";
import { Proving } from "./proving.ts";
import { quotientPieces } from "./quotient.ts";
import type { Random } from "./random.ts";
import type { Term } from "./tape.ts";
import type { Tools } from "./tools.ts";
import { type ProofProgress, proofWork, Watch } from "./work.ts";

/** What is proven. */
export interface ProverStatement {
  /** The circuit. */
  readonly circuit: CircuitColumns;
  /** The digest of its key. */
  readonly digest: bigint;
  /** The prover's columns; the rows behind the circuit's are filled here. */
  readonly advice: readonly ColumnValues[];
  /** What is shown, from 0 to r - 1. */
  readonly instances: readonly bigint[];
}

/**
 * The bytes of a proof; `onProgress` hears how far it is, all but its verification, which is the caller's.
 * @throws {UnsatisfiedError} for columns that do not satisfy the circuit
 */
export async function proveCells(
  crew: Crew,
  tools: Tools,
  { circuit, digest, advice, instances }: ProverStatement,
  random: Random,
  onProgress?: (progress: ProofProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { kernels, domain } = tools, { system } = circuit;
  const watch = onProgress ? new Watch(proofWork(circuit, domain.rows), domain.rows, onProgress) : null;
  const mark = kernels.mark();
  try {
    const proving = new Proving(crew, tools, circuit, random, watch);
    const proof = new ProofWriter(digest, instances);
    const shown = emptyColumn(domain.rows);
    instances.forEach((value, row) => setValue(shown, row, value));
    const laid = await layAdvice(proving, advice);
    const cells = { fixed: circuit.fixed, advice: laid.columns, instance: [layValues(tools, shown)] };
    proof.points(laid.points);
    const theta = proof.squeeze();

    const at = ({ column, index }: Column): Term =>
      column === "fixed" && circuit.unused.has(index)
        ? { kind: "constant", value: 0n }
        : { kind: "column", address: cells[column][index] };
    const read = (query: Query): Term => at(query); // lookups read their own row alone
    const lookups = await countLookups(proving, theta, read);
    proof.points(lookups.points);
    const beta = proof.squeeze(), gamma = proof.squeeze();

    const permuted = await multiplySets(proving, { beta, gamma }, at);
    proof.points(permuted.points);
    const summed = await sumLookups(proving, beta, lookups.columns);
    proof.points(summed.points);
    const hiding = await layRandom(proving);
    proof.points([hiding.point]);
    const y = proof.squeeze();

    const columns = {
      cells,
      products: permuted.products,
      sums: summed.sums,
      counts: lookups.columns.map(({ counts }) => counts),
    };
    const quotient = await quotientPieces(proving, columns, { theta, beta, gamma, y });
    proof.points(quotient.points);
    const x = proof.squeeze();

    const points = await PointColumns.make(proving, x);
    const values = await evaluate(proving, points, columns, hiding.column);
    proof.values([
      ...values.advice,
      ...values.fixed,
      values.random,
      ...values.permutation,
      ...values.products.flatMap(({ here, next, end }) => end === null ? [here, next] : [here, next, end]),
      ...values.lookups.flatMap(({ here, next, count }) => [here, next, count]),
    ]);
    const zeta = proof.squeeze(), nu = proof.squeeze();

    const joined = await joinPieces(proving, quotient.pieces, power(x, BigInt(domain.rows), R));
    const [value] = await proving.all([{ kind: "dot", a: joined, b: points.basis(0) }]);
    const groups = openedGroups(system, {
      points: {
        advice: cells.advice,
        fixed: (column) => cells.fixed[column],
        products: columns.products,
        sums: columns.sums,
        counts: columns.counts,
        permutation: circuit.permutation,
        quotient: joined,
        random: hiding.column,
      },
      values: { ...values, quotient: value as bigint },
    });
    const opened = domain.column();
    proof.points([await openAtPoints(proving, points, groups, { zeta, nu }, opened)]);
    const mu = proof.squeeze();
    proof.points([await openAtMu(proving, points, groups, { zeta, nu, mu }, opened)]);
    return proof.bytes;
  } finally {
    kernels.release(mark);
  }
}

/** The prover's columns with random numbers in the rows behind the circuit's. */
async function layAdvice(proving: Proving, advice: readonly ColumnValues[]) {
  const { tools, end } = proving, { kernels, domain } = tools;
  const columns = proving.columns(advice.length), mark = kernels.mark();
  const points = await proving.points(advice.map((values, index) => {
    const words = kernels.take(32 * domain.rows);
    writeElements(values, tools.elements(words));
    proving.blindWords(words, end);
    return { kind: "enter", words, column: columns[index] };
  }));
  kernels.release(mark);
  return { columns, points };
}

/** A random polynomial, which hides what the sum of all others would tell. */
async function layRandom(proving: Proving) {
  const { tools } = proving, [column] = proving.columns(1);
  proving.blindWords(tools.words, 0);
  tools.read(tools.words, column);
  const [point] = await proving.points([{ kind: "commit", column }]);
  return { column, point };
}

/** The pieces of the quotient as one polynomial at x: each as often as a power of x^n. */
async function joinPieces(proving: Proving, pieces: readonly number[], step: bigint): Promise<number> {
  const tape = proving.tape(), [out] = proving.columns(1);
  const sum = pieces.map((piece) => tape.column(piece)).reduceRight((sum, piece) => tape.scaleAdd(sum, step, piece));
  tape.output(sum, out);
  await proving.run(tape.program());
  return out;
}

/** The values that a proof tells. */
async function evaluate(
  proving: Proving,
  points: PointColumns,
  columns: Parameters<typeof quotientPieces>[1],
  hiding: number,
) {
  const { circuit: { system, permutation }, end, tools: { domain } } = proving;
  const { cells, products, sums, counts } = columns;
  const asked: [column: number, rotation: number][] = [
    ...system.queries.advice.map(({ index, rotation }): [number, number] => [cells.advice[index], rotation]),
    ...system.queries.fixed.map(({ index, rotation }): [number, number] => [cells.fixed[index], rotation]),
    [hiding, 0],
    ...permutation.map((column): [number, number] => [column, 0]),
    ...products.flatMap((column): [number, number][] => [[column, 0], [column, 1], [column, end - domain.rows]]),
    ...sums.flatMap((column, index): [number, number][] => [[column, 0], [column, 1], [counts[index], 0]]),
  ];
  const found = await proving.all(
    asked.map(([a, rotation]) => ({ kind: "dot", a, b: points.basis(rotation) })),
  ) as bigint[];
  const take = (count: number) => found.splice(0, count);
  const advice = take(system.queries.advice.length), fixed = take(system.queries.fixed.length);
  const [random] = take(1), sigma = take(permutation.length);
  return {
    advice,
    fixed,
    random,
    permutation: sigma,
    products: products.map((_, index) => {
      const [here, next, ended] = take(3);
      return { here, next, end: index < products.length - 1 ? ended : null };
    }),
    lookups: sums.map(() => {
      const [here, next, count] = take(3);
      return { here, next, count };
    }),
  };
}
