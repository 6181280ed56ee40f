/**
 * EZKL's steps one by one, under its names, flags and default file names.
 * @module
 */
import { resolve } from "node:path";
import type { Command } from "npm:commander@14.0.3";
import { ArgumentError } from "../../../core/base/errors.ts";
import { readFile, readFileIfThere } from "../../../core/base/files.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { type FolderFiles, type ProvingFolder, readProof, settingsFromJson, verify } from "../../ezkl/mod.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { folderOf, NAMES, takeSrs, textOf } from "./folder.ts";
import { networkBytes } from "./network.ts";
import { addRunArguments, runArguments } from "./run_arguments.ts";
import { labelledFile } from "./samples.ts";
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

/** A flag for a file. */
type Flag = readonly [flag: string, about: string];
const MODEL: Flag = ["-M, --model <path>", "the ONNX file (network.onnx)"];
const CIRCUIT: Flag = ["-M, --compiled-circuit <path>", `the compiled circuit (${NAMES.compiled})`];
const SETTINGS: Flag = ["-O, --settings-path <path>", `the settings (${NAMES.settings})`];
const SRS: Flag = ["--srs-path <path>", `the reference string (${NAMES.srs}, else ${NAMES.unsafeSrs})`];
const PK: Flag = ["--pk-path <path>", `the proving key (${NAMES.pk})`];
/** Who proves. */
export const PROVER: Flag = ["--prover <name>", "zkgrad, its own prover, or ezkljs, EZKL's engine (zkgrad)"];
const VK: Flag = ["--vk-path <path>", `the verifying key (${NAMES.vk})`];
const WITNESS: Flag = ["-W, --witness <path>", `the witness (${NAMES.witness})`];
const PROOF: Flag = ["--proof-path <path>", `the proof (${NAMES.proof})`];

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
      ["-D, --calibration-data <path>", `the samples (${NAMES.calibration})`],
      ["--target <target>", "resources, resources/col-overflow, accuracy or fidelity (resources)"],
      ["--labels <path>", "for fidelity: a JSON list of the samples' classes"],
    ],
    example: "zkgrad calibrate-settings -M network.onnx -D cal_data.json --target accuracy",
    run: async (telling, given) => {
      const own = folder(telling, given);
      const target = (given.target ?? "resources") as "resources";
      const labels = given.labels as string | undefined;
      if ((target as string) !== "fidelity" && labels !== undefined) {
        throw new ArgumentError(`--labels is for --target fidelity, and the target is ${target}; leave it out`);
      }
      const examined = (target as string) === "fidelity" && labels !== undefined
        ? {
          examination: await labelledFile(await networkOf(own), own.path(own.files.calibration), labels),
        }
        : {};
      telling.show("calibrating");
      telling.step(await own.calibrateSettings({ target, ...examined }));
      telling.end({});
    },
  },
  "compile-circuit": {
    about: "the circuit of a network",
    flags: [MODEL, ["--compiled-circuit <path>", CIRCUIT[1]], ["-S, --settings-path <path>", SETTINGS[1]]],
    example: "zkgrad compile-circuit -M network.onnx",
    run: async (telling, given) => {
      telling.step(await folder(telling, given).compileCircuit());
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
      await takeSrs(folder(telling, given), telling, given.srs as string | undefined);
      telling.end({});
    },
  },
  setup: {
    about: "the verifying key; with --pk-path or EZKL's engine the proving key of its format too",
    flags: [CIRCUIT, SRS, VK, PK, PROVER],
    example: "zkgrad setup",
    run: async (telling, given) => {
      telling.step(await folder(telling, given).setup({ provingKey: given.pkPath !== undefined }));
      telling.end({});
    },
  },
  "gen-witness": {
    about: "what the circuit computes for an input",
    flags: [["-D, --data <path>", `the input (${NAMES.input})`], CIRCUIT, ["-O, --witness <path>", WITNESS[1]]],
    example: "zkgrad gen-witness -D input.json",
    run: async (telling, given) => {
      telling.step(await folder(telling, given).genWitness());
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
      `the contract in Solidity (${NAMES.solidity})`,
    ], ["--contract-path <path>", `its bytecode, ABI and gas (${NAMES.contract})`]],
    example: "zkgrad create-evm-verifier",
    run: async (telling, given) => {
      telling.step(await folder(telling, given).createEvmVerifier());
      telling.end({});
    },
  },
  "encode-evm-calldata": {
    about: "a proof as call data of that contract",
    flags: [PROOF, ["--calldata-path <path>", `the call data (${NAMES.calldata})`]],
    example: "zkgrad encode-evm-calldata",
    run: async (telling, given) => {
      telling.step(await folder(telling, given).encodeVerifierCalldata());
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
    `the proving key, for EZKL's engine (${NAMES.pk})`,
  ],
  SRS,
  PROOF,
];

/** The step `prove`: a witness proved. */
export const proveStep: Doing = async (telling, given) => {
  const own = folder(telling, given);
  telling.step(await own.prove());
  telling.end({ proof: own.path(own.files.proof) });
};

/** Thrown where a proof does not hold, which is an answer and no fault. */
export class DoesNotHold extends Error {}

async function verifyFiles(telling: Telling, given: Given): Promise<void> {
  const path = (flag: string, name: string) => resolve((given[flag] as string | undefined) ?? name);
  const settings = settingsFromJson(await textOf(path("settingsPath", NAMES.settings), "--settings-path"));
  const proof = await readFile(path("proofPath", NAMES.proof));
  const srsPath = given.srsPath as string | undefined;
  const srs = srsPath === undefined ? await firstThere([NAMES.srs, NAMES.unsafeSrs]) : await readFile(resolve(srsPath));
  const holds = await verify(proof, await readFile(path("vkPath", NAMES.vk)), settings, srs);
  const { outputs } = readProof(proof, settings);
  telling.say(holds ? "the proof holds" : "the proof does not hold");
  telling.end({ verified: holds, outputs });
  if (!holds) throw new DoesNotHold();
}

async function firstThere(names: readonly string[]): Promise<Uint8Array> {
  for (const name of names) {
    const bytes = await readFileIfThere(resolve(name), 2 ** 30);
    if (bytes !== null) return bytes;
  }
  throw new ArgumentError(`there is no ${names.join(" and no ")} here; name the reference string by --srs-path`);
}
