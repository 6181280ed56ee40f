/**
 * Removes what no record refers to: results that nobody needs any more, and files of uploads that a crash cut short.
 * @module
 */
import { sweepBlobs } from "./files/blob_sweep.ts";
import type { DataFolder } from "./files/data_folder.ts";
import { openStorage } from "./files/open_blobs.ts";
import { removeUnused } from "./files/unused_blobs.ts";
import type { Services } from "./services.ts";

const HOUR = 3600;

/** Much more than an upload takes from its first file to its record. */
const AGE = 24 * HOUR;

/** Goes through the files at the start and once an hour. */
export class Upkeep implements AsyncDisposable {
  readonly #services: Services;
  readonly #folder: DataFolder;
  #timer: ReturnType<typeof setInterval> | undefined;
  #round: Promise<void> = Promise.resolve();

  /** Over a hub's parts. */
  constructor(services: Services, folder: DataFolder) {
    this.#services = services;
    this.#folder = folder;
  }

  /** Begins, in the background. */
  start(): void {
    this.#round = this.#sweep();
    this.#timer = setInterval(() => this.#round = this.#round.then(() => this.#sweep()), HOUR * 1000);
  }

  async #sweep(): Promise<void> {
    const { config, store, log } = this.#services;
    try {
      await removeUnused(await store.dropUnusedResults(), this.#services, (error) => {
        log.warn("file_not_removed", { reason: (error as Error).message });
      });
      const { removed } = await sweepBlobs(openStorage(config, this.#folder), (key) => store.isReferenced(key), AGE);
      if (removed > 0) log.info("files_removed", { removed });
    } catch (error) {
      log.warn("files_not_swept", { reason: (error as Error).message });
    }
  }

  /** Ends it; a round under way is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }
}
