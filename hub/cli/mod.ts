/**
 * What a program from training to proof is made of: flags, files, progress, tables, pictures.
 * `examples/mnist/mnist.ts` shows all of it in one script.
 *
 * @example Flags of a program
 * ```ts
 * import { parseFlags, wholeFlag } from "@zkgrad/zkgrad/cli";
 *
 * const given = parseFlags(["--epochs", "3"], { epochs: { type: "string" }, quiet: { type: "boolean" } });
 * const epochs = wholeFlag("--epochs", given.epochs, 25, 1);
 * if (epochs !== 3 || given.quiet) throw new Error(`${epochs}`);
 * ```
 *
 * `@zkgrad/zkgrad/cli` run as a program is the command `zkgrad`:
 * `deno run -A jsr:@zkgrad/zkgrad/cli prove network.onnx --input input.json`.
 * @module
 */
export { type Figure } from "./figures/figure.ts";
export { parameterHistogram } from "./figures/parameter_histogram.ts";
export { type CurvePoint, trainingCurve } from "./figures/training_curve.ts";
export { type FlagTable, type FlagTexts, folderFlag, parseFlags, positiveFlag, shareFlag } from "./flags.ts";
export { refuseFlags, wholeFlag, wordFlag } from "./flags.ts";
export { HubRun } from "./hub_run.ts";
export { ProvingRun } from "./proving_run.ts";
export { priceText, tableText, type ToldPrice, verdictText } from "./report.ts";
export { RunFiles } from "./run_files.ts";
export { runMain } from "./run_main.ts";
export { type HubOptions, parseRunOptions, type RunOptions, type Target } from "./run_options.ts";
export { statusLine } from "./status_line.ts";
// What the declarations above name.
export { type TextOutput, ZkgradError } from "../../core/mod.ts";
export { type NativeTarget, type Price, type Scheme } from "../ezkl/mod.ts";
