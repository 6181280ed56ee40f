/**
 * The hub as a program, however it is called.
 * @module
 */
import { startHub } from "./hub.ts";
import { keysText, runKeys } from "./keys_command.ts";
import { jsonLog } from "./log.ts";
import { type Calls, helpText, parseCommand } from "./options.ts";

/** How a program speaks. */
export interface Speech {
  /** How the hub and its workers are called, for the help. */
  readonly calls: Calls;
  /** Answers with one object of JSON, and keeps the log on standard error. */
  readonly json?: boolean;
  /** Where answers go; without one, to standard output. */
  readonly out?: (text: string) => void;
}

const encoder = new TextEncoder();

/**
 * Runs the hub with the words of a command line until a signal ends it: serves, takes jobs, or sees to its keys.
 * @throws {ConfigError} naming the flag or variable that is wrong
 */
export async function runHub(args: readonly string[], { calls, json = false, out = print }: Speech): Promise<void> {
  const command = parseCommand(args, (name) => Deno.env.get(name));
  const log = json ? jsonLog((line) => Deno.stderr.writeSync(line)) : jsonLog();
  const answer = (object: unknown, text: string) => out(json ? `${JSON.stringify(object)}\n` : text);
  if (command.name === "help") return out(helpText(calls));
  if (command.name === "keys") {
    const found = await runKeys(command.args, command.config, log);
    return answer(found, keysText(found));
  }
  const hub = await startHub(command.config, log);
  const { url, organization, apiKey } = hub;
  answer({ url, organization, apiKey }, startText(hub));
  using signals = new StopSignals();
  await signals.first;
  await hub.stop();
}

function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(text));
}

function startText(
  { url, organization, apiKey }: { url: string; organization: string; apiKey: string | null },
): string {
  const key = apiKey === null ? "" : `\n  organisation  ${organization}\n  API key       ${apiKey}\n` +
    `\n  The key is shown this once and stored hashed; keep it.\n\n`;
  const place = url === ""
    ? ""
    : `hub at ${url}, POST /graphql with the header API-Key; Ctrl-C waits for running jobs and leaves, a second one at once\n`;
  return `${key}${place}`;
}

const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Milliseconds within which signals are one: a Ctrl-C goes to every process at the terminal, and npm, Node and others
 * between it and this one pass it on too.
 */
const ECHO = 500;

/** Signals that end the program: the first in order, another one at once. */
class StopSignals implements Disposable {
  /** Comes with the first. */
  readonly first: Promise<void>;
  readonly #hear: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    let begun: number | null = null;
    this.first = promise;
    this.#hear = () => {
      const now = performance.now();
      if (begun !== null && now - begun > ECHO) Deno.exit(130);
      begun ??= now;
      resolve();
    };
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#hear);
  }

  /** Hears no more. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#hear);
  }
}
