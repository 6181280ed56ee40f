/**
 * What can be looked up.
 * @module
 */
import type { ArtifactRecord, Organization, Page, ProofRecord } from "../store/records.ts";
import { checkFirst, isId } from "./checks.ts";
import { type ApiKeyFields, apiKeyFields, ownKey } from "./api_keys.ts";
import type { HubContext } from "./context.ts";
import { checkOrganization, findArtifact, findProof } from "./find.ts";
import { needing } from "./scopes.ts";
import { WORKER_SECONDS } from "../jobs/memory.ts";

/** Part of a list as GraphQL has it. */
interface Connection<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface PageArgs {
  organizationId?: string | null;
  first?: number | null;
  after?: string | null;
}

/** Resolvers of the queries. */
export const queries = {
  organizations: (_: unknown, { name }: { name?: string | null }, { caller }: HubContext): Organization[] =>
    name === null || name === undefined || name === caller.organization.name ? [caller.organization] : [],

  apiKey: async (_: unknown, _args: unknown, context: HubContext): Promise<ApiKeyFields> =>
    apiKeyFields(await ownKey(context.caller.keyId, context)),

  ...needing("read", {
    artifact: (_: unknown, { id }: { id: string }, context: HubContext): Promise<ArtifactRecord> =>
      findArtifact(id, context),

    getProof: (_: unknown, { id }: { id: string }, context: HubContext): Promise<ProofRecord> => findProof(id, context),

    apiKeys: async (_: unknown, _args: unknown, context: HubContext): Promise<ApiKeyFields[]> =>
      (await context.services.store.apiKeys(context.caller.organization.id)).map(apiKeyFields),

    workers: async (_: unknown, _args: unknown, context: HubContext): Promise<WorkerFields[]> =>
      (await context.services.store.workers(WORKER_SECONDS)).map((worker) => ({
        ...worker,
        seen: worker.seen.toISOString(),
      })),

    artifacts: async (
      _: unknown,
      args: PageArgs & { sha256?: string | null },
      context: HubContext,
    ): Promise<Connection<ArtifactRecord>> => {
      const organizationId = checkOrganization(args.organizationId, context);
      const page = { first: checkFirst(args.first), after: args.after ?? null };
      return connection(await context.services.store.artifacts(organizationId, page, args.sha256 ?? null));
    },

    proofs: async (
      _: unknown,
      args: PageArgs & { artifactId?: string | null },
      context: HubContext,
    ): Promise<Connection<ProofRecord>> => {
      const organizationId = checkOrganization(args.organizationId, context);
      const page = { first: checkFirst(args.first), after: args.after ?? null };
      const artifactId = args.artifactId ?? null;
      if (artifactId !== null && !isId(artifactId)) return connection({ items: [], next: null });
      return connection(await context.services.store.proofs(organizationId, artifactId, page));
    },
  }),
};

/** A worker as GraphQL has it. */
interface WorkerFields {
  id: string;
  memoryGiB: number;
  seen: string;
}

function connection<T>({ items, next }: Page<T>): Connection<T> {
  return { nodes: items, pageInfo: { hasNextPage: next !== null, endCursor: next } };
}
