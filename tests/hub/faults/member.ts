import { FROZEN } from "../../frozen.ts";

const MAIN = new URL("../../../hub/server/main.ts", import.meta.url).pathname;

/** A line of a process's log. */
export interface LogLine {
  /** What happened. */
  event: string;
  /** ISO 8601. */
  time: string;
  /** More of it. */
  [field: string]: unknown;
}

/** How a process is started. */
export interface MemberOptions {
  /** What its errors call it. */
  name: string;
  /** Words after `main.ts`. */
  args: string[];
  /** Variables beside this process's own. */
  env: Record<string, string>;
}

/** A hub or a worker as a process of its own, that can be killed, frozen and listened to. */
export class Member {
  /** What its errors call it. */
  readonly name: string;
  /** Its log so far. */
  readonly lines: LogLine[] = [];
  /** How it ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #text = "";
  #over = false;
  #frozen = false;

  private constructor(name: string, process: Deno.ChildProcess) {
    this.name = name;
    this.#process = process;
    this.ended = process.status.then((status) => {
      this.#over = true;
      this.#tell();
      return status;
    });
    this.#read = Promise.all([process.stdout, process.stderr].map((stream) => this.#listen(stream)));
  }

  /** Starts one; it dies with this process, whatever kills that. */
  static spawn({ name, args, env }: MemberOptions): Member {
    const words = [
      "--pdeathsig=KILL",
      "--",
      Deno.execPath(),
      "run",
      "-A",
      "-q",
      "--no-check",
      ...FROZEN,
      MAIN,
      ...args,
    ];
    const options = { args: words, env, stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return new Member(name, new Deno.Command("setpriv", options).spawn());
  }

  /** What it printed that is no log. */
  get text(): string {
    return this.#text;
  }

  /** Whether it is there. */
  get alive(): boolean {
    return !this.#over;
  }

  /** Where it listens. */
  async url(): Promise<string> {
    return (await this.heard((line) => line.event === "started")).url as string;
  }

  /** Waits for a line of its log, one of those before included from number `from`. */
  async heard(test: (line: LogLine) => boolean, seconds: number = 120, from: number = 0): Promise<LogLine> {
    const end = performance.now() + seconds * 1000;
    for (let at = from;;) {
      for (; at < this.lines.length; at++) if (test(this.lines[at])) return this.lines[at];
      const left = end - performance.now();
      if (this.#over || left <= 0) {
        const why = this.#over ? "it ended" : `${seconds} s are over`;
        throw new Error(`${this.name} did not say it (${why}): ${test}\n${this.tail()}`);
      }
      await this.#more(left);
    }
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#end();
  }

  /** As Ctrl-C; a process that does not end is killed, and an error. */
  async stop(seconds: number = 60): Promise<void> {
    if (this.#over) return await this.#end();
    this.thaw();
    this.#signal("SIGINT");
    const timer = setTimeout(() => this.#signal("SIGKILL"), seconds * 1000);
    const { code, signal } = await this.ended;
    clearTimeout(timer);
    await this.#end();
    if (code !== 0) throw new Error(`${this.name} ended with ${signal ?? code} instead of leaving:\n${this.tail()}`);
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#frozen = true;
    this.#signal("SIGSTOP");
  }

  /** SIGCONT. */
  thaw(): void {
    if (this.#frozen) this.#signal("SIGCONT");
    this.#frozen = false;
  }

  /** The end of what it said. */
  tail(): string {
    return [...this.lines.slice(-25).map((line) => JSON.stringify(line)), this.#text.slice(-2000)].join("\n");
  }

  #signal(name: Deno.Signal): void {
    if (this.#over) return;
    try {
      this.#process.kill(name);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has just ended
    }
  }

  async #end(): Promise<void> {
    await this.ended;
    await this.#read;
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const piece of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#line(line);
      this.#tell();
    }
    if (rest !== "") this.#line(rest);
  }

  #line(line: string): void {
    try {
      const parsed = JSON.parse(line);
      if (typeof parsed?.event === "string") return void this.lines.push(parsed);
    } catch {
      // What is no log is text.
    }
    this.#text += `${line}\n`;
  }

  #tell(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #more(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve();
      }, milliseconds);
      this.#waiting.add(wake);
    });
  }
}

/** Waits for a line of any of several processes. */
export async function anyHeard(
  members: readonly Member[],
  test: (line: LogLine) => boolean,
  seconds: number = 120,
): Promise<{ member: Member; line: LogLine }> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    for (const member of members) {
      const line = member.lines.find(test);
      if (line !== undefined) return { member, line };
    }
    await sleep(5);
  }
  throw new Error(
    `none of ${members.map(({ name }) => name)} said it within ${seconds} s: ${test}\n${
      members.map((member) => member.tail()).join("\n--\n")
    }`,
  );
}

/** Waits. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
