/**
 * What a key may do: deploy models, ask for proofs, look at artifacts and proofs.
 * @module
 */
import { BadRequestError, ForbiddenError } from "../errors.ts";
import { type Scope, SCOPES } from "../store/records.ts";
import type { Caller, HubContext } from "./context.ts";
import type { Resolver } from "./sentences.ts";

/** Refuses a key that has not all the scopes that `what` needs. */
export function checkScope({ scopes }: Pick<Caller, "scopes">, what: string, needed: readonly Scope[]): void {
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return;
  const many = (names: readonly string[]): string => `${names.length > 1 ? "scopes" : "scope"} ${names.join(", ")}`;
  throw new ForbiddenError(
    `${what} needs the ${many(missing)}, and this API key has the ${
      many(scopes)
    }; ask with a key that has it, or have ` +
      "one made",
  );
}

/** Resolvers that all need a scope. */
export function needing<R extends Record<string, Resolver>>(scope: Scope, resolvers: R): R {
  const entries = Object.entries(resolvers).map(([name, resolve]): [string, Resolver] => [
    name,
    (parent, args, context: HubContext) => {
      checkScope(context.caller, name, [scope]);
      return resolve(parent, args, context);
    },
  ]);
  return Object.fromEntries(entries) as R;
}

/** The scopes that somebody names, each once. */
export function checkScopes(names: readonly string[]): Scope[] {
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name));
  if (unknown !== undefined || names.length === 0) {
    const given = unknown === undefined ? "scopes is empty" : `scopes has ${JSON.stringify(unknown.slice(0, 40))}`;
    throw new BadRequestError(`${given}, expected one or more of ${SCOPES.join(", ")}`);
  }
  return SCOPES.filter((scope) => names.includes(scope));
}
