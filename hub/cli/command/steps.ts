/**
 * EZKL's steps one by one, under its names, flags and default file names.
 * @module
 */
import type { Command } from "npm:commander@14.0.3";
import { decodeInstances, proofFromJson } from "../../ezkl/format/proof.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import {
  FOLDER_FILES,
  type FolderFiles,
  type NativeTarget,
  type ProvingFolder,
  settingsFromJson,
} from "../../ezkl/mod.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { folderOf, takeSrs, textOf } from "./folder.ts";
import { addJudging, isJudged, type JudgingFlags, refuseJudging, weigh } from "./judging.ts";
import { networkBytes } from "./network.ts";
import { isThere, type Needed, needFiles } from "./needs.ts";
import { addRunArguments, runArguments, targetFlag } from "./run_arguments.ts";
import { samplesOf } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** A command's options, by their names in camel case. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/** Does a command; the first word that is no flag comes before the options. */
export type Doing = (telling: Telling, given: Given, word: string | undefined) => Promise<void>;

/** Where a flag's file stands in a folder. */
const FILES: Readonly<Record<string, keyof FolderFiles>> = {
  settingsPath: "settings",
  compiledCircuit: "compiled",
  srsPath: "srs",
  pkPath: "pk",
  vkPath: "vk",
  data: "input",
  calibrationData: "calibration",
  witness: "witness",
  proofPath: "proof",
  solCodePath: "solidity",
  contractPath: "contract",
  calldataPath: "calldata",
};

const folder = (telling: Telling, given: Given) => {
  const named = Object.entries(FILES).map(([flag, name]) => [name, given[flag]] as const);
  return folderOf(telling, ".", given.model as string | undefined, Object.fromEntries(named), given.prover as string);
};

/** The same once what a step reads is there. */
async function folderWith(telling: Telling, given: Given, needed: readonly Needed[]): Promise<ProvingFolder> {
  const own = folder(telling, given);
  await needFiles(own, needed);
  return own;
}

/** A flag for a file. */
type Flag = readonly [flag: string, about: string];
const MODEL: Flag = ["-M, --model <path>", "the ONNX file (network.onnx)"];
const CIRCUIT: Flag = ["-M, --compiled-circuit <path>", `the compiled circuit (${FOLDER_FILES.compiled})`];
const SETTINGS: Flag = ["-O, --settings-path <path>", `the settings (${FOLDER_FILES.settings})`];
const SRS: Flag = ["--srs-path <path>", `the reference string (${FOLDER_FILES.srs}, else ${FOLDER_FILES.unsafeSrs})`];
const PK: Flag = ["--pk-path <path>", `the proving key (${FOLDER_FILES.pk})`];
/** Leave to round an input to what the circuit takes. */
export const ROUND_INPUTS: Flag = ["--round-inputs", "fractions are rounded where the circuit takes whole numbers"];
/** Who proves. */
export const PROVER: Flag = ["--prover <name>", "zkgrad, its own prover, or ezkljs, EZKL's engine (zkgrad)"];
const VK: Flag = ["--vk-path <path>", `the verifying key (${FOLDER_FILES.vk})`];
const WITNESS: Flag = ["-W, --witness <path>", `the witness (${FOLDER_FILES.witness})`];
const PROOF: Flag = ["--proof-path <path>", `the proof (${FOLDER_FILES.proof})`];

/** The network of a folder by the sizes in its settings. */
async function networkOf(own: ProvingFolder): Promise<Network> {
  const settings = settingsFromJson(await textOf(own.path(own.files.settings), "--settings-path"), own.files.settings);
  return lowerOnnx(await networkBytes(own.onnx), settings.runArgs.variables, own.onnx);
}

interface Step {
  readonly about: string;
  readonly flags: readonly Flag[];
  readonly example: string;
  readonly run: Doing;
  readonly more?: (command: Command) => Command;
}

