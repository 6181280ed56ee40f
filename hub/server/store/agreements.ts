/**
 * What all processes of a hub must have in common.
 * @module
 */
import type { Database } from "./database.ts";
import type { Store } from "./store.ts";

/** What this file gives to the store. */
export type AgreementStore = Pick<Store, "agree">;

/** Agreements in `database`. */
export function agreementStore(database: Database): AgreementStore {
  return {
    async agree(name: string, value: string): Promise<string> {
      await database.query("INSERT INTO zkgrad_hub.agreements (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
        name,
        value,
      ]);
      const rows = await database.query<{ value: string }>(
        "SELECT value FROM zkgrad_hub.agreements WHERE name = $1",
        [name],
      );
      return rows[0]!.value;
    },
  };
}
