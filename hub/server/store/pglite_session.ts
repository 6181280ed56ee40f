/**
 * The one session of an embedded database, which its users take turns at. PGlite that has panicked, on a full disk say,
 * spins for ever when it is asked again and takes the whole process along; so nobody asks it again, and the next turn
 * opens the folder anew, as one does after a crash.
 * @module
 */
import { PGlite } from "npm:@electric-sql/pglite@0.5.16";
import { DatabaseError, StorageFullError } from "../errors.ts";
import { DISK_FULL, sqlState } from "./database.ts";

/** Who hears of a channel, and where that ends in the present instance. */
interface Listener {
  channel: string;
  hear: (payload: string) => void;
  missed: () => void;
  end: () => Promise<void>;
}

/** Milliseconds after which a folder that did not open is tried again. */
const REVIVAL_PAUSE = 1000;

/** Turns at an embedded database. */
export class PgliteSession {
  readonly #folder: string;
  readonly #listeners = new Set<Listener>();
  #pglite: PGlite | null;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;
  #failure: { error: unknown; at: number } | null = null;

  private constructor(folder: string, pglite: PGlite) {
    this.#folder = folder;
    this.#pglite = pglite;
  }

  /** Opens the database in a folder that holds one. */
  static async open(folder: string): Promise<PgliteSession> {
    return new PgliteSession(folder, await openInstance(folder));
  }

  /**
   * Runs `body` when all turns before are over, and nothing else until it is over. One that asks for another turn
   * waits for ever. What it leaves undone when it throws is undone.
   */
  async turn<T>(body: (pglite: PGlite) => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new DatabaseError("the embedded database is closed: the hub is stopping");
    const turn = this.#last.then(() => this.#run(body));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  /** Hears of a channel until the returned function is called. `missed` says that the database was opened anew. */
  async listen(channel: string, hear: (payload: string) => void, missed: () => void): Promise<() => Promise<void>> {
    const listener: Listener = { channel, hear, missed, end: () => Promise.resolve() };
    await this.turn(async (pglite) => {
      listener.end = await pglite.listen(channel, hear);
      this.#listeners.add(listener);
    });
    return async () => {
      if (this.#listeners.delete(listener) && this.#closed === null) await this.turn(() => listener.end());
    };
  }

  /** Closes it after the turns that were asked for; later ones are refused. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(() => this.#pglite?.close());
    return this.#closed;
  }

  async #run<T>(body: (pglite: PGlite) => Promise<T>): Promise<T> {
    const pglite = this.#pglite ?? await this.#revive();
    try {
      return await body(pglite);
    } catch (error) {
      if (isDeadly(error) || !await undone(pglite)) this.#pglite = null;
      if (sqlState(error) === DISK_FULL) throw diskFull(error);
      throw this.#pglite === null ? stopped(error) : error;
    }
  }

  async #revive(): Promise<PGlite> {
    if (this.#failure !== null && performance.now() - this.#failure.at < REVIVAL_PAUSE) throw this.#failure.error;
    try {
      const pglite = await openInstance(this.#folder);
      for (const listener of this.#listeners) listener.end = await pglite.listen(listener.channel, listener.hear);
      this.#pglite = pglite;
      this.#failure = null;
    } catch (error) {
      this.#failure = { error, at: performance.now() };
      throw error;
    }
    for (const { missed } of this.#listeners) missed();
    return this.#pglite;
  }
}

/** Opens the instance itself; what goes wrong is told with Postgres' last words. */
export async function openInstance(folder: string): Promise<PGlite> {
  let lastWords = "";
  const onStderr = (line: string): boolean => {
    if (/FATAL|PANIC/.test(line)) lastWords = line.replace(/^.*(FATAL|PANIC): */, "");
    return false;
  };
  try {
    return await PGlite.create(folder, { onStderr });
  } catch (cause) {
    throw /No space left/.test(lastWords) || isDiskFull(cause) ? diskFull(cause) : notOpening(folder, cause, lastWords);
  }
}

async function undone(pglite: PGlite): Promise<boolean> {
  try {
    await pglite.exec("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

function isDeadly(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError) return true;
  if (!(error instanceof Error)) return false;
  return error.name === "ExitStatus" || ("severity" in error && /^(PANIC|FATAL)$/.test(String(error.severity)));
}

// What the file system within PGlite throws is no Error; 51 is its ENOSPC.
function isDiskFull(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errno" in error && error.errno === 51;
}

function diskFull(cause: unknown): StorageFullError {
  return new StorageFullError("the disk of the embedded database is full: make room, it goes on by itself", { cause });
}

function notOpening(folder: string, cause: unknown, lastWords: string): DatabaseError {
  const reason = lastWords || (cause instanceof Error ? cause.message : JSON.stringify(cause));
  return new DatabaseError(
    `the embedded database in ${folder} does not open (${reason}): see that the folder is yours and whole, or put a ` +
      "back-up in its place",
    { cause },
  );
}

function stopped(cause: unknown): DatabaseError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatabaseError(`the embedded database has stopped (${reason}): try again, it is opened anew`, { cause });
}
