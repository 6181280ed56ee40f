/**
 * A real Postgres: a pool of connections that outlives the server's restarts.
 * @module
 */
import { ConfigError, DatabaseError, StorageFullError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Database, DISK_FULL, type Sql, sqlState, type SqlValue } from "./database.ts";
import { connectionOptions, isConnectionLost, isRefusedAtTheDoor, isRolledBack } from "./postgres_connection.ts";
import { type ConnectionOptions, openPool, type Pool, type PoolClient } from "./postgres_connection.ts";
import { PostgresListener } from "./postgres_listener.ts";

/** Where the database tells that it went and came back. */
export type DatabaseLog = Pick<Log, "info" | "warn">;

/** The connection was lost while a change was being kept: it may hold or not. */
export class UncertainCommitError extends DatabaseError {
  /** The class, as text. */
  override name = "UncertainCommitError";
}

/** Opens the database at `url` (postgres://user:password@host:port/name) and sees that it answers. */
export async function openPostgres(url: string, log: DatabaseLog): Promise<Database> {
  const database = new Postgres(connectionOptions(url), log);
  try {
    await database.query("SELECT 1");
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

// Waits before further tries, in milliseconds: a restart of Postgres takes seconds.
const PAUSES = [100, 200, 400, 800, 1500, 2000, 2000, 2000];
const PING_LIMIT = 2000;

class Postgres implements Database {
  readonly kind = "postgres";
  readonly #options: ConnectionOptions;
  readonly #pool: Pool;
  readonly #log: DatabaseLog;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #listeners = new Set<PostgresListener>();
  #closed: Promise<void> | null = null;

  constructor(options: ConnectionOptions, log: DatabaseLog) {
    this.#options = options;
    this.#log = log;
    this.#pool = openPool(options, (error) => log.warn("database_connection_lost", { reason: error.message }));
  }

  async query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    // A change is begun and committed by messages of their own: only so is it known when it did not happen.
    if (!/^\s*SELECT\b/i.test(text)) return await this.transaction((sql) => sql.query<Row>(text, values));
    return await this.#again(() => this.#withClient((client) => rows<Row>(client, text, values)));
  }

  async transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#again(() => this.#withClient((client) => inTransaction(client, run)));
  }

  async ping(): Promise<boolean> {
    if (this.#closed !== null) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), PING_LIMIT));
    const answer = this.#withClient((client) => client.query("SELECT 1")).then(() => true, () => false);
    try {
      return await Promise.race([this.#track(answer), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  async listen(channel: string, hear: (payload: string) => void, missed: () => void): Promise<() => Promise<void>> {
    const listener = new PostgresListener(this.#options, channel, { hear, missed }, this.#log);
    await this.#again(() => listener.start());
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
      await listener.end();
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.end()));
    // The pool forgets those who still wait for a connection when it ends, so it ends after them.
    await Promise.allSettled([...this.#underWay]);
    await this.#pool.end();
  }

  async #again<T>(body: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new DatabaseError("the database connection is closed: the hub is stopping");
    return await this.#track(this.#tryHard(body));
  }

  // Whatever `body` throws as a lost connection has changed nothing.
  async #tryHard<T>(body: () => Promise<T>): Promise<T> {
    for (let tries = 0;; tries++) {
      try {
        return await body();
      } catch (error) {
        if (isRefusedAtTheDoor(error)) throw refused(error);
        if (sqlState(error) === DISK_FULL) throw diskFull(error);
        if (!isConnectionLost(error) && !isRolledBack(error)) throw error;
        const pause = PAUSES[tries];
        if (pause === undefined || this.#closed !== null) throw unreachable(error);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #withClient<T>(body: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken = false;
    try {
      return await body(client);
    } catch (error) {
      broken = isConnectionLost(error) || error instanceof UncertainCommitError;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise);
    const forget = () => this.#underWay.delete(promise);
    promise.then(forget, forget);
    return promise;
  }
}

async function inTransaction<T>(client: PoolClient, run: (sql: Sql) => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  let result: T;
  try {
    result = await run({ query: (text, values = []) => rows(client, text, values) });
  } catch (error) {
    if (!isConnectionLost(error)) await client.query("ROLLBACK");
    throw error;
  }
  try {
    const { command } = await client.query("COMMIT");
    if (command === "ROLLBACK") throw new DatabaseError("a transaction with a failed statement was undone");
  } catch (cause) {
    if (!isConnectionLost(cause)) throw cause;
    throw new UncertainCommitError("the database went away while it kept a change: look whether it holds", { cause });
  }
  return result;
}

async function rows<Row>(client: PoolClient, text: string, values: readonly SqlValue[]): Promise<Row[]> {
  return (await client.query(text, [...values])).rows;
}

function unreachable(cause: unknown): DatabaseError {
  return new DatabaseError(
    "the database does not answer: see that Postgres runs and that DATABASE_URL is its address",
    {
      cause,
    },
  );
}

function diskFull(cause: unknown): StorageFullError {
  return new StorageFullError("the disk of the database is full: make room on the machine of DATABASE_URL", { cause });
}

function refused(cause: Error): ConfigError {
  return new ConfigError(`Postgres refuses DATABASE_URL (${cause.message}): see its user, password and database`, {
    cause,
  });
}
