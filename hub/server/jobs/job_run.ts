/**
 * One attempt at a job, whatever the job is: what it writes, and how it ends.
 *
 * It ends in one of four ways. Done, the record says SUCCESS. Refused, it says FAILED at
 * once. Lost to a later attempt or cancelled, it ends without a word. Anything else is
 * written down as the reason for waiting and thrown, so that the line tries again, until
 * the attempts are used up and the last reason becomes the verdict.
 * @module
 */
import { EngineTimeoutError, type ProverName, type ToolOptions, type ToolProgress } from "../../ezkl/mod.ts";
import type { Files, Status } from "../store/records.ts";
import { Bookkeeping } from "./bookkeeping.ts";
import type { JobContext } from "./job_context.ts";
import { JobFiles } from "./job_files.ts";
import { attemptsFor } from "./memory.ts";
import { outlasting } from "./outages.ts";
import type { JobRef } from "../queue.ts";
import { RecordWriter } from "./record_writer.ts";
import { isRefusal, sentenceOf } from "./refusals.ts";

/** The values that artifacts and proofs both have. */
export interface CommonPatch {
  /** Where it is. */
  status?: Status;
  /** Share of the stage that is done. */
  progress?: number;
  /** Why it waits. */
  waiting?: string;
  /** Why it failed. */
  errors?: string[];
  /** All of its files. */
  files?: Files;
}

/** The record as an attempt began it. */
export interface BegunRecord {
  /** Its id. */
  id: string;
  /** The attempt's number. */
  attempt: number;
  /** Where the attempt before it was. */
  stage: string;
  /** What the attempt before it failed with, or an empty text. */
  waiting: string;
  /** A verdict that was reached, but not to its end. */
  errors: string[];
  /** Its files. */
  files: Files;
  /** What the circuit costs, as far as it is known. */
  price: string | null;
}

/** A stage's results. */
export interface StageResult {
  /** Its files by name. */
  files: Files;
  /** What else it found, as text. */
  note: string;
}

/** The shortest time limit of an engine call, in seconds, and how many times its estimate it may take. */
const LEAST_LIMIT = 600, PATIENCE = 20;

/** An attempt under way. */
export class JobRun<Stage extends string, Patch extends CommonPatch & { stage?: Stage }> {
  /** Aborted when the job is not this attempt's any more, or shall stop. */
  readonly signal: AbortSignal;
  /** The record's files. */
  readonly files: JobFiles;
  readonly #context: JobContext;
  readonly #job: JobRef;
  readonly #record: BegunRecord;
  readonly #writer: RecordWriter<Patch>;
  readonly #books = new Bookkeeping();
  #stage: string;

