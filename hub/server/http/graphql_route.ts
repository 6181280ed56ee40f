/**
 * An HTTP request to GraphQL: its body is read within limits, then GraphQL answers.
 * @module
 */
import { MAX_READS } from "../graphql/context.ts";
import type { Operation } from "../graphql/operation.ts";
import { checkScope } from "../graphql/scopes.ts";
import type { GraphqlServer } from "../graphql/server.ts";
import { bodyText } from "./body.ts";
import { NotAcceptableError, UnsupportedMediaTypeError } from "./errors.ts";
import type { KeyedExchange } from "./exchange.ts";
import type { RequestLimits } from "./limits.ts";
import { readMultipart } from "./multipart.ts";
import { parseOperation } from "./operation.ts";

const JSON_TYPES = ["application/json", "application/graphql+json", "application/graphql-response+json"];
const UPLOADING = ["deploy", "prove"] as const;
const EVENTS = "text/event-stream";

/** How the route answers. */
export interface GraphqlRouteOptions {
  /** What answers operations. */
  server: GraphqlServer;
  /** Limits of a request. */
  limits: RequestLimits;
  /** Folder for temporary files. */
  tmp: string;
  /** Aborted when the hub wants to end. */
  closing: AbortSignal;
}

/** Answers an operation. Files of the request are gone when the answer is there. */
export async function graphqlRoute(exchange: KeyedExchange, options: GraphqlRouteOptions): Promise<Response> {
  const { request, services: { config } } = exchange;
  const { limits, tmp } = options;
  const { jsonBytes, idleMs, bodyMs } = limits;
  const type = (request.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (type === "multipart/form-data") {
    // Nothing but these two takes files: a key that may do neither need not send them.
    if (!exchange.caller.scopes.some((scope) => scope !== "read")) checkScope(exchange.caller, "an upload", UPLOADING);
    const body = { bytes: config.maxUpload, idleMs, bodyMs };
    using multipart = await readMultipart(request, { tmp, reserveBytes: config.reserveBytes, body, limits });
    return await answer(multipart.operation, exchange, options);
  }
  if (!JSON_TYPES.includes(type)) {
    throw new UnsupportedMediaTypeError(
      "the body's Content-Type is not taken here, expected application/json, or multipart/form-data for files",
    );
  }
  const text = await bodyText(request, { bytes: Math.min(jsonBytes, config.maxUpload), idleMs, bodyMs });
  return await answer(parseOperation(text, "the body", limits), exchange, options);
}

async function answer(
  operation: Operation,
  { request, services, caller, requestId }: KeyedExchange,
  { server, closing }: GraphqlRouteOptions,
): Promise<Response> {
  const accept = acceptOf(request.headers.get("accept"));
  const context = { services, caller, requestId, closing, budget: { reads: MAX_READS }, artifacts: new Map() };
  const response = await server(operation, accept, context);
  if (response.status === 406) {
    throw new NotAcceptableError(`a subscription is answered as server-sent events; send the header Accept: ${EVENTS}`);
  }
  return response;
}

/** One type, so that yoga has nothing to choose: old clients take anything, and get plain JSON. */
function acceptOf(header: string | null): string {
  const types = (header ?? "").split(",").map((type) => type.split(";")[0].trim().toLowerCase());
  if (types.includes(EVENTS)) return EVENTS;
  if (types.includes("application/json")) return "application/json";
  const modern = "application/graphql-response+json";
  return types.includes(modern) ? modern : "application/json";
}
