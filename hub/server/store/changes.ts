/**
 * Hearing of changes of records. The database tells every change of an artifact or a proof on one channel (a trigger
 * in schema.ts does); each process listens once and passes it on to those who wait for that record.
 * @module
 */
import type { Database } from "./database.ts";

/** The channel; its messages are ids of records. */
export const CHANNEL = "zkgrad_hub";

/** Those who wait for changes in this process. */
export class Changes {
  readonly #hearers = new Map<string, Set<() => void>>();
  readonly #anyHearers: ((id: string) => void)[] = [];

  private constructor() {}

  /** Begins to listen, until the database is closed. */
  static async of(database: Database): Promise<Changes> {
    const changes = new Changes();
    await database.listen(CHANNEL, (id) => changes.#tell(id), () => changes.#tellAll());
    return changes;
  }

  /** Hears of every record that changed, before those who wait for it. */
  onAny(hear: (id: string) => void): void {
    this.#anyHearers.push(hear);
  }

  /** Hears that a record changed, or may have while the database was away. */
  onChange(id: string, hear: () => void): () => void {
    // A database writes ids in small letters, whatever they were given in.
    const key = id.toLowerCase();
    const hearers = this.#hearers.get(key) ?? new Set();
    this.#hearers.set(key, hearers);
    // The same function may wait twice, and ends twice.
    const once = (): void => hear();
    hearers.add(once);
    return () => {
      hearers.delete(once);
      if (hearers.size === 0 && this.#hearers.get(key) === hearers) this.#hearers.delete(key);
    };
  }

  #tell(id: string): void {
    for (const hear of this.#anyHearers) hear(id);
    const hearers = this.#hearers.get(id) ?? new Set<() => void>();
    // One that hears may end another's waiting, or begin to wait anew.
    for (const hear of [...hearers]) if (hearers.has(hear)) hear();
  }

  #tellAll(): void {
    for (const id of [...this.#hearers.keys()]) this.#tell(id);
  }
}
