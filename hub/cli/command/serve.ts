/**
 * `zkgrad serve`: a hub of one's own, with the flags of `deno task hub`. In Node and Bun it starts Deno, whose server and
 * files a hub is made of.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { deno } from "../../../core/base/host.ts";
import { loadServer } from "../load_server.ts";
import { missingPackages } from "../packages.ts";
import { inDeno } from "./in_deno.ts";
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
  if (deno() === undefined) {
    const missing = await missingPackages("server");
    if (missing.length === 0) return await inDeno(["serve", ...json ? ["--json"] : [], ...words]);
    throw new ArgumentError(`serve needs packages that are not installed; npm install ${missing.join(" ")}`);
  }
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
