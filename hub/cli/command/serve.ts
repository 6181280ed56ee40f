/**
 * `zkgrad serve`: a hub of one's own, with the flags of `deno task hub`.
 * @module
 */
import { loadServer, needDeno } from "../load_server.ts";
import type { Surroundings } from "./telling.ts";

const CALLS = { hub: "zkgrad serve", worker: "zkgrad serve worker" };

const EXAMPLE = `
  --json                    one object of JSON in place of text; the log goes to standard error

Example:
  zkgrad serve --data hub-data --port 8000
`;

/** Serves until a signal ends it; `words` are the hub's own. */
export async function serve(around: Surroundings, words: readonly string[], json: boolean): Promise<void> {
  if (words.some((word) => word === "--help" || word === "-h")) {
    const { helpText } = await serverOptions();
    return around.out(`${helpText(CALLS).trimEnd()}\n${EXAMPLE}`);
  }
  needDeno("serve");
  const module = import.meta.resolve("../../server/program.ts");
  const { runHub } = await loadServer<typeof import("../../server/program.ts")>(module, "serve");
  await runHub(words, { calls: CALLS, json, out: around.out });
}

/** The hub's flags, for completions. */
export async function serveFlags(): Promise<string[]> {
  return ["json", ...Object.keys((await serverOptions()).FLAGS)].map((name) => `--${name}`);
}

async function serverOptions(): Promise<typeof import("../../server/options.ts")> {
  return await loadServer(import.meta.resolve("../../server/options.ts"), "serve");
}
