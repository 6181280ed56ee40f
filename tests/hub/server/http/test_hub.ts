import assert from "node:assert/strict";
import type { HubConfig } from "../../../../hub/server/config.ts";
import { openDataFolder } from "../../../../hub/server/files/data_folder.ts";
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { serve } from "../../../../hub/server/http/serve.ts";
import type { RequestLimits } from "../../../../hub/server/http/limits.ts";
import { BossQueue } from "../../../../hub/server/jobs/boss_queue.ts";
import { jsonLog } from "../../../../hub/server/log.ts";
import { defaultConfig } from "../../../../hub/server/options.ts";
import { prometheus } from "../../../../hub/server/prometheus.ts";
import type { Services } from "../../../../hub/server/services.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPglite } from "../../../../hub/server/store/pglite.ts";
import type { ArtifactRecord, Files, Organization, ProofRecord } from "../../../../hub/server/store/records.ts";

/** What GraphQL answers. */
export interface Answer {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into answers of any shape
  data: any;
  errors: { message: string; extensions: { code: string; requestId: string } }[];
}

/** A form's part: a text, or a file. */
export type Part = string | Uint8Array<ArrayBuffer>;

const MADE = "tests/hub/ezkl/made/gemm";

/** A hub on loopback with a real database, files and queue, and no worker. */
export class TestHub implements AsyncDisposable {
  readonly services: Services;
  readonly url: string;
  readonly tmp: string;
  readonly files: string;
  /** Lines of the log. */
  readonly lines: Record<string, unknown>[];
  readonly organization: Organization;
  readonly key: string;
  /** Another organisation. */
  readonly other: { organization: Organization; key: string };
  readonly #end: AsyncDisposableStack;
  readonly #stop: (seconds: number) => Promise<void>;

  private constructor(
    fields: Pick<TestHub, Fields>,
    end: AsyncDisposableStack,
    stop: (seconds: number) => Promise<void>,
  ) {
    const { services, url, tmp, files, lines, organization, key, other } = fields;
    [this.services, this.url, this.tmp, this.files, this.lines] = [services, url, tmp, files, lines];
    [this.organization, this.key, this.other] = [organization, key, other];
    this.#end = end;
    this.#stop = stop;
  }

  static async start(changes: Partial<HubConfig> = {}, limits: Partial<RequestLimits> = {}): Promise<TestHub> {
    await using parts = new AsyncDisposableStack();
    const root = await Deno.makeTempDir({ prefix: "zkgrad-hub-" });
    parts.defer(() => Deno.remove(root, { recursive: true }));
    const config = defaultConfig({ port: 0, data: root, reserveBytes: 0, ...changes });
    const lines: Record<string, unknown>[] = [];
    const log = jsonLog((line) => lines.push(JSON.parse(new TextDecoder().decode(line))));
    const folder = await openDataFolder(root, null);
    parts.defer(() => folder.close());
    await copyFolder(await newDatabase(), folder.db);
    const database = await openPglite(folder.db);
    const store = await openStore(database);
    parts.defer(() => store.close());
    const blobs = openBlobs(config, folder, folder.secret);
    const queue = await BossQueue.open({ pglite: database.pglite }, log);
    parts.defer(() => queue.stop(1));
    const services = { config, store, blobs, queue, log, metrics: prometheus({ store, queue }) };
    const server = serve(services, folder, limits);
    parts.defer(() => server.stop(2));
    const organization = await store.createOrganization("mine");
    const theirs = await store.createOrganization("theirs");
    const fields = {
      services,
      url: server.url,
      tmp: folder.tmp,
      files: folder.files,
      lines,
      organization,
      key: await store.createApiKey(organization.id, "test"),
      other: { organization: theirs, key: await store.createApiKey(theirs.id, "test") },
    };
    return new TestHub(fields, parts.move(), (seconds) => server.stop(seconds));
  }

  async stop(seconds: number): Promise<void> {
    await this.#stop(seconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync();
  }

  /** A request with the hub's own key. */
  async fetch(path: string, init: RequestInit = {}, key: string | null = this.key): Promise<Response> {
    const headers = new Headers(init.headers);
    if (key !== null) headers.set("API-Key", key);
    return await fetch(`${this.url}${path}`, { ...init, headers });
  }

