/**
 * Who asks: the organisation behind an API key.
 * @module
 */
import { UnauthorizedError } from "../errors.ts";
import type { Caller } from "../graphql/context.ts";
import type { Store } from "../store/store.ts";
import type { RateLimits } from "./rate_limits.ts";

/** A key has fewer than 100 characters; longer ones are not looked up. */
const MOST = 200;

/** The caller of a request, counted; throws an UnauthorizedError or a TooManyRequestsError. */
export async function callerOf(headers: Headers, address: string, store: Store, limits: RateLimits): Promise<Caller> {
  const key = keyOf(headers);
  const found = key === null || key.length > MOST ? null : await store.authenticate(key);
  if (key === null || found === null) {
    await limits.countFailure(address);
    throw new UnauthorizedError(
      key === null
        ? "there is no API key in the request; send it in the header API-Key"
        : "this API key is not known here, or it was revoked; check it, or ask the operator for another",
    );
  }
  await limits.countKey(found.keyId);
  return { ...found, stillAllowed: async () => await store.authenticate(key) !== null };
}

function keyOf(headers: Headers): string | null {
  const key = headers.get("api-key")?.trim();
  if (key) return key;
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization")?.trim() ?? "")?.[1] ?? null;
}
