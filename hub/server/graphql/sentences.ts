/**
 * Errors of resolvers, as the outside may see them.
 * @module
 */
import { GraphQLError } from "npm:graphql@16.15.0";
import { described, publicError } from "../public_error.ts";
import type { HubContext } from "./context.ts";

/** A function that resolves a field. */
export type Resolver = (parent: never, args: never, context: HubContext) => unknown;

/** Resolvers whose errors are told as sentences, and logged where they should not have happened. */
export function speaking<R extends Record<string, Resolver>>(resolvers: R): R {
  const entries = Object.entries(resolvers).map(([name, resolve]): [string, Resolver] => [
    name,
    async (parent, args, context) => {
      try {
        return await resolve(parent, args, context);
      } catch (error) {
        throw toGraphQL(error, name, context);
      }
    },
  ]);
  return Object.fromEntries(entries) as R;
}

/** An error as GraphQL tells it. */
export function toGraphQL(error: unknown, field: string, { services: { log }, requestId }: HubContext): GraphQLError {
  const { message, code, status, internal } = publicError(error);
  if (internal) log.error("field failed", { requestId, field, ...described(error) });
  // A client waits and asks again after these; GraphQL's 200 would hide that.
  const http = status === 503 || status === 507 ? { http: { status } } : {};
  return new GraphQLError(message, { extensions: { code, requestId, ...http } });
}
