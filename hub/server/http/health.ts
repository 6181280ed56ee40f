/**
 * Whether the hub lives, and whether it can be given requests.
 * @module
 */
import type { Services } from "../services.ts";

/** A probe asks every few seconds, and several may ask. */
const KEEP_MS = 2000;

/** A part that does not answer in this time is down. */
const WAIT_MS = 5000;

/** The state of this process, seen from outside. */
export class Health {
  readonly #services: Services;
  #asked: Promise<Record<string, boolean>> | null = null;
  #askedAt = -Infinity;

  /** Of these parts. */
  constructor(services: Services) {
    this.#services = services;
  }

  /** Answers whether the process is there at all. */
  alive(): Response {
    return new Response("ok\n", { headers: { "Content-Type": "text/plain; charset=utf-8" } });
  }

  /** Answers whether requests would be served: database, files, and no drain under way. */
  async ready(draining: boolean): Promise<Response> {
    const parts = { ...await this.#parts(), serving: !draining };
    const ready = Object.values(parts).every((part) => part);
    return Response.json({ ready, ...parts }, { status: ready ? 200 : 503 });
  }

  #parts(): Promise<Record<string, boolean>> {
    if (this.#asked === null || performance.now() - this.#askedAt > KEEP_MS) {
      this.#askedAt = performance.now();
      this.#asked = this.#ask();
    }
    return this.#asked;
  }

  async #ask(): Promise<Record<string, boolean>> {
    const { store, blobs } = this.#services;
    const [database, files] = await Promise.all([answers(store.ping()), answers(blobs.ping())]);
    return { database, files };
  }
}

async function answers(ping: Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), WAIT_MS);
  try {
    return await Promise.race([ping.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
