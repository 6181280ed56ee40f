/**
 * Choosing the scales, tables and rows of a circuit: EZKL's `calibrate-settings`, and the
 * fidelity report beside it.
 * @module
 */
import { checkOptions, oneOf } from "../../core/base/known.ts";
import {
  calibrateFidelity,
  FIDELITY_OPTIONS,
  type FidelityOptions,
  type FidelityReport,
} from "./calibrate/fidelity.ts";
import {
  calibrateNative,
  NATIVE_OPTIONS,
  type NativeCalibration,
  type NativeCalibrationOptions,
} from "./calibrate/native.ts";
import { askedOf, refuseChosen } from "./calibrate/wishes.ts";
import { calibrationData } from "./calibration_data.ts";
import { lowerOnnx } from "./compile/lower.ts";
import { checkCompilable, checkRunArgs, type RunArgs } from "./format/run_args.ts";
import type { GraphSettings } from "./format/settings.ts";

/** EZKL's own targets: few rows, few rows with the cells in more columns, or fine scales. */
export interface NativeTargetOptions extends NativeCalibrationOptions {
  /** Stops the calibration before it begins. */
  signal?: AbortSignal | undefined;
}

/** The target fidelity: the cheapest circuit that answers as the network does. */
export interface FidelityTargetOptions extends Partial<FidelityOptions> {
  /** What to aim at. */
  target: "fidelity";
}

/** How {@linkcode calibrateSettings} calibrates; without a target for resources, as EZKL does. */
export type CalibrationOptions = NativeTargetOptions | FidelityTargetOptions;

/** What a calibration chose. */
export interface Calibration {
  /** The settings. */
  settings: GraphSettings;
  /** The file to compile with them: the one given, or for fidelity one whose weights lie on the circuit's grid. */
  onnx: Uint8Array;
  /** Everything that was weighed. */
  report: NativeCalibration | FidelityReport;
}

/**
 * Calibrates the settings of an ONNX file on the samples of a `cal_data.json`.
 *
 * The targets `resources`, `resources/col-overflow` and `accuracy` are EZKL's and choose
 * by its rules. The target `fidelity` weighs circuits that EZKL itself does not write,
 * with whole numbers exact to the last bit, and takes the cheapest that stays near enough
 * to the network: within `tolerance` of its share of right answers, or within `maxError`
 * of its outputs. It runs them on `examination`, labelled samples, or on `data` where that
 * is left out, and reports separately how the chosen one does on `test`.
 *
 * Who sees what stays as in `settings`, with every target. Scales and the multiplier that
 * are not EZKL's defaults there are kept by EZKL's targets unless `options` names others;
 * any other run argument that the calibration would have to change is refused.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { calibrateSettings, calibrationJson, compileCircuit, genSettings } from "@zkgrad/zkgrad/ezkl";
 *
 * const file = exportOnnx(new nn.Linear(3, 2), [3]);
 * const samples = Array.from({ length: 16 }, (_, i) => Float32Array.of(i & 1, i & 2, i & 4));
 * const calData = calibrationJson(samples);
 * const uncalibrated = genSettings(file, { paramVisibility: "Fixed" });
 * const { settings, onnx } = await calibrateSettings(file, uncalibrated, calData, { target: "fidelity" });
 * const compiled = compileCircuit(onnx, settings); // not of the file, whose weights are not on the circuit's grid
 * ```
 * @throws {ArgumentError} where no circuit will do, with what the best one reaches; for options that are unknown or out
 * of range, and run arguments that the target cannot keep
 * @throws {FormatError} for a calibration file that does not fit the network
 */
export async function calibrateSettings(
  onnx: Uint8Array,
  settings: GraphSettings,
  data: Uint8Array | string,
  options: CalibrationOptions = {},
): Promise<Calibration> {
  const where = "calibrateSettings()";
  const fidelity = checkTarget(options);
  checkRunArgs(settings.runArgs);
  checkCompilable(settings.runArgs);
  options.signal?.throwIfAborted();
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const samples = () => calibrationData(text, lowerOnnx(onnx, settings.runArgs.variables));
  const bounded = (asked: Partial<RunArgs>): Partial<RunArgs> => {
    const { logrows: _, ...others } = asked;
    return options.maxLogrows === undefined ? asked : others;
  };
  if (fidelity) {
    const { target: _, ...rest } = options as FidelityTargetOptions;
    // A scheme in the settings says that an earlier calibration chose them.
    if (settings.zkgrad === undefined) refuseChosen(where, "fidelity", bounded(askedOf(settings.runArgs)));
    refuseChosen(where, "fidelity", bounded(rest.runArgs ?? {}));
    const { variables, inputVisibility, outputVisibility, paramVisibility } = settings.runArgs;
    const { checkMode, commitment, boundedLogLookup } = settings.runArgs;
    const kept = {
      variables,
      inputVisibility,
      outputVisibility,
      paramVisibility,
      checkMode,
      commitment,
      boundedLogLookup,
    };
    const report = await calibrateFidelity(onnx, {
      ...rest,
      examination: rest.examination ?? samples(),
      runArgs: { ...kept, ...rest.runArgs },
    });
    return { settings: report.settings, onnx: report.onnx, report };
  }
  refuseChosen(where, "native", bounded(askedOf(settings.runArgs)));
  const { inputs, count } = samples();
  const each = Array.from({ length: count }, (_, sample) =>
    inputs.map((values) => {
      const size = values.length / count;
      return values.subarray(sample * size, (sample + 1) * size);
    }));
  const report = await calibrateNative(onnx, settings, each, options as NativeTargetOptions);
  return { settings: report.settings, onnx, report };
}

/** Refuses what the target does not know; true for fidelity. */
function checkTarget(options: CalibrationOptions): boolean {
  const where = "calibrateSettings()";
  const { target = "resources" } = options;
  oneOf(`${where}, target`, target, ["resources", "resources/col-overflow", "accuracy", "fidelity"]);
  const own = target === "fidelity" ? ["target", ...FIDELITY_OPTIONS] : NATIVE_OPTIONS;
  checkOptions(`${where} for ${target}`, options, ["signal", ...own]);
  return target === "fidelity";
}
