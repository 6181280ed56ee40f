/**
 * A hub's settings from flags and environment.
 * @module
 */
import { parseArgs } from "node:util";
import { totalmem } from "node:os";
import { nearestName } from "../../core/base/known.ts";
import { checkSettings, type HubConfig, type S3Config } from "./config.ts";
import { ConfigError } from "./errors.ts";

/** How the hub and its workers are called. */
export interface Calls {
  /** As in `deno task hub`. */
  readonly hub: string;
  /** As in `deno task worker`. */
  readonly worker: string;
}

/** What `--help` says to those who call the program so. */
export function helpText({ hub, worker }: Calls): string {
  const call = (words: string, about: string) => `${words.padEnd(38)} ${about}`;
  return `A self-hosted EZKL hub: it takes models over GraphQL, makes their circuits and keys, and serves proofs.

${call(`${hub} [flags]`, "serve, and take jobs")}
${call(`${hub} --no-worker`, "serve only")}
${call(`${worker} [flags]`, "take jobs only")}
${call(`${hub} keys list`, "organisations and their API keys")}
${hub} keys create ORGANISATION [LABEL [SCOPES]]   scopes: deploy,prove,read, which is all
${hub} keys revoke KEY-ID
${FLAGS_HELP}`;
}

const FLAGS_HELP = `
Without DATABASE_URL everything lies in one folder, and only one process may use it.

  --host ADDRESS            address to listen at (127.0.0.1)               HOST
  --port N                  port, 0 for any (8000)                         PORT
  --data DIR                data folder (hub-data)                         ZKGRAD_HUB_DATA
  --organization NAME       organisation made at the first start (local)
  --memory GIB              memory for jobs (two thirds of the machine's)  ZKGRAD_HUB_MEMORY
  --threads N               threads of the prover (as many as cores)
  --srs PLACE               a ceremony's reference string, file or address with {k} for the
                            logrows (default: a test string, which proves nothing to others)
  --attempts N              attempts before a job is given up (3)
  --max-upload MB           largest upload, all its files together (50)
  --rate N                  requests a minute for each key (6000)
  --cors ORIGINS            origins of browsers, with commas between them (*)  CORS_ORIGINS
  --introspection           let clients ask for the schema
  --serve-proving-keys      let owners download proving keys
  --reserve MB              disk that must stay free; below it uploads are refused (256)
  --cache MB                disk for downloaded keys (4096)
  --page FOLDER             what deno task page built, for browsers (out/page, where it is)
  --drain SECONDS           wait for running jobs at the end (30)
  --no-worker               take no jobs
  --help, -h                this text

  DATABASE_URL              postgres://user:password@host:port/database
  S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY
  ZKGRAD_HUB_SECRET         64 hex digits that private files are encrypted under: the same for all
                            processes of a hub (default with --data: made in secret.key)
`;

