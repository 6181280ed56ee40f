/**
 * `zkgrad` as a program.
 * @module
 */
import process from "node:process";
import { run } from "./program.ts";
import type { LoadTutorial } from "./train.ts";

/**
 * Runs the command with the words of the command line, in the folder where it was called, and ends the process.
 * @param tutorial What `zkgrad train` runs; without one, there is no such command.
 */
export async function main(tutorial?: LoadTutorial): Promise<void> {
  // Deno's tasks run in the folder of their configuration and say where they were called. npm says so too, of scripts
  // whose paths are those of the folder they run in.
  const called = process.versions.deno === undefined ? undefined : process.env.INIT_CWD;
  if (called) process.chdir(called);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endQuietly);
  const code = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  }, tutorial);
  // Engines may hold threads open that nobody needs any more.
  process.exit(code);
}

/** What programs end with whose reader is gone, as in `zkgrad look network.onnx | head -1`: 128 and the number of SIGPIPE. */
const READER_GONE = 141;

function endQuietly(error: { readonly code?: string }): void {
  if (error.code === "EPIPE") process.exit(READER_GONE);
  throw error;
}
