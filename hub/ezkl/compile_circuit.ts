/**
 * The compiled circuit of a model: EZKL's `compile-circuit`.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { buildFor } from "./compile/build.ts";
import { foldedOnnx } from "./compile/folded_onnx.ts";
import { lowerOnnx } from "./compile/lower.ts";
import { schemeFrom } from "./network/scheme.ts";
import { facesOf } from "./compile/settings.ts";
import type { CircuitModel } from "./format/circuit.ts";
import { encodeCircuit } from "./format/circuit_codec.ts";
import { checkCompilable, checkRunArgs, defaultRunArgs } from "./format/run_args.ts";
import type { GraphSettings } from "./format/settings.ts";

/**
 * The bytes of `network.compiled` for an ONNX file at its settings. `name` is the
 * ONNX file's, for errors. A model that keeps its weights in a second file is made one
 * by `inlineExternalData`, before its settings are made.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { compileCircuit, genSettings } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * if (compiled.length === 0) throw new Error("the bytes of network.compiled");
 * ```
 * @throws {ArgumentError} for settings that no circuit can have, and for operators that no circuit expresses
 * @throws {FormatError} for a file that is no ONNX file
 * @throws {ShapeError} for shapes that contradict each other
 */
export function compileCircuit(
  onnx: Uint8Array,
  settings: GraphSettings,
  name: string = "the model",
): Uint8Array<ArrayBuffer> {
  checkRunArgs(settings.runArgs);
  checkCompilable(settings.runArgs);
  checkScheme(settings);
  const { variables } = settings.runArgs, isFrugal = settings.zkgrad !== undefined && settings.zkgrad !== null;
  const network = lowerOnnx(isFrugal ? foldedOnnx(onnx, variables, name) : onnx, variables, name);
  const model = buildFor(network, settings);
  checkSame(model, settings, name);
  return encodeCircuit({ model, settings });
}

/** A frugal circuit has its scales from its scheme, so run arguments that say others would be passed over. */
function checkScheme({ runArgs, zkgrad }: GraphSettings): void {
  if (zkgrad === undefined || zkgrad === null) return;
  const { inputScale, dropBits } = schemeFrom(zkgrad);
  for (const [name, own] of [["inputScale", inputScale], ["paramScale", dropBits]] as const) {
    if (runArgs[name] === own || runArgs[name] === defaultRunArgs[name]) continue;
    throw new ArgumentError(
      `compileCircuit(): the settings ask for ${name} ${
        runArgs[name]
      }, and were calibrated for fidelity with ${own}; ` +
        "calibrate again in place of changing the file",
    );
  }
}

/** Settings of another model would make keys that panic, or prove something else. */
function checkSame(model: CircuitModel, settings: GraphSettings, name: string): void {
  const own = facesOf(model, settings.runArgs);
  for (const field of ["modelInstanceShapes", "modelInputScales", "modelOutputScales"] as const) {
    const [expected, given] = [JSON.stringify(own[field]), JSON.stringify(settings[field])];
    if (expected === given) continue;
    throw new ArgumentError(
      `compileCircuit(): the settings say ${field} ${given}, but ${name} has ${expected} at their run arguments; ` +
        `make the settings from the same file with genSettings() or a calibration`,
    );
  }
}
