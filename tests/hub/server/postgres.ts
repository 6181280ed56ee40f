import { existsSync } from "node:fs";

const ROOT = "/usr/lib/postgresql";
const binaries = newestBinaries();

/** Whether Debian's Postgres is installed here; tests that need it are ignored where it is not. */
export const POSTGRES_INSTALLED = binaries !== null;

function newestBinaries(): string | null {
  if (!existsSync(ROOT)) return null;
  const versions = [...Deno.readDirSync(ROOT)].map((entry) => Number(entry.name)).filter(Number.isFinite);
  const folders = versions.sort((a, b) => b - a).map((version) => `${ROOT}/${version}/bin`);
  return folders.find((folder) => existsSync(`${folder}/initdb`)) ?? null;
}

/** A Postgres server of a test's own: a folder, a port, a process. It dies with the test. */
export class TestPostgres {
  readonly #folder: string;
  #port = 0;
  #started = false;
  #process: Deno.ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a server with one empty database named `zkgrad` and starts it. */
  static async create(): Promise<TestPostgres> {
    const folder = await Deno.makeTempDir({ prefix: "zkgrad-postgres-" });
    if (Deno.uid() === 0) await run("chown", ["postgres", folder]);
    const data = `${folder}/data`;
    await run(...as("initdb", ["-D", data, "-U", "zkgrad", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]));
    const server = new TestPostgres(folder);
    await server.start();
    await server.createDatabase("zkgrad");
    return server;
  }

  /** Where `database` is. It stays the same over restarts. */
  url(database = "zkgrad"): string {
    return `postgres://zkgrad@127.0.0.1:${this.#port}/${database}`;
  }

  /** Makes a further empty database and returns its address. */
  async createDatabase(name: string): Promise<string> {
    await this.sql(`CREATE DATABASE "${name}"`, "postgres");
    return this.url(name);
  }

  /** Runs statements with psql, apart from the code under test, and returns what it prints. */
  async sql(statements: string, database = "zkgrad"): Promise<string> {
    return (await run(`${binaries}/psql`, ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statements, this.url(database)]))
      .trim();
  }

  /** Starts it, on the port that it had before, and waits until it takes connections. */
  async start(): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      if (!this.#started) this.#port = freePort();
      // Without fsync a killed server loses nothing, since the machine's page cache lives on; only tests are this hasty.
      const [command, args] = as("postgres", ["-D", `${this.#folder}/data`, "-p", `${this.#port}`, ...SETTINGS]);
      this.#process = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
      if (await this.#answers(this.#process)) {
        this.#started = true;
        return;
      }
      await this.stop("kill");
    }
    throw new Error(`Postgres in ${this.#folder} does not start`);
  }

  /** Stops it: "fast" ends sessions politely, "quit" at once, "kill" is SIGKILL for every process of it. */
  async stop(how: "fast" | "quit" | "kill" = "fast"): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    if (how !== "kill") signal(process.pid, how === "fast" ? "SIGINT" : "SIGQUIT");
    else for (const pid of [process.pid, ...childrenOf(process.pid)]) signal(pid, "SIGKILL");
    await process.status;
  }

  /** Stops and starts it. */
  async restart(how: "fast" | "kill" = "fast"): Promise<void> {
    await this.stop(how);
    await this.start();
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop("quit");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #answers(process: Deno.ChildProcess): Promise<boolean> {
    let ended = false;
    process.status.then(() => ended = true);
    for (let tries = 0; tries < 300 && !ended; tries++) {
      if (await succeeds(`${binaries}/pg_isready`, ["-q", "-d", this.url("postgres")])) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }
}

const SETTINGS = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"]
  .flatMap((setting) => ["-c", setting]);

// Postgres refuses to run as root. SIGQUIT at the parent's death: a test that is killed leaves no server behind.
function as(program: string, args: string[]): [string, string[]] {
  const user = Deno.uid() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
  return ["setpriv", [...user, "--pdeathsig=QUIT", "--", `${binaries}/${program}`, ...args]];
}

async function run(command: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args, cwd: "/", stdout: "piped", stderr: "piped" }).output();
  const decoder = new TextDecoder();
  if (!output.success) throw new Error(`${command} failed: ${decoder.decode(output.stderr)}`);
  return decoder.decode(output.stdout);
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function childrenOf(pid: number): number[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // it has ended
    throw error;
  }
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
