/** What faults are tried with: models whose keys and proofs take seconds, inputs that can be told from anything else. */
import { manualSeed, nn } from "../../../mod.ts";
import { calibrationJson, inputJson } from "../../../hub/mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";

const WIDTH = 16;
const SAMPLES = 8;

/** Arguments of a small circuit. */
export const RUN_ARGS = { inputScale: 4, paramScale: 4, decompBase: 128, decompLegs: 3 };

/** A model to deploy with its samples. */
export interface Model {
  /** ONNX. */
  model: Uint8Array<ArrayBuffer>;
  /** `input.json`. */
  data: string;
  /** `cal_data.json`. */
  calibrationData: string;
  /** The circuit's. */
  runArgs: typeof RUN_ARGS;
}

/** A model that no other number gives: nothing of its circuit was made before. */
export function modelOf(number: number): Model {
  manualSeed(number);
  const samples = Array.from({ length: SAMPLES }, () => secretSample());
  return {
    model: exportOnnx(new nn.Linear(WIDTH, 3), [WIDTH]),
    data: inputJson(samples[0]),
    calibrationData: calibrationJson(samples),
    runArgs: RUN_ARGS,
  };
}

/** An `input.json` for these models. */
export function secretInput(): string {
  return inputJson(secretSample());
}

/** What every input begins with, and a word of every witness: neither may be read on any disk. */
export const SECRETS: readonly string[] = ["0.2718281", '"max_lookup_inputs"'];

function secretSample(): Float32Array {
  return Float32Array.from({ length: WIDTH }, (_, at) => at === 0 ? 0.27182814 : 2 * Math.random() - 1);
}
