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
  // Mesa complains on stderr when this is unset; nothing here needs it.
  if (Deno.env.get("XDG_RUNTIME_DIR") === undefined) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  let options: RunOptions | undefined;
  try {
    options = parseRunOptions(Deno.args, about);
    await main(options);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    let { message } = error;
    if (error instanceof NonFiniteError) {
      const path = `${options!.out}/last.safetensors`;
      const there = await Deno.stat(path).then(() => true, () => false);
      if (there) message += `; the last good checkpoint is ${path}`;
    }
    await new Blob([`error: ${message}\n`]).stream().pipeTo(Deno.stderr.writable, { preventClose: true });
    Deno.exit(1);
  }
}
