/**
 * What a thread can be asked to do, as plain data: everything that takes time and stands alone.
 * @module
 */
import type { G1Point } from "../curve/bn254.ts";
import { atOnce, type SumPart } from "../kernels/commit.ts";
import type { TapeProgram } from "./tape.ts";
import type { Tools } from "./tools.ts";

/** A piece of work. Columns and words are addresses. */
export type Job =
  /** The commitment to a column, or a part of it; the parts add up to it. */
  | { readonly kind: "commit"; readonly column: number; readonly share?: SumPart }
  /** The commitment to a column that goes in steps up to a row. */
  | { readonly kind: "commitSteps"; readonly column: number; readonly end: number }
  /** The commitment to a column less a multiple of another. */
  | { readonly kind: "commitRest"; readonly column: number; readonly less: number; readonly factor: bigint }
  /** Reads a column from words, and commits to it. */
  | { readonly kind: "enter"; readonly words: number; readonly column: number }
  /** Coefficients of a column. */
  | { readonly kind: "coefficients"; readonly column: number; readonly out: number }
  /** Values in a coset, from coefficients; then copies of them with rows rotated. */
  | {
    readonly kind: "coset";
    readonly column: number;
    readonly coset: number;
    readonly out: number;
    readonly rotated: readonly (readonly [rotation: number, out: number])[];
  }
  /** Coefficients from values in a coset. */
  | { readonly kind: "fromCoset"; readonly column: number; readonly coset: number }
  /** Values in rows from coefficients. */
  | { readonly kind: "fromCoefficients"; readonly column: number }
  /** Formulas for vectors from one to another. */
  | { readonly kind: "run"; readonly program: TapeProgram; readonly from: number; readonly to: number }
  /** Inverses of all values, in place. */
  | { readonly kind: "invert"; readonly column: number }
  /** Fractions of two columns, in the first, multiplied up row by row. */
  | { readonly kind: "runningFraction"; readonly column: number; readonly divisor: number; readonly end: number }
  /** Sums of all rows before, in place. */
  | { readonly kind: "runningSum"; readonly column: number; readonly end: number }
  /** The sum of the products of two columns' rows. */
  | { readonly kind: "dot"; readonly a: number; readonly b: number };

/** What a job gives: a point, a number, or whether it could be done. */
export type JobResult = G1Point | bigint | boolean | null;

/** Does a job. */
export function doJob(tools: Tools, job: Job): JobResult {
  return atOnce(doing(tools, job));
}

/** Does a job in parts of some milliseconds. */
export function* doing(tools: Tools, job: Job): Generator<void, JobResult> {
  const { domain, kernels } = tools;
  switch (job.kind) {
    case "commit":
      return yield* tools.commit(job.column, job.share);
    case "commitSteps":
      return yield* tools.commitSteps(job.column, job.end);
    case "commitRest":
      return yield* tools.commitRest(job.column, job.less, job.factor);
    case "enter":
      tools.read(job.words, job.column);
      return yield* tools.commitWords(job.words);
    case "coefficients":
      tools.coefficients(job.column, job.out);
      return true;
    case "coset":
      domain.toCoset(job.column, job.coset, job.out);
      for (const [rotation, out] of job.rotated) domain.rotate(job.out, rotation, out);
      return true;
    case "fromCoset":
      domain.fromCoset(job.column, job.coset);
      return true;
    case "fromCoefficients":
      domain.fromCoefficients(job.column);
      return true;
    case "run":
      tools.run(job.program, job.from, job.to);
      return true;
    case "invert":
      return tools.invert(job.column);
    case "runningFraction":
      if (!tools.invert(job.divisor)) return false;
      kernels.r.call.multiply(job.column, job.divisor, job.column, domain.vectors);
      tools.runningProduct(job.column);
      return domain.row(job.column, job.end);
    case "runningSum":
      tools.runningSum(job.column);
      return domain.row(job.column, job.end);
    case "dot":
      return tools.dot(job.a, job.b);
  }
}

/** Those who do jobs. */
export interface Crew {
  /** How many work at once. */
  readonly size: number;
  /** Does jobs that do not depend on each other; results in their order. */
  all(jobs: readonly Job[]): Promise<JobResult[]>;
  /** Drops the jobs that are left: who waits for them is told why. */
  stop(reason: unknown): void;
  /** Waits until nobody works any more. */
  rest(): Promise<void>;
}

/** A crew of one, on the caller's own thread, where others have their turn between jobs. */
export class LoneCrew implements Crew {
  readonly size = 1;
  readonly #tools: Tools;
  readonly #pause: () => Promise<void>;
  #stopped: { reason: unknown } | null = null;

  /** Works with `tools`; `pause` is waited for between jobs. */
  constructor(tools: Tools, pause: () => Promise<void>) {
    this.#tools = tools;
    this.#pause = pause;
  }

  async all(jobs: readonly Job[]): Promise<JobResult[]> {
    const results: JobResult[] = [];
    for (const job of jobs) {
      if (this.#stopped) throw this.#stopped.reason;
      const work = doing(this.#tools, job);
      for (let part = work.next();; part = work.next()) {
        if (part.done) {
          results.push(part.value);
          break;
        }
        await this.#pause();
        if (this.#stopped !== null) work.throw((this.#stopped as { reason: unknown }).reason);
      }
      await this.#pause();
    }
    return results;
  }

  stop(reason: unknown): void {
    this.#stopped = { reason };
  }

  rest(): Promise<void> {
    this.#stopped = null;
    return Promise.resolve();
  }
}
