/**
 * The second half of `mnist.ts`: from the ONNX file to a verified proof, told as it goes.
 * @module
 */
import {
  type Dataset,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  sampleInput,
  ZkgradError,
} from "../../mod.ts";
import {
  type Candidate,
  type FidelityReport,
  type LabelledSamples,
  type Price,
  priceCircuit,
  ProvingFolder,
  type StepResult,
  type ToolProgress,
} from "../../hub/mod.ts";
import type { Artifacts } from "./artifacts.ts";
import type { Options } from "./options.ts";

/** Training images that the circuit's weights are rounded on. */
const ROUNDED_ON = 1000;

/** One network's way to a proof, in the folder of its artifacts. */
export class Proving {
  readonly #artifacts: Artifacts;
  readonly #options: Options;
  readonly #folder: ProvingFolder;

  /** Proves the network in `onnx`, a file of `artifacts`. */
  constructor(artifacts: Artifacts, onnx: string, options: Options) {
    this.#artifacts = artifacts;
    this.#options = options;
    this.#folder = new ProvingFolder(options.out, onnx, { onProgress: (progress) => this.#show(progress) });
  }

  /**
   * Chooses the circuit's numbers. For fidelity the candidates' weights are rounded on some of
   * `train`, they are run on all of `choosing`, the chosen one on `test` too, and the report is printed.
   */
  async calibrate(train: Dataset, choosing: Dataset, test: Dataset): Promise<void> {
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
        examination: labelled(choosing, choosing.length),
        test: labelled(test, test.length),
        calibration: labelled(train, Math.min(train.length, ROUNDED_ON)),
        onProgress: (done, total) => this.#status(`weighing circuits: ${done} of ${total}`),
      })
      : await this.#folder.calibrateSettings({ target, ...(scales === undefined ? {} : { scales }) });
    this.#status("");
    if (step.report !== null && "chosen" in step.report) output.write(reportText(step.report));
    await this.#list(step, {
      "settings.json": "the circuit's settings",
      "network.calibrated.onnx": "the network with the circuit's weights",
    });
  }

  /** Compiles the circuit and says what proving it will take. */
  async compile(): Promise<void> {
    const step = await this.#folder.compileCircuit();
    const price = priceCircuit(await Deno.readFile(this.#folder.path("network.compiled")));
    this.#options.output.write(priceText(price));
    await this.#list(step, { "network.compiled": "the circuit" });
  }

  /** Gets the reference string and makes both keys. */
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
   * @throws {ZkgradError} where the proof does not hold
   */
  async verify(): Promise<void> {
    const begun = performance.now();
    const holds = await this.#folder.verify();
    this.#status("");
    if (!holds) {
      throw new ZkgradError(`${this.#folder.path("test.pf")} does not hold; remove it and run this again`);
    }
    const { outputs } = await this.#folder.readProof();
    const { output, out } = this.#options;
    output.write(verdictText(outputs![0], (performance.now() - begun) / 1000));
    const { origin } = await this.#folder.describeSrs();
    if (origin !== "ceremony") {
      output.write(`  made with ${out}/kzg.unsafe.srs, a test string: it proves nothing to anyone else (see --srs)\n`);
    }
  }

  async #list({ made, seconds, files }: StepResult, what: Record<string, string>): Promise<void> {
    for (const { name } of files) {
      if (what[name]) {
        await this.#artifacts.list(name, made ? what[name] : `${what[name]} (kept)`, made ? seconds : undefined);
      }
    }
  }

  #show({ step, elapsed, expected }: ToolProgress): void {
    const left = expected === null ? "" : `, about ${formatDuration(Math.max(1, Math.round(expected - elapsed)))} left`;
    this.#status(`${step}: ${formatDuration(Math.round(elapsed))}${left}`);
  }

  /** One line that is written over; nothing where output is no terminal. */
  #status(text: string): void {
    const { output } = this.#options;
    if (output.terminal) output.write(`\r\x1b[K${text}`);
  }
}

/** The first `count` samples of a data set. */
function labelled(data: Dataset, count: number): LabelledSamples {
  const samples = Array.from({ length: count }, (_, index) => sampleInput(data, index));
  const inputs = new Float32Array(count * samples[0].length);
  samples.forEach((sample, index) => inputs.set(sample, index * sample.length));
  return { inputs: [inputs], labels: data.targets.data.subarray(0, count), count };
}

/** The fidelity report, a line for each circuit that was weighed. */
function reportText({ candidates, chosen, test }: FidelityReport): string {
  const rows = candidates.map((candidate) => [candidate === chosen ? "*" : "", ...cellsOf(candidate)]);
  const table = [
    ["", "bits", "dropped", "zero below", "images", "accuracy", "float", "logit error", "cells", "key"],
    ...rows,
  ];
  const tested = test === null
    ? ""
    : `on ${formatCount(test.samples)} test images, which chose nothing, the circuit has ${
      share(test.accuracy)
    } and the ` +
      `float network ${share(test.floatAccuracy)}; largest logit error ${test.largestError.toFixed(2)}\n`;
  return "circuits weighed on images held out of the training set, exact integers, cheapest first; * the cheapest " +
    `within the tolerance\n${tableText(table)}${tested}`;
}

/** Rows of cells, the first the headings, each column as wide as its widest cell. */
export function tableText(table: readonly (readonly string[])[]): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ").trimEnd());
  return lines.map((line) => `${line}\n`).join("");
}

function cellsOf({ scheme, deadZone, evaluation, price, dropped }: Candidate): string[] {
  const numbers = [String(scheme.tableScale), String(scheme.dropBits), String(deadZone)];
  if (evaluation === null || price === null) return [...numbers, dropped ?? "dropped", "", "", "", "", ""];
  return [
    ...numbers,
    formatCount(evaluation.samples),
    share(evaluation.accuracy),
    share(evaluation.floatAccuracy),
    evaluation.largestError.toFixed(2),
    formatCount(price.cells),
    formatBytes(price.pkBytes),
  ];
}

function share(accuracy: number | null): string {
  return accuracy === null ? "" : formatPercent(accuracy);
}

/** What a verified proof shows. */
export function verdictText(logits: ArrayLike<number>, seconds: number): string {
  const numbers = Array.from(logits);
  const digit = numbers.indexOf(Math.max(...numbers));
  return `proof verified in ${formatDuration(seconds)}: the network says that the hidden image is a ${digit}\n` +
    `  logits ${numbers.map((logit) => logit.toFixed(2)).join(" ")}\n`;
}

/** The part of a price that is told. */
type ToldPrice =
  & Pick<Price, "cells" | "rows" | "logrows" | "adviceColumns" | "fixedColumns" | "pkBytes" | "heapBytes">
  & { seconds: Pick<Price["seconds"], "keys" | "proof"> };

/** What proving will take, before it is paid. */
export function priceText(price: ToldPrice): string {
  const { cells, rows, logrows, adviceColumns, fixedColumns, pkBytes, heapBytes, seconds } = price;
  return `the circuit has ${formatCount(cells)} cells in ${
    formatCount(rows)
  } rows, laid in ${adviceColumns} columns of ` +
    `2^${logrows} and ${fixedColumns} fixed ones; expected on one thread: key ${formatBytes(pkBytes)}, memory ` +
    `${formatBytes(heapBytes)}, keys ${formatDuration(seconds.keys)}, proof ${formatDuration(seconds.proof)}\n`;
}
