/**
 * The files that a run leaves: written, checked, drawn and listed.
 * @module
 */
import { stat } from "node:fs/promises";
import { sameBytes } from "../../core/base/bytes.ts";
import { ZkgradError } from "../../core/base/errors.ts";
import { readFile, setAside, writeFileAtomic } from "../../core/base/files.ts";
import { formatBytes, formatDuration } from "../../core/base/format.ts";
import type { TextOutput } from "../../core/base/progress.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import type { Module } from "../../core/graph/module.ts";
import { Predictor } from "../../core/train/predictor.ts";
import type { Trainer } from "../../core/train/trainer.ts";
import type { EpochRecord } from "../../core/train/training_run.ts";
import { OnnxModule } from "../../onnx/mod.ts";
import { parameterHistogram } from "./figures/parameter_histogram.ts";
import { trainingCurve } from "./figures/training_curve.ts";
import { missingPackages } from "./packages.ts";

/** The files of one run. */
export class RunFiles {
  readonly #folder: string;
  readonly #rows: [path: string, size: string, time: string, what: string][] = [];
  #checked = "";
  #undrawn = "";

  /** Files go to `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a file, whole or not at all. */
  async write(name: string, content: Uint8Array | string, what: string): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const path = `${this.#folder}/${name}`;
    await writeFileAtomic(path, bytes);
    this.#rows.push([path, formatBytes(bytes.length), "", what]);
  }

  /**
   * Where the file `name` holds another network than `onnx`, keeps it under a number, with what
   * was proven of it and cannot be made again from that.
   */
  async keepEarlier(name: string, onnx: Uint8Array, output: TextOutput): Promise<void> {
    const earlier = await readFile(`${this.#folder}/${name}`).catch(() => onnx);
    if (sameBytes(earlier, onnx)) return;
    const names = [name, "network.calibrated.onnx", "settings.json", "key.vk", "test.pf"];
    const kept = (await setAside(this.#folder, names)).map((kept) => `${this.#folder}/${kept}`);
    output.write(`the network of an earlier run is kept: ${kept.join(", ")}\n`);
  }

  /**
   * Reads the ONNX file `name` back as a network of its own, runs both networks and
   * compares their logits.
   */
  async check(name: string, onnx: Uint8Array, trainer: Trainer, images: Dataset): Promise<void> {
    const path = `${this.#folder}/${name}`;
    const written = await readFile(path);
    if (!sameBytes(written, onnx)) {
      throw new ZkgradError(`${path} is not what was written to it; is the disk sound?`);
    }
    const model = new OnnxModule(written, { name: path });
    using other = await Predictor.create({ model, device: trainer.device });
    const expected = await trainer.predict(images);
    const found = await other.predict(images);
    const worst = expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - found[index])), 0);
    if (!(worst <= 1e-5)) throw new ZkgradError(`${path} gives other logits than the trained network, by ${worst}`);
    this.#checked = `${path} was read back: ${images.length} images, largest difference of a logit ${worst}\n`;
  }

  /** Draws the curve of loss and accuracy and the histogram of the parameters; where what draws is not installed, says so. */
  async figures(history: readonly EpochRecord[], model: Module): Promise<void> {
    const missing = await missingPackages("pictures");
    if (missing.length > 0) {
      this.#undrawn = `pictures of the run are left out; they need npm install ${missing.join(" ")}\n`;
      return;
    }
    const values = Float32Array.from(model.namedParameters().flatMap(([, { data }]) => [...data]));
    const curve = await trainingCurve(history.map((record) => ({ ...record, testAccuracy: record.testAccuracy ?? 0 })));
    await this.write("training.svg", curve.svg, "loss and accuracy by epoch");
    await this.write("training.png", curve.png, "the same");
    const histogram = await parameterHistogram(values);
    await this.write("parameters.svg", histogram.svg, "absolute values of the parameters");
    await this.write("parameters.png", histogram.png, "the same");
  }

  /** Lists a file that is there already, and the seconds that making it took. */
  async list(name: string, what: string, seconds?: number): Promise<void> {
    const path = `${this.#folder}/${name}`;
    const time = seconds === undefined ? "" : formatDuration(seconds);
    this.#rows.push([path, formatBytes((await stat(path)).size), time, what]);
  }

  /** Where everything lies. */
  table(): string {
    const widths = [0, 1, 2].map((column) => Math.max(...this.#rows.map((row) => row[column].length)));
    const lines = this.#rows.map(([path, size, time, what]) =>
      `${path.padEnd(widths[0])}  ${size.padStart(widths[1])}  ${time.padStart(widths[2])}  ${what}`
    );
    return `${this.#checked}${this.#undrawn}${lines.join("\n")}\n`;
  }
}
