/**
 * API keys, managed while the hub runs. Whoever has a key of all scopes may make and revoke keys: a lesser one could
 * give itself what it was not given.
 * @module
 */
import { ConflictError, NotFoundError } from "../errors.ts";
import { SCOPES } from "../store/records.ts";
import type { ApiKeyNote } from "../store/store.ts";
import { checkLabel } from "./checks.ts";
import type { HubContext } from "./context.ts";
import { checkScope, checkScopes } from "./scopes.ts";

/** A key as GraphQL has it. */
export interface ApiKeyFields extends Omit<ApiKeyNote, "createdAt" | "revokedAt"> {
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601, or null. */
  revokedAt: string | null;
}

/** Keys that open something, of one organisation: authentication looks at none but its own, a list shows all. */
const MOST = 500;

/** The mutation that makes one. */
export async function createApiKey(
  _: unknown,
  { label, scopes }: { label: string; scopes: string[] },
  context: HubContext,
): Promise<{ secret: string; apiKey: ApiKeyFields }> {
  const { services: { store, log }, caller, requestId } = context;
  checkScope(caller, "createApiKey", SCOPES);
  const checked = { label: checkLabel(label), scopes: checkScopes(scopes) };
  const open = (await store.apiKeys(caller.organization.id)).filter(({ revokedAt }) => revokedAt === null);
  if (open.length >= MOST) {
    throw new ConflictError(`there are ${open.length} API keys already, which is the limit; revoke some`);
  }
  const secret = await store.createApiKey(caller.organization.id, checked.label, checked.scopes);
  const apiKey = apiKeyFields(await ownKey(secret.split("_")[1]!, context));
  log.info("key_made", { requestId, organization: caller.organization.id, key: apiKey.id, by: caller.keyId });
  return { secret, apiKey };
}

/** The mutation that revokes one; one that is revoked stays so. */
export async function revokeApiKey(_: unknown, { id }: { id: string }, context: HubContext): Promise<ApiKeyFields> {
  const { services: { store, log }, caller, requestId } = context;
  checkScope(caller, "revokeApiKey", SCOPES);
  await ownKey(id, context);
  if (await store.revokeApiKey(id)) {
    log.info("key_revoked", { requestId, organization: caller.organization.id, key: id, by: caller.keyId });
  }
  return apiKeyFields(await ownKey(id, context));
}

/** A key of the caller's organisation; throws a NotFoundError where there is none. */
export async function ownKey(
  id: string,
  { services: { store }, caller: { organization } }: HubContext,
): Promise<ApiKeyNote> {
  const found = (await store.apiKeys(organization.id)).find((key) => key.id === id);
  if (found !== undefined) return found;
  throw new NotFoundError("there is no API key of that id; the id is the part behind zkg_, as apiKeys lists it");
}

/** A key's fields. */
export function apiKeyFields({ createdAt, revokedAt, ...note }: ApiKeyNote): ApiKeyFields {
  return { ...note, createdAt: createdAt.toISOString(), revokedAt: revokedAt?.toISOString() ?? null };
}
