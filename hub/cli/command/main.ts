/**
 * `zkgrad` as a program: `deno task zkgrad prove network.onnx --input input.json`.
 * @module
 */
import process from "node:process";
import { run } from "./program.ts";

/** Runs the command with the words of the command line, in the folder where it was called, and ends the process. */
export async function main(): Promise<void> {
  // A task runs in the folder of its configuration, and says where it was called.
  const called = process.env.INIT_CWD;
  if (called) process.chdir(called);
  const code = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  });
  // Engines may hold threads open that nobody needs any more.
  process.exit(code);
}

if (import.meta.main) await main();
