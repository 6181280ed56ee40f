/**
 * Looks after records that nobody looks after: asks for workers for those that wait without
 * a job, says why others wait, and ends those whose attempts are used up.
 * @module
 */
import type { Services } from "../services.ts";
import type { Files } from "../store/records.ts";
import { attemptsFor, COMPILE_GIB, provingGiB, waitingFor } from "./memory.ts";
import type { JobRef, LinedJob } from "../queue.ts";
import { ARTIFACT_UPLOADS, PROOF_UPLOADS } from "./uploads.ts";

/** Seconds between two rounds. */
const ROUND = 15;

type Pending = JobRef & { attempt: number; price: string | null };

/** Goes through the pending records, at the start and every few seconds. */
export class Sweep {
  readonly #services: Services;
  readonly #seconds: number;
  /** What was written of those that wait for a larger worker. */
  readonly #told = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Over a hub's parts. */
  constructor(services: Services, seconds: number = ROUND) {
    this.#services = services;
    this.#seconds = seconds;
  }

  /** Goes round once, and again and again until it is stopped. */
  async start(): Promise<void> {
    this.#round = this.#tick();
    await this.#round;
  }

  /** Goes round no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** One round. */
  async once(): Promise<void> {
    const { store, queue } = this.#services;
    // The line first: a record that is taken and done in between is then no more pending, rather than without a job.
    const lined = new Map((await queue.jobs()).map((job) => [keyOf(job), job]));
    const pending: Pending[] = [
      ...(await store.pendingArtifacts()).map((record) => ({ kind: "artifact" as const, ...record })),
      ...(await store.pendingProofs()).map((record) => ({ kind: "proof" as const, ...record })),
    ];
    const keys = new Set(pending.map(keyOf));
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key);
    for (const record of pending) await this.#look(record, lined.get(keyOf(record)));
  }

  async #tick(): Promise<void> {
    try {
      await this.once();
    } catch (error) {
      this.#services.log.warn("sweep_failed", { reason: (error as Error).message });
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#round = this.#tick(), this.#seconds * 1000);
  }

  async #look(record: Pending, job: LinedJob | undefined): Promise<void> {
    const { config, queue } = this.#services;
    if (job?.active) return;
    if (record.attempt >= attemptsFor(config.attempts, record.price)) return await this.#giveUp(record);
    const gib = job?.memoryGiB ?? (record.price === null ? COMPILE_GIB : provingGiB(record.price));
    if (job === undefined) await queue.enqueue({ kind: record.kind, id: record.id }, gib);
    await this.#tell(record, gib);
  }

  /** Says that no worker is large enough, and takes it back once there is one. */
  async #tell(record: Pending, gib: number): Promise<void> {
    const waiting = await waitingFor(this.#services.store, gib), key = keyOf(record);
    if (waiting === (this.#told.get(key) ?? "")) return;
    if (await this.#patch(record, record.attempt, { waiting })) this.#told.set(key, waiting);
  }

  /** Begins an attempt of its own, which shuts out every other, and ends the record with it. */
  async #giveUp({ kind, id, attempt: attempts }: Pending): Promise<void> {
    const { store, blobs, log } = this.#services;
    const begun = kind === "artifact" ? await store.beginArtifact(id) : (await store.beginProof(id))?.proof ?? null;
    if (begun === null) return;
    const { attempt, stage, waiting, errors } = begun;
    const why = waiting === "" ? "its worker was lost each time, perhaps for want of memory" : waiting;
    const verdict = errors.length > 0 ? errors : [`given up at ${stage} after ${attempts} attempts: ${why}`];
    if (!await this.#patch({ kind, id }, attempt, { errors: verdict })) return;
    const uploads = kind === "artifact" ? ARTIFACT_UPLOADS : [...PROOF_UPLOADS, "witness.json"];
    const files: Files = { ...begun.files };
    for (const name of uploads) {
      if (files[name] !== undefined) await blobs.remove(files[name]);
      delete files[name];
    }
    await this.#patch({ kind, id }, attempt, { status: "FAILED", errors: verdict, waiting: "", files });
    log.error("job_given_up", { kind, id, stage });
  }

  async #patch(
    { kind, id }: JobRef,
    attempt: number,
    patch: { status?: "FAILED"; errors?: string[]; waiting?: string; files?: Files },
  ): Promise<boolean> {
    const { store } = this.#services;
    return kind === "artifact"
      ? await store.patchArtifact(id, attempt, patch)
      : await store.patchProof(id, attempt, patch);
  }
}

function keyOf({ kind, id }: JobRef): string {
  return `${kind}:${id}`;
}
