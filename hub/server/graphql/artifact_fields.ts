/**
 * An artifact's fields.
 * @module
 */
import type { ArtifactRecord } from "../store/records.ts";
import { countRead } from "./find.ts";
import type { HubContext } from "./context.ts";
import { type FileFields, filesOf } from "./files.ts";
import { type LineFields, lineOf } from "./line.ts";
import { type ModelInput, modelInputs } from "./model_inputs.ts";
import { checkScope } from "./scopes.ts";
import type { Price } from "../../ezkl/mod.ts";

/** What a circuit costs, as GraphQL has it. */
interface PriceFields extends Pick<Price, "cells" | "rows" | "logrows" | "adviceColumns" | "fixedColumns"> {
  pkBytes: number;
  heapBytes: number;
  secondsKeys: number;
  secondsProof: number;
}

/** Resolvers of those that a record does not have as they are. */
export const artifactFields = {
  waiting: (record: ArtifactRecord): string | null => record.waiting || null,
  createdAt: (record: ArtifactRecord): string => record.createdAt.toISOString(),
  updatedAt: (record: ArtifactRecord): string => record.updatedAt.toISOString(),
  srs: (record: ArtifactRecord): unknown => record.srs === null ? null : JSON.parse(record.srs),
  price: (record: ArtifactRecord): PriceFields | null => {
    if (record.price === null) return null;
    const price: Price = JSON.parse(record.price);
    return { ...price, secondsKeys: price.seconds.keys, secondsProof: price.seconds.proof };
  },
  files: (record: ArtifactRecord, _args: unknown, { services: { config } }: HubContext): FileFields[] =>
    filesOf("artifacts", record, config),
  settings: async (record: ArtifactRecord, _args: unknown, context: HubContext): Promise<string | null> => {
    // What a mutation answers with is the record alone, so a key that may only deploy or prove reads no file.
    checkScope(context.caller, "settings", ["read"]);
    return await settingsText(record, context);
  },
  line: async (record: ArtifactRecord, _args: unknown, context: HubContext): Promise<LineFields | null> =>
    await lineOf("artifact", record, context),
  inputs: async (record: ArtifactRecord, _args: unknown, context: HubContext): Promise<ModelInput[]> => {
    checkScope(context.caller, "inputs", ["read"]);
    return await modelInputs(record, context);
  },
};

/** The text of an artifact's settings.json, or null where there is none yet. */
export async function settingsText(record: ArtifactRecord, context: HubContext): Promise<string | null> {
  const file = record.files["settings.json"];
  if (file === undefined) return null;
  countRead(context);
  return new TextDecoder().decode(await context.services.blobs.read(file));
}
