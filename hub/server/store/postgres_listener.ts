/**
 * Hearing of a channel's notifications on a connection of its own, which is made again when it breaks.
 * @module
 */
import { type Client, type ConnectionOptions, newClient } from "./postgres_connection.ts";
import type { Log } from "../log.ts";

/** Milliseconds between signs of life. A connection that dies without a word is noticed by their absence. */
const HEARTBEAT = 15_000;
const HEARTBEAT_LIMIT = 10_000;
const LONGEST_PAUSE = 5_000;

/** Who hears. */
export interface Hearer {
  /** A notification came, with this text. */
  hear(payload: string): void;
  /** The connection was away for a while: there may have been notifications. */
  missed(): void;
}

/** One LISTEN that lasts over the server's restarts. */
export class PostgresListener {
  readonly #options: ConnectionOptions;
  readonly #channel: string;
  readonly #hearer: Hearer;
  readonly #log: Pick<Log, "info" | "warn">;
  #client: Client | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #ended = false;

  /** Of a channel; `channel` is a plain lower-case name. */
  constructor(options: ConnectionOptions, channel: string, hearer: Hearer, log: Pick<Log, "info" | "warn">) {
    this.#options = { ...options, query_timeout: HEARTBEAT_LIMIT };
    this.#channel = channel;
    this.#hearer = hearer;
    this.#log = log;
  }

  /** Begins to hear; throws where the database does not answer. */
  async start(): Promise<void> {
    const client = newClient(this.#options);
    client.on("error", (error) => this.#lost(client, error.message));
    client.on("end", () => this.#lost(client, "the connection ended"));
    client.on("notification", ({ payload }) => this.#hearer.hear(payload ?? ""));
    try {
      await client.connect();
      await client.query(`LISTEN "${this.#channel}"`);
    } catch (error) {
      await quietEnd(client);
      throw error;
    }
    if (this.#ended) return await quietEnd(client);
    this.#client = client;
    this.#tries = 0;
    this.#beatLater(client);
  }

  /** Hears no more. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    if (client !== null) await quietEnd(client);
  }

  #beatLater(client: Client): void {
    this.#timer = setTimeout(async () => {
      try {
        await client.query("SELECT 1");
        if (this.#client === client) this.#beatLater(client);
      } catch (error) {
        this.#lost(client, error instanceof Error ? error.message : String(error));
      }
    }, HEARTBEAT);
  }

  #lost(client: Client, reason: string): void {
    if (this.#client !== client) return;
    this.#client = null;
    clearTimeout(this.#timer);
    quietEnd(client);
    this.#log.warn("database_listener_lost", { channel: this.#channel, reason });
    this.#restartLater();
  }

  #restartLater(): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.start();
      } catch {
        if (!this.#ended) this.#restartLater();
        return;
      }
      if (this.#ended) return;
      this.#log.info("database_listener_back", { channel: this.#channel });
      this.#hearer.missed();
    }, Math.min(LONGEST_PAUSE, 100 * 2 ** this.#tries++));
  }
}

async function quietEnd(client: Client): Promise<void> {
  try {
    await client.end();
  } catch {
    // It is broken, which is why it is ended.
  }
}
