/**
 * One request on its way to its answer.
 * @module
 */
import type { Caller } from "../graphql/context.ts";
import type { Services } from "../services.ts";

/** A request with what is known of it. */
export interface Exchange {
  /** The request. */
  readonly request: Request;
  /** Its name in the log. */
  readonly requestId: string;
  /** The hub's parts. */
  readonly services: Services;
  /** Who asks; null where nobody has to be anybody. */
  caller: Caller | null;
  /** Values of the route's placeholders. */
  params: Readonly<Record<string, string>>;
}

/** An exchange on a route that needs a key. */
export interface KeyedExchange extends Exchange {
  /** Who asks. */
  caller: Caller;
}