  async graphql(query: string, variables: unknown = {}, key: string | null = this.key): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    return await answerOf(
      await this.fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) }, key),
    );
  }

  /** An operation with files, each under its variable's name. */
  async upload(
    query: string,
    variables: Record<string, unknown>,
    files: Record<string, Part>,
    key = this.key,
  ): Promise<Answer> {
    const names = Object.keys(files);
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    const form = new FormData();
    form.set("operations", JSON.stringify({ query, variables: { ...variables, ...nulls } }));
    form.set("map", JSON.stringify(Object.fromEntries(names.map((name, index) => [index, [`variables.${name}`]]))));
    names.forEach((name, index) => form.set(`${index}`, new Blob([files[name]]), name));
    return await answerOf(await this.fetch("/graphql", { method: "POST", body: form }, key));
  }

  /** Deploys the small model that comes with the tests. */
  async deploy(changes: Record<string, unknown> = {}, files: Record<string, Part> = {}): Promise<Answer> {
    const variables = { ...this.deployment(), ...changes };
    return await this.upload(GENERATE, variables, { ...await uploads(), ...files });
  }

  /** Variables of a deployment. */
  deployment(): Record<string, unknown> {
    return {
      organizationId: this.organization.id,
      name: "gemm",
      calibrationTarget: "resources",
      tolerance: 0.1,
      inputVisibility: "private",
      outputVisibility: "public",
      paramVisibility: "fixed",
    };
  }

  /** An artifact as a worker leaves it. */
  async artifact(organization = this.organization): Promise<ArtifactRecord> {
    const { store, blobs } = this.services;
    const files: Files = { "network.onnx": await blobs.put(await made("network.onnx")) };
    const { id } = await store.createArtifact({
      id: crypto.randomUUID(),
      organizationId: organization.id,
      name: "gemm",
      description: "",
      target: "resources",
      tolerance: 0,
      runArgs: "{}",
      files,
    });
    const begun = await store.beginArtifact(id);
    files["settings.json"] = await blobs.put(await made("settings.json"));
    files["network.compiled"] = await blobs.put(await made("model.compiled"));
    files["key.vk"] = await blobs.put(await made("vk.key"));
    files["key.pk"] = await blobs.put(new Uint8Array(5000).fill(7));
    const srs = JSON.stringify({ origin: "unsafe", logrows: 9, unsafe: true });
    const price = JSON.stringify({ ...PRICE, seconds: { keys: 1, proof: 2, verify: 3 } });
    const patch = { status: "SUCCESS", stage: "done", progress: 1, files, srs, price, report: "{}" } as const;
    assert.ok(await store.patchArtifact(id, begun!.attempt, patch));
    return (await store.artifact(id, organization.id))!;
  }

  /** A proof as a worker leaves it. */
  async proof(artifact: ArtifactRecord): Promise<ProofRecord> {
    const { store, blobs } = this.services;
    const { id: artifactId, organizationId } = artifact;
    const { id } = (await store.createProof({ id: crypto.randomUUID(), artifactId, organizationId, files: {} }))!;
    const { proof: begun } = (await store.beginProof(id))!;
    const text = new TextDecoder().decode(await made("proof.json"));
    const { instances, hex_proof: proof } = JSON.parse(text);
    const files = {
      "test.pf": await blobs.put(await made("proof.json")),
      "witness.json": await blobs.putPrivate(await made("witness.json")),
    };
    const patch = {
      status: "SUCCESS",
      stage: "done",
      progress: 1,
      files,
      proof,
      instances: JSON.stringify(instances),
      transcriptType: "EVM",
      timings: '{"witness":0.1,"proof":2}',
    } as const;
    assert.ok(await store.patchProof(id, begun.attempt, patch));
    return (await store.proof(id, organizationId))!;
  }

  /** Files in the making; none is left between requests. */
  async unfinished(): Promise<string[]> {
    return (await Array.fromAsync(Deno.readDir(this.tmp))).map(({ name }) => name);
  }
}

type Fields = "services" | "url" | "tmp" | "files" | "lines" | "organization" | "key" | "other";

/** What a circuit costs, for records. */
const PRICE = {
  cells: 5e9,
  rows: 3,
  logrows: 9,
  numInnerCols: 2,
  blocks: 1,
  adviceColumns: 6,
  fixedColumns: 4,
  pkBytes: 4e9,
  heapBytes: 5e9,
};

/** The old contract's mutation. */
export const GENERATE = `mutation($uncompiledModel: Upload!, $input: Upload!, $calibrationInput: Upload!, ` +
  `$organizationId: String!, $name: String!, $description: String, $calibrationTarget: String!, $tolerance: Float!, ` +
  `$inputVisibility: String!, $outputVisibility: String!, $paramVisibility: String!, $runArgs: String) { ` +
  `generateArtifact(name: $name, description: $description, uncompiledModel: $uncompiledModel, ` +
  `calibrationInput: $calibrationInput, input: $input, organizationId: $organizationId, ` +
  `calibrationTarget: $calibrationTarget, tolerance: $tolerance, inputVisibility: $inputVisibility, ` +
  `outputVisibility: $outputVisibility, paramVisibility: $paramVisibility, runArgs: $runArgs) { id name status errors } }`;

/** The additions' other mutation with a file. */
export const INITIATE = `mutation($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) { id } }`;

/** A file of the small model. */
export async function made(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(`${MADE}/${name}`);
}

/** Files of a deployment. */
export async function uploads(): Promise<Record<string, Part>> {
  const input = new TextDecoder().decode(await made("input.json"));
  return { uncompiledModel: await made("network.onnx"), input, calibrationInput: input };
}

/** Reads an answer of GraphQL. */
export async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const { data, errors = [] } = await response.json();
  return { status, headers, data, errors };
}

let template: Promise<string> | null = null;

/** A database just made, in a folder to copy: making one takes seconds. */
function newDatabase(): Promise<string> {
  return template ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "zkgrad-db-" });
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    await (await openPglite(`${folder}/db`)).close();
    return `${folder}/db`;
  })();
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!await holds()) {
    assert.ok(performance.now() < end, "it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