/** The flags. */
export const FLAGS = {
  host: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  organization: { type: "string" },
  memory: { type: "string" },
  threads: { type: "string" },
  srs: { type: "string" },
  attempts: { type: "string" },
  "max-upload": { type: "string" },
  rate: { type: "string" },
  cors: { type: "string" },
  introspection: { type: "boolean" },
  "serve-proving-keys": { type: "boolean" },
  reserve: { type: "string" },
  cache: { type: "string" },
  drain: { type: "string" },
  page: { type: "string" },
  "no-worker": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const MIB = 2 ** 20;

/** What was asked for on the command line. */
export interface HubCommand {
  /** `hub`, `worker` or `keys`; `help` prints the help. */
  name: "hub" | "worker" | "keys" | "help";
  /** What follows it. */
  args: string[];
  /** The settings. */
  config: HubConfig;
}

/**
 * Settings nobody named; `changes` win.
 * @throws {ArgumentError} for a setting that no hub has
 */
export function defaultConfig(changes: Partial<HubConfig> = {}): HubConfig {
  checkSettings("defaultConfig()", changes);
  return {
    host: "127.0.0.1",
    port: 8000,
    data: "hub-data",
    databaseUrl: null,
    s3: null,
    secret: null,
    serve: true,
    work: true,
    memoryGiB: Math.max(1, Math.floor(totalmem() / 2 ** 30 * 2 / 3)),
    threads: null,
    srs: null,
    attempts: 3,
    maxUpload: 50 * MIB,
    rate: 6000,
    cors: ["*"],
    introspection: false,
    serveProvingKeys: false,
    reserveBytes: 256 * MIB,
    organization: "local",
    drainSeconds: 30,
    cacheBytes: 4096 * MIB,
    page: null,
    ...changes,
  };
}

/**
 * Reads the command line and the environment.
 * @throws {ConfigError} naming the flag or variable, what was given and what is expected
 */
export function parseCommand(args: readonly string[], env: (name: string) => string | undefined): HubCommand {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: true });
  } catch (error) {
    const { message } = error as Error;
    const meant = nearestName(/^Unknown option '-*([^']*)'/.exec(message)?.[1] ?? "", Object.keys(FLAGS));
    const hint = meant === undefined ? ";" : `, did you mean --${meant}?`;
    throw new ConfigError(`${message.split(". To")[0]}${hint} --help lists the flags`);
  }
  const { values: flags, positionals } = parsed;
  const name = flags.help ? "help" : positionals[0] ?? "hub";
  if (name !== "hub" && name !== "worker" && name !== "keys" && name !== "help") {
    throw new ConfigError(`"${name}" is no command; expected hub, worker or keys, and --help lists the flags`);
  }
  const base = defaultConfig();
  const databaseUrl = env("DATABASE_URL") || null;
  if (databaseUrl !== null && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new ConfigError("DATABASE_URL does not begin with postgres://; give postgres://user:password@host:port/name");
  }
  const config: HubConfig = {
    ...base,
    host: flags.host ?? env("HOST") ?? base.host,
    port: whole("--port", flags.port ?? env("PORT"), base.port, 0, 65535),
    data: flags.data ?? env("ZKGRAD_HUB_DATA") ?? base.data,
    databaseUrl,
    s3: s3Of(env),
    secret: secretOf(env("ZKGRAD_HUB_SECRET")),
    serve: name === "hub",
    work: name === "worker" || (name === "hub" && !flags["no-worker"]),
    memoryGiB: whole("--memory", flags.memory ?? env("ZKGRAD_HUB_MEMORY"), base.memoryGiB, 1),
    threads: flags.threads === undefined ? null : whole("--threads", flags.threads, 1, 1),
    srs: flags.srs ?? null,
    attempts: whole("--attempts", flags.attempts, base.attempts, 1),
    maxUpload: whole("--max-upload", flags["max-upload"], base.maxUpload / MIB, 1) * MIB,
    rate: whole("--rate", flags.rate, base.rate, 1),
    cors: originsOf(flags.cors ?? env("CORS_ORIGINS")) ?? base.cors,
    introspection: flags.introspection === true,
    serveProvingKeys: flags["serve-proving-keys"] === true,
    reserveBytes: whole("--reserve", flags.reserve, base.reserveBytes / MIB, 0) * MIB,
    organization: flags.organization ?? base.organization,
    drainSeconds: whole("--drain", flags.drain, base.drainSeconds, 0),
    cacheBytes: whole("--cache", flags.cache, base.cacheBytes / MIB, 0) * MIB,
    page: flags.page ?? "out/page",
  };
  if (databaseUrl === null && (name === "worker" || flags["no-worker"])) {
    throw new ConfigError(
      "The embedded database belongs to one process; set DATABASE_URL to a Postgres to run workers of their own",
    );
  }
  if (config.s3 === null && (name === "worker" || flags["no-worker"])) {
    throw new ConfigError(
      "Files in a folder belong to one process; set S3_ENDPOINT and its kin, for processes that share a Postgres to " +
        "share files too",
    );
  }
  return { name, args: positionals.slice(1), config };
}

function whole(name: string, text: string | undefined, otherwise: number, least: number, most = 2 ** 31): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new ConfigError(`${name} is "${text}"; expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function originsOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const origins = text.split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
  for (const origin of origins) {
    if (origin !== "*" && URL.parse(origin)?.origin !== origin) {
      throw new ConfigError(`--cors names "${origin}"; expected * or an origin such as https://example.org`);
    }
  }
  return origins;
}

function secretOf(text: string | undefined): Uint8Array<ArrayBuffer> | null {
  if (!text) return null;
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new ConfigError("ZKGRAD_HUB_SECRET is not 64 hex digits; make one with: openssl rand -hex 32");
  }
  return Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16));
}

function s3Of(env: (name: string) => string | undefined): S3Config | null {
  const names = ["S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const;
  const [endpoint, bucket, accessKeyId, secretAccessKey] = names.map((name) => env(name) || undefined);
  const missing = names.filter((name) => !env(name));
  if (missing.length === names.length) return null;
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) {
    throw new ConfigError(`${missing.join(" and ")} must be set too, for files to go to S3-compatible storage`);
  }
  return { endpoint, bucket, region: env("S3_REGION") ?? "us-east-1", accessKeyId, secretAccessKey };
}
