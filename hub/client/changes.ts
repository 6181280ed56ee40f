/**
 * A hub's word that a record changed, as server-sent events.
 * @module
 */
import type { Hub } from "./access.ts";
import { initOf } from "./graphql.ts";
import { backoff, pause } from "./patience.ts";
import { serverEvents } from "./sse.ts";

/** Milliseconds of silence after which a stream is not counted on: hubs send a sign of life every twelve seconds. */
const SILENCE = 30_000;

/** Streams that end without an event before no further one is opened. */
const FRUITLESS = 3;

/**
 * Follows one subscription for as long as it works: opened again when it breaks, given up
 * where the hub knows none, or a proxy holds events back.
 */
export class Changes {
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #latest: unknown = null;
  #wake: () => void = () => {};
  #heard = -Infinity;

  /** Begins to follow the subscription `name` of the record `id` with `fields`. */
  constructor(hub: Hub, name: string, id: string, fields: string) {
    const query = `subscription($id: String!) { ${name}(id: $id) { ${fields} } }`;
    this.#running = this.#follow(hub, query, name, id);
  }

  /** Whether changes are heard of now. */
  get live(): boolean {
    return performance.now() - this.#heard < SILENCE;
  }

  /** The newest record that was heard of since it was last asked, or null. */
  take(): unknown {
    const latest = this.#latest;
    this.#latest = null;
    return latest;
  }

  /** Resolves after `ms`, or before: when there is something to take, or nothing is heard any more. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#latest !== null) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await pause(ms, AbortSignal.any([signal, woken.signal])).catch(() => signal.throwIfAborted());
    this.#wake = () => {};
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #follow(hub: Hub, query: string, name: string, id: string): Promise<void> {
    const { signal } = this.#end;
    for (let fruitless = 0; fruitless < FRUITLESS && !signal.aborted;) {
      // What goes wrong here is left to polling, which goes on meanwhile and says it.
      const events = await this.#read(hub, query, name, id).catch(() => 0);
      this.#heard = -Infinity;
      this.#wake();
      if (events === null) return;
      fruitless = events > 0 ? 0 : fruitless + 1;
      await pause(backoff(fruitless, 1000, 2), signal).catch(() => {});
    }
  }

  /** The number of events of one stream; null where there is no use in another. */
  async #read(hub: Hub, query: string, name: string, id: string): Promise<number | null> {
    const { signal } = this.#end;
    const init = initOf({ query, variables: { id } });
    const headers = { ...init.headers as Record<string, string>, accept: "text/event-stream", "API-Key": hub.apiKey };
    const answer = await hub.fetch(hub.endpoint, { ...init, headers, redirect: "manual", signal });
    if (!answer.ok || !answer.body || !/^text\/event-stream\b/.test(answer.headers.get("content-type") ?? "")) {
      await answer.body?.cancel();
      // A hub that starts or is busy may know subscriptions after all.
      return answer.status >= 429 ? 0 : null;
    }
    let count = 0;
    for await (const { event, data } of serverEvents(answer.body, () => this.#heard = performance.now())) {
      if (event === "complete") break;
      if (event !== "next") continue;
      const { data: found, errors } = JSON.parse(data) as { data?: Record<string, unknown> | null; errors?: unknown };
      if (errors !== undefined || !found?.[name]) return null;
      count++;
      this.#latest = found[name];
      this.#wake();
    }
    return count;
  }
}
