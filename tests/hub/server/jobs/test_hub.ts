/** The parts of a hub in a temporary folder: a real PGlite, real files, a real line of jobs. */
import { calibrationJson, inputJson } from "../../../../hub/mod.ts";
import type { HubConfig } from "../../../../hub/server/config.ts";
import { openDataFolder } from "../../../../hub/server/files/data_folder.ts";
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { BossQueue, type QueueSource } from "../../../../hub/server/jobs/boss_queue.ts";
import type { LogFields } from "../../../../hub/server/log.ts";
import type { Metrics } from "../../../../hub/server/metrics.ts";
import type { Services } from "../../../../hub/server/services.ts";
import type { Database } from "../../../../hub/server/store/database.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPglite } from "../../../../hub/server/store/pglite.ts";
import { openPostgres } from "../../../../hub/server/store/postgres.ts";
import type { ArtifactRecord, ProofRecord } from "../../../../hub/server/store/records.ts";

/** Run arguments of a circuit with few rows. */
export const TINY_RUN_ARGS = JSON.stringify({
  inputScale: 4,
  paramScale: 4,
  decompBase: 64,
  decompLegs: 3,
  inputVisibility: "private",
  outputVisibility: "public",
  paramVisibility: "fixed",
});

/** What files are encrypted under where several processes share them. */
export const SHARED_SECRET: Uint8Array<ArrayBuffer> = new Uint8Array(32).fill(7);

/** A hub's settings for tests. */
export function testConfig(data: string, changes: Partial<HubConfig> = {}): HubConfig {
  return {
    host: "127.0.0.1",
    port: 0,
    data,
    databaseUrl: null,
    s3: null,
    secret: null,
    serve: false,
    work: true,
    memoryGiB: 4,
    threads: 1,
    srs: null,
    attempts: 3,
    maxUpload: 50e6,
    rate: 6000,
    cors: ["*"],
    page: null,
    introspection: false,
    serveProvingKeys: false,
    reserveBytes: 0,
    organization: "local",
    drainSeconds: 1,
    cacheBytes: 2 ** 30,
    ...changes,
  };
}

/** A stage as it was counted. */
export interface CountedStage {
  kind: string;
  stage: string;
  outcome: string;
}

/** Everything that jobs need, and what they said. */
export class TestHub implements AsyncDisposable {
  readonly services: Services;
  readonly folder: string;
  readonly organizationId: string;
  /** Stages in the order in which they ended. */
  readonly stages: CountedStage[];
  /** Lines of the log. */
  readonly lines: string[];
  readonly #close: () => Promise<void>;

  private constructor(
    services: Services,
    organizationId: string,
    stages: CountedStage[],
    lines: string[],
    close: () => Promise<void>,
  ) {
    this.services = services;
    this.folder = services.config.data;
    this.organizationId = organizationId;
    this.stages = stages;
    this.lines = lines;
    this.#close = close;
  }