/** The steps but for `prove`, which is a command of its own too. */
export const STEPS: Readonly<Record<string, Step>> = {
  "gen-settings": {
    about: "settings of a circuit for a network",
    flags: [MODEL, SETTINGS],
    more: addRunArguments,
    example: "zkgrad gen-settings -M network.onnx --input-scale 7",
    run: async (telling, given) => {
      const own = folder(telling, given), bytes = await networkBytes(own.onnx);
      telling.step(await own.genSettings(runArguments(telling, given, { bytes, name: own.onnx })));
      telling.end({});
    },
  },
  "calibrate-settings": {
    about: "scales and rows, chosen on samples",
    flags: [
      MODEL,
      SETTINGS,
      ["-D, --calibration-data <path>", `the samples (${FOLDER_FILES.calibration})`],
    ],
    more: (command) => addJudging(command.addOption(targetFlag("fidelity with what is for it, else resources"))),
    example: "zkgrad calibrate-settings -M network.onnx -D cal_data.json --target accuracy",
    run: async (telling, given) => {
      const own = await folderWith(telling, given, ["settings", "calibration"]), network = await networkOf(own);
      const samples = await samplesOf(network, own.files.calibration, "--calibration-data");
      const flags = given as JudgingFlags, named = (given.calibrationData ?? own.files.calibration) as string;
      const target = (given.target ?? (isJudged(flags) ? "fidelity" : "resources")) as NativeTarget | "fidelity";
      if (target !== "fidelity") {
        refuseJudging(flags, target);
        telling.show("calibrating");
        telling.step(await own.calibrateSettings({ target }));
        return telling.end({});
      }
      const fidelity = await weigh(telling, own, network, samples, named, flags);
      telling.end({ ...fidelity && { fidelity } });
    },
  },
  "compile-circuit": {
    about: "the circuit of a network",
    flags: [MODEL, ["--compiled-circuit <path>", CIRCUIT[1]], ["-S, --settings-path <path>", SETTINGS[1]]],
    example: "zkgrad compile-circuit -M network.onnx",
    run: async (telling, given) => {
      telling.step(await (await folderWith(telling, given, ["settings"])).compileCircuit());
      telling.end({});
    },
  },
  "get-srs": {
    about: "the reference string: a ceremony's, or a test string made here",
    flags: [["-S, --settings-path <path>", SETTINGS[1]], [
      "--srs <place>",
      "a ceremony's file or address, {k} for the logrows",
    ]],
    example: "zkgrad get-srs --srs perpetual-powers-of-tau-raw-{k}",
    run: async (telling, given) => {
      await takeSrs(await folderWith(telling, given, ["settings"]), telling, given.srs as string | undefined);
      telling.end({});
    },
  },
  setup: {
    about: "the verifying key; with --pk-path or EZKL's engine the proving key of its format too",
    flags: [CIRCUIT, SRS, VK, PK, PROVER],
    example: "zkgrad setup",
    run: async (telling, given) => {
      const own = await folderWith(telling, given, ["compiled", "srs"]);
      telling.step(await own.setup({ provingKey: given.pkPath !== undefined }));
      telling.end({});
    },
  },
  "gen-witness": {
    about: "what the circuit computes for an input",
    flags: [
      ["-D, --data <path>", `the input (${FOLDER_FILES.input})`],
      CIRCUIT,
      ["-O, --witness <path>", WITNESS[1]],
      ROUND_INPUTS,
    ],
    example: "zkgrad gen-witness -D input.json",
    run: async (telling, given) => {
      const own = await folderWith(telling, given, ["compiled", "input"]);
      const roundInputs = given.roundInputs === true, step = await own.genWitness({ roundInputs });
      telling.step(step);
      if (roundInputs) telling.rounding(step.rounding);
      telling.end({});
    },
  },
  verify: {
    about: "whether a proof holds; exit code 0 or 1",
    flags: [PROOF, ["-S, --settings-path <path>", SETTINGS[1]], VK, SRS],
    example: "zkgrad verify --proof-path test.pf",
    run: verifyFiles,
  },
  "create-evm-verifier": {
    about: "the contract that verifies such proofs on Ethereum",
    flags: [["-S, --settings-path <path>", SETTINGS[1]], VK, SRS, [
      "--sol-code-path <path>",
      `the contract in Solidity (${FOLDER_FILES.solidity})`,
    ], ["--contract-path <path>", `its bytecode, ABI and gas (${FOLDER_FILES.contract})`]],
    example: "zkgrad create-evm-verifier",
    run: async (telling, given) => {
      telling.step(await (await folderWith(telling, given, ["settings", "vk", "srs"])).createEvmVerifier());
      telling.end({});
    },
  },
  "encode-evm-calldata": {
    about: "a proof as call data of that contract",
    flags: [PROOF, ["--calldata-path <path>", `the call data (${FOLDER_FILES.calldata})`]],
    example: "zkgrad encode-evm-calldata",
    run: async (telling, given) => {
      telling.step(await (await folderWith(telling, given, ["proof"])).encodeVerifierCalldata());
      telling.end({});
    },
  },
};

/** The flags of the step `prove`. */
export const PROVE_FLAGS: readonly Flag[] = [
  WITNESS,
  ["--compiled-circuit <path>", CIRCUIT[1]],
  VK,
  [
    PK[0],
    `the proving key, for EZKL's engine (${FOLDER_FILES.pk})`,
  ],
  SRS,
  PROOF,
];

/** The step `prove`: a witness proved. */
export const proveStep: Doing = async (telling, given) => {
  const own = await folderWith(telling, given, ["witness", "compiled", "srs"]);
  const isEngines = given.prover === "ezkljs" || given.pkPath !== undefined || await isThere(own, "pk");
  await needFiles(own, [isEngines ? "pk" : "vk"]);
  telling.step(await own.prove());
  telling.end({ proof: own.path(own.files.proof) });
};

/** Thrown where a proof does not hold, which is an answer and no fault. */
export class DoesNotHold extends Error {}

async function verifyFiles(telling: Telling, given: Given): Promise<void> {
  const own = await folderWith(telling, given, ["settings", "proof", "vk", "srs"]);
  const { settings: settingsPath, proof: proofPath } = own.files;
  const settings = settingsFromJson(await textOf(own.path(settingsPath), "--settings-path"), settingsPath);
  // Told by its own name where it is no proof.
  const proof = proofFromJson(await textOf(own.path(proofPath), "--proof-path"), proofPath);
  const holds = await own.verify();
  const { outputs } = decodeInstances(proof, settings);
  telling.say(holds ? "the proof holds" : "the proof does not hold");
  telling.end({ verified: holds, outputs });
  if (!holds) throw new DoesNotHold();
}
