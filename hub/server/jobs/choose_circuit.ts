/**
 * Which circuit a deployed model gets: EZKL's own rules for its targets, and fidelity where
 * that was asked for or where resources finds nothing that WebAssembly could prove.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { answersOf } from "../../ezkl/calibrate/answers.ts";
import { simulated } from "../../ezkl/calibrate/forward.ts";
import { type CalibrationData, calibrationData } from "../../ezkl/calibration_data.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import type { Network } from "../../ezkl/network/network.ts";
import {
  calibrateSettings,
  CircuitTooLargeError,
  compileCircuit,
  type FidelityReport,
  genSettings,
  type GraphSettings,
  type NativeCalibration,
  type NativeTarget,
  priceCircuit,
  type RunArgs,
  settingsToJson,
} from "../../ezkl/mod.ts";
import { candidateRows, pointRows } from "./calibration_report.ts";
import { CompilerLimitError } from "./compiler_errors.ts";
import type { CalibrateRequest, CalibrateResult, CompileResult } from "./compiler_messages.ts";
import { discreetly, withoutValues } from "./discreet.ts";
import { checkNetworkSize, type NetworkSize } from "./network_limits.ts";
import { checkKept, parseRunArguments } from "./run_arguments.ts";

/** Told which share of the work is done. */
export type Told = (done: number) => void;

const TARGETS = ["resources", "resources/col-overflow", "accuracy", "fidelity"];

/** Fewer samples say too little of how well a circuit does what the network does. */
const FEWEST_SAMPLES = 16;

/** Bytes that the float values of the samples may take; fidelity holds some of them twice. */
const SAMPLE_BYTES = 2 ** 29;

/** Cells that no key holds, at any scales: each takes a hundred bytes of it and more. */
const MAX_CELLS = 2 ** 24;

/** Where EZKL's rules look: its own defaults. */
const SCALES = [11, 12, 13], PAIRS = 6, MULTIPLIERS = [1, 10];

/**
 * Chooses, compiles and prices a circuit.
 * @throws {ArgumentError} where none will do, saying why and what to do
 * @throws {CompilerLimitError} for a model beyond what this hub computes with
 * @throws {FormatError} for a damaged model, and for samples that do not fit it
 */
export async function chooseCircuit(request: CalibrateRequest, told: Told): Promise<CalibrateResult> {
  const { onnx, target } = request;
  const args = parseRunArguments(request.runArgs);
  if (!TARGETS.includes(target)) {
    throw new ArgumentError(
      `the target is ${JSON.stringify(target.slice(0, 40))}, expected one of ${TARGETS.join(", ")}`,
    );
  }
  checkKept(args, target);
  const network = lowerOnnx(onnx, args.variables);
  const size = checkNetworkSize(network);
  // From here on sentences may tell of samples, which are private.
  return await discreetly(async () => {
    const data = calibrationData(new TextDecoder().decode(request.data), network, "the calibration input");
    return await calibrated(request, args, network, data, size, told);
  });
}

async function calibrated(
  request: CalibrateRequest,
  args: Partial<RunArgs>,
  network: Network,
  data: CalibrationData,
  size: NetworkSize,
  told: Told,
): Promise<CalibrateResult> {
  const { target } = request;
  if (target === "fidelity") return await fidelity(request, args, network, data, size, "", told);
  try {
    return await native(request, args, data.count, told);
  } catch (error) {
    const why = unfit(error);
    if (why === null) throw error;
    if (target === "accuracy") {
      throw new ArgumentError(
        `the target accuracy finds no circuit that fits: ${why}; deploy the model with the target resources or fidelity`,
      );
    }
    return await fidelity(request, args, network, data, size, why, told);
  }
}

/** Compiles and prices; the counts of the settings bound what it takes. */
export function compileAndPrice(onnx: Uint8Array, settings: GraphSettings): CompileResult {
  const compiled = compileCircuit(onnx, settings);
  return { compiled, price: priceCircuit(compiled) };
}

/** Why EZKL's rules lead to nothing that can be proven, or null where the error says something else. */
function unfit(error: unknown): string | null {
  const tooLarge = error instanceof CircuitTooLargeError ||
    error instanceof ArgumentError && /none of \d+ combinations/.test(error.message);
  return tooLarge ? withoutValues(error.message) : null;
}

