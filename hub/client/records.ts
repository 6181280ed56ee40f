/**
 * What a hub tells of artifacts and proofs.
 * @module
 */

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
  /** How calibration chose: the JSON of a {@linkcode CalibrationReport}. */
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

/** Whether a record will not change any more. */
export function isOver({ status }: HubRecord): boolean {
  return status !== "PENDING";
}

/** Whether it ended well. A hub of the old contract may have a word of its own for that. */
export function isGood({ status, errors }: HubRecord): boolean {
  return status === "SUCCESS" ||
    (errors.length === 0 && !/fail|error|cancel|abort/i.test(status) && status !== "PENDING");
}
