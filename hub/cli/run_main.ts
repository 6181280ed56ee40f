/**
 * How a program begins and ends.
 * @module
 */
import { NonFiniteError, ZkgradError } from "../../core/base/errors.ts";
import { parseRunOptions, type RunOptions } from "./run_options.ts";

/**
 * Runs a program with the flags of a run; an error of its own becomes one sentence and exit code 1.
 * @param main The program.
 * @param about What it does and how it is called: the head of its help.
 */
export async function runMain(
  main: (options: RunOptions) => Promise<void>,
  about?: string,
): Promise<void> {
  try {
    await runProgram(main, Deno.args, about);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    await new Blob([`error: ${error.message}\n`]).stream().pipeTo(Deno.stderr.writable, { preventClose: true });
    Deno.exit(1);
  }
}

/**
 * The same for who ends the process himself: runs a program with the flags in `args`.
 * @throws {ZkgradError} with a sentence that says where the last good checkpoint is, if numbers stopped being finite
 */
export async function runProgram(
  main: (options: RunOptions) => Promise<void>,
  args: readonly string[],
  about?: string,
): Promise<void> {
  // Mesa complains on stderr when this is unset; nothing here needs it.
  if (Deno.env.get("XDG_RUNTIME_DIR") === undefined) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  const options = parseRunOptions(args, about);
  try {
    await main(options);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const path = `${options.out}/last.safetensors`;
    const there = await Deno.stat(path).then(() => true, () => false);
    if (there) error.message += `; the last good checkpoint is ${path}`;
    throw error;
  }
}
