/** What holds whatever happened: nothing lost, nothing proven twice, nothing private to be read, nothing left behind. */
import assert from "node:assert/strict";
import {
  downloadProof,
  getHubArtifact,
  getHubProof,
  type HubPin,
  hubProofFile,
  pinArtifact,
  verifyHubProof,
} from "../../../hub/mod.ts";
import { type Books, checkBooks } from "./audit.ts";
import { sleep } from "./member.ts";
import { secretInput, SECRETS } from "./models.ts";
import type { System } from "./system.ts";

/** Looks at one system again and again. */
export class Invariants {
  readonly #system: System;
  readonly #pins = new Map<string, HubPin>();
  readonly #proofs = new Map<string, string>();

  /** Of a system. */
  constructor(system: System) {
    this.#system = system;
  }

  /** Waits for all that was acknowledged and checks it, as clients see it and on the disks. */
  async hold(): Promise<void> {
    const { acknowledged: { artifacts, proofs } } = this.#system;
    for (const id of artifacts.keys()) await this.#artifact(id);
    for (const [id, artifactId] of proofs) await this.#proof(id, artifactId);
    await this.#nothingInTheMaking();
    await this.#nothingReadable();
  }

  /** Checks the database, too; an embedded one while no hub runs. `unacknowledged` records may be there beside the others. */
  async booksHold(unacknowledged: "none" | "some" = "none"): Promise<Books & { strays: number }> {
    const { acknowledged: { artifacts, proofs } } = this.#system;
    const books = await this.#system.atRest(checkBooks);
    for (const [kind, ids] of [["artifacts", artifacts], ["proofs", proofs]] as const) {
      for (const id of ids.keys()) assert.ok(books.attempts.has(id), `${kind} ${id} was acknowledged and is gone`);
      const { SUCCESS = 0, ...others } = books[kind];
      assert.deepEqual(others, {}, `${kind} in other states`);
      if (unacknowledged === "none") assert.equal(SUCCESS, ids.size, `${kind} in all`);
      else assert.ok(SUCCESS >= ids.size, `${kind} in all`);
    }
    return { ...books, strays: await this.#strays(books.files) };
  }

  async #artifact(id: string): Promise<void> {
    const { credentials } = this.#system;
    if (!this.#pins.has(id)) {
      await this.#system.artifactDone(id);
      this.#pins.set(id, await pinArtifact(id, { credentials }));
    }
    const { status, files } = await getHubArtifact(id, { credentials });
    assert.equal(status, "SUCCESS");
    const vk = files!.find(({ name }) => name === "key.vk")!;
    assert.equal(vk.sha256, this.#pins.get(id)!.hashes.vk, `artifact ${id} has another key now`);
  }

  async #proof(id: string, artifactId: string): Promise<void> {
    const { credentials } = this.#system;
    if (!this.#proofs.has(id)) await this.#system.proofDone(id);
    const record = await getHubProof(id, { credentials });
    assert.equal(record.status, "SUCCESS");
    const [found, known] = [record.proof!, this.#proofs.get(id)];
    assert.equal(found, known ?? found, `proof ${id} has other bytes now`);
    if (known !== undefined) return;
    this.#proofs.set(id, found);
    const file = await downloadProof(id, { credentials });
    assert.equal(JSON.parse(new TextDecoder().decode(file)).hex_proof, found, `proof ${id}: file and record differ`);
    const pin = this.#pins.get(artifactId)!;
    assert.equal(await verifyHubProof(file, pin), true, `proof ${id} does not hold`);
    assert.equal(await verifyHubProof(hubProofFile(record), pin), true, `proof ${id} does not hold`);
    // Whoever looks for these on the disks would find them in plain.
    const { url } = record.files!.find(({ name }) => name === "witness.json")!;
    const answer = await fetch(new URL(url!, credentials.url), { headers: { "API-Key": credentials.apiKey } });
    assert.ok((await answer.text()).includes(SECRETS[1]) && secretInput().includes(SECRETS[0]));
  }

  /** Checks that every file is there, and counts those that nobody refers to: a sweep removes them when they are old. */
  async #strays(referred: ReadonlySet<string>): Promise<number> {
    const found = await this.#system.withStorage(async (
      storage,
    ) => [...await Array.fromAsync(storage.list("blobs/")), ...await Array.fromAsync(storage.list("private/"))]);
    const keys = new Set(found.map(({ key }) => key));
    assert.deepEqual([...referred].filter((key) => !keys.has(key)), [], "files are gone");
    return [...keys].filter((key) => !referred.has(key)).length;
  }

  async #nothingInTheMaking(): Promise<void> {
    for (let tries = 0;; tries++) {
      const left: string[] = [];
      for (const folder of this.#system.tmpFolders()) {
        for (const { name } of await entries(folder)) left.push(`${folder}/${name}`);
      }
      if (left.length === 0) return;
      if (tries === 20) assert.deepEqual(left, [], "temporary files stayed");
      await sleep(100);
    }
  }

  async #nothingReadable(): Promise<void> {
    for (const disk of await this.#system.disks()) assert.deepEqual(await filesWith(disk, SECRETS), []);
  }
}

/** Files under a folder that hold one of these texts. Files that go away meanwhile hold none. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, isDirectory, isFile } of await entries(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesWith(path, texts));
    if (!isFile) continue;
    const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
    const text = new TextDecoder("latin1").decode(bytes);
    if (texts.some((each) => text.includes(each))) found.push(path);
  }
  return found;
}

async function entries(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
}
