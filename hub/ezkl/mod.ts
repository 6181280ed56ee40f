/**
 * EZKL's toolchain: from an ONNX file to a zero-knowledge proof of what its network
 * computes, and to the verification of that proof.
 *
 * The steps have EZKL's names and read and write EZKL's files, as bytes, and are zkgrad's own:
 * no step loads EZKL's engine, the npm package, unless it is asked to or the circuit has an
 * operation that only the engine knows.
 * {@linkcode ProvingFolder} does the same on a folder of files, and only what is needed.
 *
 * @example A proof of one sample, and its verification
 * ```ts
 * import { manualSeed, nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import {
 *   compileCircuit, genSettings, genSrs, genWitness, inputJson, prove, readProof, setup, verify,
 * } from "@zkgrad/zkgrad/ezkl";
 *
 * manualSeed(1);
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const args = { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 };
 * const settings = genSettings(onnx, args);
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for tests: take the ceremony's with getSrs
 *
 * const { vk } = await setup(compiled, srs);
 * const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0, -1)));
 * const proof = await prove(witness, vk, compiled, srs);
 *
 * if (!await verify(proof, vk, settings, srs)) throw new Error("the proof does not hold");
 * const [logits] = readProof(proof, settings).outputs!;
 * if (logits.length !== 2) throw new Error(`${logits}`);
 * ```
 * @module
 */
export { ArgumentError, FormatError, ShapeError, ZkgradError } from "../../core/base/errors.ts";
export { type CalibrationPoint, type NativeCalibration, type NativeCalibrationOptions } from "./calibrate/native.ts";
export { type NativeTarget } from "./calibrate/native.ts";
export { type Candidate, type FidelityOptions, type FidelityReport } from "./calibrate/fidelity.ts";
export { type Evaluation, type OutputError } from "./calibrate/evaluate.ts";
export { type LabelledSamples } from "./calibrate/labelled_samples.ts";
export { type Measure, type MeasureName, type MeasureOptions } from "./calibrate/measure.ts";
export { type Forward, type Sample } from "./calibrate/forward.ts";
export { type Extremes } from "./calibrate/logrows.ts";
export {
  calibrateSettings,
  type Calibration,
  type CalibrationOptions,
  type FidelityTargetOptions,
  type NativeTargetOptions,
} from "./calibrate_settings.ts";
export { type Scheme } from "./network/scheme.ts";
export { type SchemeGrid } from "./calibrate/schemes.ts";
export { compileCircuit } from "./compile_circuit.ts";
export {
  createEvmVerifier,
  type EvmVerifier,
  type EvmVerifierOptions,
  type ReusableEvmVerifier,
} from "./create_evm_verifier.ts";
export { type CalldataOptions, encodeVerifierCalldata } from "./encode_verifier_calldata.ts";
export { type EvmContractFile, type EvmVerifierFile, evmVerifierJson } from "./evm_verifier_file.ts";
export { type CallOptions, Engine, type EngineOptions, type Keys } from "./engine/engine.ts";
export { EngineError, EnginePanicError, EngineTimeoutError } from "./engine/errors.ts";
export { ProvingKey } from "./engine/proving_key.ts";
export { type FileMark, FOLDER_FILES, type FolderFiles } from "./folder/files.ts";
export {
  type CalibrationStep,
  ProvingFolder,
  type ProvingFolderOptions,
  type WitnessStep,
} from "./folder/proving_folder.ts";
export { type StepFile, type StepResult } from "./folder/steps.ts";
export type * from "./format/circuit.ts";
export { decodeCircuit, encodeCircuit } from "./format/circuit_codec.ts";
export { type Proof, proofFromJson, type ProvenValues } from "./format/proof.ts";
export { defaultRunArgs, HASHED, type RunArgs, runArgs, type Visibility } from "./format/run_args.ts";
export { type GraphSettings, type ModuleSizes } from "./format/settings.ts";
export { settingsFromJson, settingsToJson } from "./format/settings_json.ts";
export { type GraphWitness, type ModuleResult, type PrettyElements, witnessFromJson } from "./format/witness.ts";
export { genSettings } from "./gen_settings.ts";
export { type EvmHardfork } from "../halo2/evm/chain.ts";
export { type SplitDepth } from "../halo2/circuit/tables.ts";
export { type AbiFunction, type AbiParameter, type EvmContract } from "../halo2/evm/contract.ts";
export { genWitness, type GenWitnessOptions } from "./gen_witness.ts";
export { type InputRounding } from "./guard/input.ts";
export { CircuitTooLargeError, type Price, type ProverName } from "./layout/price.ts";
export { type PriceSeconds } from "./layout/prover_seconds.ts";
export { priceCircuit } from "./price_circuit.ts";
export { prove } from "./prove.ts";
export { calibrationJson, inputJson, parseCalibrationJson, parseInputJson } from "./samples.ts";
export { type EvmRun, runEvmVerifier, type RunEvmVerifierOptions } from "./run_evm_verifier.ts";
export { Prover, type ProverCall } from "./prover/prover.ts";
export { type ProverOptions } from "./prover/circuit_prover.ts";
export { setup, type SetupKeys, type SetupOptions, type WithProvingKey } from "./setup.ts";
export { quantizeInput } from "./simulate/quantize.ts";
export { type NodeRange, type Simulation, Simulator, type SimulatorOptions } from "./simulate/simulator.ts";
export { describeSrs, type SrsDescription, type SrsOrigin } from "./srs/describe.ts";
export { genSrs, type GenSrsOptions, type SrsProgress } from "./srs/generate.ts";
export { getSrs, type GetSrsOptions } from "./srs/get.ts";
export { isUnsafe, UNSAFE_SRS_NAME } from "./srs/unsafe.ts";
export { verifierSrs } from "./srs/verifier.ts";
export { type ToolOptions, type ToolProgress } from "./tool.ts";
export { quantizationOf, type QuantizationOptions } from "./quantization_of.ts";
export { readProof, verify } from "./verify.ts";
