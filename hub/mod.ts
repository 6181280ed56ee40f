/**
 * Proving: what goes from a trained network to EZKL. So far the data files that
 * its calibration and its witness read.
 *
 * @example
 * ```ts
 * import { calibrationJson, inputJson, parseInputJson } from "@zkgrad/zkgrad/hub";
 *
 * const text = inputJson(Float32Array.of(0, 1)); // {"input_data": [[0, 1]]}
 * const [sample] = [parseInputJson(text, 2)];
 * const calibration = calibrationJson([sample, sample]);
 * ```
 * @module
 */
export { calibrationJson, inputJson, parseCalibrationJson, parseInputJson } from "./ezkl/samples.ts";
