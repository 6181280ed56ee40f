/**
 * The hub's answer to a request, from its first header to the line in the log.
 * @module
 */
import { createGraphqlServer } from "../graphql/server.ts";
import { BadRequestError } from "../errors.ts";
import { described, publicError } from "../public_error.ts";
import type { Services } from "../services.ts";
import { telling } from "./access_log.ts";
import { checkDeclaredSize } from "./body.ts";
import { callerOf } from "./caller.ts";
import { addCorsHeaders, preflight } from "./cors.ts";
import { artifactFile, proofFile } from "./downloads.ts";
import { errorResponse, StoppingError } from "./errors.ts";
import type { Exchange, KeyedExchange } from "./exchange.ts";
import { graphqlRoute } from "./graphql_route.ts";
import { Health } from "./health.ts";
import { defaultLimits, type RequestLimits } from "./limits.ts";
import { pageFor } from "./page.ts";
import { RateLimits } from "./rate_limits.ts";
import { requestIdOf } from "./request_id.ts";
import { findRoute, type Route } from "./routes.ts";
import { addSecurityHeaders } from "./security_headers.ts";
import { UnderWay } from "./under_way.ts";
import { welcome } from "./welcome.ts";

/** Where a request came from, as Deno.serve tells it. */
export interface ConnectionInfo {
  /** The other end. */
  remoteAddr: Deno.Addr;
}

/** Answers requests; for Deno.serve. */
export interface Handler {
  /** Answers one. Never rejects. */
  (request: Request, info: ConnectionInfo): Promise<Response>;
  /**
   * From now on takes no requests but probes, and ends subscriptions; waits at most so many seconds for the answers
   * under way, and returns how many are left.
   */
  drain(seconds: number): Promise<number>;
}

/** A handler over a hub's parts; `tmp` is a folder for temporary files. */
export function createHandler(
  services: Services,
  { tmp }: { tmp: string },
  changes: Partial<RequestLimits> = {},
): Handler {
  const { config, log, metrics, store } = services;
  const limits = { ...defaultLimits, ...changes };
  const rates = new RateLimits(config.rate, limits.failedKeys);
  const health = new Health(services);
  const server = createGraphqlServer(services);
  const life = new AbortController();
  const graphql = { server, limits, tmp, closing: life.signal };

  const underWay = new UnderWay();

  const answer = async (exchange: Exchange, route: Route, address: string): Promise<Response> => {
    if (!route.keyed) return await open(route);
    if (life.signal.aborted) throw new StoppingError("this hub is stopping; try again in a moment");
    // Before the body is read, and before anything is looked up.
    const caller = await callerOf(exchange.request.headers, address, store, rates);
    exchange.caller = caller;
    checkDeclaredSize(exchange.request.headers, config.maxUpload);
    return await keyed({ ...exchange, caller }, route);
  };

  const open = async ({ name }: Route): Promise<Response> => {
    if (name === "health") return health.alive();
    if (name === "ready") return await health.ready(life.signal.aborted);
    if (name === "welcome") return welcome();
    const headers = { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" };
    return new Response(await metrics.text(), { headers });
  };

  const keyed = async (exchange: KeyedExchange, { name }: Route): Promise<Response> => {
    if (name === "artifactFile") return await artifactFile(exchange);
    if (name === "proofFile") return await proofFile(exchange);
    return await graphqlRoute(exchange, graphql);
  };

  const handle = async (request: Request, info: ConnectionInfo): Promise<Response> => {
    const began = performance.now();
    const leave = underWay.enter();
    const requestId = requestIdOf(request.headers);
    const origin = request.headers.get("origin");
    const exchange: Exchange = { request, requestId, services, caller: null, params: {} };
    let pattern = "none";
    let response: Response;
    let page: Response | null = null;
    try {
      if (request.method === "OPTIONS") {
        response = preflight(origin, config.cors);
      } else if ((page = await pageFor(request, pathOf(request), config.page)) !== null) {
        pattern = "/page";
        response = page;
      } else {
        const { route, params } = findRoute(request.method, pathOf(request));
        pattern = route.pattern;
        exchange.params = params;
        response = await answer(exchange, route, addressOf(info));
      }
    } catch (error) {
      if (publicError(error).internal) log.error("request failed", { requestId, route: pattern, ...described(error) });
      response = errorResponse(error, requestId);
    }
    const headers = new Headers(response.headers);
    headers.set("X-Request-Id", requestId);
    // The page has its own, which let it run its scripts.
    if (page === null) addSecurityHeaders(headers);
    addCorsHeaders(headers, origin, config.cors);
    const { status, body } = response;
    const entry = {
      requestId,
      method: request.method,
      route: pattern,
      status,
      organization: exchange.caller?.organization.id ?? null,
      began,
    };
    return await telling(
      new Response(request.method === "HEAD" ? null : body, { status, headers }),
      entry,
      (line, seconds) => {
        leave();
        log.info("request", line);
        metrics.request(pattern, status, seconds);
      },
    );
  };
  const drain = async (seconds: number): Promise<number> => {
    life.abort();
    return await underWay.end(seconds);
  };
  return Object.assign(handle, { drain });
}

/** Some clients send a Host that makes no address. */
function pathOf({ url }: Request): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw new BadRequestError("the request's address is none; send a Host header that is one");
  return parsed.pathname;
}

function addressOf({ remoteAddr }: ConnectionInfo): string {
  return "hostname" in remoteAddr ? remoteAddr.hostname : "local";
}
