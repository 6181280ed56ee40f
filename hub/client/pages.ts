/**
 * Lists that come in pages.
 * @module
 */
import { namesOf } from "../../core/base/known.ts";
import type { HubAccess } from "./access.ts";
import { calling } from "./call.ts";
import { HubClientError, HubRefusedError } from "./errors.ts";
import { isUnknownField, type Json, runOperation } from "./graphql.ts";

/** How a list is taken. */
export interface PageOptions {
  /** Items that are asked for at once, up to 100. Default: 50. */
  pageSize?: number | undefined;
}

/** Names of the options. */
export const PAGE_OPTIONS = namesOf<PageOptions>({ pageSize: true });

/** The items of a connection; each page is a call of its own, with the call's timeout. */
export async function* pages(
  caller: string,
  options: HubAccess & PageOptions & { organizationId?: string | undefined },
  name: string,
  query: string,
  variables: Record<string, Json>,
): AsyncGenerator<unknown, void> {
  const { pageSize = 50 } = options;
  for (let after: string | null = null;;) {
    const page = await calling(caller, options, async (hub, signal) => {
      const organizationId = options.organizationId ?? hub.organizationId;
      const asked = { ...variables, organizationId, first: pageSize, after };
      try {
        return (await runOperation(hub, { caller, query, variables: asked, repeatable: true, signal }))[name];
      } catch (error) {
        if (!isUnknownField(error)) throw error;
        throw new HubRefusedError(`${caller}: ${hub.place} does not list ${name}, as hubs of the old contract do not`, {
          cause: error,
        });
      }
    });
    const { nodes, pageInfo } = (page ?? {}) as {
      nodes?: unknown;
      pageInfo?: { hasNextPage?: unknown; endCursor?: unknown };
    };
    if (!Array.isArray(nodes)) {
      throw new HubClientError(`${caller}: the hub's answer holds no list; is url a hub's address?`);
    }
    yield* nodes;
    const next: unknown = pageInfo?.endCursor;
    // A cursor that does not move would go on for ever.
    if (pageInfo?.hasNextPage !== true || typeof next !== "string" || next === after) return;
    after = next;
  }
}
