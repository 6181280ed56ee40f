/**
 * The embedded Postgres: PGlite in a folder.
 * @module
 */
import { DatabaseError } from "../errors.ts";
import type { Database, Sql, SqlValue } from "./database.ts";
import { openInstance, PgliteSession } from "./pglite_session.ts";
import { PgliteUpkeep } from "./pglite_upkeep.ts";

/** The embedded Postgres. */
export interface PgliteDatabase extends Database {
  /** The same session, for the queue. */
  readonly pglite: SharedPglite;
}

/** What the queue needs of a PGlite. It outlives the instance behind it, which may be opened anew. */
export interface SharedPglite {
  /** Runs one statement. */
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
  /** Runs several statements, and undoes what is open when one fails. */
  exec(text: string): Promise<{ rows: unknown[] }[]>;
  /** Hears of notifications until the returned function is called. */
  listen(channel: string, hear: (payload: string) => void): Promise<() => Promise<void>>;
}

/**
 * Opens the database in `folder`, which is made where it does not exist. One process at a time may have it; the caller
 * sees to that. Throws `DatabaseError`, or `StorageFullError` where there is no room.
 */
export async function openPglite(folder: string): Promise<PgliteDatabase> {
  await makeWhere(folder);
  return new Pglite(await PgliteSession.open(folder));
}

// A process that is killed while it writes a new database leaves half a one, which never opens again. So a new one is
// made beside its place, and takes it when it is whole.
async function makeWhere(folder: string): Promise<void> {
  if (await exists(`${folder}/PG_VERSION`)) return;
  const unfinished = `${folder}.unfinished`;
  if (await exists(unfinished)) await Deno.remove(unfinished, { recursive: true });
  await Deno.mkdir(unfinished, { recursive: true });
  const pglite = await openInstance(unfinished);
  await pglite.close();
  await Deno.rename(unfinished, folder);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

class Pglite implements PgliteDatabase {
  readonly kind = "pglite";
  readonly pglite: SharedPglite;
  readonly #session: PgliteSession;
  readonly #upkeep: PgliteUpkeep;

  constructor(session: PgliteSession) {
    this.#session = session;
    this.#upkeep = new PgliteUpkeep(session);
    this.pglite = {
      query: <Row>(text: string, values?: unknown[]) => session.turn((pglite) => pglite.query<Row>(text, values)),
      exec: (text) => session.turn((pglite) => pglite.exec(text)),
      listen: (channel, hear) => session.listen(channel, hear, () => {}),
    };
  }

  async query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return await this.#session.turn(async (pglite) => (await pglite.query<Row>(text, [...values])).rows);
  }

  async transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#session.turn(async (pglite) => {
      await pglite.exec("BEGIN");
      const result = await run({
        query: async <Row>(text: string, values: readonly SqlValue[] = []) =>
          (await pglite.query<Row>(text, [...values])).rows,
      });
      const [end] = await pglite.exec("COMMIT");
      if (end?.command === "ROLLBACK") throw new DatabaseError("a transaction with a failed statement was undone");
      return result;
    });
  }

  async ping(): Promise<boolean> {
    try {
      await this.query("SELECT 1");
      return true;
    } catch {
      return false;
    }
  }

  listen(channel: string, hear: (payload: string) => void, missed: () => void): Promise<() => Promise<void>> {
    return this.#session.listen(channel, hear, missed);
  }

  async close(): Promise<void> {
    this.#upkeep.end();
    await this.#session.close();
  }
}
