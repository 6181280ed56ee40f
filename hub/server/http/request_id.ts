/**
 * The name of a request, by which its answer and its lines in the log are found.
 * @module
 */

/** The client's own id where it is short and plain, so that it cannot forge lines in a log; a new one otherwise. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : crypto.randomUUID();
}
