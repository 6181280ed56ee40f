/**
 * What can be changed.
 * @module
 */
import { ConflictError, NotFoundError } from "../errors.ts";
import { removeUnused } from "../files/unused_blobs.ts";
import type { Upload } from "../upload.ts";
import type { JobRef } from "../queue.ts";
import { ARTIFACT_UPLOADS, PROOF_UPLOADS } from "../jobs/uploads.ts";
import type { ArtifactRecord, Files, ProofRecord, Status } from "../store/records.ts";
import { createApiKey, revokeApiKey } from "./api_keys.ts";
import { checkSamples } from "./check_samples.ts";
import { checkKeepSeconds, isId } from "./checks.ts";
import type { HubContext } from "./context.ts";
import { enqueue } from "./enqueue.ts";
import { findArtifact, findProof } from "./find.ts";
import { generateArtifact } from "./generate_artifact.ts";
import { keepFiles } from "./keep_files.ts";
import { described } from "../public_error.ts";
import { needing } from "./scopes.ts";
import { uploadTurns } from "./turns.ts";

interface ById {
  id: string;
}

interface ProofArgs extends ById {
  input: Upload;
  keepSeconds?: number | null;
}

/** Resolvers of the mutations. */
export const mutations = {
  ...needing("deploy", {
    generateArtifact,

    cancelArtifact: async (_: unknown, { id }: ById, context: HubContext): Promise<ArtifactRecord> => {
      const { store } = context.services;
      const artifact = await findArtifact(id, context);
      if (!await store.cancelArtifact(artifact.id, artifact.organizationId)) throw over("artifact", artifact);
      await stopJob({ kind: "artifact", id: artifact.id }, context);
      await removeUploads(ARTIFACT_UPLOADS, artifact.files, context);
      return await findArtifact(id, context);
    },

    deleteArtifact: async (_: unknown, { id }: ById, context: HubContext): Promise<boolean> => {
      const files = isId(id) ? await context.services.store.deleteArtifact(id, context.caller.organization.id) : null;
      return await deleted({ kind: "artifact", id: id.toLowerCase() }, files, context);
    },
  }),

  ...needing("prove", {
    initiateProof: async (_: unknown, args: ProofArgs, context: HubContext): Promise<ProofRecord> => {
      const keepSeconds = checkKeepSeconds(args.keepSeconds);
      const artifact = await findArtifact(args.id, context);
      if (artifact.status !== "SUCCESS") {
        const advice = artifact.status === "PENDING" ? "wait until it is SUCCESS" : "deploy the model again";
        throw new ConflictError(
          `artifact ${artifact.id} is ${artifact.status}, so nothing can be proven with it; ${advice}`,
        );
      }
      const { id: artifactId, organizationId } = artifact;
      const record = await uploadTurns.take(async () => {
        const bytes = await args.input.bytes();
        await checkSamples(bytes, "input");
        return await keepFiles([{ name: "input.json", bytes, isPrivate: true }], context, async (files) => {
          const { keyId } = context.caller;
          const proof = { id: crypto.randomUUID(), artifactId, organizationId, files, keyId, keepSeconds };
          const made = await context.services.store.createProof(proof);
          // Deleted meanwhile.
          if (made === null) throw new NotFoundError(`there is no artifact ${artifactId}`);
          return made;
        });
      });
      await enqueue({ kind: "proof", id: record.id }, context);
      return record;
    },

    cancelProof: async (_: unknown, { id }: ById, context: HubContext): Promise<ProofRecord> => {
      const { store } = context.services;
      const proof = await findProof(id, context);
      if (!await store.cancelProof(proof.id, proof.organizationId)) throw over("proof", proof);
      await stopJob({ kind: "proof", id: proof.id }, context);
      await removeUploads(PROOF_UPLOADS, proof.files, context);
      return await findProof(id, context);
    },

    deleteProof: async (_: unknown, { id }: ById, context: HubContext): Promise<boolean> => {
      const files = isId(id) ? await context.services.store.deleteProof(id, context.caller.organization.id) : null;
      return await deleted({ kind: "proof", id: id.toLowerCase() }, files, context);
    },
  }),

  createApiKey,
  revokeApiKey,
};

/** After a deletion that gave these files to remove, or null for nothing that was there. */
async function deleted(job: JobRef, files: Files[] | null, context: HubContext): Promise<boolean> {
  if (files === null) return false;
  await stopJob(job, context);
  await removeFiles(files, context);
  return true;
}

function over(what: string, { id, status }: { id: string; status: Status }): ConflictError {
  const now = status === "PENDING" ? "over by now" : status;
  return new ConflictError(`${what} ${id} is ${now}, and only what is PENDING can be cancelled`);
}

/** The record says already that the job is over, so a worker that is not reached finds out by itself. */
async function stopJob(job: JobRef, { services: { queue, log }, requestId }: HubContext): Promise<void> {
  try {
    await queue.cancel(job);
  } catch (error) {
    log.warn("job not cancelled", { requestId, job: job.kind, id: job.id, ...described(error) });
  }
}

/** What is cancelled is over for good, so nobody needs its private uploads any more. */
async function removeUploads(
  uploads: readonly string[],
  files: Files,
  { services: { blobs, log }, requestId }: HubContext,
): Promise<void> {
  for (const name of uploads.filter((name) => name in files)) {
    await blobs.remove(files[name]).catch((error) => {
      log.warn("upload not removed", { requestId, file: name, ...described(error) });
    });
  }
}

/** Removes files whose records are gone; what cannot be removed now is left to the sweep. */
async function removeFiles(files: readonly Files[], { services, requestId }: HubContext): Promise<void> {
  await removeUnused(files, services, (error) => {
    services.log.warn("file not removed", { requestId, ...described(error) });
  });
}
