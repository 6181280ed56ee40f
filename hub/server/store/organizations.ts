/**
 * Who owns artifacts and proofs.
 * @module
 */
import { ConflictError } from "../errors.ts";
import { type Database, sqlState, storable, UNIQUE_VIOLATION } from "./database.ts";
import type { Organization } from "./records.ts";
import type { Store } from "./store.ts";

/** What this file gives to the store. */
export type OrganizationStore = Pick<Store, "createOrganization" | "organizationByName" | "organizations">;

/** Organisations in `database`. */
export function organizationStore(database: Database): OrganizationStore {
  return {
    async createOrganization(name: string): Promise<Organization> {
      const organization = { id: crypto.randomUUID(), name: storable(name) };
      try {
        await database.query("INSERT INTO zkgrad_hub.organizations (id, name) VALUES ($1, $2)", [
          organization.id,
          organization.name,
        ]);
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
        throw new ConflictError(`there is an organization named "${organization.name}" already: choose another name`);
      }
      return organization;
    },

    async organizationByName(name: string): Promise<Organization | null> {
      const rows = await database.query<Organization>(
        "SELECT id, name FROM zkgrad_hub.organizations WHERE name = $1",
        [storable(name)],
      );
      return rows[0] ?? null;
    },

    async organizations(): Promise<Organization[]> {
      return await database.query<Organization>("SELECT id, name FROM zkgrad_hub.organizations ORDER BY name");
    },
  };
}