  /** For `record`, as its attempt began; `patch` writes to it. */
  constructor(
    context: JobContext,
    job: JobRef,
    record: BegunRecord,
    patch: (patch: Patch) => Promise<boolean>,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#job = job;
    this.#record = record;
    this.files = new JobFiles(context, job.kind, record.files, (body) => this.outlast(body));
    this.#stage = record.stage;
    this.#writer = new RecordWriter(patch);
    this.signal = AbortSignal.any([signal, this.#writer.lost]);
  }

  /** Runs `body` to one of the four ends; `uploads` are the private files that go when it is refused. */
  async through(uploads: readonly string[], body: () => Promise<void>): Promise<void> {
    const { id, attempt, errors } = this.#record;
    const attempts = this.#attempts;
    const about = { kind: this.#job.kind, id, attempt };
    const { log } = this.#context.services;
    try {
      try {
        if (errors.length > 0) return await this.#refuse(errors, uploads);
        if (attempt > attempts) return await this.#refuse([this.#givenUp(attempts)], uploads);
        await body().finally(() => this.#books.ended());
      } catch (error) {
        if (this.signal.aborted) throw error;
        await this.#failed(error, uploads);
      }
    } catch (error) {
      const stage = this.#stage;
      if (this.#writer.lost.aborted) {
        log.info("job_lost", { ...about, stage });
      } else if (this.signal.aborted) {
        log.info("job_stopped", { ...about, stage });
        throw this.signal.reason;
      } else throw error;
    } finally {
      await this.#writer.close();
    }
  }

  /**
   * Writes to the record what `patch` gives, once all is written that was asked for before. A job that has something
   * to do meanwhile need not wait for it: what fails here, fails the next write too, and the last one is waited for.
   */
  write(patch: () => Patch | Promise<Patch>): Promise<void> {
    return this.#books.add(async () => await this.#write(await patch()));
  }

  /** Notes which share of the stage is done. */
  progress(share: number): void {
    this.#writer.progress({ progress: Math.min(1, Math.max(0, share)) } as Patch);
  }

  /** Waits where files or the database are away for a while. */
  async outlast<T>(body: () => Promise<T>): Promise<T> {
    const { outageSeconds: seconds, services: { log } } = this.#context;
    const { kind, id } = this.#job;
    const onOutage = (error: Error) => log.warn("outage", { kind, id, stage: this.#stage, reason: error.message });
    return await outlasting({ seconds, signal: this.signal, onOutage }, body);
  }

  /** Enters a stage, runs it and tells how it went; `body` answers whether there was something to do. */
  async stage<T>(stage: Stage, body: () => Promise<{ kept: boolean; result: T }>): Promise<T> {
    this.signal.throwIfAborted();
    const { metrics, log } = this.#context.services;
    const { kind, id } = this.#job;
    this.#stage = stage;
    this.write(() => ({ stage, progress: 0, waiting: "" }) as Patch);
    const begun = performance.now();
    const tell = (outcome: "done" | "kept" | "failed") => {
      const seconds = (performance.now() - begun) / 1000;
      metrics.stage(kind, stage, outcome, seconds);
      log.info("stage", { kind, id, stage, outcome, seconds: Math.round(seconds * 1000) / 1000 });
    };
    try {
      const { kept, result } = await body();
      tell(kept ? "kept" : "done");
      return result;
    } catch (error) {
      if (!this.signal.aborted) tell("failed");
      throw error;
    }
  }

  /** Enters a stage whose results are the same whoever runs it: they are taken from where it was run before. */
  async keptStage(stage: Stage, fingerprint: string, make: () => Promise<StageResult>): Promise<StageResult> {
    const { store } = this.#context.services;
    return await this.stage(stage, async () => {
      const known = await this.outlast(() => store.stageResult(fingerprint));
      if (known !== null && await this.files.areThere(known.files)) return { kept: true, result: known };
      const save = async (): Promise<StageResult> => {
        const result = await make();
        this.signal.throwIfAborted();
        await this.outlast(() => store.saveStageResult(fingerprint, stage, result.files, result.note));
        return result;
      };
      const result = await save();
      // Another's equal files may have been removed just before these were noted. That cannot happen twice: now they are.
      return { kept: false, result: await this.files.haveStayed(result.files) ? result : await save() };
    });
  }

  /**
   * Deletes private files, while the job goes on. The record names them until they are gone, so that nothing is left
   * behind by a worker that is killed in between.
   */
  deletePrivate(names: readonly string[]): void {
    const gone = names.filter((name) => this.files.all[name] !== undefined);
    if (gone.length > 0) this.write(async () => ({ files: await this.files.remove(gone) }) as Patch);
  }

  /** Calls a prover for something that takes `seconds` on one thread, as far as that is known. */
  async withProver<T>(
    prover: ProverName,
    seconds: number | null,
    call: (options: ToolOptions) => Promise<T>,
  ): Promise<T> {
    const limit = Math.max(LEAST_LIMIT, PATIENCE * (seconds ?? 0));
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(new EngineTimeoutError(`the prover was not done with the ${this.#stage} within ${limit} s`));
    }, limit * 1000);
    try {
      return await call({
        ...this.#context.holder.optionsFor(prover),
        signal: AbortSignal.any([this.signal, this.#books.failed, late.signal]),
        onProgress: ({ elapsed, expected }: ToolProgress) => {
          if (expected !== null) this.progress(Math.min(0.99, elapsed / expected));
        },
      });
    } finally {
      clearTimeout(timer);
    }
  }

  get #attempts(): number {
    return attemptsFor(this.#context.services.config.attempts, this.#record.price);
  }

  async #write(patch: Patch): Promise<void> {
    await this.outlast(() => this.#writer.write(patch));
  }

  async #failed(error: unknown, uploads: readonly string[]): Promise<void> {
    const { log } = this.#context.services;
    const { id, attempt } = this.#record;
    const attempts = this.#attempts;
    const sentence = sentenceOf(error), stage = this.#stage;
    const about = { kind: this.#job.kind, id, attempt, stage };
    if (isRefusal(error)) {
      log.info("job_refused", { ...about, ...told(error) });
      return await this.#refuse([sentence], uploads);
    }
    log.error("attempt_failed", { ...about, ...told(error) });
    if (attempt >= attempts) {
      return await this.#refuse([`given up at ${stage} after ${attempt} attempts: ${sentence}`], uploads);
    }
    const waiting = `attempt ${attempt} of ${attempts} failed at ${stage}: ${sentence}; it is tried again`;
    await this.#writer.write({ waiting } as Patch).catch(() => {});
    throw error;
  }

  #givenUp(attempts: number): string {
    const { stage, waiting } = this.#record;
    const why = waiting === "" ? "its worker was lost each time, perhaps for want of memory" : waiting;
    return `given up at ${stage} after ${attempts} attempts: ${why}`;
  }

  /** The verdict is written before the uploads are deleted, and again with the end: whoever comes after a kill goes on. */
  async #refuse(errors: string[], uploads: readonly string[]): Promise<void> {
    await this.#write({ errors, waiting: "" } as Patch);
    await this.#write({ errors, files: await this.files.remove(uploads), status: "FAILED" } as Patch);
  }
}

/** What the log says of an error. */
function told(error: unknown): { error: string; reason: string } {
  if (!(error instanceof Error)) return { error: "unknown", reason: "" };
  return { error: error.name, reason: error.message.slice(0, 500) };
}
