/**
 * What the parts of a proof share while it is made: those who work, the circuit, and what is random.
 * @module
 */
import type { G1Point } from "../curve/bn254.ts";
import { sumAtBits } from "../curve/multi_scalar.ts";
import { BLINDING_ROWS } from "../verify/lagrange.ts";
import type { Crew, Job, JobResult } from "./jobs.ts";
import type { CircuitColumns } from "./key.ts";
import { type Random, randomElements } from "./random.ts";
import type { TapeProgram } from "./tape.ts";
import { REGISTER_VECTORS, Tape } from "./tape.ts";
import type { Tools } from "./tools.ts";
import type { Watch } from "./work.ts";

/** Words of 32 bits of an element. */
const WORDS = 8;

/** Parts of formulas on a thread that others wait for. */
const ALONE = 16;

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** A proof in the making. */
export class Proving {
  /** This thread's tools. */
  readonly tools: Tools;
  /** The circuit. */
  readonly circuit: CircuitColumns;
  /** The row in which running sums and products end, the first that is not the circuit's. */
  readonly end: number;
  readonly #crew: Crew;
  readonly #random: Random;
  readonly #watch: Watch | null;

  /** Begins with nothing; `watch` counts what is done. */
  constructor(crew: Crew, tools: Tools, circuit: CircuitColumns, random: Random, watch: Watch | null = null) {
    this.#watch = watch;
    this.#crew = crew;
    this.tools = tools;
    this.circuit = circuit;
    this.end = tools.domain.rows - BLINDING_ROWS - 1;
    this.#random = random;
  }

  /** Does jobs. */
  async all(jobs: readonly Job[]): Promise<JobResult[]> {
    const results = await this.#crew.all(jobs);
    this.#watch?.count(jobs);
    return results;
  }

  /** Does jobs that give points. Where there are fewer than threads, or one is left over, each is made by several. */
  async points(jobs: readonly Job[]): Promise<(G1Point | null)[]> {
    const { size } = this.#crew, of = size / commonDivisor(size, jobs.length);
    const isApart = of > 1 && jobs.length < 2 * size && jobs.every(({ kind }) => kind === "commit");
    if (!isApart) return await this.all(jobs) as (G1Point | null)[];
    const shares = jobs.flatMap((job) => Array.from({ length: of }, (_, part) => ({ ...job, share: { part, of } })));
    const points = await this.#crew.all(shares as Job[]) as (G1Point | null)[];
    this.#watch?.count(jobs);
    return jobs.map((_, index) =>
      sumAtBits(
        points.slice(of * index, of * (index + 1)).flatMap((point) => point === null ? [] : [{ point, bit: 0 }]),
      )
    );
  }

  /** Columns. */
  columns(count: number): number[] {
    return Array.from({ length: count }, () => this.tools.domain.column());
  }

  /** Random numbers in the rows of words from `from` on. */
  blindWords(words: number, from: number): void {
    const rows = this.tools.domain.rows - from, drawn = new Uint32Array(WORDS * rows);
    this.#random(drawn);
    this.tools.elements(words).set(drawn, WORDS * from);
    drawn.fill(0);
  }

  /** Random numbers in the rows of a column from `from` on. */
  blind(column: number, from: number): void {
    const { domain } = this.tools;
    randomElements(this.#random, domain.rows - from).forEach((value, index) => {
      domain.setRow(column, from + index, value);
    });
  }

  /** Formulas in which columns are where they are. */
  tape(): Tape {
    return new Tape(this.tools.kernels);
  }

  /** Runs formulas over all rows, in as many parts as there are threads. */
  async run(program: TapeProgram): Promise<void> {
    const { vectors } = this.tools.domain;
    const parts = this.#crew.size === 1 ? ALONE : 4 * this.#crew.size;
    const size = Math.max(REGISTER_VECTORS, Math.ceil(vectors / parts / REGISTER_VECTORS) * REGISTER_VECTORS);
    const jobs: Job[] = [];
    for (let from = 0; from < vectors; from += size) {
      jobs.push({ kind: "run", program, from, to: Math.min(vectors, from + size) });
    }
    await this.all(jobs);
  }
}
