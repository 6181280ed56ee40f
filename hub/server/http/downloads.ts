/**
 * Files of artifacts and proofs, as plain downloads.
 * @module
 */
import { ForbiddenError, NotFoundError } from "../errors.ts";
import { isId } from "../graphql/checks.ts";
import { fileOf, isGivenOut } from "../graphql/files.ts";
import { checkScope } from "../graphql/scopes.ts";
import type { FileRef, Files, Status } from "../store/records.ts";
import type { KeyedExchange } from "./exchange.ts";
import { namesTag, rangeOf } from "./ranges.ts";

/** A file of an artifact. */
export async function artifactFile(exchange: KeyedExchange): Promise<Response> {
  const { services: { store }, caller: { organization }, params: { id } } = exchange;
  return await download(isId(id) ? await store.artifact(id, organization.id) : null, exchange);
}

/** A file of a proof. */
export async function proofFile(exchange: KeyedExchange): Promise<Response> {
  const { services: { store }, caller: { organization }, params: { id } } = exchange;
  return await download(isId(id) ? await store.proof(id, organization.id) : null, exchange);
}

async function download(
  record: { files: Files; status: Status } | null,
  { request, services: { blobs, config }, caller, params: { file: name } }: KeyedExchange,
): Promise<Response> {
  checkScope(caller, "a download", ["read"]);
  const file = record === null ? null : fileOf(record.files, name);
  // A foreign record, a missing one and a file that is not there look alike.
  if (record === null || file === null) throw new NotFoundError("there is no such file");
  if (!isGivenOut(name, config)) {
    throw new ForbiddenError(
      "the operator of this hub does not give proving keys out; it proves with them itself, or start it with --serve-proving-keys",
    );
  }
  const headers = headersOf(name, file, record.status);
  const tag = headers.get("ETag")!;
  if (namesTag(request.headers.get("if-none-match"), tag)) return new Response(null, { status: 304, headers });

  const condition = request.headers.get("if-range");
  const wanted = condition === null || condition.trim() === tag ? request.headers.get("range") : null;
  const range = request.method === "GET" ? rangeOf(wanted, file.size) : null;
  if (range === "none") {
    headers.set("Content-Range", `bytes */${file.size}`);
    headers.delete("Content-Disposition");
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: file.size };
  headers.set("Content-Length", String(end - start));
  if (range !== null) headers.set("Content-Range", `bytes ${start}-${end - 1}/${file.size}`);
  const status = range === null ? 200 : 206;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  return new Response(await blobs.stream(file, start, end), { status, headers });
}

function headersOf(name: string, file: FileRef, status: Status): Headers {
  return new Headers({
    "ETag": `"${file.sha256}"`,
    "Accept-Ranges": "bytes",
    "Content-Type": /\.(json|pf)$/.test(name) ? "application/json" : "application/octet-stream",
    "Content-Disposition": `attachment; filename="${name}"`,
    "Cache-Control": keeping(name, status),
    "Vary": "API-Key, Authorization",
  });
}

/** A witness holds the input. What a job has not finished with may still be another file under this name. */
function keeping(name: string, status: Status): string {
  if (name === "witness.json") return "no-store";
  return status === "PENDING" ? "private, no-cache" : "private, max-age=31536000, immutable";
}
