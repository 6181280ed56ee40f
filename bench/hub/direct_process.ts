/**
 * The process that uses the toolchain without a hub, as the bench holds it.
 * @module
 */
import { ROOT } from "../prove/process.ts";
import { FROZEN } from "../program.ts";

/** A running one. */
export class Direct implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #questions: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#questions = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts one with these arguments. */
  static start(args: readonly string[]): Direct {
    const options = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    const all = ["run", "-A", ...FROZEN, "bench/hub/direct.ts", ...args];
    return new Direct(new Deno.Command(Deno.execPath(), { args: all, cwd: ROOT, ...options }).spawn());
  }

  /** Makes a proof; its seconds. */
  async once(): Promise<number> {
    await this.#questions.write(new TextEncoder().encode("again\n"));
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error("the toolchain's process ended; what it said stands above");
    return Number(value);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#questions.close().catch(() => {});
    await this.#answers.cancel();
    await this.#child.status;
  }
}