async function native(
  { onnx, data, target }: CalibrateRequest,
  args: Partial<RunArgs>,
  samples: number,
  told: Told,
): Promise<CalibrateResult> {
  const { inputScale, paramScale } = args;
  const multipliers = args.scaleRebaseMultiplier === undefined ? MULTIPLIERS : [args.scaleRebaseMultiplier];
  const named = [inputScale, paramScale].filter((scale) => scale !== undefined).length;
  const total = multipliers.length * [PAIRS, SCALES.length, 1][named];
  const uncalibrated = genSettings(onnx, args);
  // Scales change little about the cells, and running such a circuit at all of them takes hours.
  if (uncalibrated.totalAssignments > MAX_CELLS) {
    throw new CircuitTooLargeError(
      `the circuit has ${uncalibrated.totalAssignments} cells, and no key holds more than ${MAX_CELLS}`,
    );
  }
  let done = 0;
  const { report } = await calibrateSettings(onnx, uncalibrated, data, {
    target: target as NativeTarget,
    scales: SCALES,
    ...(inputScale === undefined ? {} : { inputScale }),
    ...(paramScale === undefined ? {} : { paramScale }),
    scaleRebaseMultiplier: multipliers,
    ...(args.logrows === undefined ? {} : { maxLogrows: args.logrows }),
    forward: async (circuit, parts) => {
      told(done++ / total);
      return await simulated(circuit, parts);
    },
  });
  const calibration = report as NativeCalibration, { settings } = calibration;
  const circuit = compileAndPrice(onnx, settings);
  // What EZKL's own engine could not hold is proven here, in minutes; fidelity finds one that takes seconds.
  priceCircuit(circuit.compiled, "ezkljs");
  return {
    settings: bytesOf(settings),
    onnx: null,
    ...circuit,
    report: { target, used: target, why: "", samples, points: pointRows(calibration) },
  };
}

async function fidelity(
  { onnx, data, target, tolerance: asked }: CalibrateRequest,
  args: Partial<RunArgs>,
  network: Network,
  { inputs, count }: CalibrationData,
  { elements }: NetworkSize,
  why: string,
  told: Told,
): Promise<CalibrateResult> {
  const before = why === "" ? "" : `the circuit of the target ${target} does not fit (${why}), and `;
  prefixed(before, () => checkKept(args, "fidelity"));
  if (count < FEWEST_SAMPLES) {
    throw new ArgumentError(
      `${before}the target fidelity compares the circuit with the network on ${FEWEST_SAMPLES} samples or more, but the ` +
        `calibration input has ${count}; send more samples as calibrationInput, a few hundred are good`,
    );
  }
  const most = Math.floor(SAMPLE_BYTES / (8 * elements));
  if (most < FEWEST_SAMPLES) {
    throw new CompilerLimitError(
      `${before}the target fidelity would hold ${elements} values for each sample, too many for this hub; deploy a ` +
        "smaller model, or take the target resources",
    );
  }
  const used = Math.min(count, most), hasNumbers = typeof answersOf(network) === "string";
  const { logrows, ...kept } = args;
  const settings = genSettings(onnx, kept);
  const found = await calibrateSettings(onnx, settings, data, {
    target: "fidelity",
    // A hub's hundredth is a share of the answers.
    tolerance: asked > 0 || !hasNumbers ? toleranceOf(asked) : undefined,
    examination: { inputs: inputs.map((values) => values.subarray(0, values.length / count * used)), count: used },
    ...(logrows === undefined ? {} : { maxLogrows: logrows }),
    onProgress: (done, total) => told(done / (total + 1)),
  });
  const report = found.report as FidelityReport, { measure } = report;
  const circuit = compileAndPrice(found.onnx, found.settings);
  return {
    settings: bytesOf(found.settings),
    onnx: new Uint8Array(found.onnx),
    ...circuit,
    report: {
      target,
      used: "fidelity",
      why,
      samples: used,
      measure: measure.name,
      ...(measure.name === "largest error" ? {} : { tolerance: measure.tolerance }),
      remarks: report.remarks,
      candidates: candidateRows(report),
    },
  };
}

/** Runs `body`; an error that it throws begins with what led to it. */
function prefixed(before: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    throw error instanceof ArgumentError ? new ArgumentError(`${before}${error.message}`, { cause: error }) : error;
  }
}

/**
 * The contract's tolerance is a free number; a share of the samples or of the variance lies between a thousandth and a
 * tenth.
 */
export function toleranceOf(asked: number): number {
  return Number.isFinite(asked) && asked > 0 ? Math.min(0.1, Math.max(0.001, asked)) : 0.01;
}

function bytesOf(settings: GraphSettings): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(settingsToJson(settings));
}
