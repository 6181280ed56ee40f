/**
 * Programs run for the bench, one at a time.
 * @module
 */
import { fileURLToPath } from "node:url";

/** What a program left. */
export interface Ended {
  /** Its standard output. */
  readonly stdout: string;
  /** Why there is no result in it, where there is none: the last line of its errors, or that it took too long. */
  readonly reason: string;
}

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a program in the checkout and ends it after `minutes`. */
export async function run(program: string, args: readonly string[], minutes: number): Promise<Ended> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, minutes * 60_000);
  const { stdout, stderr, code, signal } = await child.output();
  clearTimeout(timer);
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const told = decode(stderr).split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const ended = signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`;
  const said = told.find((line) => /^(error|.*Error)\b.*:/.test(line)) ?? told.at(-1);
  const why = late ? `no result within ${minutes} minutes` : said === undefined ? ended : `${ended}: ${said}`;
  return { stdout: decode(stdout), reason: why.slice(0, 300) };
}
