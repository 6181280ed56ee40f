/** A hub in a process of its own, as `deno task hub` starts it. */
import { fileURLToPath } from "node:url";
import { getHubCredentials, type HubCredentials } from "../../../hub/mod.ts";
import { FROZEN } from "../../frozen.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Megabytes of memory that a process holds, and the most that it held since it was last asked to forget. */
export interface Memory {
  now: number;
  peak: number;
}

/** A running hub. */
export class HubProcess implements AsyncDisposable {
  /** Where it is, and the key of its first start. */
  readonly credentials: HubCredentials;
  /** Its process. */
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;

  private constructor(child: Deno.ChildProcess, credentials: HubCredentials, read: Promise<void>) {
    this.#child = child;
    this.pid = child.pid;
    this.credentials = credentials;
    this.#read = read;
  }

  /** Makes a hub's folder and ends: a first start takes more memory than any other. Returns the API key. */
  static async first(data: string): Promise<string> {
    await using hub = await HubProcess.start(data);
    return hub.credentials.apiKey;
  }

  /** Starts one on `data`, with more flags; with the key of the first start where this is a later one. */
  static async start(data: string, flags: readonly string[] = [], known?: string): Promise<HubProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...FROZEN, "hub/server/main.ts", "--port", "0", "--data", data, ...flags],
      cwd: ROOT,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const found = Promise.withResolvers<{ url: string; apiKey: string }>();
    let text = "";
    const read = (async () => {
      // The log goes on for as long as the hub does, and a full pipe would stop it.
      for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
        if (text.length > 100_000) continue;
        text += piece;
        const apiKey = known ?? /API key +(\S+)/.exec(text)?.[1], url = /hub at (\S+),/.exec(text)?.[1];
        if (apiKey && url) found.resolve({ url, apiKey });
      }
      found.reject(new Error(`the hub did not start: ${text}`));
    })();
    const credentials = await getHubCredentials({ ...await found.promise, organization: "local" });
    return new HubProcess(child, credentials, read);
  }

  /** Its memory now, and its peak. */
  async memory(): Promise<Memory> {
    const status = await Deno.readTextFile(`/proc/${this.pid}/status`);
    const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024;
    return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
  }

  /** Has the peak begin anew from what the process holds now. */
  async forgetPeak(): Promise<void> {
    await Deno.writeTextFile(`/proc/${this.pid}/clear_refs`, "5");
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#read;
  }
}
