/**
 * Brings the database's tables to what this program expects.
 * @module
 */
import { ConfigError } from "../errors.ts";
import type { Database } from "./database.ts";
import { STEPS } from "./schema.ts";

/**
 * Runs the steps that the database has not seen, all or none. Processes that start together take turns. Throws
 * `ConfigError` where a newer program has been at it. `steps` are for tests.
 */
export async function migrate(database: Database, steps: readonly (readonly string[])[] = STEPS): Promise<void> {
  await database.transaction(async (sql) => {
    // The lock ends with the transaction. Its number is any that nobody else uses.
    await sql.query("SELECT pg_advisory_xact_lock(hashtext('zkgrad_hub migrations'))");
    await sql.query("CREATE SCHEMA IF NOT EXISTS zkgrad_hub");
    await sql.query(
      "CREATE TABLE IF NOT EXISTS zkgrad_hub.migrations (step integer PRIMARY KEY, ran_at timestamptz NOT NULL DEFAULT now())",
    );
    const rows = await sql.query<{ step: number }>("SELECT coalesce(max(step), 0) AS step FROM zkgrad_hub.migrations");
    const seen = rows[0]!.step;
    if (seen > steps.length) {
      throw new ConfigError(
        `the database is of a newer zkgrad (step ${seen}; this program knows ${steps.length}): update this program, or ` +
          "give it a back-up from before the newer one ran",
      );
    }
    for (const [offset, statements] of steps.slice(seen).entries()) {
      for (const statement of statements) await sql.query(statement);
      await sql.query("INSERT INTO zkgrad_hub.migrations (step) VALUES ($1)", [seen + offset + 1]);
    }
  });
}
