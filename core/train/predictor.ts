/**
 * The predictor: a model on a device that only answers, without loss, optimiser or targets.
 * @module
 */
import { copySample } from "../data/dataset.ts";
import { checkSamples, inputShapesOf, type Samples } from "../data/samples.ts";
import { dispose } from "../base/dispose.ts";
import { ArgumentError } from "../base/errors.ts";
import { type Shape, shapesOf, showShape, sizeOf } from "../base/shape.ts";
import { inTurn } from "../base/turns.ts";
import { checkWhole } from "../graph/whole.ts";
import type { Backend, Fill, ForwardProgram } from "../run/backend.ts";
import type { AnyModule } from "../graph/module.ts";
import { backendOf, type Device } from "../run/choose.ts";
import { checkPredictor, deviceOf, type PredictorOptions } from "./arguments.ts";
import { Kept } from "../run/kept.ts";

/** Samples as a data set has them; targets, where there are any, are not looked at. */
export type PredictorInputs = ArrayLike<number> | readonly ArrayLike<number>[] | Samples;

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
 * ```ts
 * import { nn, Predictor } from "@zkgrad/zkgrad";
 *
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 3)); // trained, or read
 * using predictor = await Predictor.create({ model, shape: [2], device: "cpu" });
 * const logits = await predictor.predict(Float32Array.of(0.5, -1));
 * if (logits.length !== 3) throw new Error(`${logits}`);
 * ```
 */
export class Predictor {
  /** The network. */
  readonly model: AnyModule;
  /** The device that everything runs on. */
  readonly device: Device;
  readonly #shapes: readonly Shape[] | undefined;
  readonly #fusion: boolean;
  readonly #ownsDevice: boolean;
  readonly #backend: Backend;
  readonly #plans = new Kept<string, ForwardProgram>(KEPT);
  #disposed = false;

  private constructor(options: PredictorOptions, device: Device, backend: Backend) {
    this.model = options.model;
    this.device = device;
    const { shape, model } = options;
    this.#shapes = shape === undefined ? (model as { sampleShapes?: readonly Shape[] }).sampleShapes : shapesOf(shape);
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
   * @param inputs A data set, or the numbers of one sample or several, row by row; for a model of several inputs an
   * array for each.
   * Throws an `ArgumentError` where they are no whole samples, and for a model of several outputs.
   */
  async predict(inputs: PredictorInputs): Promise<Float32Array<ArrayBuffer>> {
    const outputs = await this.predictAll(inputs);
    if (outputs.length === 1) return outputs[0];
    throw new ArgumentError(
      `Predictor.predict(): the model returns ${outputs.length} tensors, expected one; predictAll() gives all of them`,
    );
  }

  /** The same for a model of several outputs: an array for each, `[length, ...its shape]`. */
  async predictAll(inputs: PredictorInputs): Promise<readonly Float32Array<ArrayBuffer>[]> {
    const { length, shapes, fill } = this.#samples(inputs);
    return await inTurn([this], async () => {
      if (this.#disposed) throw new ArgumentError("this predictor was disposed of; make a new one");
      try {
        this.#backend.state.sync();
        const program = await this.#plan(shapes, length);
        return takenApart(await program.run(length, checked(fill, program)), program.outputShapes);
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

  /** How many samples there are, of what shapes, and how they are written out. */
  #samples(inputs: PredictorInputs): Written {
    if (typeof inputs === "object" && inputs !== null && "inputs" in inputs) {
      checkSamples("Predictor.predict()", inputs);
      const { length, inputs: field } = inputs;
      const size = sizeOf(field.shape);
      const fill = (into: Float32Array, first: number, count: number): void => {
        for (let n = 0; n < count; n++) copySample(field, first + n, into, n * size);
      };
      return { length, shapes: inputShapesOf(inputs), fill };
    }
    const shapes = this.#shapes;
    if (shapes === undefined) {
      throw new ArgumentError(
        "Predictor.predict(): the shape of one input is not known; give it to Predictor.create() as { shape }, or " +
          "predict a data set",
      );
    }
    const several = shapes.length > 1 && Array.isArray(inputs) && inputs.length === shapes.length;
    const lists = (several ? inputs : [inputs]) as readonly ArrayLike<number>[];
    if (lists.length !== shapes.length) {
      throw new ArgumentError(
        `Predictor.predict(): the model takes ${shapes.length} inputs; give a list of as many arrays, one for each`,
      );
    }
    const counts = lists.map((list, k) => samplesIn(list, shapes[k]));
    if (counts.some((count) => count !== counts[0])) {
      throw new ArgumentError(
        `Predictor.predict(): got ${counts.join(", ")} samples of the inputs, expected as many of each`,
      );
    }
    // A copy: the numbers are those of the call, whatever its turn is.
    const copies = lists.map((list) => Float32Array.from(list));
    const sizes = shapes.map(sizeOf);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const fill = (into: Float32Array, first: number, count: number): void => {
      let start = 0;
      for (const [k, copy] of copies.entries()) {
        const size = sizes[k];
        if (size === total) into.set(copy.subarray(first * size, (first + count) * size));
        else {
          for (let n = 0; n < count; n++) {
            into.set(copy.subarray((first + n) * size, (first + n + 1) * size), n * total + start);
          }
        }
        start += size;
      }
    };
    return { length: counts[0], shapes, fill };
  }

  /** The plan for the next power of two of samples; the one that was not used for longest makes room. */
  async #plan(shapes: readonly Shape[], samples: number): Promise<ForwardProgram> {
    const batch = Math.min(LARGEST, 2 ** Math.ceil(Math.log2(samples)));
    const key = `${batch}: ${shapes.join(";")}`;
    const fixed = { model: this.model, fusion: this.#fusion };
    return await this.#plans.get(key, () => this.#backend.forward({ ...fixed, samples: shapes, batch }));
  }
}

/** The same, and looks at what is written where the model looks something up by it. */
function checked(fill: Fill, { whole }: ForwardProgram): Fill {
  if (whole.length === 0) return fill;
  return (into, first, count) => {
    fill(into, first, count);
    checkWhole("Predictor.predict()", into, first, count, whole);
  };
}

interface Written {
  readonly length: number;
  readonly shapes: readonly Shape[];
  readonly fill: Fill;
}

/** How many samples of a shape there are. */
function samplesIn(numbers: ArrayLike<number>, shape: Shape): number {
  const size = sizeOf(shape);
  const sound = ArrayBuffer.isView(numbers) || (Array.isArray(numbers) && numbers.every(Number.isFinite));
  if (sound && numbers.length > 0 && numbers.length % size === 0) return numbers.length / size;
  throw new ArgumentError(
    `Predictor.predict(): expected a flat array of numbers, ${size} for each sample of shape ${showShape(shape)}, ` +
      `and got ${sound ? numbers.length : "something else"}`,
  );
}

/** Outputs that lie one behind the other in each sample, as an array for each. */
export function takenApart(
  all: Float32Array<ArrayBuffer>,
  shapes: readonly Shape[],
): readonly Float32Array<ArrayBuffer>[] {
  if (shapes.length === 1) return [all];
  const sizes = shapes.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  return sizes.map((size) => {
    const own = new Float32Array(all.length / total * size);
    for (let n = 0; n * size < own.length; n++) {
      own.set(all.subarray(n * total + start, n * total + start + size), n * size);
    }
    start += size;
    return own;
  });
}
