import { createHash, createHmac } from "node:crypto";

/** What of a request its signature covers. */
export interface Signed {
  method: string;
  url: URL;
  headers: Headers;
}

const CREDENTIAL =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=(.*)$/;

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The signature that a request must have, and the one that it has: AWS's Signature Version 4 written from its
 * description, so that what signs can be compared with something other than itself.
 */
export function signatures({ method, url, headers }: Signed, secret: string): { expected: string; given: string } {
  const [, , scope, names, given] = CREDENTIAL.exec(headers.get("authorization") ?? "") ?? [];
  if (given === undefined) throw new Error(`no signature in ${headers.get("authorization")}`);
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort().join("&");
  const path = url.pathname.split("/").map((part) => escaped(decodeURIComponent(part))).join("/");
  const lines = names.split(";").map((name) => `${name}:${headers.get(name)?.trim()}\n`).join("");
  const canonical = [method, path, query, lines, names, headers.get("x-amz-content-sha256")].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = scope.split("/").reduce<Uint8Array | string>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    `AWS4${secret}`,
  );
  const text = ["AWS4-HMAC-SHA256", headers.get("x-amz-date"), scope, hash].join("\n");
  return { expected: createHmac("sha256", key).update(text).digest("hex"), given };
}
