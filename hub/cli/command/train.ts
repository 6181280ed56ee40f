/**
 * `zkgrad train`: the tutorial, with the flags of `deno task mnist`.
 * @module
 */
import { resolve } from "node:path";
import type { RunOptions } from "../run_options.ts";
import { type ProvenValues, ProvingFolder } from "../../ezkl/mod.ts";
import type { Surroundings, Telling } from "./telling.ts";

/** A program from training to proof, as `examples/mnist/mnist.ts` is one. */
export interface Tutorial {
  /** What it does and how it is called: the head of its help. */
  readonly about: string;
  /** Runs it. */
  main(options: RunOptions): Promise<void>;
}

/** Loads the tutorial, which is fetched only when it is run. */
export type LoadTutorial = () => Promise<Tutorial>;

const EXAMPLE = `  --json            one object of JSON in place of text

Example:
  zkgrad train --epochs 3 --out out
`;

/** Trains and proves; `words` are the tutorial's own. */
export async function train(
  telling: Telling,
  around: Surroundings,
  words: readonly string[],
  json: boolean,
  load: LoadTutorial,
): Promise<void> {
  const { about, main } = await load();
  const [{ helpText }, { runProgram }] = await Promise.all([import("../run_options.ts"), import("../run_main.ts")]);
  const head = about.replace(/deno task \w+/, "zkgrad train");
  if (words.some((word) => word === "--help" || word === "-h")) return around.out(`${helpText(head)}${EXAMPLE}`);
  const silent = { write: () => {}, terminal: false, color: false };
  let out = "", proves = false;
  await runProgram(async (options) => {
    out = options.out;
    proves = options.prove && options.hub === undefined;
    await main(json ? { ...options, output: silent } : options);
  }, words);
  if (json) telling.end({ folder: resolve(out), ...proves ? await proven(out) : {} });
}

/** The tutorial's flags, for completions. */
export async function trainFlags(): Promise<string[]> {
  return ["json", ...Object.keys((await import("../run_options.ts")).FLAGS)].map((name) => `--${name}`);
}

/** What the proof in a folder shows. */
async function proven(out: string): Promise<{ verified: boolean; proof: string; outputs: ProvenValues["outputs"] }> {
  const folder = new ProvingFolder(resolve(out), "network_lenet.onnx");
  const { outputs } = await folder.readProof();
  return { verified: await folder.verify(), proof: folder.path(folder.files.proof), outputs };
}
