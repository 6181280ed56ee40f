/**
 * A hub put together: database, files, queue, HTTP and worker, started and ended as one.
 * @module
 */
import { checkSettings, type HubConfig } from "./config.ts";
import { ConfigError } from "./errors.ts";
import { type DataFolder, openDataFolder } from "./files/data_folder.ts";
import { openKeyCache } from "./files/key_cache.ts";
import { openBlobs } from "./files/open_blobs.ts";
import { SecretBox } from "./files/secret_box.ts";
import { WarmCache } from "./files/warm_cache.ts";
import { type RunningServer, serve } from "./http/serve.ts";
import { BossQueue } from "./jobs/boss_queue.ts";
import { Sweep } from "./jobs/sweep.ts";
import { Worker } from "./jobs/worker.ts";
import { Ledger } from "./ledger.ts";
import { jsonLog, type Log } from "./log.ts";
import { defaultConfig } from "./options.ts";
import { prometheus } from "./prometheus.ts";
import type { Services } from "./services.ts";
import type { Store } from "./store/store.ts";
import { Upkeep } from "./upkeep.ts";

/** Seconds that a request waits for a storage that does not answer, and that a job does. */
const PATIENCE = { request: 10, job: 180 };

/** A hub that runs. */
export interface Hub extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8000`; empty where it only works. */
  readonly url: string;
  /** Name of the organisation that the settings name, made at the first start. */
  readonly organization: string;
  /** The API key that was made at this start, because there was no organisation yet; it is shown nowhere else. */
  readonly apiKey: string | null;
  /** A new API key of that organisation. Earlier ones of the same label open nothing any more. */
  renewKey(label: string): Promise<string>;
  /** Takes no more requests and jobs, waits for those under way as long as the settings say, and ends. */
  stop(): Promise<void>;
}

/**
 * Starts a hub.
 * @throws {ArgumentError} for a setting that no hub has
 * @throws {DataFolderBusyError} where another process uses the data folder
 * @throws {ConfigError} where the settings do not go together
 */
export async function startHub(settings: Partial<HubConfig> = {}, log: Log = jsonLog()): Promise<Hub> {
  checkSettings("startHub()", settings);
  const config = defaultConfig(settings);
  await using parts = new AsyncDisposableStack();
  const folder = await openDataFolder(config.data, config.secret);
  parts.defer(() => folder.close());
  const ledger = await Ledger.open(config, folder, log);
  const { store } = ledger;
  parts.use(ledger);
  await checkSecret(folder, store);
  const queue = await BossQueue.open(ledger.queueSource, log);
  parts.defer(() => queue.stop(config.drainSeconds));
  const blobs = openBlobs(config, folder, folder.secret, { patience: PATIENCE.request });
  parts.defer(() => blobs.close());
  await blobs.check();
  const services: Services = { config, store, blobs, queue, log, metrics: prometheus({ store, queue }) };
  const apiKey = await firstKey(store, config.organization);

  const upkeep = new Upkeep(services, folder);
  parts.use(upkeep);
  upkeep.start();
  const sweep = new Sweep(services);
  parts.defer(() => sweep.stop());
  await sweep.start();
  if (config.work) {
    const patient = openBlobs(config, folder, folder.secret, { patience: PATIENCE.job });
    parts.defer(() => patient.close());
    const worker = new Worker({ ...services, blobs: patient }, {
      keys: new WarmCache(openKeyCache(config, folder, patient)),
      outageSeconds: PATIENCE.job,
    });
    parts.defer(() => worker.stop(config.drainSeconds));
    await worker.start();
  }
  let server: RunningServer | null = null;
  if (config.serve) {
    const running = server = serve(services, folder);
    parts.defer(() => running.stop(config.drainSeconds));
  }
  const url = server?.url ?? "";
  log.info("started", {
    url,
    database: config.databaseUrl === null ? "embedded" : "postgres",
    files: config.s3 === null ? "folder" : "s3",
    work: config.work,
    memoryGiB: config.memoryGiB,
  });
  const ending = parts.move();
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => stopped ??= ending.disposeAsync().then(() => log.info("stopped"));
  const { organization } = config;
  const renew = (label: string) => renewKey(store, organization, label);
  return { url, organization, apiKey, renewKey: renew, stop, [Symbol.asyncDispose]: stop };
}

/** Processes with another secret could not read each other's private files. */
async function checkSecret({ secret }: DataFolder, store: Store): Promise<void> {
  const own = await new SecretBox(secret).fingerprint();
  if (await store.agree("secret", own) === own) return;
  throw new ConfigError(
    "The secret is not the one that this hub's files are encrypted under; set ZKGRAD_HUB_SECRET to what it was, or " +
      "restore secret.key from a back-up",
  );
}

async function renewKey(store: Store, organization: string, label: string): Promise<string> {
  const { id } = await store.organizationByName(organization) ?? await store.createOrganization(organization);
  for (const key of await store.apiKeys(id)) {
    if (key.label === label && key.revokedAt === null) await store.revokeApiKey(key.id);
  }
  return await store.createApiKey(id, label);
}

/** The first start makes an organisation and a key for it. */
async function firstKey(store: Store, organization: string): Promise<string | null> {
  if ((await store.organizations()).length > 0) return null;
  const { id } = await store.createOrganization(organization);
  return await store.createApiKey(id, "first");
}
