/** Networks so small that their keys and proofs take a second, and a whole chain over one. */
import { manualSeed, nn } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import {
  compileCircuit,
  genSettings,
  genSrs,
  genWitness,
  type GraphSettings,
  inputJson,
  prove,
  type RunArgs,
  setup,
} from "../../../hub/mod.ts";
import { prover } from "./asking.ts";

/** A linear layer of two results. */
export function tinyOnnx(seed: number = 1): Uint8Array<ArrayBuffer> {
  manualSeed(seed);
  return exportOnnx(new nn.Linear(3, 2), [3]);
}

/** The same behind a sigmoid, which needs a table. */
export function tinySigmoidOnnx(): Uint8Array<ArrayBuffer> {
  manualSeed(1);
  return exportOnnx(new nn.Sequential(new nn.Linear(3, 2), new nn.Sigmoid()), [3]);
}

/** Arguments of a circuit with 128 rows. */
export const TINY_ARGS: Partial<RunArgs> = {
  inputScale: 4,
  paramScale: 4,
  logrows: 7,
  decompBase: 64,
  decompLegs: 3,
  paramVisibility: "Fixed",
  lookupRange: [-128n, 127n],
};

/** Those of them that a calibration leaves as they are. */
export const UNCALIBRATED_ARGS: Partial<RunArgs> = { decompBase: 64, decompLegs: 3, paramVisibility: "Fixed" };

/** What a proof takes, and the proof. */
export interface Chain {
  settings: GraphSettings;
  compiled: Uint8Array<ArrayBuffer>;
  srs: Uint8Array<ArrayBuffer>;
  vk: Uint8Array<ArrayBuffer>;
  pk: Uint8Array<ArrayBuffer>;
  witness: Uint8Array<ArrayBuffer>;
  proof: Uint8Array<ArrayBuffer>;
}

const SAMPLE = Float32Array.of(1, 0, -1);

/** Proves what a network says to one sample; the proving key is made too, for the engine. */
export async function chainOf(onnx: Uint8Array, sample: Float32Array = SAMPLE): Promise<Chain> {
  const settings = genSettings(onnx, TINY_ARGS);
  const compiled = compileCircuit(onnx, settings);
  const srs = await genSrs(settings.runArgs.logrows);
  const { vk, pk } = await setup(compiled, srs, { prover, provingKey: true });
  const witness = await genWitness(compiled, inputJson(sample), { prover });
  const proof = await prove(witness, vk, compiled, srs, { prover });
  return { settings, compiled, srs, vk, pk: pk.bytes, witness, proof };
}

let linear: Promise<Chain> | undefined;

/** The chain over {@linkcode tinyOnnx}, proven once for all tests. */
export function linearChain(): Promise<Chain> {
  return linear ??= chainOf(tinyOnnx());
}
