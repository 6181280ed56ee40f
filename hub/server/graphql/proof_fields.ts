/**
 * A proof's fields.
 * @module
 */
import { readProof, settingsFromJson } from "../../ezkl/mod.ts";
import type { ArtifactRecord, ProofRecord } from "../store/records.ts";
import { settingsText } from "./artifact_fields.ts";
import type { HubContext } from "./context.ts";
import { type FileFields, filesOf } from "./files.ts";
import { artifactOf, countRead } from "./find.ts";
import { type LineFields, lineOf } from "./line.ts";
import { checkScope } from "./scopes.ts";

/** Reading a larger proof would keep others waiting; its owner can download it. */
const CHEAP_BYTES = 2 * 2 ** 20;

/** Resolvers of those that a record does not have as they are. */
export const proofFields = {
  waiting: (record: ProofRecord): string | null => record.waiting || null,
  createdAt: (record: ProofRecord): string => record.createdAt.toISOString(),
  updatedAt: (record: ProofRecord): string => record.updatedAt.toISOString(),
  // A proof's file has one list for each column, and there is one column.
  instances: (record: ProofRecord): string[] | null =>
    record.instances === null ? null : (JSON.parse(record.instances) as unknown[]).flat() as string[],
  timings: (record: ProofRecord): { stage: string; seconds: number }[] => {
    const seconds: Record<string, number> = record.timings === null ? {} : JSON.parse(record.timings);
    return Object.entries(seconds).map(([stage, seconds]) => ({ stage, seconds }));
  },
  artifact: async (record: ProofRecord, _args: unknown, context: HubContext): Promise<ArtifactRecord> => {
    checkScope(context.caller, "artifact", ["read"]);
    return await artifactOf(record, context);
  },
  line: async (record: ProofRecord, _args: unknown, context: HubContext): Promise<LineFields | null> =>
    await lineOf("proof", record, context),
  files: (record: ProofRecord, _args: unknown, { services: { config } }: HubContext): FileFields[] =>
    filesOf("proofs", record, config),
  outputs: async (record: ProofRecord, _args: unknown, context: HubContext): Promise<number[][] | null> => {
    checkScope(context.caller, "outputs", ["read"]);
    const file = record.files["test.pf"];
    if (file === undefined || record.status !== "SUCCESS" || file.size > CHEAP_BYTES) return null;
    const settings = await settingsText(await artifactOf(record, context), context);
    if (settings === null) return null;
    countRead(context);
    const proof = await context.services.blobs.read(file);
    return readProof(proof, settingsFromJson(settings)).outputs?.map((tensor) => Array.from(tensor)) ?? null;
  },
};
