/**
 * API keys, managed while a hub runs.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { namesOf } from "../../core/base/known.ts";
import { checkAccess, type HubAccess } from "./access.ts";
import { calling, checkText } from "./call.ts";
import { HubClientError } from "./errors.ts";
import { type Data, type Json, runOperation } from "./graphql.ts";

/** What a key may do: deploy models, ask for proofs, look at artifacts and proofs. */
export type HubScope = "deploy" | "prove" | "read";

/** What is told of a key: never its secret. */
export interface HubKey {
  /** It stands in the key, behind `zkg_`. */
  id: string;
  /** Given by whoever made it. */
  label: string;
  /** What it may do. */
  scopes: HubScope[];
  /** When it was made, in ISO 8601. */
  createdAt: string;
  /** Since when it opens nothing, in ISO 8601; null while it does. */
  revokedAt: string | null;
  /** Models deployed with it. */
  artifacts: number;
  /** Proofs made with it. */
  proofs: number;
  /** Bytes uploaded with it. */
  bytes: number;
  /** Seconds that workers took for its proofs. */
  seconds: number;
}

/** A key to make. */
export interface HubKeyDraft {
  /** For people. */
  label: string;
  /** What it may do, one or more. */
  scopes: readonly HubScope[];
}

const DRAFT = namesOf<HubKeyDraft>({ label: true, scopes: true });

const FIELDS = "id label scopes createdAt revokedAt artifacts proofs bytes seconds";

/**
 * Makes an API key of the asking key's organisation. That one must have all scopes.
 *
 * @returns the key itself, which the hub does not keep and shows this once, and what is told of it from then on
 * @throws {HubRefusedError} where the asking key has not all scopes
 */
export async function createHubKey(draft: HubAccess & HubKeyDraft): Promise<{ secret: string; key: HubKey }> {
  const caller = "createHubKey()";
  checkAccess(caller, draft, DRAFT);
  const { label, scopes } = draft;
  if (typeof label !== "string") throw new ArgumentError(`${caller}: label is ${typeof label}, expected a text`);
  if (!Array.isArray(scopes)) {
    throw new ArgumentError(`${caller}: scopes is ${typeof scopes}, expected a list of deploy, prove and read`);
  }
  const query = `mutation($label: String!, $scopes: [String!]!) {
    createApiKey(label: $label, scopes: $scopes) { secret apiKey { ${FIELDS} } }
  }`;
  const { createApiKey } = await ask(caller, draft, query, { label, scopes }, false);
  const { secret, apiKey } = (createApiKey ?? {}) as { secret?: unknown; apiKey?: unknown };
  if (typeof secret !== "string") throw noKey(caller);
  return { secret, key: keyOf(caller, apiKey) };
}

/** The API keys of the asking key's organisation, oldest first, revoked ones too. */
export async function listHubKeys(access: HubAccess): Promise<HubKey[]> {
  const caller = "listHubKeys()";
  checkAccess(caller, access);
  const { apiKeys } = await ask(caller, access, `{ apiKeys { ${FIELDS} } }`, {}, true);
  if (!Array.isArray(apiKeys)) throw noKey(caller);
  return apiKeys.map((key) => keyOf(caller, key));
}

/** The asking key itself: what it may do, and what was done with it. */
export async function getHubKey(access: HubAccess): Promise<HubKey> {
  const caller = "getHubKey()";
  checkAccess(caller, access);
  return keyOf(caller, (await ask(caller, access, `{ apiKey { ${FIELDS} } }`, {}, true)).apiKey);
}

/**
 * Makes an API key open nothing from now on; the asking key, which must have all scopes, may be the one. Revoking twice
 * is as good as once.
 * @throws {HubRefusedError} where there is none of that id
 */
export async function revokeHubKey(id: string, access: HubAccess): Promise<HubKey> {
  const caller = "revokeHubKey()";
  checkAccess(caller, access);
  checkText(caller, "id", id);
  const query = `mutation($id: String!) { revokeApiKey(id: $id) { ${FIELDS} } }`;
  return keyOf(caller, (await ask(caller, access, query, { id }, true)).revokeApiKey);
}

async function ask(
  caller: string,
  access: HubAccess,
  query: string,
  variables: Record<string, Json>,
  repeatable: boolean,
): Promise<Data> {
  return await calling(
    caller,
    access,
    (hub, signal) => runOperation(hub, { caller, query, variables, repeatable, signal }),
  );
}

function keyOf(caller: string, value: unknown): HubKey {
  if (typeof value !== "object" || value === null || !("id" in value)) throw noKey(caller);
  return value as HubKey;
}

function noKey(caller: string): HubClientError {
  return new HubClientError(`${caller}: the hub's answer holds no API key; is url a hub's address?`);
}
