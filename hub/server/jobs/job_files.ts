/**
 * The files of a job's record, and what an attempt does with them.
 * @module
 */
import { isPrivate } from "../files/blobs.ts";
import { areThere, haveStayed } from "../files/unused_blobs.ts";
import type { FileRef, Files } from "../store/records.ts";
import type { JobContext } from "./job_context.ts";
import type { JobRef } from "../queue.ts";
import { JobRefusal } from "./refusals.ts";

/** Waits where the storage is away for a while. */
export type Outlast = <T>(body: () => Promise<T>) => Promise<T>;

/** Files by name, as the attempt knows them; the record is told by whoever changes them. */
export class JobFiles {
  readonly #context: JobContext;
  readonly #kind: JobRef["kind"];
  readonly #outlast: Outlast;
  #all: Files;

  /** Beginning with those of the record. */
  constructor(context: JobContext, kind: JobRef["kind"], files: Files, outlast: Outlast) {
    this.#context = context;
    this.#kind = kind;
    this.#all = { ...files };
    this.#outlast = outlast;
  }

  /** All of them. */
  get all(): Readonly<Files> {
    return this.#all;
  }

  /** All of them with these. */
  with(added: Files): Files {
    this.#all = { ...this.#all, ...added };
    return this.#all;
  }

  /** All of them but this one, which stays in the storage. */
  without(name: string): Files {
    const { [name]: _, ...left } = this.#all;
    this.#all = left;
    return left;
  }

  /** Stores public bytes. */
  async put(bytes: Uint8Array): Promise<FileRef> {
    return await this.#outlast(() => this.#context.services.blobs.put(bytes));
  }

  /** Stores private bytes. */
  async putPrivate(bytes: Uint8Array): Promise<FileRef> {
    return await this.#outlast(() => this.#context.services.blobs.putPrivate(bytes));
  }

  /**
   * Reads one of them, or of another record's.
   * @throws {JobRefusal} where there is none of that name
   */
  async read(name: string, files: Readonly<Files> = this.#all): Promise<Uint8Array<ArrayBuffer>> {
    const ref = files[name];
    if (ref === undefined) {
      throw new JobRefusal(`the ${this.#kind} has no ${name} any more; ask for it again from the start`);
    }
    const { keys, services: { blobs } } = this.#context;
    return await this.#outlast(() => isPrivate(ref) ? blobs.read(ref) : keys.read(ref));
  }

  /** Deletes private ones in the storage; those that are left. */
  async remove(names: readonly string[]): Promise<Files> {
    for (const name of names) {
      const ref = this.#all[name];
      if (ref === undefined) continue;
      await this.#outlast(() => this.#context.services.blobs.remove(ref));
      this.without(name);
    }
    return this.#all;
  }

  /** Whether files that were kept are there to be used. */
  async areThere(files: Files): Promise<boolean> {
    return await this.#outlast(() => areThere(Object.values(files), this.#context.services.blobs));
  }

  /** Whether files that something refers to by now were not removed before it did. */
  async haveStayed(files: Files): Promise<boolean> {
    return await this.#outlast(() => haveStayed(Object.values(files), this.#context.services));
  }
}
