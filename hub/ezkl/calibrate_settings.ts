/**
 * Choosing the scales, tables and rows of a circuit: EZKL's `calibrate-settings`, and the
 * fidelity report beside it.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { calibrateFidelity, type FidelityOptions, type FidelityReport } from "./calibrate/fidelity.ts";
import { calibrateNative, type NativeCalibration, type NativeCalibrationOptions } from "./calibrate/native.ts";
import { calibrationData } from "./calibration_data.ts";
import { lowerOnnx } from "./compile/lower.ts";
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
 * with whole numbers exact to the last bit, and takes the cheapest whose answers stay
 * within `tolerance` of the network's; it runs them on `examination`, labelled samples,
 * or on `data` where that is left out, and keeps of `settings` who sees what.
 *
 * @example
 * ```ts ignore
 * const { settings, onnx } = await calibrateSettings(file, genSettings(file), calData, { target: "fidelity" });
 * const compiled = compileCircuit(onnx, settings);
 * ```
 * @throws {ArgumentError} where no circuit will do, with what the best one reaches
 * @throws {FormatError} for a calibration file that does not fit the network
 */
export async function calibrateSettings(
  onnx: Uint8Array,
  settings: GraphSettings,
  data: Uint8Array | string,
  options: CalibrationOptions = {},
): Promise<Calibration> {
  options.signal?.throwIfAborted();
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const samples = () => calibrationData(text, lowerOnnx(onnx, settings.runArgs.variables));
  if (options.target === "fidelity") {
    const { target: _, ...rest } = options;
    const { variables, inputVisibility, outputVisibility } = settings.runArgs;
    const report = await calibrateFidelity(onnx, {
      ...rest,
      examination: rest.examination ?? samples(),
      runArgs: { variables, inputVisibility, outputVisibility, ...rest.runArgs },
    });
    return { settings: report.settings, onnx: report.onnx, report };
  }
  const known = [undefined, "resources", "resources/col-overflow", "accuracy"];
  if (!known.includes(options.target)) {
    throw new ArgumentError(
      `calibrateSettings(): target is ${JSON.stringify(options.target)}, expected resources, resources/col-overflow, ` +
        "accuracy or fidelity",
    );
  }
  const { inputs, count } = samples();
  const each = Array.from({ length: count }, (_, sample) =>
    inputs.map((values) => {
      const size = values.length / count;
      return values.subarray(sample * size, (sample + 1) * size);
    }));
  const report = await calibrateNative(onnx, settings, each, options);
  return { settings: report.settings, onnx, report };
}
