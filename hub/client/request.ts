/**
 * One request to a hub, asked again where that may help.
 * @module
 */
import { ArgumentError, ZkgradError } from "../../core/base/errors.ts";
import type { Hub } from "./access.ts";
import { HubClientError, HubUnreachableError } from "./errors.ts";
import { backoff, pause } from "./patience.ts";

/** What is asked. */
export interface Ask<T> {
  /** Name of the public function, for errors. */
  caller: string;
  /** Where. */
  url: URL;
  /** How. */
  init: RequestInit;
  /**
   * Whether asking twice is as good as once. Where it is not, a request is repeated only if
   * the hub said that it did not take it, or no connection came about.
   */
  repeatable: boolean;
  /** Milliseconds through which it is asked again. */
  patience: number;
  /** Ends it. */
  signal: AbortSignal;
  /** Takes the answer in; a connection that breaks meanwhile counts as none. */
  read: (answer: Response) => Promise<T>;
}

/** Milliseconds through which a hub is asked again by default. */
export const PATIENCE = 30_000;

/** The hub, or a proxy before it, is there but takes nothing now. */
const BUSY = [429, 503];

/** A proxy does not reach the hub, which may have got the request or not. */
const LOST = [502, 504];

/**
 * Asks until there is an answer that counts.
 * @throws {HubUnreachableError} where there is none within the patience
 */
export async function send<T>(hub: Hub, ask: Ask<T>): Promise<T> {
  const { caller, url, init, repeatable, patience, signal, read } = ask;
  const end = performance.now() + patience;
  for (let tries = 0;; tries++) {
    signal.throwIfAborted();
    let refused: Response | null = null;
    let failure: unknown = null;
    try {
      const answer = await hub.fetch(url, { ...init, headers: headersFor(hub, init), redirect: "manual", signal });
      const again = BUSY.includes(answer.status) || (repeatable && LOST.includes(answer.status));
      if (!again) return await read(checked(caller, url, answer));
      refused = answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ZkgradError) throw error;
      if ((error as Error)?.name === "NotCapable") throw noPermission(caller, url, error);
      failure = error;
    }
    const least = refused === null ? 0 : retryAfter(refused);
    const left = end - performance.now();
    // The last try is at the end of the patience, not before it.
    const delay = Math.max(least, Math.min(backoff(tries, 250, 2), left));
    const hopeless = failure !== null && !repeatable && !neverConnected(failure);
    if (hopeless || left <= 0 || delay > left) {
      throw refused === null ? unreachable(caller, url, failure, hopeless) : await busy(caller, url, refused, least);
    }
    await refused?.body?.cancel();
    await pause(delay, signal);
  }
}

/** An address for people: without query and hash, which may hold the signature of a storage. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Under this name the hub's log has the request. */
export function requestIdOf(answer: Response): string | null {
  return answer.headers.get("x-request-id");
}

function headersFor(hub: Hub, init: RequestInit): Headers {
  const headers = new Headers(init.headers);
  headers.set("API-Key", hub.apiKey);
  return headers;
}

/** Redirects are not followed: the key would go wherever they lead. */
function checked(caller: string, url: URL, answer: Response): Response {
  const redirected = answer.type === "opaqueredirect" || (answer.status >= 300 && answer.status < 400);
  if (!redirected || answer.status === 304) return answer;
  const target = answer.headers.get("location");
  const to = target !== null && URL.canParse(target, url) ? ` to ${placeOf(new URL(target, url))}` : "";
  throw new HubClientError(
    `${caller}: ${placeOf(url)} redirects${to}, and the key is not sent there; give the hub's final address as url`,
    { status: answer.status },
  );
}

/** Milliseconds that the answer asks to wait; 0 where it says none. */
function retryAfter(answer: Response): number {
  const text = answer.headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}

/** Whether a request certainly did not reach the hub. Browsers do not say. */
function neverConnected(error: unknown): boolean {
  const said: string[] = [];
  for (let each = error; each instanceof Error && said.length < 10; each = each.cause) {
    said.push(each.message, String((each as { code?: unknown }).code));
  }
  return /connection refused|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|dns error/i.test(said.join(" "));
}

function unreachable(caller: string, url: URL, cause: unknown, maybeTaken: boolean): HubUnreachableError {
  const why = cause instanceof Error ? cause.message.replaceAll(url.href, placeOf(url)) : String(cause);
  const advice = maybeTaken
    ? "the hub may have taken the request, so look at what it lists before you ask again"
    : "check the address and that the hub runs; in a browser also that the hub allows the page's origin (its --cors)";
  return new HubUnreachableError(`${caller}: ${placeOf(url)} does not answer (${why}); ${advice}`, { cause });
}

async function busy(caller: string, url: URL, answer: Response, wait: number): Promise<HubUnreachableError> {
  const { status } = answer;
  const said = await sentenceOf(answer);
  const when = wait > 0 ? `try again in ${Math.ceil(wait / 1000)} s` : "try again later";
  return new HubUnreachableError(
    `${caller}: ${placeOf(url)} answers ${status}${said === "" ? "" : `: ${said}`}; ${when}, or with more patience`,
    { status, requestId: requestIdOf(answer) },
  );
}

/** What an answer that is no success says, as far as it says anything in JSON. */
async function sentenceOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => "");
  try {
    const { errors, message } = JSON.parse(text);
    const found = message ?? errors?.[0]?.message;
    return typeof found === "string" ? found : "";
  } catch {
    return "";
  }
}

function noPermission(caller: string, url: URL, cause: unknown): ArgumentError {
  return new ArgumentError(
    `${caller}: the program has no permission to ask ${placeOf(url)}; run it with --allow-net=${url.host}`,
    { cause },
  );
}
