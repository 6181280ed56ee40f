/**
 * GraphQL operations, with files and without.
 * @module
 */
import type { Hub } from "./access.ts";
import { HubClientError, HubRefusedError } from "./errors.ts";
import { PATIENCE, placeOf, requestIdOf, send } from "./request.ts";

/** A value that travels as JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An operation. */
export interface Operation {
  /** Name of the public function, for errors. */
  caller: string;
  /** The operation's text. */
  query: string;
  /** Its variables; those that are files are null. */
  variables: Record<string, Json>;
  /** Files by the variable they stand for. */
  files?: Record<string, UploadedFile>;
  /** Whether asking twice is as good as once. */
  repeatable: boolean;
  /** Ends it. */
  signal: AbortSignal;
  /** Milliseconds through which it is asked again, unless the caller said how many. */
  patience?: number;
}

/** A file of an operation. */
export interface UploadedFile {
  /** Its name, for the hub's errors. */
  name: string;
  /** Its type. */
  type: string;
  /** Its bytes. */
  bytes: Uint8Array;
}

/** An answer's `data`, unchecked. */
export type Data = Record<string, unknown>;

/**
 * Runs an operation.
 * @throws {HubRefusedError} for an answer with errors
 * @throws {HubClientError} for an answer that is no GraphQL
 */
export async function runOperation(hub: Hub, operation: Operation): Promise<Data> {
  const { caller, repeatable, signal, patience = PATIENCE } = operation;
  return await send(hub, {
    caller,
    url: hub.endpoint,
    init: initOf(operation),
    repeatable,
    patience: hub.patience ?? patience,
    signal,
    read: (answer) => dataOf(caller, hub.endpoint, answer),
  });
}

/** The request of an operation; with files as the GraphQL multipart request specification has it. */
export function initOf(
  { query, variables, files = {} }: Pick<Operation, "query" | "variables" | "files">,
): RequestInit {
  const operations = JSON.stringify({ query, variables });
  const entries = Object.entries(files);
  if (entries.length === 0) {
    return {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: operations,
    };
  }
  const body = new FormData();
  body.set("operations", operations);
  body.set("map", JSON.stringify(Object.fromEntries(entries.map(([name], index) => [index, [`variables.${name}`]]))));
  entries.forEach(([, { name, type, bytes }], index) => {
    body.set(String(index), new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name);
  });
  return { method: "POST", headers: { accept: "application/json" }, body };
}

/** Refuses an answer of GraphQL that has errors. */
export function checkErrors(caller: string, url: URL, json: unknown, answer: Response): void {
  const { errors } = (json ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors) || errors.length === 0) return;
  const sentences = errors.map((error) => {
    const message: unknown = error?.message;
    return typeof message === "string" ? message.replace(/\.$/, "") : "it does not say why";
  });
  const code: unknown = errors[0]?.extensions?.code;
  const { status } = answer;
  const key = status === 401 ? "; check apiKey, which may be revoked or another hub's" : "";
  throw new HubRefusedError(`${caller}: ${placeOf(url)} refuses: ${[...new Set(sentences)].join("; ")}${key}`, {
    status,
    code: typeof code === "string" ? code : null,
    requestId: requestIdOf(answer),
  });
}

/** Whether a hub does not know what the additions to the old contract are. */
export function isUnknownField(error: unknown): boolean {
  return error instanceof HubRefusedError && (
    error.code === "GRAPHQL_VALIDATION_FAILED" ||
    /(cannot query|unknown) (field|argument|type)|\bno such field\b/i.test(error.message)
  );
}

async function dataOf(caller: string, url: URL, answer: Response): Promise<Data> {
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  checkErrors(caller, url, json, answer);
  const { data } = (json ?? {}) as { data?: unknown };
  if (answer.ok && typeof data === "object" && data !== null) return data as Data;
  const said = (json as { message?: unknown } | null)?.message;
  const type = answer.headers.get("content-type") ?? "nothing";
  const what = typeof said === "string" ? said.replace(/\.$/, "") : `${answer.status} with ${type}, expected GraphQL`;
  const refused = typeof said === "string" || answer.status === 401 || answer.status === 403 || answer.status === 413;
  const Kind = refused ? HubRefusedError : HubClientError;
  throw new Kind(`${caller}: ${placeOf(url)} answers ${what}; check that url is a hub's and apiKey one of its keys`, {
    status: answer.status,
    requestId: requestIdOf(answer),
  });
}
