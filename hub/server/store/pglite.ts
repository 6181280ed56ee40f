/**
 * The embedded Postgres: PGlite in a folder.
 * @module
 */
import { PGlite } from "npm:@electric-sql/pglite@0.5.16";
import { DatabaseError } from "../errors.ts";
import { type Database, type Sql, sqlState, type SqlValue } from "./database.ts";

/** The embedded Postgres. */
export interface PgliteDatabase extends Database {
  /** The instance itself, for the queue. */
  readonly pglite: PGlite;
}

/**
 * Opens the database in `folder`, which is made where it does not exist. One process at a time may have it; the caller
 * sees to that.
 */
export async function openPglite(folder: string): Promise<PgliteDatabase> {
  try {
    await prepare(folder);
    return new Pglite(await PGlite.create(folder));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError(
      `the embedded database in ${folder} does not open (${reason}): see that the disk has room and that the folder is ` +
        "yours, or put a back-up in its place",
      { cause },
    );
  }
}

// A process that is killed while it writes a new database leaves half a one, which never opens again. So a new one is
// made beside its place, and takes it when it is whole.
async function prepare(folder: string): Promise<void> {
  if (await exists(`${folder}/PG_VERSION`)) return;
  const unfinished = `${folder}.unfinished`;
  if (await exists(unfinished)) await Deno.remove(unfinished, { recursive: true });
  await Deno.mkdir(unfinished, { recursive: true });
  const made = await PGlite.create(unfinished);
  await made.close();
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
  readonly pglite: PGlite;
  #closed: Promise<void> | null = null;

  constructor(pglite: PGlite) {
    this.pglite = pglite;
  }

  async query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return await this.#outsideAborted(async () => (await this.pglite.query<Row>(text, [...values])).rows);
  }

  async transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#outsideAborted(() =>
      this.pglite.transaction((tx) =>
        run({
          query: async <Row>(text: string, values: readonly SqlValue[] = []) =>
            (await tx.query<Row>(text, [...values])).rows,
        })
      )
    );
  }

  async ping(): Promise<boolean> {
    try {
      await this.query("SELECT 1");
      return true;
    } catch {
      return false;
    }
  }

  async listen(channel: string, hear: (payload: string) => void): Promise<() => Promise<void>> {
    const end = await this.#open(() => this.pglite.listen(channel, hear));
    return async () => {
      if (this.#closed === null) await end();
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.pglite.close();
    return this.#closed;
  }

  // The queue shares this one session, and a block of its statements that fails leaves the session in an aborted
  // transaction until the queue rolls it back. What comes in between was refused before it did anything.
  async #outsideAborted<T>(body: () => Promise<T>): Promise<T> {
    return await this.#open(async () => {
      try {
        return await body();
      } catch (error) {
        if (sqlState(error) !== IN_FAILED_TRANSACTION) throw error;
        await this.pglite.exec("ROLLBACK");
        return await body();
      }
    });
  }

  async #open<T>(body: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new DatabaseError("the embedded database is closed: the hub is stopping");
    return await body();
  }
}

const IN_FAILED_TRANSACTION = "25P02";
