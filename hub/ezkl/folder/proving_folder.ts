/**
 * A folder in which a network becomes a proof, file by file, as EZKL's tutorials lay it out.
 * @module
 */
import { readFile, readFileIfThere } from "../../../core/base/files.ts";
import { checkOptions } from "../../../core/base/known.ts";
import {
  calibrateSettings,
  type Calibration,
  type CalibrationOptions,
  type FidelityTargetOptions,
} from "../calibrate_settings.ts";
import { compileCircuit } from "../compile_circuit.ts";
import { createEvmVerifier } from "../create_evm_verifier.ts";
import { encodeVerifierCalldata } from "../encode_verifier_calldata.ts";
import { ProvingKey } from "../engine/proving_key.ts";
import { bytecodeOf, evmVerifierJson, hexBytes } from "../evm_verifier_file.ts";
import { decodeCircuit } from "../format/circuit_codec.ts";
import { bytesToHex } from "../format/hex.ts";
import type { ProvenValues } from "../format/proof.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { settingsFromJson, settingsToJson } from "../format/settings_json.ts";
import { witnessFromJson } from "../format/witness.ts";
import { genSettings } from "../gen_settings.ts";
import { genWitness, type GenWitnessOptions } from "../gen_witness.ts";
import { checkInput, type InputRounding } from "../guard/input.ts";
import { checkCircuit, checkSameSettings } from "../guard/circuit.ts";
import type { ProverName } from "../layout/price.ts";
import { prove } from "../prove.ts";
import { type EvmRun, runBytecode, type RunEvmVerifierOptions } from "../run_evm_verifier.ts";
import { setup, type SetupKeys, type SetupOptions } from "../setup.ts";
import { describeSrs, type SrsDescription } from "../srs/describe.ts";
import type { GenSrsOptions } from "../srs/generate.ts";
import type { GetSrsOptions } from "../srs/get.ts";
import { sha256 } from "../srs/sha256.ts";
import { askedProver, checkToolOptions, type ToolOptions } from "../tool.ts";
import { readProof, verify } from "../verify.ts";
import { FILE_LIMIT, FOLDER_FILES, type FolderFiles } from "./files.ts";
import { fingerprint } from "./fingerprint.ts";
import { besideNetwork, readNetwork } from "./network_file.ts";
import { ReferenceString } from "./reference_string.ts";
import { type Made, type StepResult, Steps } from "./steps.ts";
import { readVerifierString } from "./verifier_string.ts";

const PROVERS: readonly ProverName[] = ["zkgrad", "ezkljs"];

/** How a {@linkcode ProvingFolder} works. */
export interface ProvingFolderOptions extends ToolOptions {
  /** Other names for its files; a name with a root is a path outside the folder. */
  files?: Partial<FolderFiles>;
}

/** What a calibration in a folder did. */
export interface CalibrationStep extends StepResult {
  /** Everything that was weighed, or null where nothing was calibrated again. */
  report: Calibration["report"] | null;
}

/** What a witness in a folder took. */
export interface WitnessStep extends StepResult {
  /** What the circuit's grid made of the input; null where it changed no element, or no witness was made. */
  rounding: InputRounding | null;
}

/**
 * The files of one network's proofs, in one folder.
 *
 * Every step reads its files from the folder and writes its own beside them, whole or not
 * at all. It makes none that is there already and was made from the same files with the
 * same options, as `artifacts.json` keeps account of; a file that changed, is missing or
 * is damaged makes everything behind it again. A run that was killed goes on where it was.
 *
 * Keys and proofs use the reference string that `getSrs` or `genSrs` was last asked for,
 * else `kzg.srs` where there is one, else `kzg.unsafe.srs`.
 *
 * @example
 * ```ts ignore
 * // Not run: it works on a folder of files.
 * const folder = new ProvingFolder("out", "network_lenet.onnx");
 * await folder.genSettings();
 * await folder.calibrateSettings({ target: "fidelity" });
 * await folder.compileCircuit();
 * await folder.getSrs({ path: "perpetual-powers-of-tau-raw-{k}" });
 * await folder.setup();
 * await folder.genWitness();
 * await folder.prove();
 * if (await folder.verify()) {
 *   const { outputs } = await folder.readProof();
 * }
 * ```
 */
export class ProvingFolder {
  /** Names of its files. */
  readonly files: Readonly<FolderFiles>;
  /** Name of the network's file. */
  readonly onnx: string;
  readonly #options: ToolOptions;
  readonly #steps: Steps;
  readonly #srs: ReferenceString;
  readonly #beside = new Map<string, { sha256: string; names: string[] }>();

