/**
 * Which addresses there are.
 * @module
 */
import { NotFoundError } from "../errors.ts";
import { MethodNotAllowedError } from "./errors.ts";

/** What answers at an address. */
export type RouteName = "graphql" | "health" | "ready" | "metrics" | "artifactFile" | "proofFile" | "welcome";

/** An address. */
export interface Route {
  /** What answers. */
  readonly name: RouteName;
  /** With `:id` for values, so that metrics never hold one. */
  readonly pattern: string;
  /** Methods. */
  readonly methods: readonly string[];
  /** Whether it needs an API key. */
  readonly keyed: boolean;
}

const READ = ["GET", "HEAD"];

const ROUTES: readonly Route[] = [
  { name: "graphql", pattern: "/graphql", methods: ["POST"], keyed: true },
  // Clients of the hosted hub post to the address they are given, which may have no path.
  { name: "graphql", pattern: "/", methods: ["POST"], keyed: true },
  { name: "welcome", pattern: "/", methods: READ, keyed: false },
  { name: "health", pattern: "/healthz", methods: READ, keyed: false },
  { name: "ready", pattern: "/readyz", methods: READ, keyed: false },
  { name: "metrics", pattern: "/metrics", methods: READ, keyed: false },
  { name: "artifactFile", pattern: "/artifacts/:id/:file", methods: READ, keyed: true },
  { name: "proofFile", pattern: "/proofs/:id/:file", methods: READ, keyed: true },
];

/** Ids and file names have no other characters, so nothing is ever decoded. */
const VALUE = /^(?!\.)[A-Za-z0-9._-]{1,100}$/;

/** A route with the values of its placeholders. */
export interface FoundRoute {
  /** The route. */
  route: Route;
  /** The values. */
  params: Record<string, string>;
}

/** The route of a request; throws a NotFoundError or a MethodNotAllowedError. */
export function findRoute(method: string, pathname: string): FoundRoute {
  for (const route of ROUTES) {
    const params = route.methods.includes(method) ? match(route.pattern, pathname) : null;
    if (params !== null) return { route, params };
  }
  const methods = ROUTES.filter(({ pattern }) => match(pattern, pathname) !== null).flatMap(({ methods }) => methods);
  if (methods.length > 0) {
    throw new MethodNotAllowedError(`this address takes ${methods.join(", ")}`, [...methods, "OPTIONS"]);
  }
  throw new NotFoundError("there is nothing at this address; GraphQL is spoken at /graphql");
}

/** Whether the hub itself answers at this address, whatever the method. */
export function hasRoute(pathname: string): boolean {
  return ROUTES.some(({ pattern }) => match(pattern, pathname) !== null);
}

function match(pattern: string, pathname: string): Record<string, string> | null {
  const expected = pattern.split("/"), given = pathname.split("/");
  if (given.length === expected.length + 1 && given.at(-1) === "" && pattern !== "/") given.pop();
  if (given.length !== expected.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    if (part.startsWith(":")) {
      if (!VALUE.test(given[index])) return null;
      params[part.slice(1)] = given[index];
    } else if (part !== given[index]) {
      return null;
    }
  }
  return params;
}
