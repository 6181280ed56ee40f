/**
 * The one interface to Postgres, embedded or real.
 * @module
 */

/** A value that a statement takes. */
export type SqlValue = string | number | boolean | Date | Uint8Array | null | readonly string[];

/** Runs SQL, with `$1` for the first value. */
export interface Sql {
  /** Runs one statement and returns its rows. One that begins with SELECT is taken to change nothing. */
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** A Postgres. */
export interface Database extends Sql {
  /** Which one it is. */
  readonly kind: "pglite" | "postgres";
  /**
   * Runs several statements as one: all of them hold, or none. `run` is called again where the connection was lost
   * before anything could hold, so it does nothing but ask the `sql` that it is given.
   */
  transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
  /** Whether it answers. */
  ping(): Promise<boolean>;
  /** Hears of every notification on a channel, and of every time some may have been missed; returns what ends it. */
  listen(channel: string, hear: (payload: string) => void, missed: () => void): Promise<() => Promise<void>>;
  /** Lets go of it; statements under way are finished first. */
  close(): Promise<void>;
}

/** Code of what Postgres refused, such as 23505 for a name that is taken, or null for any other error. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** What a text becomes to be stored: Postgres holds neither the character NUL nor halves of characters. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}

/** Whether a text can be the id of a record at all; Postgres refuses to compare others. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** `sqlState` of a row that refers to one that does not exist. */
export const FOREIGN_KEY_VIOLATION = "23503";

/** `sqlState` of a row with a value that another row has and only one may have. */
export const UNIQUE_VIOLATION = "23505";

/** `sqlState` of a database without room on its disk. */
export const DISK_FULL = "53100";