  /** Over `folder`, which is made when the first file is written; `onnx` is the network's file in it. */
  constructor(folder: string, onnx: string, asked: ProvingFolderOptions = {}) {
    const where = "ProvingFolder";
    checkToolOptions(where, asked, ["files"]);
    const { files, ...options } = asked;
    checkOptions(`${where}: files`, files, Object.keys(FOLDER_FILES));
    this.files = { ...FOLDER_FILES, ...files };
    this.onnx = onnx;
    this.#options = options;
    this.#steps = new Steps(folder, this.files.artifacts, Object.values(this.files));
    this.#srs = new ReferenceString(this.#steps, this.files);
  }

  /** Where a file is, by its name. */
  path(name: string): string {
    return this.#steps.path(name);
  }

  /** `settings.json` for the run arguments; one that was calibrated from the same stays. */
  async genSettings(args: Partial<RunArgs> = {}): Promise<StepResult> {
    const { settings } = this.files;
    return await this.#steps.run({
      step: "genSettings",
      inputs: await this.#networkFiles(this.onnx),
      options: await fingerprint(args),
      outputs: [settings],
      make: async (read) => {
        const made = genSettings(await readNetwork(this.onnx, read), args, this.onnx);
        return { files: [[settings, bytesOf(made)]] };
      },
    });
  }

  /** Calibrates `settings.json` on `cal_data.json`. For fidelity, `network.calibrated.onnx` is written too. */
  async calibrateSettings(options: CalibrationOptions = {}): Promise<CalibrationStep> {
    const { settings, calibration, calibrated } = this.files;
    const fidelity = options.target === "fidelity";
    const withData = !("examination" in options && options.examination);
    // What is found is the same with any number of threads.
    const { threads: _, ...deciding } = options as FidelityTargetOptions;
    let report: Calibration["report"] | null = null;
    const result = await this.#steps.run({
      step: "calibrateSettings",
      inputs: [...await this.#networkFiles(this.onnx), settings, ...withData ? [calibration] : []],
      options: await fingerprint(deciding),
      outputs: fidelity ? [calibrated, settings] : [settings],
      make: async (read) => {
        const base = await this.#base(new TextDecoder().decode(await read(settings)));
        const used = { [settings]: await sha256(new TextEncoder().encode(base)) };
        const data = withData ? await read(calibration) : "";
        const found = await calibrateSettings(
          await readNetwork(this.onnx, read),
          settingsFromJson(base, settings),
          data,
          this.#stoppable(options),
        );
        report = found.report;
        const files: Made["files"] = fidelity ? [[calibrated, found.onnx]] : [];
        return { files: [...files, [settings, bytesOf(found.settings)]], used, base };
      },
    });
    return { ...result, report };
  }

  /** `network.compiled` from the network and `settings.json`. */
  async compileCircuit(): Promise<StepResult> {
    const { compiled, settings } = this.files;
    const onnx = await this.#network();
    return await this.#steps.run({
      step: "compileCircuit",
      inputs: [...await this.#networkFiles(onnx), settings],
      options: "",
      outputs: [compiled],
      make: async (read) => {
        const own = settingsFromJson(new TextDecoder().decode(await read(settings)), settings);
        return { files: [[compiled, compileCircuit(await readNetwork(onnx, read), own, onnx)]] };
      },
    });
  }

  /** `kzg.srs`, the ceremony's reference string for the logrows of `settings.json`; one that is there and right is taken. */
  async getSrs(options: GetSrsOptions = {}): Promise<StepResult> {
    return await this.#srs.get((await this.#settings()).runArgs.logrows, this.#stoppable(options));
  }

  /** `kzg.unsafe.srs`, a reference string for tests: who made it can forge every proof. One that is there and whole stays. */
  async genSrs(options: GenSrsOptions = {}): Promise<StepResult> {
    return await this.#srs.generate((await this.#settings()).runArgs.logrows, this.#stoppable(options));
  }

  /**
   * `key.vk` from the compiled circuit and the reference string; `key.pk` too where `provingKey` asks for it, and where
   * EZKL's engine proves, which needs it.
   */
  async setup(asked: Pick<SetupOptions, "provingKey"> = {}): Promise<StepResult> {
    checkOptions("ProvingFolder.setup()", asked, ["provingKey"]);
    const { compiled, vk, pk } = this.files, srs = await this.#srs.name();
    const withPk = asked.provingKey === true || await this.#prover() === "ezkljs";
    return await this.#steps.run({
      step: "setup",
      inputs: [compiled, srs],
      options: "",
      outputs: withPk ? [vk, pk] : [vk],
      make: async (read) => {
        const circuit = await this.#circuit(await read(compiled), "setup()");
        const keys: SetupKeys = await setup(circuit, await read(srs), { ...this.#options, provingKey: withPk });
        return { files: [[vk, keys.vk], ...keys.pk === null ? [] : [[pk, keys.pk.bytes] as [string, Uint8Array]]] };
      },
    });
  }

  /** `witness.json` from the compiled circuit and `input.json`; `roundInputs` as `genWitness` has it. */
  async genWitness(asked: Pick<GenWitnessOptions, "roundInputs"> = {}): Promise<WitnessStep> {
    checkOptions("ProvingFolder.genWitness()", asked, ["roundInputs"]);
    const { compiled, input, witness } = this.files;
    let rounding: InputRounding | null = null;
    const result = await this.#steps.run({
      step: "genWitness",
      inputs: [compiled, input],
      options: asked.roundInputs === true ? "roundInputs" : "",
      outputs: [witness],
      make: async (read) => {
        const options = { ...this.#options, ...asked, onRounding: (found: InputRounding) => rounding = found };
        const circuit = await read(compiled), values = await read(input);
        // Found here, what is wrong with a file is told by its name.
        checkInput(new TextDecoder().decode(values), decodeCircuit(circuit, compiled), input, asked.roundInputs);
        return { files: [[witness, await genWitness(circuit, values, options)]] };
      },
    });
    return { ...result, rounding };
  }

  /** `test.pf`, a proof of the witness, with `key.vk`, or where EZKL's engine proves with `key.pk`. */
  async prove(): Promise<StepResult> {
    const { witness, vk, pk, compiled, proof } = this.files, srs = await this.#srs.name();
    const isOwn = await this.#prover() === "zkgrad";
    // A proving key begins with the verifying key, should that be all that is there.
    const isPkAlone = await this.#steps.mark(vk) === null && await this.#steps.mark(pk) !== null;
    const key = isOwn && !isPkAlone ? vk : pk;
    return await this.#steps.run({
      step: "prove",
      inputs: [witness, compiled, srs, key],
      options: "",
      outputs: [proof],
      make: async (read) => {
        const circuit = await this.#circuit(await read(compiled), "prove()");
        const values = await read(witness), string = await read(srs), bytes = await read(key);
        witnessFromJson(new TextDecoder().decode(values), witness);
        const made = await prove(values, key === vk ? bytes : new ProvingKey(bytes), circuit, string, this.#options);
        return { files: [[proof, made]] };
      },
    });
  }

  /**
   * Whether `test.pf` holds, as `verify` says. Reads the proof, `settings.json`, `key.vk` and the
   * reference string, and nothing else.
   */
  async verify(): Promise<boolean> {
    const { proof, vk } = this.files;
    const settings = await this.#settings(), srs = await readVerifierString(this.path(await this.#srs.name()));
    return await verify(await this.#read(proof), await this.#read(vk), settings, srs);
  }

  /**
   * `verifier.sol` and `verifier.json`, a contract that verifies proofs on Ethereum, from `settings.json`, `key.vk` and the
   * reference string.
   * @throws {ArgumentError} for a circuit of more code than Ethereum allows in one contract
   */
  async createEvmVerifier(): Promise<StepResult> {
    const { settings, vk, solidity, contract } = this.files, srs = await this.#srs.name();
    return await this.#steps.run({
      step: "createEvmVerifier",
      inputs: [settings, vk, srs],
      options: "",
      outputs: [solidity, contract],
      make: async (read) => {
        const own = settingsFromJson(new TextDecoder().decode(await read(settings)), settings);
        const made = createEvmVerifier(await read(vk), own, await read(srs));
        return { files: [[solidity, textBytes(made.solidity)], [contract, textBytes(evmVerifierJson(made))]] };
      },
    });
  }

  /** `calldata`, the proof as the hexadecimal digits that the contract is called with. */
  async encodeVerifierCalldata(): Promise<StepResult> {
    const { proof, calldata } = this.files;
    return await this.#steps.run({
      step: "encodeVerifierCalldata",
      inputs: [proof],
      options: "",
      outputs: [calldata],
      make: async (read) => {
        const data = await encodeVerifierCalldata(await read(proof));
        return { files: [[calldata, textBytes(`0x${bytesToHex(data)}`)]] };
      },
    });
  }

  /** What the contract of `verifier.json` answers to `calldata` on an Ethereum in this process, and the gas of both. */
  async runEvmVerifier(options: RunEvmVerifierOptions = {}): Promise<EvmRun> {
    const text = async (name: string) => new TextDecoder().decode(await this.#read(name));
    const { contract, calldata } = this.files;
    const bytecode = bytecodeOf(await text(contract), contract);
    return await runBytecode(bytecode, hexBytes(await text(calldata), calldata), options);
  }

  /** What `test.pf` shows; ask `verify` first. */
  async readProof(): Promise<ProvenValues> {
    return readProof(await this.#read(this.files.proof), await this.#settings());
  }

  /** Which reference string keys and proofs use: what a proof is worth to others. */
  async describeSrs(): Promise<SrsDescription> {
    return await describeSrs(await this.#read(await this.#srs.name()));
  }

  async #read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return await readFile(this.path(name), FILE_LIMIT);
  }

  /** Who makes keys and proofs of the compiled circuit: to find that out it is laid out, and once is enough. */
  async #prover(): Promise<ProverName> {
    const asked = askedProver(this.#options), { compiled } = this.files;
    if (asked !== null) return asked;
    const sha256 = (await this.#steps.mark(compiled))?.sha256;
    const known = (await this.#steps.manifest.read()).priceCircuit;
    if (sha256 !== undefined && known?.inputs[compiled] === sha256) {
      const found = PROVERS.find((name) => name === known.options);
      if (found !== undefined) return found;
    }
    const { price: { prover } } = checkCircuit("priceCircuit()", decodeCircuit(await this.#read(compiled), compiled));
    const inputs = { [compiled]: (await this.#steps.mark(compiled))?.sha256 ?? "" };
    await this.#steps.manifest.write("priceCircuit", { inputs, options: prover, outputs: {} });
    return prover;
  }

  async #settings(): Promise<GraphSettings> {
    const { settings } = this.files;
    return settingsFromJson(new TextDecoder().decode(await this.#read(settings)), settings);
  }

  /** Options with the folder's signal where they have none of their own. */
  #stoppable<T extends { signal?: AbortSignal | undefined }>(options: T): T {
    const { signal } = this.#options;
    return signal ? { signal, ...options } : options;
  }

  /** The settings that a calibration starts from: not what an earlier one made of them. */
  async #base(text: string): Promise<string> {
    const { settings } = this.files;
    const record = (await this.#steps.manifest.read()).calibrateSettings;
    const found = (await this.#steps.mark(settings))?.sha256;
    return record?.base !== undefined && record.outputs[settings]?.sha256 === found ? record.base : text;
  }

  /** The file to compile: the calibrated one where the settings belong to it. */
  async #network(): Promise<string> {
    const { zkgrad } = await this.#settings();
    const { calibrated } = this.files;
    const there = zkgrad !== undefined && zkgrad !== null && await this.#steps.mark(calibrated) !== null;
    return there ? calibrated : this.onnx;
  }

  /** A network's file and those that it keeps weights in; itself alone where it is not there. */
  async #networkFiles(onnx: string): Promise<string[]> {
    const mark = await this.#steps.mark(onnx), known = this.#beside.get(onnx);
    if (mark === null) return [onnx];
    if (known?.sha256 === mark.sha256) return [onnx, ...known.names];
    const names = besideNetwork(onnx, await this.#read(onnx));
    this.#beside.set(onnx, { sha256: mark.sha256, names });
    return [onnx, ...names];
  }

  /** A compiled circuit once the settings beside it are found to be its own. */
  async #circuit(compiled: Uint8Array<ArrayBuffer>, caller: string): Promise<Uint8Array<ArrayBuffer>> {
    const { settings, compiled: name } = this.files;
    const own = decodeCircuit(compiled, name).settings;
    const beside = await readFileIfThere(this.path(settings), FILE_LIMIT);
    if (beside !== null) {
      checkSameSettings(caller, own, settingsFromJson(new TextDecoder().decode(beside), settings), [name, settings]);
    }
    return compiled;
  }
}

function bytesOf(settings: GraphSettings): Uint8Array<ArrayBuffer> {
  return textBytes(settingsToJson(settings));
}

function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
