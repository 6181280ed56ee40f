/**
 * Builds the page and serves it: `deno task page`.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { terminalWriter } from "../../core/base/progress.ts";
import { exampleDigits } from "./build/digits.ts";
import { writeNetwork } from "./build/network.ts";
import { HELP, readOptions } from "./build/options.ts";
import { serve } from "./build/serve.ts";
import { writePage } from "./build/write_page.ts";
import { writeDigits } from "./train/write_digits.ts";

/** Networks that were made before, by what they were made of. */
const CACHE = "out/.page";

const output = terminalWriter();

function say(line: string): void {
  output.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === null) return say(HELP);
  await Deno.remove(options.out, { recursive: true }).catch(() => {});
  await Deno.mkdir(options.out, { recursive: true });
  await writeDigits(options.out);
  const { network, srs, out } = options;
  await writeNetwork({ network, srs, cache: CACHE }, `${out}/network`, say);
  await Deno.writeTextFile(`${out}/digits.json`, await exampleDigits());
  await writePage(options.out);
  say(`the page is in ${options.out}`);
  if (options.buildOnly) return;
  serve(options.out, options.port, (address) => say(`open ${address}`));
}

if (import.meta.main) {
  await main(Deno.args).catch(async (error) => {
    if (!(error instanceof ZkgradError)) throw error;
    await Deno.stderr.write(new TextEncoder().encode(`error: ${error.message}\n`));
    Deno.exit(1);
  });
}
