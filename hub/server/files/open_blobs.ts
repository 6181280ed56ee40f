/**
 * The hub's files, where the settings say that they are.
 * @module
 */
import type { HubConfig } from "../config.ts";
import type { Bytes } from "./byte_streams.ts";
import type { DataFolder } from "./data_folder.ts";
import { FolderStorage } from "./folder_storage.ts";
import { S3Storage } from "./s3_storage.ts";
import { SecretBox } from "./secret_box.ts";
import type { Storage } from "./storage.ts";
import { StoredBlobs } from "./stored_blobs.ts";

/** How blobs are opened. */
export interface BlobOptions {
  /** Seconds that a storage may not answer before a call fails: few for a request, many for a job (10). */
  patience?: number;
}

/** Opens the files in S3 where it is set, or in the data folder. Nothing is asked of S3 before the first call. */
export function openBlobs(
  config: Pick<HubConfig, "s3">,
  folder: Pick<DataFolder, "files" | "tmp">,
  secret: Bytes,
  options: BlobOptions = {},
): StoredBlobs {
  return new StoredBlobs(openStorage(config, folder, options), new SecretBox(secret), folder.tmp);
}

/** The storage beneath the blobs, for sweeping it. */
export function openStorage(
  config: Pick<HubConfig, "s3">,
  folder: Pick<DataFolder, "files" | "tmp">,
  { patience = 10 }: BlobOptions = {},
): Storage {
  return config.s3 ? new S3Storage(config.s3, patience) : new FolderStorage(folder.files, folder.tmp);
}
