/**
 * Proofs that a hub makes.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { namesOf } from "../../core/base/known.ts";
import { checkAccess, type Hub, type HubAccess } from "./access.ts";
import { change, none } from "./artifacts.ts";
import { calling, checkText, withFields } from "./call.ts";
import { HubClientError, HubRefusedError } from "./errors.ts";
import { isUnknownField, type Json, runOperation } from "./graphql.ts";
import { PAGE_OPTIONS, type PageOptions, pages } from "./pages.ts";
import { PROOF_CONTRACT, PROOF_FIELDS, PROOF_PROGRESS } from "./fields.ts";
import { proofOf } from "./read_records.ts";
import type { HubProof } from "./records.ts";
import { dataFile, type HubData } from "./uploads.ts";

/** What is to be proven. */
export interface ProofRequest {
  /** The artifact. */
  id: string;
  /** The input, an `input.json`; the hub keeps it no longer than until the witness is made. */
  data: HubData;
  /**
   * Seconds after its end when the hub deletes the proof by itself, with the witness, whether it was fetched or not; up to
   * a minute more, and at most a year. Default: it stays until {@linkcode deleteHubProof}.
   */
  keepSeconds?: number | undefined;
}

const REQUEST = namesOf<ProofRequest>({ id: true, data: true, keepSeconds: true });

/** Longest time that a proof can be kept and then deleted. */
const YEAR = 366 * 24 * 3600;

const MUTATION = `mutation($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) { id } }`;
const BRIEF = `mutation($input: Upload!, $id: String!, $keepSeconds: Int) {
  initiateProof(input: $input, id: $id, keepSeconds: $keepSeconds) { id }
}`;

/**
 * Asks for a proof of what an artifact computes of an input: EZKL's `prove_hub`.
 * {@linkcode waitForProof} follows it.
 *
 * @returns the proof's id
 * @throws {HubRefusedError} where there is no such artifact, or the hub does not take the input
 * @throws {HubUnreachableError} where no hub answers; it is not asked twice where it may have taken the request
 */
export async function proveHub(request: HubAccess & ProofRequest): Promise<{ id: string }> {
  const caller = "proveHub()";
  checkAccess(caller, request, REQUEST);
  const { id, keepSeconds } = request;
  checkText(caller, "id", id);
  if (keepSeconds !== undefined && !(Number.isInteger(keepSeconds) && keepSeconds >= 0 && keepSeconds <= YEAR)) {
    throw new ArgumentError(`${caller}: keepSeconds is ${keepSeconds}, expected a whole number from 0 to ${YEAR}`);
  }
  const files = { input: dataFile(caller, "data", "input.json", request.data) };
  return await calling(caller, request, async (hub, signal) => {
    const asked: { query: string; variables: Record<string, Json> } = keepSeconds === undefined
      ? { query: MUTATION, variables: { input: null, id } }
      : { query: BRIEF, variables: { input: null, id, keepSeconds } };
    const refused = (error: unknown): never => {
      if (keepSeconds === undefined || !isUnknownField(error)) throw error;
      throw new HubRefusedError(`${caller}: ${hub.place} takes no keepSeconds; leave it out, and delete the proof`, {
        cause: error,
      });
    };
    const data = await runOperation(hub, { caller, ...asked, files, repeatable: false, signal }).catch(refused);
    const proof = data.initiateProof as { id?: unknown } | null | undefined;
    if (typeof proof?.id === "string") return { id: proof.id };
    throw new HubClientError(`${caller}: the answer of ${hub.place} holds no proof's id; is url a hub's address?`);
  });
}

/**
 * A proof as far as it is: EZKL's `get_hub_proof`.
 * @throws {HubRefusedError} where there is none of that id, or it is another organisation's
 */
export async function getHubProof(id: string, access: HubAccess): Promise<HubProof> {
  const caller = "getHubProof()";
  checkAccess(caller, access);
  checkText(caller, "id", id);
  return await calling(caller, access, (hub, signal) => askProof(caller, hub, id, PROOF_FIELDS, signal));
}

/** Proofs of one artifact, or of all of an organisation's, newest first, without the proofs' bytes. */
export async function* listHubProofs(
  options: HubAccess & PageOptions & { artifactId?: string | undefined; organizationId?: string | undefined },
): AsyncGenerator<HubProof, void> {
  const caller = "listHubProofs()";
  checkAccess(caller, options, [...PAGE_OPTIONS, "artifactId"]);
  const query = `query($artifactId: String, $organizationId: String, $first: Int, $after: String) {
    proofs(artifactId: $artifactId, organizationId: $organizationId, first: $first, after: $after) {
      nodes { ${PROOF_PROGRESS} createdAt } pageInfo { hasNextPage endCursor }
    }
  }`;
  const variables = { artifactId: options.artifactId ?? null };
  for await (const node of pages(caller, options, "proofs", query, variables)) yield proofOf(caller, node);
}

/**
 * Stops a proof that is not done, and gives it as it is then.
 * @throws {HubRefusedError} where there is none of that id
 */
export async function cancelHubProof(id: string, access: HubAccess): Promise<HubProof> {
  const data = await change("cancelHubProof()", "cancelProof", ` { ${PROOF_PROGRESS} }`, id, access);
  return proofOf("cancelHubProof()", data.cancelProof);
}

/**
 * Removes a proof with its files; one that is gone already is no error.
 * @throws {HubRefusedError} where the key may not prove
 */
export async function deleteHubProof(id: string, access: HubAccess): Promise<void> {
  await change("deleteHubProof()", "deleteProof", "", id, access, true);
}

/** A proof with the fields that are asked for, or the old contract's. */
export async function askProof(
  caller: string,
  hub: Hub,
  id: string,
  fields: string,
  signal: AbortSignal,
  patience?: number,
): Promise<HubProof> {
  return await withFields(hub, fields, PROOF_CONTRACT, async (fields) => {
    // The hosted hub's client sent the id in the text; JSON's strings are GraphQL's.
    const query = `query { getProof(id: ${JSON.stringify(id)}) { ${fields} } }`;
    const { getProof } = await runOperation(hub, {
      ...{ caller, query, variables: {}, repeatable: true, signal },
      ...(patience === undefined ? {} : { patience }),
    });
    return proofOf(caller, getProof ?? none(caller, hub, "proof", id));
  });
}
