/**
 * What was made for the last few batch sizes and uses of a model.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import { checkWholeField } from "../graph/whole.ts";
import type { Backend, StepProgram } from "../run/backend.ts";
import type { Compiling } from "../run/compile.ts";
import { Kept } from "../run/kept.ts";
import type { Mode } from "../run/traced.ts";
import type { TrainerOptions } from "./arguments.ts";
import type { TrainingRows } from "./training_rows.ts";
import type { Updates } from "./updates.ts";

/** Programs that stay on the device: one for each mode, batch size and kind of data. */
const MOST = 4;

/** What a program is to be beside its mode and its data. */
export interface ProgramOptions extends Compiling {
  /** False: one kernel per node; default as the trainer was told. */
  readonly fusion?: boolean;
  /** Whether each kernel's results must stay to be looked at. */
  readonly apart?: boolean;
  /** Whether an evaluation's outputs are wanted beside its losses. */
  readonly outputs?: boolean;
  /** What is trained, when training. */
  readonly rows?: TrainingRows;
}

/** The programs of one trainer. */
export class Programs {
  readonly #backend: Backend;
  readonly #options: TrainerOptions;
  readonly #updates: Updates;
  readonly #kept = new Kept<string, StepProgram>(MOST);

  /** None yet. */
  constructor(backend: Backend, options: TrainerOptions, updates: Updates) {
    this.#backend = backend;
    this.#options = options;
    this.#updates = updates;
  }

  /** The program for batches of such a data set. */
  async get(
    mode: Mode,
    { dataset, batchSize: batch }: { readonly dataset: Dataset; readonly batchSize: number },
    options: ProgramOptions = {},
  ): Promise<StepProgram> {
    const { rows, fusion = this.#options.fusion ?? true, apart = false, outputs = false, ...compiling } = options;
    const kinds = [dataset.inputs, dataset.targets].map(({ shape, data }) => `${shape}:${data.constructor.name}`);
    kinds.push(`${dataset.inputShapes?.join(";")}|${dataset.targetShapes?.join(";")}`);
    const key = [mode, batch, fusion, apart, outputs, ...kinds, dataset.classes, rows?.key].join("|");
    const { model, loss, quantizationAware: quantization } = this.#options;
    const update = rows === undefined ? null : this.#updates.request(rows);
    const trained = rows === undefined ? {} : { trained: rows.of };
    const rounded = quantization === undefined ? {} : { quantization };
    const fixed = { model, loss, dataset, batch, mode, fusion, apart, outputs, update, ...trained, ...rounded };
    const program = await this.#kept.get(key, () => this.#backend.program({ ...fixed, ...compiling }));
    checkWholeField("Trainer: the data set", program.graph, dataset.inputs, dataset.length);
    return program;
  }

  /** Frees all of them, and those that are under way. */
  dispose(): void {
    this.#kept.dispose();
  }
}