  /** On PGlite in a folder. */
  static async open(changes: Partial<HubConfig> = {}): Promise<TestHub> {
    const path = await Deno.makeTempDir({ prefix: "zkgrad-jobs-" });
    const config = testConfig(path, changes);
    const folder = await openDataFolder(path, config.secret);
    const database = await openPglite(folder.db);
    return await TestHub.#over(
      config,
      folder,
      folder.secret,
      database,
      { pglite: database.pglite },
      () => folder.close(),
    );
  }

  /** On a real Postgres, with files that other processes see too. */
  static async onPostgres(url: string): Promise<TestHub> {
    const path = await Deno.makeTempDir({ prefix: "zkgrad-jobs-" });
    const config = testConfig(path, { databaseUrl: url });
    const folder = { files: `${path}/files`, tmp: `${path}/tmp` };
    for (const part of Object.values(folder)) await Deno.mkdir(part);
    const database = await openPostgres(url, { info: () => {}, warn: () => {} });
    return await TestHub.#over(config, folder, SHARED_SECRET, database, { url }, () => {});
  }

  static async #over(
    config: HubConfig,
    folder: { files: string; tmp: string },
    secret: Uint8Array<ArrayBuffer>,
    database: Database,
    source: QueueSource,
    close: () => void,
  ): Promise<TestHub> {
    const store = await openStore(database);
    const stages: CountedStage[] = [], lines: string[] = [];
    const say = (level: string) => (event: string, fields: LogFields = {}) => {
      lines.push(JSON.stringify({ level, event, ...fields }));
    };
    const log = { info: say("info"), warn: say("warn"), error: say("error") };
    const metrics: Metrics = {
      request: () => {},
      stage: (kind, stage, outcome) => void stages.push({ kind, stage, outcome }),
      text: () => Promise.resolve(""),
    };
    const queue = await BossQueue.open(source, log);
    const services = { config, store, blobs: openBlobs(config, folder, secret), queue, log, metrics };
    const { id } = await store.createOrganization("local");
    return new TestHub(services, id, stages, lines, async () => {
      await queue.stop(0);
      await store.close();
      close();
      await Deno.remove(config.data, { recursive: true });
    });
  }

  /** The same parts with other settings or others in their place. */
  with(changes: Partial<Services>, config: Partial<HubConfig> = {}): Services {
    return { ...this.services, ...changes, config: { ...this.services.config, ...config } };
  }

  async deploy(
    { onnx, samples, target = "resources", runArgs = TINY_RUN_ARGS, tolerance = 0.01, data }: {
      onnx: Uint8Array;
      samples: readonly Float32Array[];
      target?: string;
      runArgs?: string;
      tolerance?: number;
      data?: string;
    },
  ): Promise<string> {
    const { blobs, store } = this.services;
    const encoder = new TextEncoder();
    const { id } = await store.createArtifact({
      id: crypto.randomUUID(),
      organizationId: this.organizationId,
      name: "tiny",
      description: "",
      target,
      tolerance,
      runArgs,
      files: {
        "network.onnx": await blobs.put(onnx),
        "input.json": await blobs.putPrivate(encoder.encode(inputJson(samples[0]))),
        "cal_data.json": await blobs.putPrivate(encoder.encode(data ?? calibrationJson(samples))),
      },
    });
    return id;
  }

  async ask(artifactId: string, sample: Float32Array | string): Promise<string> {
    const { blobs, store } = this.services;
    const text = typeof sample === "string" ? sample : inputJson(sample);
    const record = await store.createProof({
      id: crypto.randomUUID(),
      artifactId,
      organizationId: this.organizationId,
      files: { "input.json": await blobs.putPrivate(new TextEncoder().encode(text)) },
    });
    return record!.id;
  }

  async artifact(id: string): Promise<ArtifactRecord> {
    return (await this.services.store.artifact(id, this.organizationId))!;
  }

  async proof(id: string): Promise<ProofRecord> {
    return (await this.services.store.proof(id, this.organizationId))!;
  }

  /** Waits until `test` holds of an artifact or a proof. */
  async until<T extends ArtifactRecord | ProofRecord>(
    read: () => Promise<T>,
    test: (record: T) => boolean = ({ status }) => status !== "PENDING",
    seconds = 60,
  ): Promise<T> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const record = await read();
      if (test(record)) return record;
      if (performance.now() > end) {
        throw new Error(`not so after ${seconds} s: ${JSON.stringify(record)}\n${this.lines.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** What of the data folder contains one of these texts in plain. */
  async filesWith(texts: readonly string[]): Promise<string[]> {
    const found: string[] = [], decoder = new TextDecoder("latin1");
    const walk = async (folder: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        const path = `${folder}/${name}`;
        if (isDirectory) await walk(path);
        else {
          const text = decoder.decode(await Deno.readFile(path));
          if (texts.some((each) => text.includes(each))) found.push(path);
        }
      }
    };
    await walk(this.folder);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
