/**
 * Makes the text of the prover's threads, which is committed, so that bundlers have no Worker to find:
 *
 *     deno run -A --lock=tests/deno.lock --frozen tests/hub/halo2/prover/bundle_worker.ts
 *
 * @module
 */
import * as esbuild from "npm:esbuild@0.28.2";
import { fileURLToPath } from "node:url";

/** The module that holds the text. */
export const TEXT_FILE: URL = new URL("../../../../hub/halo2/prover/worker_text.ts", import.meta.url);

/** The text: a function of the thread's port. */
export async function workerText(): Promise<string> {
  const entry = fileURLToPath(new URL("../../../../hub/halo2/prover/worker.ts", import.meta.url));
  try {
    const { outputFiles: [{ text }] } = await esbuild.build({
      entryPoints: [entry],
      ...{ bundle: true, write: false, minify: true, charset: "utf8", logLevel: "silent" },
      ...{ format: "iife", globalName: "prover", platform: "neutral", target: "es2022" },
    });
    return `(port) => { ${text.trim()} return prover.serveProver(port); }`;
  } finally {
    await esbuild.stop();
  }
}

/** The module's text. */
export function moduleOf(text: string): string {
  return `/**
 * The text of a thread of the prover: worker.ts with all that it imports. Made by
 * tests/hub/halo2/prover/bundle_worker.ts; a test makes it again.
 * @module
 */

/** A function of the thread's port. */
export const WORKER_TEXT =
  ${JSON.stringify(text)};
`;
}

if (import.meta.main) await Deno.writeTextFile(TEXT_FILE, moduleOf(await workerText()));
