/**
 * Which files of a record its owner is told of, and which are given out.
 * @module
 */
import type { HubConfig } from "../config.ts";
import { type FileRef, type Files, NEVER_TOLD } from "../store/records.ts";

/** A file as GraphQL has it. */
export interface FileFields {
  /** Its name. */
  name: string;
  /** Bytes. */
  size: number;
  /** In hexadecimal. */
  sha256: string;
  /** Where it is, relative to the hub's address. */
  url: string | null;
}

/** A record's file, or null where there is none of that name that anybody may know of. */
export function fileOf(files: Files, name: string): FileRef | null {
  return !NEVER_TOLD.includes(name) && Object.hasOwn(files, name) ? files[name] : null;
}

/** Whether the operator gives this file out. */
export function isGivenOut(name: string, config: HubConfig): boolean {
  return name !== "key.pk" || config.serveProvingKeys;
}

/** The files of a record. */
export function filesOf(
  kind: "artifacts" | "proofs",
  { id, files }: { id: string; files: Files },
  config: HubConfig,
): FileFields[] {
  return Object.keys(files).toSorted().flatMap((name) => {
    const file = fileOf(files, name);
    if (file === null) return [];
    const url = isGivenOut(name, config) ? `/${kind}/${id}/${name}` : null;
    return [{ name, size: file.size, sha256: file.sha256, url }];
  });
}
