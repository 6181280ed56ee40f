import type { Database } from "../../../../../hub/server/store/database.ts";
import { openPglite } from "../../../../../hub/server/store/pglite.ts";
import { openPostgres } from "../../../../../hub/server/store/postgres.ts";
import { openStore } from "../../../../../hub/server/store/open_store.ts";
import type { FileRef, Organization } from "../../../../../hub/server/store/records.ts";
import type { NewArtifact, Store } from "../../../../../hub/server/store/store.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../../postgres.ts";

/** What each test is given: a store in an organisation of its own, and a second one on the same database. */
export interface Hub {
  store: Store;
  /** On Postgres one with connections of its own, as another process has; on PGlite the same one. */
  other: Store;
  database: Database;
  organization: Organization;
}

type Opened = Omit<Hub, "organization"> & { end: () => Promise<void> };

export const quiet = { info: (): void => {}, warn: (): void => {} };

const opened = new Map<string, Opened>();

/** Registers a test for the embedded database and for a real one. Each is opened once for all tests of the run. */
export function onEach(name: string, body: (hub: Hub) => Promise<void>): void {
  // Connections stay open from test to test; postgres_test.ts sees that closing leaves nothing behind.
  const options = { sanitizeOps: false, sanitizeResources: false };
  const run = async (kind: string, open: () => Promise<Opened>): Promise<void> => {
    if (!opened.has(kind)) opened.set(kind, await open());
    const hub = opened.get(kind)!;
    await body({ ...hub, organization: await hub.store.createOrganization(crypto.randomUUID()) });
  };
  Deno.test({ name: `${name} (PGlite)`, ...options, fn: () => run("pglite", embedded) });
  const ignore = !POSTGRES_INSTALLED;
  Deno.test({ name: `${name} (Postgres, where it is installed)`, ignore, ...options, fn: () => run("postgres", real) });
}

/** Ends the databases; for `Deno.test.afterAll`. */
export async function endAll(): Promise<void> {
  for (const { end } of opened.values()) await end();
  opened.clear();
}

async function embedded(): Promise<Opened> {
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-store-" });
  const database = await openPglite(`${folder}/database`);
  const store = await openStore(database);
  const end = async (): Promise<void> => {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  };
  return { store, other: store, database, end };
}

async function real(): Promise<Opened> {
  const server = await TestPostgres.create();
  const databases = await Promise.all([openPostgres(server.url(), quiet), openPostgres(server.url(), quiet)]);
  const [store, other] = await Promise.all(databases.map(openStore));
  const end = async (): Promise<void> => {
    await store!.close();
    await other!.close();
    await server.remove();
  };
  return { store: store!, other: other!, database: databases[0], end };
}

/** A public file with contents that nobody else has, or with the given ones. */
export function file(contents: string = crypto.randomUUID()): FileRef {
  const sha256 = contents.padEnd(64, "0");
  return { key: `blobs/${sha256.slice(0, 2)}/${sha256}`, sha256, size: contents.length };
}

/** What an artifact is made of. */
export function newArtifact(organization: Organization, rest: Partial<NewArtifact> = {}): NewArtifact {
  return {
    id: crypto.randomUUID(),
    organizationId: organization.id,
    name: "lenet",
    description: "",
    target: "resources",
    tolerance: 0.5,
    runArgs: "{}",
    files: { "network.onnx": file() },
    ...rest,
  };
}
