/** A hub as it runs somewhere: real processes with folders of their own, over one database and one place for files. */
import { dirname } from "node:path";
import {
  createHubArtifact,
  Engine,
  type HubAddress,
  proveHub,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { openDataFolder } from "../../../hub/server/files/data_folder.ts";
import { openStorage } from "../../../hub/server/files/open_blobs.ts";
import type { Storage } from "../../../hub/server/files/storage.ts";
import type { Database } from "../../../hub/server/store/database.ts";
import { openStore } from "../../../hub/server/store/open_store.ts";
import { openPglite } from "../../../hub/server/store/pglite.ts";
import { openPostgres } from "../../../hub/server/store/postgres.ts";
import { TestPostgres } from "../server/postgres.ts";
import { TestS3 } from "../server/s3.ts";
import { beginAudit } from "./audit.ts";
import { Line } from "./line.ts";
import { Member, sleep } from "./member.ts";
import { type Model, modelOf, secretInput } from "./models.ts";

/** One job at a time on one thread, and every byte of the disk. */
const FLAGS = ["--threads", "1", "--memory", "4", "--reserve", "0", "--drain", "5"];

/** Milliseconds that a hub may take to start on a busy machine. */
const PATIENCE = 120_000;

const SILENT = { info() {}, warn() {} };

/** What a client was told. */
export interface Acknowledged {
  /** Artifacts, with the model. */
  artifacts: Map<string, Model>;
  /** Proofs, each with its artifact. */
  proofs: Map<string, string>;
}

/** How a system is made. */
export interface SystemOptions {
  /** Whether it is on Postgres and S3, or embedded. */
  shared: boolean;
  /** Data folder of the hub; otherwise one of its own. */
  data?: string;
  /** Flags of every process, beside the usual ones. */
  flags?: string[];
}

/** Processes, and what they were asked for. */
export class System implements AsyncDisposable {
  /** The real Postgres; there is none where it is embedded. */
  readonly postgres: TestPostgres | null;
  /** The S3 server; there is none where it is embedded. */
  readonly s3: TestS3 | null;
  /** What the processes reach the S3 server through. */
  readonly line: Line | null;
  /** What clients need. */
  readonly credentials: HubAddress;
  /** What the hub has taken. */
  readonly acknowledged: Acknowledged = { artifacts: new Map(), proofs: new Map() };
  /** For checking proofs. */
  readonly engine: Engine = new Engine({ threads: 1 });
  /** Everything of these processes that is not in the database or in S3. */
  readonly root: string;
  readonly #data: string;
  readonly #flags: string[];
  readonly #secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #members = new Set<Member>();
  #models = Math.floor(Math.random() * 1e9);

  private constructor(root: string, options: SystemOptions, postgres: TestPostgres | null, s3: TestS3 | null) {
    this.root = root;
    this.postgres = postgres;
    this.s3 = s3;
    this.line = s3 && new Line(Number(new URL(s3.config.endpoint).port));
    this.#data = options.data ?? `${root}/hub`;
    this.#flags = [...FLAGS, ...options.flags ?? []];
    this.credentials = { url: `http://127.0.0.1:${freePort()}`, apiKey: "", organizationId: "" };
  }

  /** Makes the database and the place for files; nothing runs yet but their servers. */
  static async open(options: SystemOptions): Promise<System> {
    const root = await Deno.makeTempDir({ prefix: "zkgrad-faults-" });
    const [postgres, s3] = options.shared
      ? await Promise.all([TestPostgres.create(), TestS3.create()])
      : [null, null] as const;
    const system = new System(root, options, postgres, s3);
    try {
      await system.atRest(async (database) => {
        const store = await openStore(database);
        const { id } = await store.createOrganization("local");
        system.credentials.organizationId = id;
        system.credentials.apiKey = await store.createApiKey(id, "faults");
        await beginAudit(database);
        await store.close();
      });
      return system;
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Every process that was started and has not ended. */
  get members(): Member[] {
    return [...this.#members].filter(({ alive }) => alive);
  }

  /** Starts the hub, at the address that it always has. */
  hub(...flags: string[]): Member {
    const port = new URL(this.credentials.url).port;
    return this.#spawn("hub", ["--data", this.#data, "--port", port, ...this.#flags, ...flags]);
  }

  /** Starts a worker with a folder of its own. */
  worker(name: string, ...flags: string[]): Member {
    return this.#spawn(name, ["worker", "--data", `${this.root}/${name}`, ...this.#flags, ...flags]);
  }

  /** Folders that processes, database and files are in. */
  async disks(): Promise<string[]> {
    const folders = [this.root];
    if (!this.#data.startsWith(this.root)) folders.push(this.#data);
    if (this.s3) folders.push(dirname(dirname(this.s3.objectFile("key"))));
    if (this.postgres) folders.push(await this.postgres.sql("SHOW data_directory"));
    return folders;
  }

  /** Folders that are empty whenever nothing is in the making. */
  tmpFolders(): string[] {
    return [
      ...new Set([...this.#members].map(({ name }) => `${name === "hub" ? this.#data : `${this.root}/${name}`}/tmp`)),
    ];
  }

  /** Lends the database; the embedded one only while no hub runs. */
  async atRest<T>(use: (database: Database) => Promise<T>): Promise<T> {
    if (this.postgres) {
      const database = await openPostgres(this.postgres.url(), SILENT);
      try {
        return await use(database);
      } finally {
        await database.close();
      }
    }
    const folder = await openDataFolder(this.#data, Uint8Array.fromHex(this.#secret));
    try {
      const database = await openPglite(folder.db);
      try {
        return await use(database);
      } finally {
        await database.close();
      }
    } finally {
      folder.close();
    }
  }

  /** Lends the place for files. */
  async withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = openStorage({ s3: this.s3?.config ?? null }, { files: `${this.#data}/files`, tmp: this.root });
    try {
      return await use(storage);
    } finally {
      await storage.close();
    }
  }

  /** A model that was never seen. */
  model(): Model {
    return modelOf(this.#models++);
  }

  /** Asks for an artifact; with an answer it is acknowledged. */
  async deploy(model: Model = this.model(), options: { patience?: number } = {}): Promise<string> {
    const name = `model ${this.acknowledged.artifacts.size}`;
    const { id } = await createHubArtifact({
      credentials: this.credentials,
      name,
      ...model,
      patience: PATIENCE,
      ...options,
    });
    this.acknowledged.artifacts.set(id, model);
    return id;
  }

  /** Asks for a proof; with an answer it is acknowledged. */
  async ask(artifactId: string, options: { patience?: number } = {}): Promise<string> {
    const { id } = await proveHub({
      credentials: this.credentials,
      id: artifactId,
      data: secretInput(),
      patience: PATIENCE,
      ...options,
    });
    this.acknowledged.proofs.set(id, artifactId);
    return id;
  }

  /** Asks for an artifact and waits for it. */
  async deployed(): Promise<string> {
    const id = await this.deploy();
    await this.artifactDone(id);
    return id;
  }

  /** Waits for an artifact's success. */
  async artifactDone(id: string, timeout: number = 240_000): Promise<void> {
    await this.#told(() => waitForArtifact(id, { credentials: this.credentials, timeout }));
  }

  /** Waits for a proof's success. */
  async proofDone(id: string, timeout: number = 240_000): Promise<void> {
    await this.#told(() => waitForProof(id, { credentials: this.credentials, timeout }));
  }

  /** Waits until Postgres answers a question with yes. */
  async postgresSays(question: string, seconds: number = 120): Promise<void> {
    for (const end = performance.now() + seconds * 1000; await this.postgres!.sql(question) !== "t"; await sleep(20)) {
      if (performance.now() > end) throw new Error(`not so after ${seconds} s: ${question}`);
    }
  }

  /** Has the processes leave, as an operator would. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }

  /** Ends and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await this.engine[Symbol.asyncDispose]();
    await this.line?.[Symbol.asyncDispose]();
    await this.s3?.[Symbol.asyncDispose]();
    await this.postgres?.remove();
    await Deno.remove(this.root, { recursive: true });
  }

  #spawn(name: string, args: string[]): Member {
    const { postgres, s3 } = this;
    const env = {
      DATABASE_URL: postgres?.url() ?? "",
      S3_ENDPOINT: this.line ? `http://127.0.0.1:${this.line.port}` : "",
      S3_BUCKET: s3?.config.bucket ?? "",
      S3_ACCESS_KEY_ID: s3?.config.accessKeyId ?? "",
      S3_SECRET_ACCESS_KEY: s3?.config.secretAccessKey ?? "",
      ZKGRAD_HUB_SECRET: this.#secret,
      DENO_NO_UPDATE_CHECK: "1",
    };
    const member = Member.spawn({ name, args, env });
    this.#members.add(member);
    return member;
  }

  async #told<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      const tails = [...this.#members].slice(-6).map((member) => `== ${member.name}\n${member.tail()}`);
      throw new Error(`${(error as Error).message}\n${tails.join("\n")}`, { cause: error });
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
