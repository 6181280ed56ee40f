/**
 * The hub's database, opened as the settings say.
 * @module
 */
import type { HubConfig } from "./config.ts";
import { ConfigError } from "./errors.ts";
import { type DataFolder, openDataFolder } from "./files/data_folder.ts";
import type { QueueSource } from "./jobs/boss_queue.ts";
import type { Log } from "./log.ts";
import { openStore } from "./store/open_store.ts";
import { openPglite } from "./store/pglite.ts";
import { openPostgres } from "./store/postgres.ts";
import type { Store } from "./store/store.ts";

/** An open account book, and where the queue beside it is kept. */
export class Ledger implements AsyncDisposable {
  /** The account book. */
  readonly store: Store;
  /** The same database, for the queue. */
  readonly queueSource: QueueSource;

  private constructor(store: Store, queueSource: QueueSource) {
    this.store = store;
    this.queueSource = queueSource;
  }

  /**
   * Opens it; tables are made or brought up to date.
   * @throws {ConfigError} where processes that share a Postgres would not share the secret
   */
  static async open(config: HubConfig, folder: DataFolder, log: Log): Promise<Ledger> {
    const url = config.databaseUrl;
    if (url === null) {
      const database = await openPglite(folder.db);
      return new Ledger(await openStore(database), { pglite: database.pglite });
    }
    if (config.secret === null) {
      throw new ConfigError(
        "ZKGRAD_HUB_SECRET is not set; processes that share a Postgres need the same one: make it with " +
          "openssl rand -hex 32",
      );
    }
    return new Ledger(await openStore(await openPostgres(url, log)), { url });
  }

  /** Lets go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
  }
}

/** Opens the account book of a hub that does not run, or of one on a Postgres, and lends it to `use`. */
export async function withLedger<T>(config: HubConfig, log: Log, use: (store: Store) => Promise<T>): Promise<T> {
  await using parts = new AsyncDisposableStack();
  // On a Postgres nothing of the folder is needed, and a running hub may hold it.
  const folder = config.databaseUrl === null ? await openDataFolder(config.data, config.secret) : null;
  if (folder) parts.defer(() => folder.close());
  const store = folder === null
    ? await openStore(await openPostgres(config.databaseUrl!, log))
    : (await Ledger.open(config, folder, log)).store;
  parts.defer(() => store.close());
  return await use(store);
}
