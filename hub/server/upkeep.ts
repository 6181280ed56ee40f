/**
 * Removes what no record refers to: results that nobody needs any more, and files of uploads that a crash cut short; and
 * proofs that were to be kept so long and no longer.
 * @module
 */
import { sweepBlobs } from "./files/blob_sweep.ts";
import type { DataFolder } from "./files/data_folder.ts";
import { openStorage } from "./files/open_blobs.ts";
import { removeUnused } from "./files/unused_blobs.ts";
import type { Services } from "./services.ts";
import type { Files } from "./store/records.ts";

const MINUTE = 60, HOUR = 3600;

/** Much more than an upload takes from its first file to its record. */
const AGE = 24 * HOUR;

/** Goes through the files at the start and once an hour, and through proofs once a minute. */
export class Upkeep implements AsyncDisposable {
  readonly #services: Services;
  readonly #folder: Pick<DataFolder, "files" | "tmp">;
  #timers: ReturnType<typeof setInterval>[] = [];
  #round: Promise<void> = Promise.resolve();

  /** Over a hub's parts. */
  constructor(services: Services, folder: Pick<DataFolder, "files" | "tmp">) {
    this.#services = services;
    this.#folder = folder;
  }

  /** Begins, in the background. */
  start(): void {
    for (const [seconds, body] of [[MINUTE, () => this.#deleteOld()], [HOUR, () => this.#sweep()]] as const) {
      const next = () => this.#round = this.#round.then(body);
      next();
      this.#timers.push(setInterval(next, seconds * 1000));
    }
  }

  async #deleteOld(): Promise<void> {
    const { store, log } = this.#services;
    try {
      await this.#remove(await store.deleteOldProofs());
    } catch (error) {
      log.warn("proofs_not_deleted", { reason: (error as Error).message });
    }
  }

  async #sweep(): Promise<void> {
    const { config, store, log } = this.#services;
    try {
      await this.#remove(await store.dropUnusedResults());
      const { removed } = await sweepBlobs(openStorage(config, this.#folder), (key) => store.isReferenced(key), AGE);
      if (removed > 0) log.info("files_removed", { removed });
    } catch (error) {
      log.warn("files_not_swept", { reason: (error as Error).message });
    }
  }

  async #remove(files: readonly Files[]): Promise<void> {
    await removeUnused(files, this.#services, (error) => {
      this.#services.log.warn("file_not_removed", { reason: (error as Error).message });
    });
  }

  /** Ends it; a round under way is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#round;
  }
}
