import type { S3Config } from "../../../hub/server/config.ts";
import { FROZEN } from "../../frozen.ts";

const BUCKET = "hub";

/** An S3 server of a test's own (npm s3rver): a folder, a port, a process. */
export class TestS3 {
  /** What a hub is given to use it. */
  readonly config: S3Config;
  readonly #folder: string;
  readonly #port: number;
  #process: Deno.ChildProcess | null = null;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.config = {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: BUCKET,
      region: "us-east-1",
      accessKeyId: "S3RVER",
      secretAccessKey: "S3RVER",
    };
  }

  /** Makes a server with one empty bucket and starts it. */
  static async create(): Promise<TestS3> {
    const server = new TestS3(await Deno.makeTempDir({ prefix: "zkgrad-s3-" }), freePort());
    await server.start();
    return server;
  }

  /** Starts it, on the port and with the objects that it had before, and waits until it answers. */
  async start(): Promise<void> {
    const address = ["-a", "127.0.0.1", "-p", `${this.#port}`];
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "-q",
        ...FROZEN,
        "npm:s3rver@3.7.1",
        "-d",
        this.#folder,
        ...address,
        "--configure-bucket",
        BUCKET,
      ],
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (const late = Date.now() + 60_000; Date.now() < late;) {
      try {
        await (await fetch(this.config.endpoint)).body?.cancel();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`s3rver in ${this.#folder} does not start`);
  }

  /** Kills it; its objects stay. */
  async stop(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    process?.kill("SIGKILL");
    await process?.status;
  }

  /** Has it take connections and answer none. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Has it go on. */
  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** The file that it keeps an object's bytes in. */
  objectFile(key: string): string {
    return `${this.#folder}/${BUCKET}/${key}._S3rver_object`;
  }

  /** Stops it and removes its objects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
