/**
 * The predictor: a model on a device that only answers, without loss, optimiser or targets.
 * @module
 */
import { copySample, type Dataset } from "../data/dataset.ts";
import { checkSamples } from "../data/samples.ts";
import { dispose } from "../base/dispose.ts";
import { ArgumentError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import { inTurn } from "../base/turns.ts";
import type { Module } from "../graph/module.ts";
import { checkWhole } from "../graph/whole.ts";
import type { Backend, Fill, ForwardProgram } from "../run/backend.ts";
import { backendOf, type Device } from "../run/choose.ts";
import { checkPredictor, deviceOf, type PredictorOptions } from "./arguments.ts";
import { Kept } from "../run/kept.ts";

/** Samples as a data set has them; targets, where there are any, are not looked at. */
export type PredictorInputs = ArrayLike<number> | Pick<Dataset, "length" | "inputs">;

/** The most samples that go through at once. */
const LARGEST = 256;

/** Plans that are kept: one for each power of two up to {@linkcode LARGEST}, for one shape of inputs. */
const KEPT = 9;

/**
 * Answers for a model. Weights that are trained, loaded or written on the host are what
 * the next prediction works with; while an epoch of a trainer runs they are those of the
 * last one that ended. What is compiled is kept, so that memory stays flat and the next
 * prediction of about as many samples begins at once.
 *
 * @example
 * ```ts ignore
 * using predictor = await Predictor.create({ model: new OnnxModule(await readFile("network.onnx")) });
 * const logits = await predictor.predict(pixels);
 * ```
 */
export class Predictor {
  /** The network. */
  readonly model: Module;
  /** The device that everything runs on. */
  readonly device: Device;
  readonly #shape: Shape | undefined;
  readonly #fusion: boolean;
  readonly #ownsDevice: boolean;
  readonly #backend: Backend;
  readonly #plans = new Kept<string, ForwardProgram>(KEPT);
  #disposed = false;

  private constructor(options: PredictorOptions, device: Device, backend: Backend) {
    this.model = options.model;
    this.device = device;
    this.#shape = options.shape ?? (options.model as { sampleShape?: Shape }).sampleShape;
    this.#fusion = options.fusion ?? true;
    this.#ownsDevice = typeof options.device !== "object";
    this.#backend = backend;
  }

  /** Takes a device and puts the model's parameters on it. */
  static async create(options: PredictorOptions): Promise<Predictor> {
    checkPredictor(arguments);
    const device = await deviceOf(options);
    try {
      return new Predictor(options, device, await backendOf(device, options.model, { state: [] }));
    } catch (error) {
      if (typeof options.device !== "object") device[dispose]();
      throw error;
    }
  }

  /**
   * The model's outputs for every sample, one after another: `[length, ...output]`. Calls
   * that overlap run one after another.
   *
   * @param inputs A data set, or the numbers of one sample or several, row by row.
   * Throws an `ArgumentError` where they are no whole samples.
   */
  async predict(inputs: PredictorInputs): Promise<Float32Array<ArrayBuffer>> {
    const { length, shape, fill } = this.#samples(inputs);
    return await inTurn([this], async () => {
      if (this.#disposed) throw new ArgumentError("this predictor was disposed of; make a new one");
      try {
        this.#backend.state.sync();
        const program = await this.#plan(shape, length);
        return await program.run(length, checked(fill, sizeOf(shape), program));
      } catch (cause) {
        if (!this.#disposed) throw cause;
        throw new ArgumentError("this predictor was disposed of while it was working", { cause });
      }
    });
  }

  /** Frees all that lies on the device, and the device if the predictor made it. */
  [dispose](): void {
    this.#disposed = true;
    this.#plans.dispose();
    this.#backend.state.dispose();
    if (this.#ownsDevice) this.device[dispose]();
  }

  /** How many samples there are, of what shape, and how they are written out. */
  #samples(inputs: PredictorInputs): Samples {
    if (typeof inputs === "object" && inputs !== null && "inputs" in inputs) {
      checkSamples("Predictor.predict()", inputs);
      const { length, inputs: field } = inputs;
      const size = sizeOf(field.shape);
      const fill = (into: Float32Array, first: number, count: number): void => {
        for (let n = 0; n < count; n++) copySample(field, first + n, into, n * size);
      };
      return { length, shape: field.shape, fill };
    }
    const shape = this.#shape;
    if (shape === undefined) {
      throw new ArgumentError(
        "Predictor.predict(): the shape of one input is not known; give it to Predictor.create() as { shape }, or " +
          "predict a data set",
      );
    }
    const size = sizeOf(shape);
    const numbers = ArrayBuffer.isView(inputs) || (Array.isArray(inputs) && inputs.every(Number.isFinite));
    if (!numbers || inputs.length === 0 || inputs.length % size !== 0) {
      throw new ArgumentError(
        `Predictor.predict(): expected a flat array of numbers, ${size} for each sample of shape ${
          showShape(shape)
        }, ` +
          `and got ${numbers ? inputs.length : "something else"}`,
      );
    }
    // A copy: the numbers are those of the call, whatever its turn is.
    const copy = Float32Array.from(inputs);
    const fill = (into: Float32Array, first: number, count: number): void =>
      into.set(copy.subarray(first * size, (first + count) * size));
    return { length: copy.length / size, shape, fill };
  }

  /** The plan for the next power of two of samples; the one that was not used for longest makes room. */
  async #plan(sample: Shape, samples: number): Promise<ForwardProgram> {
    const batch = Math.min(LARGEST, 2 ** Math.ceil(Math.log2(samples)));
    const key = `${batch}: ${sample}`;
    const fixed = { model: this.model, fusion: this.#fusion };
    return await this.#plans.get(key, () => this.#backend.forward({ ...fixed, sample, batch }));
  }
}

/** The same, and looks at what is written where the model looks something up by it. */
function checked(fill: Fill, size: number, { whole }: ForwardProgram): Fill {
  if (whole === null) return fill;
  return (into, first, count) => {
    fill(into, first, count);
    checkWhole(`Predictor.predict(): sample ${first} and after`, into.subarray(0, count * size), whole);
  };
}

interface Samples {
  readonly length: number;
  readonly shape: Shape;
  readonly fill: Fill;
}
