/**
 * Artifacts and proofs from a hub's answers, which may be another program's.
 * @module
 */
import { HubClientError } from "./errors.ts";
import type { Data } from "./graphql.ts";
import type { HubArtifact, HubFile, HubPrice, HubProof, HubRecord, HubSrs } from "./records.ts";

/** An artifact in an answer. */
export function artifactOf(caller: string, value: unknown): HubArtifact {
  const data = objectOf(caller, value, "an artifact");
  return {
    ...recordOf(caller, data),
    name: text(data.name) ?? "",
    ...given({
      description: text(data.description),
      target: text(data.target),
      settings: text(data.settings),
      price: isObject(data.price) ? priceOf(data.price) : undefined,
      report: text(data.report),
      srs: isObject(data.srs) ? srsOf(data.srs) : undefined,
    }),
  };
}

/** A proof in an answer. */
export function proofOf(caller: string, value: unknown): HubProof {
  const data = objectOf(caller, value, "a proof");
  const artifact = isObject(data.artifact) ? data.artifact : {};
  return {
    ...recordOf(caller, data),
    artifact: { id: text(artifact.id) ?? "", name: text(artifact.name) ?? "" },
    proof: text(data.proof) ?? null,
    instances: columnsOf(data.instances),
    transcriptType: text(data.transcriptType) ?? null,
    ...given({ timings: timingsOf(data.timings), outputs: floatsOf(data.outputs) }),
  };
}

function recordOf(caller: string, data: Data): HubRecord {
  const id = text(data.id);
  if (id === undefined) throw new HubClientError(`${caller}: the hub's answer has no id; is url a hub's address?`);
  return {
    id,
    // A proof of the old contract is asked for without its status at first.
    status: text(data.status) ?? "PENDING",
    errors: sentencesOf(data.errors),
    ...given({
      stage: text(data.stage),
      progress: number(data.progress),
      waiting: text(data.waiting),
      files: Array.isArray(data.files) ? data.files.filter(isFile) : undefined,
      createdAt: text(data.createdAt),
      updatedAt: text(data.updatedAt),
    }),
  };
}

function sentencesOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : value === null || value === undefined || value === "" ? [] : [value];
  return list.map((item) => typeof item === "string" ? item : JSON.stringify(item));
}

/** The hosted hub's type for the public values is not known: a list, a list of lists, or the JSON of either. */
function columnsOf(value: unknown): string[][] | null {
  const json = typeof value === "string" ? parsed(value) : value;
  if (!Array.isArray(json)) return null;
  const columns: unknown[] = json.every((item) => typeof item === "string") ? [json] : json;
  const isColumn = (column: unknown): column is string[] =>
    Array.isArray(column) && column.every((item) => typeof item === "string");
  return columns.every(isColumn) ? columns : null;
}

function timingsOf(value: unknown): Record<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.filter(isObject).map(({ stage, seconds }) => [text(stage), number(seconds)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => !entry.includes(undefined)));
}

function priceOf(data: Data): HubPrice | undefined {
  const names: (keyof HubPrice)[] = [
    "cells",
    "rows",
    "logrows",
    "adviceColumns",
    "fixedColumns",
    "pkBytes",
    "heapBytes",
    "secondsKeys",
    "secondsProof",
  ];
  return names.every((name) => typeof data[name] === "number") ? data as unknown as HubPrice : undefined;
}

function floatsOf(value: unknown): number[][] | undefined {
  const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isFinite);
  return Array.isArray(value) && value.every(isList) ? value : undefined;
}

function srsOf({ origin, logrows, unsafe }: Data): HubSrs {
  return { origin: text(origin) ?? "unknown", logrows: number(logrows) ?? 0, unsafe: unsafe !== false };
}

function isFile(value: unknown): value is HubFile {
  return isObject(value) && typeof value.name === "string" && typeof value.size === "number" &&
    typeof value.sha256 === "string" && (typeof value.url === "string" || value.url === null);
}

function objectOf(caller: string, value: unknown, what: string): Data {
  if (isObject(value)) return value;
  throw new HubClientError(
    `${caller}: the hub's answer holds no ${what.replace(/^an? /, "")}; is url a hub's address?`,
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function given<T extends object>(values: { [name in keyof T]: T[name] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function isObject(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
