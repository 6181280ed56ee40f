/**
 * The hub as a program: `deno task hub` and `deno task worker`; `--help` lists the flags.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { runKeys } from "./keys_command.ts";
import { startHub } from "./hub.ts";
import { jsonLog } from "./log.ts";
import { HELP, parseCommand } from "./options.ts";

const encoder = new TextEncoder();

function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(text));
}

async function main(): Promise<void> {
  const command = parseCommand(Deno.args, (name) => Deno.env.get(name));
  if (command.name === "help") return print(HELP);
  if (command.name === "keys") return print(await runKeys(command.args, command.config, jsonLog()));
  const hub = await startHub(command.config);
  if (hub.apiKey !== null) {
    print(
      `\n  organisation  ${hub.organization}\n  API key       ${hub.apiKey}\n` +
        `\n  The key is shown this once and stored hashed; keep it.\n\n`,
    );
  }
  if (hub.url !== "") {
    print(`hub at ${hub.url}, POST /graphql with the header API-Key; Ctrl-C waits for running jobs and leaves\n`);
  }
  await stopSignal();
  // A second signal must not wait for a drain.
  const impatient = () => Deno.exit(130);
  for (const signal of SIGNALS) Deno.addSignalListener(signal, impatient);
  await hub.stop();
  Deno.exit(0);
}

const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  });
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    Deno.stderr.writeSync(encoder.encode(`${error.message}\n`));
    Deno.exit(1);
  }
}
