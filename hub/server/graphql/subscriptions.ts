/**
 * What can be followed.
 * @module
 */
import { TooManyRequestsError } from "../errors.ts";
import type { ArtifactRecord, ProofRecord, Status } from "../store/records.ts";
import { changes } from "./changes.ts";
import { type HubContext, MAX_READS } from "./context.ts";
import { findArtifact, findProof } from "./find.ts";
import { checkScope } from "./scopes.ts";
import { toGraphQL } from "./sentences.ts";

/** Each holds a connection open. */
const MOST_PER_ORGANIZATION = 500;

const open = new Map<string, number>();

/** Resolvers of the subscriptions. */
export const subscriptions = {
  artifactChanged: {
    subscribe: (_: unknown, { id }: { id: string }, context: HubContext): Promise<AsyncIterable<ArtifactRecord>> =>
      followed("artifactChanged", context, () => findArtifact(id, context), context.services.store.artifact),
    resolve: (record: ArtifactRecord): ArtifactRecord => record,
  },
  proofChanged: {
    subscribe: (_: unknown, { id }: { id: string }, context: HubContext): Promise<AsyncIterable<ProofRecord>> =>
      followed("proofChanged", context, () => findProof(id, context), context.services.store.proof),
    resolve: (record: ProofRecord): ProofRecord => record,
  },
};

async function followed<T extends { id: string; organizationId: string; status: Status; updatedAt: Date }>(
  field: string,
  context: HubContext,
  find: () => Promise<T>,
  read: (id: string, organizationId: string) => Promise<T | null>,
): Promise<AsyncIterable<T>> {
  const { services: { store }, caller, closing } = context;
  try {
    checkScope(context.caller, field, ["read"]);
    const { id, organizationId } = await find();
    checkRoom(organizationId);
    return changes<T>({
      read: async () => {
        // Every value is an answer of its own.
        context.budget.reads = MAX_READS;
        context.artifacts.clear();
        try {
          return await read.call(store, id, organizationId);
        } catch (error) {
          throw toGraphQL(error, field, context);
        }
      },
      hear: (changed) => {
        const end = store.onChange(id, changed);
        const release = occupy(organizationId);
        return () => {
          end();
          release();
        };
      },
      allowed: () => caller.stillAllowed(),
      signal: closing,
    });
  } catch (error) {
    throw toGraphQL(error, field, context);
  }
}

function checkRoom(organizationId: string): void {
  const count = open.get(organizationId) ?? 0;
  if (count < MOST_PER_ORGANIZATION) return;
  throw new TooManyRequestsError(
    `${count} subscriptions are open already, which is the limit; end some, or ask for the status now and then`,
    5,
  );
}

/** Counts a subscription; returns what ends it. */
function occupy(organizationId: string): () => void {
  open.set(organizationId, (open.get(organizationId) ?? 0) + 1);
  return () => {
    const left = open.get(organizationId)! - 1;
    if (left > 0) open.set(organizationId, left);
    else open.delete(organizationId);
  };
}
