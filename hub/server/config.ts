/**
 * What an operator sets.
 * @module
 */
import { checkOptions, namesOf } from "../../core/base/known.ts";

/** A hub's settings, each with a flag and an environment variable. */
export interface HubConfig {
  /** Address to listen at. `--host`, HOST (127.0.0.1). */
  host: string;
  /** Port, 0 for any. `--port`, PORT (8000). */
  port: number;
  /** Folder of the embedded database and files, and of a worker's cache. `--data`, ZKGRAD_HUB_DATA (hub-data). */
  data: string;
  /** A real Postgres, or null for the embedded one. DATABASE_URL. */
  databaseUrl: string | null;
  /** S3-compatible storage, or null for files under `data`. */
  s3: S3Config | null;
  /** 32 bytes that private files are encrypted under. ZKGRAD_HUB_SECRET (64 hex digits), or made in `data`/secret.key. */
  secret: Uint8Array<ArrayBuffer> | null;
  /** Whether this process serves HTTP. */
  serve: boolean;
  /** Whether this process takes jobs. `--no-worker`. */
  work: boolean;
  /** GiB of memory for jobs. `--memory`, ZKGRAD_HUB_MEMORY (two thirds of the machine's, at least 1). */
  memoryGiB: number;
  /** Engine threads. `--threads` (as many as cores). */
  threads: number | null;
  /** A ceremony's reference string: file path or address with {k}, or null for an unsafe test string. `--srs`. */
  srs: string | null;
  /** Attempts before a job is given up. */
  attempts: number;
  /** Largest upload, all parts together, in bytes. `--max-upload` MB (50). */
  maxUpload: number;
  /** Requests a minute for each key. `--rate` (6000). */
  rate: number;
  /** Origins that browsers may come from; "*" for all. `--cors`, CORS_ORIGINS (*). */
  cors: string[];
  /** Whether the schema may be asked for. `--introspection` (false). */
  introspection: boolean;
  /** Whether the proving key may be downloaded. `--serve-proving-keys` (false). */
  serveProvingKeys: boolean;
  /** Bytes of disk that must stay free; below it uploads are refused. (256 MiB) */
  reserveBytes: number;
  /** Name of the organisation that is made at the first start. `--organization` (local). */
  organization: string;
  /** Seconds that a drain waits for running jobs. (30) */
  drainSeconds: number;
  /** Bytes that a worker keeps of downloaded keys. (4 GiB) */
  cacheBytes: number;
  /** Folder of the built page, which browsers are shown; null for none. `--page` (out/page) */
  page: string | null;
}

/** Where S3-compatible storage is. */
export interface S3Config {
  /** S3_ENDPOINT. */
  endpoint: string;
  /** S3_BUCKET. */
  bucket: string;
  /** S3_REGION (us-east-1). */
  region: string;
  /** S3_ACCESS_KEY_ID. */
  accessKeyId: string;
  /** S3_SECRET_ACCESS_KEY. */
  secretAccessKey: string;
}

const SETTINGS = namesOf<HubConfig>({
  host: true,
  port: true,
  data: true,
  databaseUrl: true,
  s3: true,
  secret: true,
  serve: true,
  work: true,
  memoryGiB: true,
  threads: true,
  srs: true,
  attempts: true,
  maxUpload: true,
  rate: true,
  cors: true,
  introspection: true,
  serveProvingKeys: true,
  reserveBytes: true,
  organization: true,
  drainSeconds: true,
  cacheBytes: true,
  page: true,
});
const S3_SETTINGS = namesOf<S3Config>({
  endpoint: true,
  bucket: true,
  region: true,
  accessKeyId: true,
  secretAccessKey: true,
});

/**
 * Refuses settings that no hub has; `where` begins the error.
 * @throws {ArgumentError} naming the setting, and the nearest one that there is
 */
export function checkSettings(where: string, settings: Partial<HubConfig>): void {
  checkOptions(where, settings, SETTINGS);
  checkOptions(`${where}: s3`, settings.s3 ?? {}, S3_SETTINGS);
}
