/**
 * Where a hub is, and who asks.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { checkOptions, isOptions, namesOf } from "../../core/base/known.ts";

/** How long a call may take, and what ends it before. */
export interface HubCallOptions {
  /** Ends the call; its promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the call may take in all. Default: no limit. */
  timeout?: number | undefined;
  /**
   * Milliseconds through which a hub that does not answer, or answers 429 or 503, is asked
   * again. Default: 30,000; 120,000 while a job is waited for.
   */
  patience?: number | undefined;
  /** In place of the runtime's own. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** A hub's address and a key to it; what {@linkcode getHubCredentials} gives is one. */
export interface HubAddress {
  /** Such as `http://127.0.0.1:8000` or `https://hub.example.org/graphql`. */
  url: string;
  /** The organisation's API key. */
  apiKey: string;
  /** The organisation that new artifacts belong to. */
  organizationId?: string | undefined;
}

/** What every call is given: the hub, as `credentials` or as `url` and `apiKey`, and how long it may take. */
export type HubAccess = HubCallOptions & ({ credentials: HubAddress } | HubAddress);

/** An address that was looked at. */
export interface Hub {
  /** Where GraphQL is spoken. */
  endpoint: URL;
  /** The same for people: without anything that could be a secret. */
  place: string;
  /** The API key. */
  apiKey: string;
  /** The organisation, where the address names one. */
  organizationId: string | null;
  /** Milliseconds through which it is asked again; null for the standard. */
  patience: number | null;
  /** What requests are made with. */
  fetch: typeof globalThis.fetch;
  /** Whether it turned out to know the old contract alone. */
  old: boolean;
}

const CALL_OPTIONS = namesOf<HubCallOptions>({ signal: true, timeout: true, patience: true, fetch: true });
// With the organisation's name, which getHubCredentials() gives too, so that what it gives can be spread.
const ADDRESS = [...namesOf<HubAddress>({ url: true, apiKey: true, organizationId: true }), "organization"];

/**
 * Refuses what a call does not read, in what it is given and in the credentials there; `own` are its own names beside
 * those that every call has.
 * @throws {ArgumentError} naming it, and the nearest name that there is; and where there are no credentials
 */
export function checkAccess(caller: string, access: unknown, own: readonly string[] = []): asserts access is HubAccess {
  checkNames(caller, access, [...new Set([...own, "credentials", ...ADDRESS, ...CALL_OPTIONS])]);
  if ("credentials" in access) checkNames(`${caller}: credentials`, access.credentials, ADDRESS);
}

/** The same for a call that looks credentials up, and so is given none. */
export function checkAddress(caller: string, address: unknown): asserts address is HubAddress {
  checkNames(caller, address, [...ADDRESS, ...CALL_OPTIONS]);
}

function checkNames(where: string, given: unknown, known: readonly string[]): asserts given is object {
  // Never shown: it may be the key itself.
  if (!isOptions(given)) {
    throw new ArgumentError(
      `${where}: there are no credentials; give those of getHubCredentials(), or url and apiKey`,
    );
  }
  checkOptions(where, given, known);
}

/**
 * The hub of a call.
 * @throws {ArgumentError} for an address or a key that cannot be one
 */
export function hubOf(caller: string, access: HubAccess): Hub {
  const address: HubAddress = "credentials" in access ? access.credentials : access;
  const { url, apiKey, organizationId } = address;
  const endpoint = endpointOf(caller, url);
  // The key's text stays out of the message: messages end up in logs.
  if (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new ArgumentError(
      `${caller}: apiKey is ${
        typeof apiKey !== "string" ? typeof apiKey : apiKey === "" ? "empty" : "no plain word"
      }, ` +
        "expected the key that the hub showed at its first start",
    );
  }
  const { patience, fetch } = access;
  return {
    endpoint,
    place: `${endpoint.origin}${endpoint.pathname}`,
    apiKey,
    organizationId: organizationId ?? null,
    patience: patience === undefined ? null : milliseconds(caller, "patience", patience),
    // Browsers refuse a fetch that is called as another object's method.
    fetch: fetch ?? ((...args) => globalThis.fetch(...args)),
    old: false,
  };
}

/** Checks a number of milliseconds; timers take no more than 2^31. */
export function milliseconds(caller: string, name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return Math.min(value, 2 ** 31 - 1);
  throw new ArgumentError(`${caller}: ${name} is ${value}, expected a number of milliseconds`);
}

function endpointOf(caller: string, url: string): URL {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new ArgumentError(`${caller}: url is no address of a hub, expected one such as http://127.0.0.1:8000`);
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new ArgumentError(
      `${caller}: url has more than an address in it, expected one such as ${parsed.origin}/graphql; give the key as apiKey`,
    );
  }
  if (parsed.pathname === "/") parsed.pathname = "/graphql";
  return parsed;
}
