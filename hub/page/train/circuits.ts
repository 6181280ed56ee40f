/**
 * Circuits of a network: one in haste after every epoch, all that are worth weighing at the end, and the one that a
 * visitor takes of them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { Candidate, FidelityReport } from "../../ezkl/calibrate/fidelity.ts";
import type { LabelledSamples } from "../../ezkl/calibrate/labelled_samples.ts";
import { calibrateSettings } from "../../ezkl/calibrate_settings.ts";
import { compileCircuit } from "../../ezkl/compile_circuit.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import { settingsToJson } from "../../ezkl/format/settings_json.ts";
import { genSettings } from "../../ezkl/gen_settings.ts";
import { type Digits, type DigitSet, firstOf } from "./digits.ts";
import type { ChosenCircuit, CircuitEstimate, Weighed } from "./news.ts";

/** Digits by which a quick estimate chooses a circuit. */
const QUICK = 200;

/** Digits on which weights are rounded. */
const ROUNDED_ON = 300;

/** What share of its right answers a network may lose to its circuit: in haste, and at the end. */
const QUICK_TOLERANCE = 0.02, TOLERANCE = 0.005;

/** What is hidden: the drawing. What is seen: the answer. What the key fixes: the network. */
const VISIBILITY = { inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" } as const;

/** What a circuit of the network would be, in a fraction of a second; or why there is none yet. */
export async function estimateCircuit(
  onnx: Uint8Array,
  { choose, test }: Digits,
  signal?: AbortSignal,
): Promise<CircuitEstimate | string> {
  try {
    const { report } = await calibrateSettings(onnx, genSettings(onnx, VISIBILITY), "", {
      target: "fidelity",
      examination: samplesOf(firstOf(choose, QUICK)),
      test: samplesOf(test),
      tolerance: QUICK_TOLERANCE,
      tableRows: [9, 10, 11, 12],
      dropBits: [4],
      deadZones: [1 / 8],
      signal,
    });
    const { chosen: { price }, test: tested } = report as FidelityReport;
    return { accuracy: tested!.accuracy!, cells: price!.cells, seconds: price!.seconds.proof };
  } catch (error) {
    if (error instanceof ArgumentError) return error.message.replace(/^calibrateSettings\(\): /, "");
    throw error;
  }
}

/** Weighs circuits of the network; the cheapest that answers as it does is chosen. */
export async function weighCircuits(
  onnx: Uint8Array,
  { choose, test }: Digits,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<{ weighed: Weighed; circuit: ChosenCircuit }> {
  const { settings, onnx: rounded, report } = await calibrateSettings(onnx, genSettings(onnx, VISIBILITY), "", {
    target: "fidelity",
    examination: samplesOf(choose),
    calibration: samplesOf(firstOf(choose, ROUNDED_ON)),
    test: samplesOf(test),
    tolerance: TOLERANCE,
    // All of them at once, for what is on one plot is counted on the same digits.
    screening: choose.labels.length,
    onProgress,
    signal,
  });
  const { candidates, chosen, test: tested } = report as FidelityReport, candidate = candidates.indexOf(chosen);
  return {
    weighed: {
      candidates,
      chosen: candidate,
      accuracy: tested!.accuracy!,
      floatAccuracy: tested!.floatAccuracy!,
    },
    circuit: circuitOf(candidate, tested!.accuracy!, rounded, settings),
  };
}

/** The circuit of one candidate of `onnx`, whatever it answers. */
export async function takeCandidate(
  onnx: Uint8Array,
  { choose, test }: Digits,
  candidates: readonly Candidate[],
  index: number,
): Promise<ChosenCircuit> {
  const { scheme, deadZone } = candidates[index];
  const { settings, onnx: rounded, report } = await calibrateSettings(onnx, genSettings(onnx, VISIBILITY), "", {
    target: "fidelity",
    examination: samplesOf(choose),
    calibration: samplesOf(firstOf(choose, ROUNDED_ON)),
    test: samplesOf(test),
    scheme,
    deadZones: [deadZone],
    tolerance: 1,
  });
  return circuitOf(index, (report as FidelityReport).test!.accuracy!, rounded, settings);
}

function circuitOf(
  candidate: number,
  accuracy: number,
  onnx: Uint8Array,
  settings: GraphSettings,
): ChosenCircuit {
  return {
    candidate,
    accuracy,
    onnx: onnx as Uint8Array<ArrayBuffer>,
    settings: new TextEncoder().encode(settingsToJson(settings)),
    compiled: compileCircuit(onnx, settings) as Uint8Array<ArrayBuffer>,
  };
}

/** The same as calibration takes it. */
export function samplesOf({ pixels, labels }: DigitSet): LabelledSamples {
  return { inputs: [pixels], count: labels.length, labels };
}
