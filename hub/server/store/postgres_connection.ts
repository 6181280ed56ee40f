/**
 * How connections to Postgres are made, and what their errors mean.
 * @module
 */
// @ts-types="npm:@types/pg@8.15.6"
import pg from "npm:pg@8.23.1";
import { ConfigError } from "../errors.ts";

/** Connections that are shared. */
export type Pool = pg.Pool;

/** A connection of the pool while one has it. */
export type PoolClient = pg.PoolClient;

/** A connection apart from the pool. */
export type Client = pg.Client;

/** How connections are made. */
export type ConnectionOptions = pg.ClientConfig;

/** How to reach the database at `url`; the same for the pool and for connections apart from it. */
export function connectionOptions(url: string): ConnectionOptions {
  // The address holds the password, so what is said of it never repeats it.
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ConfigError("DATABASE_URL is not an address: give postgres://USER:PASSWORD@HOST:PORT/DATABASE");
  }
  return {
    connectionString: url,
    application_name: "zkgrad hub",
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // The server ends what hangs; the client's limit is for a server that cannot any more.
    statement_timeout: 30_000,
    query_timeout: 40_000,
    // A process that freezes within a transaction would keep its rows from everybody else.
    idle_in_transaction_session_timeout: 15_000,
  };
}

/** A pool of connections; `lost` hears of those that break while nobody has them. */
export function openPool(options: ConnectionOptions, lost: (error: Error) => void): Pool {
  const pool = new pg.Pool({ ...options, max: 8 });
  pool.on("error", lost);
  // A connection that breaks while somebody has it tells so by an event too, which would end the process unheard.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** A connection apart from the pool, not open yet. */
export function newClient(options: ConnectionOptions): Client {
  return new pg.Client(options);
}

/** Whether an error means that the connection is gone or was never there, not that a statement was refused. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return LOST.test(error.code ?? "");
  // What pg throws of its own has no class: a socket's error has a code, its own errors only a message.
  return error instanceof Error && (SOCKET.test("code" in error ? String(error.code) : "") || TOLD.test(error.message));
}

/** Whether Postgres says that it undid the whole transaction because of another one, so that it is worth repeating. */
export function isRolledBack(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["40001", "40P01"].includes(error.code ?? "");
}

/** Whether Postgres does not let this user or database in. */
export function isRefusedAtTheDoor(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? "");
}

// Connection failures; shut down, crashed or starting; too many connections.
const LOST = /^(08|57P0[1-5]$|53300$)/;
const SOCKET = /^(E[A-Z]{3,}|UND_ERR_\w+)$/;
const TOLD =
  /^(Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client has encountered|Client was closed)/;
