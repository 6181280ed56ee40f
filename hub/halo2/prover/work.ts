/**
 * How much work a proof is, and how far it has come: counted in multiplications of the field, about, so that the time
 * left follows from how quickly this machine makes them now.
 * @module
 */
import type { Job } from "./jobs.ts";
import type { CircuitColumns } from "./key.ts";

/** How far a proof is. */
export interface ProofProgress {
  /** The part that is done, from 0 to 1. */
  readonly done: number;
  /** Seconds that the rest takes, at the speed of what is done. */
  readonly secondsLeft: number;
}

/** A sum of multiples of points by any scalars, for each point: additions for 24 digits, and what goes with them. */
const DENSE = 300;
/** Points whose work the buckets of such a sum are, however few points it has. */
const BUCKETS = 350;
/** The same by the steps of a column, of which some are what most are. */
const STEPPED = 100;
/** The same by small numbers. */
const SMALL = 37;
/** A step of a formula, for each row. */
const STEP = 1;
/** What is the same for every proof: formulas are compiled, and the finished proof is verified. */
const AROUND = 700_000;

/** The work of a job on columns of so many rows. */
function workOf(job: Job, rows: number): number {
  const transform = rows * Math.log2(rows) / 2 * 1.3;
  switch (job.kind) {
    case "commit":
    case "commitRest":
      return DENSE * (rows + BUCKETS);
    case "commitSteps":
      return STEPPED * rows;
    case "enter":
      return SMALL * rows;
    case "coefficients":
    case "coset":
    case "fromCoset":
    case "fromCoefficients":
      return transform;
    case "run":
      return STEP * job.program.steps.length * 2 * (job.to - job.from);
    case "invert":
      return 4 * rows;
    case "runningFraction":
      return 7 * rows;
    case "runningSum":
    case "dot":
      return rows;
  }
}

/** The work of a whole proof, verified. */
export function proofWork({ system, unused, permutation, kept }: CircuitColumns, rows: number): number {
  const { columns: { advice, fixed }, lookups, gates, degree } = system, cosets = degree - 1;
  const sets = Math.ceil(permutation.length / (degree - 2));
  const transform = rows * Math.log2(rows) / 2 * 1.3;
  const own = fixed - unused.size + permutation.length + 3;
  const fresh = advice + 1 + sets + 2 * lookups.length + (kept?.filled.every((is) => is) ? 0 : own);
  const formulas = cosets * 5 * (gates.length + 2 * permutation.length + lookups.length) +
    2 * (advice + sets + 2 * lookups.length + fixed + permutation.length);
  return rows * (
        SMALL * (advice + lookups.length) + STEPPED * (sets + lookups.length) + STEP * formulas
      ) +
    DENSE * (3 + cosets) * (rows + BUCKETS) + transform * (fresh * (1 + cosets) + 2 * cosets) + AROUND;
}

/** Counts work, and tells of it. */
export class Watch {
  readonly #all: number;
  readonly #rows: number;
  readonly #tell: (progress: ProofProgress) => void;
  readonly #begun: number = performance.now();
  #done = 0;

  /** Begins now, with `all` that is to be done. */
  constructor(all: number, rows: number, tell: (progress: ProofProgress) => void) {
    this.#all = all;
    this.#rows = rows;
    this.#tell = tell;
  }

  /** Counts jobs that are done. */
  count(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    for (const job of jobs) this.#done += workOf(job, this.#rows);
    // What a circuit needs exactly is known when it is done.
    const done = Math.min(0.99, this.#done / this.#all), seconds = (performance.now() - this.#begun) / 1000;
    this.#tell({ done, secondsLeft: seconds * (1 - done) / done });
  }
}
