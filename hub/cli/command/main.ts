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
  // A task runs in the folder of its configuration, and says where it was called.
  const called = process.env.INIT_CWD;
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
