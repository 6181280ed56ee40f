/**
 * Opens the account book in a database.
 * @module
 */
import { agreementStore } from "./agreements.ts";
import { apiKeyStore } from "./api_keys.ts";
import { artifactStore } from "./artifacts.ts";
import { Changes } from "./changes.ts";
import type { Database } from "./database.ts";
import { lineStore } from "./line.ts";
import { migrate } from "./migrations.ts";
import { organizationStore } from "./organizations.ts";
import { proofStore } from "./proofs.ts";
import { recentStore } from "./recent.ts";
import type { Store } from "./store.ts";
import { unusedFileStore } from "./unused_files.ts";
import { workStore } from "./work.ts";

/** Brings the tables up to date and joins the parts. Closing the store closes the database. */
export async function openStore(database: Database): Promise<Store> {
  await migrate(database);
  const changes = await Changes.of(database);
  const asked = { ...apiKeyStore(database), ...artifactStore(database), ...proofStore(database) };
  return {
    ...agreementStore(database),
    ...organizationStore(database),
    ...asked,
    ...(database.kind === "pglite" ? recentStore(asked, changes) : {}),
    ...workStore(database),
    ...lineStore(database),
    ...unusedFileStore(database),
    onChange: (id, hear) => changes.onChange(id, hear),
    ping: () => database.ping(),
    counts: async () => ({ artifacts: await counts(database, "artifacts"), proofs: await counts(database, "proofs") }),
    close: () => database.close(),
  };
}

async function counts(database: Database, table: "artifacts" | "proofs"): Promise<Record<string, number>> {
  const rows = await database.query<{ status: string; count: number }>(
    `SELECT status, count(*)::integer AS count FROM zkgrad_hub.${table} GROUP BY status`,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
