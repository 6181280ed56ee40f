/**
 * What the background processes of a real Postgres do: PGlite has none. Without checkpoints its log would grow for as
 * long as the hub runs, and without vacuuming its tables would.
 * @module
 */
import type { PgliteSession } from "./pglite_session.ts";

/** Milliseconds between rounds. */
const PAUSE = 60_000;

/** Log bytes after which a checkpoint is worth its while: one of the files that the log consists of. */
const LOG_BYTES = 16 * 2 ** 20;

/** Rows that are no more, of which a table is rid when it has that many and a fifth of those that are. */
const DEAD_ROWS = 500;

/** Looks after an embedded database from time to time. */
export class PgliteUpkeep {
  readonly #timer: ReturnType<typeof setInterval>;

  /** Begins with it. */
  constructor(session: PgliteSession) {
    // What goes wrong is told to those who ask the database next.
    this.#timer = setInterval(() => tidy(session).catch(() => {}), PAUSE);
  }

  /** Leaves it alone. */
  end(): void {
    clearInterval(this.#timer);
  }
}

/** One round. Tables are done one by one, so that others have turns in between. */
export async function tidy(session: PgliteSession): Promise<void> {
  await session.turn(async (pglite) => {
    const { rows } = await pglite.query<{ bytes: number }>(
      "SELECT (pg_current_wal_lsn() - redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()",
    );
    if (rows[0]!.bytes > LOG_BYTES) await pglite.exec("CHECKPOINT");
    await pglite.query("SELECT pg_stat_force_next_flush()");
  });
  const { rows } = await session.turn((pglite) =>
    pglite.query<{ name: string }>(
      `SELECT relid::regclass::text AS name FROM pg_stat_user_tables
        WHERE n_dead_tup > $1 + 0.2 * n_live_tup ORDER BY n_dead_tup DESC`,
      [DEAD_ROWS],
    )
  );
  for (const { name } of rows) await session.turn((pglite) => pglite.exec(`VACUUM (ANALYZE) ${name}`));
}
