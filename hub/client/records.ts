/**
 * What a hub tells of artifacts and proofs, and which fields are asked for.
 * @module
 */
import { HubClientError } from "./errors.ts";
import type { Data } from "./graphql.ts";

/** `PENDING` until it is another, for good; a hub of the old contract may say other words than these. */
export type HubStatus = "PENDING" | "SUCCESS" | "FAILED" | "CANCELLED" | (string & Record<never, never>);

/** A file that a hub keeps. */
export interface HubFile {
  /** Its name, such as `key.vk`. */
  name: string;
  /** Bytes. */
  size: number;
  /** SHA-256, in lower-case hexadecimal. */
  sha256: string;
  /** Where it can be fetched, seen from the hub's address; null where the operator does not give it out. */
  url: string | null;
}

/** What a circuit costs. */
export interface HubPrice {
  /** Cells of the layout. */
  cells: number;
  /** Rows of cells. */
  rows: number;
  /** log2 of the rows of the grid. */
  logrows: number;
  /** Columns that the prover fills. */
  adviceColumns: number;
  /** Columns that the keys fix. */
  fixedColumns: number;
  /** Bytes of the proving key. */
  pkBytes: number;
  /** Bytes of memory that keys and proofs take. */
  heapBytes: number;
  /** Seconds on one thread that both keys take. */
  secondsKeys: number;
  /** Seconds on one thread that a proof takes. */
  secondsProof: number;
}

/** The reference string that keys were made with. */
export interface HubSrs {
  /** Where it comes from: `ceremony`, `unsafe` or `unknown`, as `describeSrs` says. */
  origin: string;
  /** Its k. */
  logrows: number;
  /** Whether proofs made with it prove nothing to others. */
  unsafe: boolean;
}

/** What is told of artifacts and proofs alike. */
export interface HubRecord {
  /** Under this the hub knows it. */
  id: string;
  /** Whether it is done. */
  status: HubStatus;
  /** Why it failed: sentences. */
  errors: string[];
  /** Step that it is at, or ended at; not told by hubs of the old contract, as all that may be absent. */
  stage?: string;
  /** Share of that step that is done, 0 to 1. */
  progress?: number;
  /** Why it waits; empty where it does not. */
  waiting?: string;
  /** Its files. */
  files?: HubFile[];
  /** When it was made, in ISO 8601. */
  createdAt?: string;
  /** When anything of it changed last, in ISO 8601. */
  updatedAt?: string;
}

/** A deployed model. */
export interface HubArtifact extends HubRecord {
  /** Given by the user. */
  name: string;
  /** Given by the user. */
  description?: string;
  /** What calibration aims at. */
  target?: string;
  /** The chosen `settings.json`, once calibration is done; read it with `settingsFromJson`. */
  settings?: string;
  /** What the circuit costs, once it is known. */
  price?: HubPrice;
  /** How calibration chose: JSON. */
  report?: string;
  /** The reference string of its keys, once they are made. */
  srs?: HubSrs;
}

/** A proof that was asked for. */
export interface HubProof extends HubRecord {
  /** Of which artifact. */
  artifact: { id: string; name: string };
  /** The proof's bytes in hexadecimal with 0x; null until it is done. */
  proof: string | null;
  /** The public values, as the proof file has them; null until it is done. */
  instances: string[][] | null;
  /** How the verifier's challenges are drawn, `EVM`; null until it is done. */
  transcriptType: string | null;
  /** Seconds by step. */
  timings?: Record<string, number>;
  /** The public outputs as floats, decoded by the hub; what is proven, `readProof` shows. */
  outputs?: number[][];
}

/** Fields that every hub knows. */
export const ARTIFACT_CONTRACT = "id name status errors";
/** Fields that show how far it is. */
export const ARTIFACT_PROGRESS = `${ARTIFACT_CONTRACT} stage progress waiting updatedAt`;
/** All fields. */
export const ARTIFACT_FIELDS = `${ARTIFACT_PROGRESS} description target settings
  price { cells rows logrows adviceColumns fixedColumns pkBytes heapBytes secondsKeys secondsProof } report
  srs { origin logrows unsafe } files { name size sha256 url } createdAt`;

/** Fields that every hub knows. */
export const PROOF_CONTRACT = "id artifact { id name } status proof instances transcriptType";
/** Fields that show how far it is. */
export const PROOF_PROGRESS = "id artifact { id name } status errors stage progress waiting updatedAt";
/** All fields. */
export const PROOF_FIELDS = `${PROOF_CONTRACT} errors stage progress waiting timings { stage seconds } outputs
  files { name size sha256 url } createdAt updatedAt`;

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

/** Whether a record will not change any more. */
export function isOver({ status }: HubRecord): boolean {
  return status !== "PENDING";
}

/** Whether it ended well. A hub of the old contract may have a word of its own for that. */
export function isGood({ status, errors }: HubRecord): boolean {
  return status === "SUCCESS" ||
    (errors.length === 0 && !/fail|error|cancel|abort/i.test(status) && status !== "PENDING");
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
