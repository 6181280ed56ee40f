/**
 * Records of the caller's own organisation. Others' look like those that do not exist.
 * @module
 */
import { BadRequestError, NotFoundError } from "../errors.ts";
import type { ArtifactRecord, ProofRecord } from "../store/records.ts";
import { isId } from "./checks.ts";
import { type HubContext, MAX_READS } from "./context.ts";

/** An artifact; throws a NotFoundError where there is none. */
export async function findArtifact(id: string, context: HubContext): Promise<ArtifactRecord> {
  const { services: { store }, caller } = context;
  const found = isId(id) ? await store.artifact(id, caller.organization.id) : null;
  return found ?? missing("artifact", id);
}

/** The artifact of a proof, asked for once in a request. */
export async function artifactOf(proof: ProofRecord, context: HubContext): Promise<ArtifactRecord> {
  const { services: { store }, caller, artifacts } = context;
  const asked = artifacts.get(proof.artifactId) ?? store.artifact(proof.artifactId, caller.organization.id);
  artifacts.set(proof.artifactId, asked);
  return await asked ?? missing("artifact", proof.artifactId);
}

/** A proof; throws a NotFoundError where there is none. */
export async function findProof(id: string, context: HubContext): Promise<ProofRecord> {
  const { services: { store }, caller } = context;
  const found = isId(id) ? await store.proof(id, caller.organization.id) : null;
  return found ?? missing("proof", id);
}

/** Refuses any organisation but the caller's own; nothing means that one. */
export function checkOrganization(id: string | null | undefined, { caller: { organization } }: HubContext): string {
  if (id === null || id === undefined || id === organization.id) return organization.id;
  return missing("organization", id);
}

/** Counts a file that an answer reads. */
export function countRead({ budget }: HubContext): void {
  if (budget.reads-- > 0) return;
  throw new BadRequestError(
    `the answer would read more than ${MAX_READS} files; ask for settings and outputs of fewer at once`,
  );
}

function missing(what: string, id: string): never {
  throw new NotFoundError(`there is no ${what} ${isId(id) ? id.toLowerCase() : "of that id"}`);
}
