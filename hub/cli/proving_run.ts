/**
 * From an ONNX file to a verified proof in the folder of a run, told as it goes.
 * @module
 */
import type { Dataset } from "../../core/data/dataset.ts";
import { ArgumentError, ZkgradError } from "../../core/base/errors.ts";
import { readFile } from "../../core/base/files.ts";
import { formatDuration } from "../../core/base/format.ts";
import { priceCircuit, ProvingFolder, type Scheme, type StepResult, type ToolProgress } from "../ezkl/mod.ts";
import { labelled } from "./labelled.ts";
import { missingPackages } from "./packages.ts";
import { evmText, priceText, verdictText } from "./report.ts";
import { fidelityText } from "./weighed.ts";
import type { RunFiles } from "./run_files.ts";
import { checkRunOptions, type RunOptions } from "./run_options.ts";
import { statusLine } from "./status_line.ts";

/** Training images that the circuit's weights are rounded on. */
const ROUNDED_ON = 1000;

const IMAGES = { chosenBy: "images held out of the training set", tested: "test images" };

/** One network's way to a proof, in the folder of its files. */
export class ProvingRun {
  readonly #files: RunFiles;
  readonly #options: RunOptions;
  readonly #folder: ProvingFolder;

  /**
   * Proves the network in `onnx`, a file of `files`.
   * @throws {ArgumentError} for an option that no run has
   */
  constructor(files: RunFiles, onnx: string, options: RunOptions) {
    checkRunOptions("ProvingRun", options);
    this.#files = files;
    this.#options = options;
    this.#folder = new ProvingFolder(options.out, onnx, { onProgress: (progress) => this.#show(progress) });
  }

  /**
   * Chooses the circuit's numbers. For fidelity the candidates' weights are rounded on some of
   * `train`, they are run on all of `choosing`, the chosen one on `test` too, and the report is printed; with `scheme`
   * the only candidate is the circuit of these scales, which the network was trained for.
   */
  async calibrate(train: Dataset, choosing: Dataset, test: Dataset, scheme?: Scheme): Promise<void> {
    const { output, target, tolerance, scales } = this.#options;
    // Who sees what, as in the tutorial.
    await this.#folder.genSettings({
      inputVisibility: "Private",
      paramVisibility: "Fixed",
      outputVisibility: "Public",
    });
    const step = target === "fidelity"
      ? await this.#folder.calibrateSettings({
        target,
        tolerance,
        ...scheme && { scheme },
        examination: labelled(choosing),
        test: labelled(test),
        calibration: labelled(train, 0, ROUNDED_ON),
        onProgress: (done, total) => this.#status(`weighing circuits: ${done} of ${total}`),
      })
      : await this.#folder.calibrateSettings({ target, ...(scales === undefined ? {} : { scales }) });
    this.#status("");
    if (step.report !== null && "chosen" in step.report) output.write(fidelityText(step.report, IMAGES));
    await this.#list(step, {
      "settings.json": "the circuit's settings",
      "network.calibrated.onnx": "the network with the circuit's weights",
    });
  }

  /** Compiles the circuit and says what proving it will take. */
  async compile(): Promise<void> {
    const step = await this.#folder.compileCircuit();
    const price = priceCircuit(await readFile(this.#folder.path("network.compiled")));
    this.#options.output.write(priceText(price));
    await this.#list(step, { "network.compiled": "the circuit" });
  }

  /** Gets the reference string and makes the keys. */
  async makeKeys(): Promise<void> {
    const { srs } = this.#options;
    const string = srs === undefined ? await this.#folder.genSrs() : await this.#folder.getSrs(srs);
    const warning = srs === undefined ? "UNSAFE reference string, for tests only" : "reference string of a ceremony";
    await this.#list(string, { "kzg.unsafe.srs": warning, "kzg.srs": warning });
    const keys = await this.#folder.setup();
    this.#status("");
    await this.#list(keys, { "key.vk": "verifying key", "key.pk": "proving key" });
  }

  /** Computes the witness of `input.json` and proves it. */
  async prove(): Promise<void> {
    await this.#list(await this.#folder.genWitness(), { "witness.json": "what the circuit computed; PRIVATE" });
    const proof = await this.#folder.prove();
    this.#status("");
    await this.#list(proof, { "test.pf": "the proof, with the logits" });
  }

  /**
   * Verifies the proof and says what it shows.
   * @param verdict A sentence about the outputs that are proven.
   * @throws {ZkgradError} where the proof does not hold
   */
  async verify(verdict: (outputs: ArrayLike<number>) => string): Promise<void> {
    const begun = performance.now();
    const holds = await this.#folder.verify();
    this.#status("");
    if (!holds) {
      throw new ZkgradError(`${this.#folder.path("test.pf")} does not hold; remove it and run this again`);
    }
    const { outputs } = await this.#folder.readProof();
    const { output, out } = this.#options;
    const [shown] = outputs!;
    output.write(verdictText(shown, (performance.now() - begun) / 1000, verdict(shown)));
    const { origin } = await this.#folder.describeSrs();
    if (origin !== "ceremony") {
      output.write(`  made with ${out}/kzg.unsafe.srs, a test string: it proves nothing to anyone else (see --srs)\n`);
    }
  }

  /**
   * Makes the contract that verifies such proofs on Ethereum, asks it about the proof on an Ethereum in this process,
   * and says what that takes.
   * @throws {ZkgradError} where the contract refuses the proof
   */
  async verifyOnEvm(): Promise<void> {
    const { output } = this.#options;
    let made: StepResult;
    try {
      made = await this.#folder.createEvmVerifier();
    } catch (error) {
      // The proof holds all the same.
      if (!(error instanceof ArgumentError)) throw error;
      return output.write(`no contract for Ethereum: ${error.message}\n`);
    }
    await this.#list(made, {
      "verifier.sol": "the verifier for Ethereum, in Solidity",
      "verifier.json": "the same as bytecode, with its ABI and gas",
    });
    await this.#list(await this.#folder.encodeVerifierCalldata(), { "calldata": "the proof, as it is called with" });
    const missing = await missingPackages("ethereum");
    if (missing.length > 0) {
      return output.write(`the contract was not tried out; that needs npm install ${missing.join(" ")}\n`);
    }
    const { holds, verifyGas, deployGas: [deployGas] } = await this.#folder.runEvmVerifier();
    if (!holds) throw new ZkgradError(`the contract of ${this.#folder.path("verifier.json")} refuses the proof`);
    output.write(evmText(deployGas, verifyGas));
  }

  async #list({ made, seconds, files }: StepResult, what: Record<string, string>): Promise<void> {
    for (const { name } of files) {
      if (what[name]) {
        await this.#files.list(name, made ? what[name] : `${what[name]} (kept)`, made ? seconds : undefined);
      }
    }
  }

  #show({ step, elapsed, expected }: ToolProgress): void {
    const left = expected === null ? "" : `, about ${formatDuration(Math.max(1, Math.round(expected - elapsed)))} left`;
    this.#status(`${step}: ${formatDuration(Math.round(elapsed))}${left}`);
  }

  #status(text: string): void {
    statusLine(this.#options.output, text);
  }
}
