/**
 * How a program begins and ends.
 * @module
 */
import { stat } from "node:fs/promises";
import process from "node:process";
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
    await runProgram(main, process.argv.slice(2), about);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    await new Promise<unknown>((written) => process.stderr.write(`error: ${error.message}\n`, written));
    process.exit(1);
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
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  const options = parseRunOptions(args, about);
  try {
    await main(options);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const path = `${options.out}/last.safetensors`;
    const there = await stat(path).then(() => true, () => false);
    if (there) error.message += `; the last good checkpoint is ${path}`;
    throw error;
  }
}
