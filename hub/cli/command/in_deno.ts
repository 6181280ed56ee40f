/**
 * Deno, started by Node or Bun for what runs in it alone.
 * @module
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { ArgumentError } from "../../../core/base/errors.ts";

/** What npm has of it, where none is installed: the one that the tests run in. */
const PACKAGE = "deno@2.9.6";

/** Thrown where a program that was started has ended with this exit code, and has said all there is to say. */
export class Ended extends Error {
  /** With its exit code. */
  constructor(readonly code: number) {
    super(`ended with exit code ${code}`);
  }
}

/** Signals that end this process, which are the other's to obey. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs this program in Deno with `words`, in this process's folder and with its input and output. Deno is the one on the
 * `PATH`, else npm's.
 * @throws {ArgumentError} where neither can be started
 * @throws {Ended} where it ends with another exit code than 0
 */
export async function inDeno(words: readonly string[]): Promise<void> {
  const run = ["run", "-A", process.argv[1], ...words];
  const code = await started("deno", run) ?? await started("npx", ["-y", PACKAGE, ...run]);
  if (code === 0) return;
  if (code !== null) throw new Ended(code);
  throw new ArgumentError(
    `${
      words[0]
    } runs in Deno, and neither deno nor npx is on the PATH to start it; install Deno, or npm install ${PACKAGE}`,
  );
}

/** The exit code of a program, or null where there is none of that name. */
function started(name: string, args: readonly string[]): Promise<number | null> {
  const command = process.platform === "win32" && name === "npx" ? "npx.cmd" : name;
  return new Promise((resolve, reject) => {
    // npm says where its scripts were called, which is not where this process works; in Deno it would be taken for that.
    const { INIT_CWD: _, ...env } = process.env;
    const child = spawn(command, args, { env, stdio: "inherit", shell: command !== name });
    // A terminal sends its Ctrl-C to both; a hub takes the two for one.
    const pass = (signal: typeof SIGNALS[number]) => void child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    const end = (settle: () => void) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      settle();
    };
    child.on(
      "error",
      (error: Error & { code?: string }) => end(() => error.code === "ENOENT" ? resolve(null) : reject(error)),
    );
    child.on("exit", (code, signal) => end(() => resolve(code ?? 128 + constants.signals[signal!])));
  });
}
