/** The hub as a program: its first start, its keys, its end. */
import assert from "node:assert/strict";
import { getHubCredentials } from "../../../hub/mod.ts";
import { FROZEN } from "../../frozen.ts";

const MAIN = new URL("../../../hub/server/main.ts", import.meta.url).pathname;

/** A hub that runs as a process of its own. */
class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  #text = "";
  readonly #read: Promise<void>;

  constructor(...args: string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...FROZEN, MAIN, ...args],
      stdout: "piped",
      stderr: "inherit",
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH")!, HOME: Deno.env.get("HOME")!, ...denoDir() },
    }).spawn();
    this.#read = this.#listen(this.#child.stdout);
  }

  async #listen(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of output.pipeThrough(new TextDecoderStream())) this.#text += part;
  }

  /** The text once it holds what is waited for. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (let tries = 0; tries < 600; tries++) {
      const found = pattern.exec(this.#text);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`the hub did not print ${pattern}, but\n${this.#text}`);
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Whether it is still there so many milliseconds from now. */
  async isThereIn(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, milliseconds, true);
    const there = await Promise.race([promise, this.#child.status.then(() => false)]);
    clearTimeout(timer);
    return there;
  }

  async end(signal: Deno.Signal): Promise<{ code: number; text: string }> {
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#read;
    return { code, text: this.#text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#read;
  }
}

function denoDir(): Record<string, string> {
  const dir = Deno.env.get("DENO_DIR");
  return dir === undefined ? {} : { DENO_DIR: dir };
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...FROZEN, MAIN, ...args],
  })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("the hub shows its key at the first start only, leaves on Ctrl-C, and keys are made and revoked", async (t) => {
  const data = await Deno.makeTempDir({ prefix: "zkgrad-" });
  const flags = ["--data", `${data}/hub`, "--port", "0"];
  let key = "";
  const opens = async (url: string, apiKey: string) =>
    await getHubCredentials({ url, apiKey, organization: "local" }).then(() => true, () => false);
  try {
    await t.step("first start", async () => {
      await using hub = new Process(...flags);
      [, key] = await hub.until(/API key +(zkg_[0-9a-f]{16}_[0-9a-f]{64})/) as unknown as [string, string];
      const [, url] = await hub.until(/hub at (http:\S+),/) as unknown as [string, string];
      assert.equal(await opens(url, key), true);
      const { code, text } = await hub.end("SIGINT");
      assert.equal(code, 0);
      assert.match(text, /"event":"stopped"/);
      assert.equal(text.split(key).length, 2, "the key stands in the output once");
    });

    await t.step("the key is stored nowhere", async () => {
      const secret = key.split("_")[2]!;
      assert.deepEqual(await filesWith(`${data}/hub`, secret), []);
    });

    let second = "";
    await t.step("keys create, list and revoke", async () => {
      const created = await run("keys", "create", "local", "laptop", ...flags);
      assert.equal(created.code, 0, created.err);
      second = /zkg_\S+/.exec(created.out)![0];
      const revoked = await run("keys", "revoke", key.split("_")[1]!, ...flags);
      assert.equal(revoked.code, 0, revoked.err);
      const { out } = await run("keys", "list", ...flags);
      assert.match(out, /^local {2}/m);
      assert.match(out, new RegExp(`${key.split("_")[1]} +first +deploy,prove,read +made \\S+ +revoked`));
      assert.match(out, new RegExp(`${second.split("_")[1]} +laptop +deploy,prove,read +made \\S+ +active`));
      const unknown = await run("keys", "revoke", "0000000000000000", ...flags);
      assert.equal(unknown.code, 1);
      assert.match(unknown.err, /is no key's id; keys list shows them/);
    });

    await t.step("second start: no new key, a revoked one opens nothing", async () => {
      await using hub = new Process(...flags);
      const [, url] = await hub.until(/hub at (http:\S+),/) as unknown as [string, string];
      assert.equal(await opens(url, key), false);
      assert.equal(await opens(url, second), true);
      const { code, text } = await hub.end("SIGTERM");
      assert.equal(code, 0);
      assert.doesNotMatch(text, /API key|zkg_/);
    });
    await t.step("Ctrl-C passed on twice waits for what is under way, and one more ends it at once", async () => {
      await using hub = new Process(...flags);
      const [, url] = await hub.until(/hub at (http:\S+), .* a second one at once/) as unknown as [string, string];
      using upload = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
      const head = `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${second}\r\nContent-Type: application/json\r\n`;
      await upload.write(new TextEncoder().encode(`${head}Content-Length: 1000\r\n\r\n{"query":`));
      // Until it is read.
      await new Promise((resolve) => setTimeout(resolve, 300));
      hub.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 50));
      hub.kill("SIGINT");
      assert.equal(await hub.isThereIn(1000), true, "the two were one");
      const begun = performance.now(), { code, text } = await hub.end("SIGINT");
      assert.equal(code, 130);
      assert.ok(performance.now() - begun < 5000, "an upload is waited for 30 seconds");
      assert.doesNotMatch(text, /"event":"stopped"/);
    });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("--help prints the help, a wrong flag one sentence and exit code 1", async () => {
  const help = await run("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /deno task worker/);
  const wrong = await run("--pork", "1");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^\S.*--pork.*--help lists the flags\n$/);
});

async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesWith(path, text));
    else if (isFile && new TextDecoder("latin1").decode(await Deno.readFile(path)).includes(text)) found.push(path);
  }
  return found;
}
