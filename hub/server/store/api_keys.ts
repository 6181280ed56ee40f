/**
 * API keys: `zkg_<id>_<secret>`, 8 and 32 random bytes in hex. Of the secret only its SHA-256 is stored; as the
 * secret is random and long, that is as good as a slow hash.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { NotFoundError } from "../errors.ts";
import { type Database, FOREIGN_KEY_VIOLATION, isUuid, sqlState, storable } from "./database.ts";
import { type Scope, SCOPES } from "./records.ts";
import type { ApiKeyNote, KnownKey, Store } from "./store.ts";

/** What this file gives to the store. */
export type ApiKeyStore = Pick<Store, "createApiKey" | "authenticate" | "revokeApiKey" | "apiKeys">;

interface StoredKey {
  organizationId: string;
  name: string;
  secretHash: Uint8Array;
  revokedAt: Date | null;
  scopes: Scope[];
}

const KEY = /^zkg_([0-9a-f]{16})_([0-9a-f]{64})$/;
const NO_ID = "0".repeat(16);
const NO_HASH = randomBytes(32);

/** API keys in `database`. */
export function apiKeyStore(database: Database): ApiKeyStore {
  return {
    async createApiKey(organizationId: string, label: string, scopes: readonly Scope[] = SCOPES): Promise<string> {
      const id = randomBytes(8).toString("hex");
      const secret = randomBytes(32).toString("hex");
      if (!isUuid(organizationId)) throw noOrganization();
      try {
        await database.query(
          "INSERT INTO zkgrad_hub.api_keys (id, organization_id, label, secret_hash, scopes) VALUES ($1, $2, $3, $4, $5)",
          [id, organizationId, storable(label), hash(secret), scopes],
        );
      } catch (error) {
        throw sqlState(error) === FOREIGN_KEY_VIOLATION ? noOrganization() : error;
      }
      return `zkg_${id}_${secret}`;
    },

    async authenticate(key: string): Promise<KnownKey | null> {
      // A key that is no key at all goes the whole way too: how long the answer takes says nothing about it.
      const match = KEY.exec(key);
      const keyId = match?.[1] ?? NO_ID;
      const given = hash(match?.[2] ?? "");
      const rows = await database.query<StoredKey>(
        `SELECT o.id AS "organizationId", o.name, k.secret_hash AS "secretHash", k.revoked_at AS "revokedAt", k.scopes
           FROM zkgrad_hub.api_keys k JOIN zkgrad_hub.organizations o ON o.id = k.organization_id
          WHERE k.id = $1`,
        [keyId],
      );
      const stored = rows[0];
      const equal = timingSafeEqual(given, Buffer.from(stored?.secretHash ?? NO_HASH));
      if (stored === undefined || !equal || stored.revokedAt !== null) return null;
      const organization = { id: stored.organizationId, name: stored.name };
      return { organization, keyId, scopes: stored.scopes };
    },

    async revokeApiKey(keyId: string): Promise<boolean> {
      const rows = await database.query(
        "UPDATE zkgrad_hub.api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id",
        [storable(keyId)],
      );
      return rows.length > 0;
    },

    async apiKeys(organizationId: string): Promise<ApiKeyNote[]> {
      if (!isUuid(organizationId)) return [];
      return await database.query<ApiKeyNote>(
        `SELECT k.id, k.label, k.scopes, k.created_at AS "createdAt", k.revoked_at AS "revokedAt",
                coalesce(u.artifacts, 0) AS artifacts, coalesce(u.proofs, 0) AS proofs,
                coalesce(u.bytes, 0) AS bytes, coalesce(u.seconds, 0) AS seconds
           FROM zkgrad_hub.api_keys k LEFT JOIN zkgrad_hub.key_usage u ON u.key_id = k.id
          WHERE k.organization_id = $1 ORDER BY k.created_at, k.id`,
        [organizationId],
      );
    },
  };
}

function hash(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function noOrganization(): NotFoundError {
  return new NotFoundError("there is no such organization to make an API key for");
}
