/**
 * Files of artifacts and proofs.
 * @module
 */
import { namesOf } from "../../core/base/known.ts";
import { sha256 } from "../ezkl/srs/sha256.ts";
import { checkAccess, type Hub, type HubAccess } from "./access.ts";
import { none } from "./artifacts.ts";
import { calling, checkText } from "./call.ts";
import { type HubClientError, HubMismatchError, HubRefusedError } from "./errors.ts";
import { checkErrors, isUnknownField, runOperation } from "./graphql.ts";
import { artifactOf, proofOf } from "./read_records.ts";
import type { HubFile } from "./records.ts";
import { PATIENCE, placeOf, requestIdOf, send } from "./request.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that arrived. */
  done: number;
  /** Bytes in all. */
  total: number;
}

/** How a download is told of. */
export interface DownloadOptions {
  /** Called whenever bytes arrive; what it throws ends the download. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

const DOWNLOAD_OPTIONS = namesOf<DownloadOptions>({ onProgress: true });

/** Name of a proof's file. */
const PROOF_FILE = "test.pf";

/**
 * A file of an artifact, such as `settings.json`, `network.compiled` or `key.vk`; its size
 * and its SHA-256 are those of the artifact's record, or it is an error.
 * @throws {HubRefusedError} where there is no such file, with the names of those that there are
 * @throws {HubMismatchError} where other bytes arrive than the record says
 */
export async function downloadArtifactFile(
  id: string,
  name: string,
  options: HubAccess & DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return await downloadFile("downloadArtifactFile()", "artifact", id, name, options);
}

/**
 * A proof as a file, EZKL's `test.pf`: what `verify` and {@linkcode verifyHubProof} take.
 * @throws {HubRefusedError} where there is no such proof, or it is not done
 * @throws {HubMismatchError} where other bytes arrive than the record says
 */
export async function downloadProof(
  id: string,
  options: HubAccess & DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return await downloadFile("downloadProof()", "proof", id, PROOF_FILE, options);
}

/** One file, checked against the record. */
export async function downloadFile(
  caller: string,
  what: "artifact" | "proof",
  id: string,
  name: string,
  options: HubAccess & DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkAccess(caller, options, DOWNLOAD_OPTIONS);
  checkText(caller, "id", id);
  checkText(caller, "name", name);
  return await calling(caller, options, async (hub, signal) => {
    const files = await filesOf(caller, hub, what, id, signal);
    const file = files.find((file) => file.name === name);
    if (file === undefined) throw noFile(caller, hub, `${what} ${id}`, name, files);
    return await fetchFile(caller, hub, file, signal, options.onProgress);
  });
}

/** The bytes of a file, whose size and hash are its record's. */
export async function fetchFile(
  caller: string,
  hub: Hub,
  file: HubFile,
  signal: AbortSignal,
  onProgress?: (progress: DownloadProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  if (file.url === null) {
    throw new HubRefusedError(`${caller}: ${hub.place} has ${file.name}, and its operator does not give it out`, {
      code: "FORBIDDEN",
    });
  }
  // From the hub's own folder, which need not be the root of its host.
  const url = new URL(file.url.replace(/^\/+/, ""), new URL("./", hub.endpoint));
  // No hub has a say in which other machines this program asks.
  if (url.origin !== hub.endpoint.origin) {
    throw new HubMismatchError(
      `${caller}: ${hub.place} names ${placeOf(url)} for ${file.name}, which is another host's`,
    );
  }
  const patience = hub.patience ?? PATIENCE;
  const read = (answer: Response) => bytesOf(caller, url, answer, file, onProgress);
  const init = { headers: { accept: "*/*" } };
  const bytes = await send(hub, { caller, url, init, repeatable: true, patience, signal, read });
  const found = await sha256(bytes);
  if (found !== file.sha256) throw mismatch(caller, url, `the SHA-256 ${found}`, file);
  return bytes;
}

async function filesOf(
  caller: string,
  hub: Hub,
  what: "artifact" | "proof",
  id: string,
  signal: AbortSignal,
): Promise<HubFile[]> {
  const field = what === "artifact" ? "artifact" : "getProof";
  const query = `query($id: String!) { ${field}(id: $id) { id status files { name size sha256 url } } }`;
  try {
    const data = await runOperation(hub, { caller, query, variables: { id }, repeatable: true, signal });
    const value = data[field] ?? none(caller, hub, what, id);
    return (what === "artifact" ? artifactOf(caller, value) : proofOf(caller, value)).files ?? [];
  } catch (error) {
    if (!isUnknownField(error)) throw error;
    throw new HubRefusedError(
      `${caller}: ${hub.place} keeps no files to download, as hubs of the old contract do not; for a proof take ` +
        "hubProofFile() of what getHubProof() gives",
      { cause: error },
    );
  }
}

async function bytesOf(
  caller: string,
  url: URL,
  answer: Response,
  file: HubFile,
  onProgress?: (progress: DownloadProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!answer.ok || answer.body === null) throw await refusal(caller, url, answer);
  const bytes = new Uint8Array(file.size);
  let done = 0;
  for await (const part of chunksOf(answer.body)) {
    if (done + part.length > file.size) throw mismatch(caller, url, `more than ${file.size} bytes`, file);
    bytes.set(part, done);
    done += part.length;
    onProgress?.({ done, total: file.size });
  }
  // A connection that broke off, which is asked for again.
  if (done < file.size) throw new Error(`it ended after ${done} of ${file.size} bytes`);
  return bytes;
}

/** Safari has no iteration of streams. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function refusal(caller: string, url: URL, answer: Response): Promise<HubClientError> {
  const { status } = answer;
  const text = await answer.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Then it says nothing that could be passed on.
  }
  checkErrors(caller, url, json, answer);
  const said = (json as { message?: unknown } | null)?.message;
  const what = typeof said === "string" ? `${status}: ${said.replace(/\.$/, "")}` : String(status);
  return new HubRefusedError(`${caller}: ${placeOf(url)} answers ${what}; look at the record's files again`, {
    status,
    requestId: requestIdOf(answer),
  });
}

function noFile(caller: string, hub: Hub, what: string, name: string, files: readonly HubFile[]): HubRefusedError {
  const names = files.map(({ name }) => name).join(", ");
  return new HubRefusedError(
    `${caller}: ${what} on ${hub.place} has no file ${JSON.stringify(name)}, it has ${
      names === "" ? "none" : names
    }; ` +
      "wait until it is done, or take one of these",
    { code: "NOT_FOUND" },
  );
}

function mismatch(caller: string, url: URL, found: string, { size, sha256 }: HubFile): HubMismatchError {
  return new HubMismatchError(
    `${caller}: ${
      placeOf(url)
    } sent ${found}, and its record says ${size} bytes with the SHA-256 ${sha256}; do not use ` +
      "it, and tell the operator",
  );
}
