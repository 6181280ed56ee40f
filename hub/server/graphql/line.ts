/**
 * Where a job stands and how long it will take, as far as anybody can tell.
 * @module
 */
import type { Price } from "../../ezkl/mod.ts";
import { WORKER_SECONDS } from "../jobs/memory.ts";
import type { ArtifactRecord, ProofRecord } from "../store/records.ts";
import type { HubContext } from "./context.ts";
import { artifactOf } from "./find.ts";

/** A place in the line as GraphQL has it. */
export interface LineFields {
  /** Jobs before it. */
  ahead: number;
  /** Seconds until it is done. */
  expectedSeconds: number | null;
}

/** The place of a record's job; null once it is over. */
export async function lineOf(
  kind: "artifact" | "proof",
  record: ArtifactRecord | ProofRecord,
  context: HubContext,
): Promise<LineFields | null> {
  if (record.status !== "PENDING") return null;
  const { store } = context.services;
  const [line, workers] = await Promise.all([store.line(kind, record.id), store.workers(WORKER_SECONDS)]);
  if (line === null) return null;
  const { ahead, running, own, before } = line;
  const seconds = own ?? await priced(record, context);
  // What waits for something else than its turn is done nobody knows when.
  const known = seconds !== null && before !== null && workers.length > 0 && record.waiting === "";
  return {
    ahead,
    expectedSeconds: known ? Math.max(0, seconds - (running ?? 0)) + before / workers.length : null,
  };
}

/** Seconds by the circuit's price on one thread, where no job like this was done yet. */
async function priced(record: ArtifactRecord | ProofRecord, context: HubContext): Promise<number | null> {
  const isProof = "artifactId" in record;
  const { price } = isProof ? await artifactOf(record, context) : record;
  if (price === null) return null;
  const { seconds } = JSON.parse(price) as Price;
  return isProof ? seconds.proof : seconds.keys;
}
