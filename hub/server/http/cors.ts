/**
 * Which pages' scripts may talk to the hub. Keys travel in a header and never in a cookie, so
 * this guards nothing that a key does not guard; it is the operator's wish.
 * @module
 */

const EXPOSED = [
  "ETag",
  "X-Request-Id",
  "Content-Range",
  "Accept-Ranges",
  "Content-Length",
  "Content-Disposition",
  "Retry-After",
];

const TAKEN = [
  "API-Key",
  "Authorization",
  "Content-Type",
  "Accept",
  "X-Request-Id",
  "Range",
  "If-Range",
  "If-None-Match",
  "Cache-Control",
  "Last-Event-ID",
];

/** Adds to an answer's headers whom it is for. */
export function addCorsHeaders(headers: Headers, origin: string | null, allowed: readonly string[]): void {
  const all = allowed.includes("*");
  if (!all) headers.append("Vary", "Origin");
  if (origin === null || !(all || allowed.includes(origin))) return;
  headers.set("Access-Control-Allow-Origin", all ? "*" : origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED.join(", "));
}

/** The answer to a browser that asks whether it may ask; an origin that is not allowed gets one that allows nothing. */
export function preflight(origin: string | null, allowed: readonly string[]): Response {
  const headers = new Headers();
  if (origin !== null && (allowed.includes("*") || allowed.includes(origin))) {
    headers.set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
    headers.set("Access-Control-Allow-Headers", TAKEN.join(", "));
    headers.set("Access-Control-Max-Age", "7200");
  }
  return new Response(null, { status: 204, headers });
}
