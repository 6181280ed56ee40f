/**
 * A hub of one's own for as long as a program runs, on a folder that outlasts it.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { deno } from "../../core/base/host.ts";
import { loadServer } from "./load_server.ts";
import type { RunOptions } from "./run_options.ts";

/** Name of the key that each run makes, and takes from the one before. */
const LABEL = "zkgrad run";

/** An embedded hub, with a key to it. */
export class LocalHub implements AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** A key that opens it. */
  readonly apiKey: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, apiKey: string, stop: () => Promise<void>) {
    this.url = url;
    this.apiKey = apiKey;
    this.#stop = stop;
  }

  /** Starts it on `folder`, where it finds what it has made before. */
  static async start(folder: string, { hub, srs }: RunOptions): Promise<LocalHub> {
    if (deno() === undefined) {
      throw new ArgumentError(
        "--hub local runs in Deno alone, whose server and files a hub is made of; start one by zkgrad serve, and give " +
          "its address to --hub",
      );
    }
    const { organization } = hub!;
    const server = import.meta.resolve("../server/mod.ts");
    const { jsonLog, startHub } = await loadServer<typeof import("../server/mod.ts")>(server, "--hub local");
    const log = await openLog(folder);
    const parts = new AsyncDisposableStack();
    parts.defer(() => log.close());
    try {
      const running = parts.use(
        await startHub({
          host: "127.0.0.1",
          port: 0,
          data: `${folder}/data`,
          organization,
          srs: srs === undefined ? null : "url" in srs ? srs.url : srs.path,
          // Nobody else uses it, and what a run leaves undone the next one takes up.
          drainSeconds: 1,
          rate: 1e6,
        }, jsonLog((line) => log.writeSync(line))),
      );
      return new LocalHub(running.url, await running.renewKey(LABEL), () => parts.disposeAsync());
    } catch (error) {
      await parts.disposeAsync();
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      throw new ArgumentError(
        `--hub local needs a permission that the program does not have (${error.message.split(",")[0]}); run it as ` +
          "with deno run -A",
        { cause: error },
      );
    }
  }

  /** Stops it; its folder stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

async function openLog(folder: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.open(`${folder}/hub.log`, { create: true, append: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`${folder} cannot be the hub's folder (${why}); give another --out`, { cause });
  }
}
