/**
 * The settings of a model: EZKL's `gen-settings`.
 * @module
 */
import { lowerOnnx } from "./compile/lower.ts";
import { buildCircuit } from "./compile/native.ts";
import { settingsOf } from "./compile/settings.ts";
import { type RunArgs, runArgs } from "./format/run_args.ts";
import type { GraphSettings } from "./format/settings.ts";

/**
 * The settings of an ONNX file at the given run arguments, before any calibration;
 * what `args` leaves out is EZKL's default, and `name` is the file's, for errors.
 * A model that keeps its weights in a second file is made one by `inlineExternalData`.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { genSettings } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]); // or a file's bytes
 * const settings = genSettings(onnx, { inputScale: 2, paramScale: 2, paramVisibility: "Fixed" });
 * if (settings.runArgs.inputScale !== 2) throw new Error("as asked");
 * ```
 * @throws {ArgumentError} for arguments outside what EZKL takes, and for operators that no circuit expresses
 * @throws {FormatError} for a file that is no ONNX file
 * @throws {ShapeError} for shapes that contradict each other
 */
export function genSettings(onnx: Uint8Array, args: Partial<RunArgs> = {}, name: string = "the model"): GraphSettings {
  const own = runArgs(args);
  return settingsOf(buildCircuit(lowerOnnx(onnx, own.variables, name), own), own);
}
