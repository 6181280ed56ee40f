/**
 * What a request asks of GraphQL, from its JSON.
 * @module
 */
import { BadRequestError, TooLargeError } from "../errors.ts";
import type { Operation } from "../graphql/operation.ts";
import type { RequestLimits } from "./limits.ts";

/** The operation in a JSON text; `what` is the text's name in errors. */
export function parseOperation(text: string, what: string, limits: RequestLimits): Operation {
  const json = parseObject(text, what);
  const { query, variables, operationName } = json as { query?: unknown; variables?: unknown; operationName?: unknown };
  if (typeof query !== "string") {
    throw new BadRequestError(`${what} has no "query", expected {"query": "...", "variables": {...}}`);
  }
  if (query.length > limits.queryLength) {
    throw new TooLargeError(`the query has ${query.length} characters, and the limit is ${limits.queryLength}`);
  }
  const given = variables ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new BadRequestError(`"variables" in ${what} is no object, expected one such as {"id": "..."}`);
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    throw new BadRequestError(`"operationName" in ${what} is no text`);
  }
  // Without a prototype, so that no name in it means anything else.
  return { query, variables: Object.assign(Object.create(null), given), operationName: operationName || null };
}

/** The object that a JSON text holds. The text's content stays out of errors: it may be private. */
export function parseObject(text: string, what: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BadRequestError(`${what} is not JSON`);
  }
  if (Array.isArray(json)) throw new BadRequestError(`${what} is a list, but one operation at a time is taken`);
  if (typeof json !== "object" || json === null) throw new BadRequestError(`${what} is no JSON object`);
  return json as Record<string, unknown>;
}
