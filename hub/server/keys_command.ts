/**
 * `hub keys`: organisations and their API keys, from the operator's command line.
 * @module
 */
import type { HubConfig } from "./config.ts";
import { ConfigError, DataFolderBusyError } from "./errors.ts";
import { withLedger } from "./ledger.ts";
import { checkScopes } from "./graphql/scopes.ts";
import type { Log } from "./log.ts";
import { type Organization, SCOPES } from "./store/records.ts";
import type { ApiKeyNote, Store } from "./store/store.ts";

/** What it came to. */
export type KeysAnswer =
  | { readonly organizations: readonly (Organization & { readonly keys: readonly ApiKeyNote[] })[] }
  | { readonly apiKey: string }
  | { readonly revoked: string };

/** An answer as lines for people. */
export function keysText(answer: KeysAnswer): string {
  if ("apiKey" in answer) return `${answer.apiKey}\n`;
  if ("revoked" in answer) return `${answer.revoked} opens nothing any more\n`;
  const lines = answer.organizations.flatMap(({ id, name, keys }) => [
    `${name}  ${id}`,
    ...keys.map(({ id, label, scopes, createdAt, revokedAt }) =>
      `  ${id}  ${label}  ${scopes.join(",")}  made ${createdAt.toISOString()}  ${
        revokedAt ? `revoked ${revokedAt.toISOString()}` : "active"
      }`
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

/**
 * Runs it.
 * @throws {ConfigError} for a command that there is not, or a name or id that is unknown
 * @throws {DataFolderBusyError} while a hub runs on the embedded database, saying what to do
 */
export async function runKeys(args: readonly string[], config: HubConfig, log: Log): Promise<KeysAnswer> {
  try {
    return await withLedger(config, log, (store) => run(args, store));
  } catch (error) {
    if (!(error instanceof DataFolderBusyError)) throw error;
    const { path, process } = error;
    throw new DataFolderBusyError(
      `the hub that runs on ${path}${
        process ? ` (process ${process})` : ""
      } has its embedded database to itself; end it ` +
        `with Ctrl-C, which waits for its running job, run "keys ${
          args.join(" ")
        }" again, and start it again: jobs and ` +
        "proofs go on where they were. While it runs, its page and createHubKey() make keys for whoever has one of all scopes; on " +
        "a Postgres (DATABASE_URL) this command does too",
      path,
      process,
    );
  }
}

async function run(args: readonly string[], store: Store): Promise<KeysAnswer> {
  const [verb, ...rest] = args;
  if (verb === "list" && rest.length === 0) {
    const organizations = [];
    for (const { id, name } of await store.organizations()) {
      organizations.push({ id, name, keys: await store.apiKeys(id) });
    }
    return { organizations };
  }
  if (verb === "create" && rest[0] !== undefined && rest.length <= 3) {
    const scopes = checkScopes(rest[2]?.split(",") ?? SCOPES);
    const organization = await store.organizationByName(rest[0]) ?? await store.createOrganization(rest[0]);
    return { apiKey: await store.createApiKey(organization.id, rest[1] ?? "", scopes) };
  }
  if (verb === "revoke" && rest.length === 1) {
    if (!await store.revokeApiKey(rest[0]!)) {
      throw new ConfigError(`"${rest[0]}" is no key's id; keys list shows them, the id is the part behind zkg_`);
    }
    return { revoked: rest[0]! };
  }
  throw new ConfigError(
    `keys takes list, create ORGANISATION [LABEL [SCOPES]] or revoke KEY-ID, and was given "${args.join(" ")}"`,
  );
}
