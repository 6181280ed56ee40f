/**
 * Makes the texts of the prover's threads and of a calibration's, which are committed, so that bundlers have no Worker
 * to find:
 *
 *     deno run -A --lock=tests/deno.lock --frozen tests/hub/halo2/prover/bundle_worker.ts
 *
 * @module
 */
import * as esbuild from "npm:esbuild@0.28.2";
import { fileURLToPath } from "node:url";

/** A thread's program, and the module that holds its text. */
export interface Program {
  /** The module's file. */
  readonly file: URL;
  /** Whose threads they are; a name in the text too. */
  readonly whose: string;
  /** The file of the program, and the function that it is. */
  readonly from: string;
  readonly serve: string;
  /** The text's name. */
  readonly name: string;
}

const hub = (path: string): URL => new URL(`../../../../hub/${path}`, import.meta.url);

/** All programs. */
export const PROGRAMS = {
  prover: {
    file: hub("halo2/prover/worker_text.ts"),
    whose: "prover",
    from: "worker.ts",
    serve: "serveProver",
    name: "WORKER_TEXT",
  },
  calibration: {
    file: hub("ezkl/calibrate/weighing_text.ts"),
    whose: "calibration",
    from: "weighing_worker.ts",
    serve: "serveWeighing",
    name: "WEIGHING_TEXT",
  },
} satisfies Record<string, Program>;

/** The text: a function of the thread's port. */
export async function workerText({ file, whose, from, serve }: Program): Promise<string> {
  const entry = fileURLToPath(new URL(from, file));
  try {
    const { outputFiles: [{ text }] } = await esbuild.build({
      entryPoints: [entry],
      ...{ bundle: true, write: false, minify: true, charset: "utf8", logLevel: "silent" },
      ...{ format: "iife", globalName: whose, platform: "neutral", target: "es2022" },
    });
    return `(port) => { ${text.trim()} return ${whose}.${serve}(port); }`;
  } finally {
    await esbuild.stop();
  }
}

/** The module's text. */
export function moduleOf({ whose, from, name }: Program, text: string): string {
  return `/**
 * The text of a thread of the ${whose}: ${from} with all that it imports. Made by
 * tests/hub/halo2/prover/bundle_worker.ts; a test makes it again.
 * @module
 */

/** A function of the thread's port. */
export const ${name} =
  ${JSON.stringify(text)};
`;
}

if (import.meta.main) {
  for (const program of Object.values(PROGRAMS)) {
    await Deno.writeTextFile(program.file, moduleOf(program, await workerText(program)));
  }
}
