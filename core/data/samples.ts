/**
 * Inputs with or without targets: what a data set is, and what is asked of it and of its fields.
 * @module
 */
import { expect, isList, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { show } from "../base/known.ts";
import { type Shape, sizeOf } from "../base/shape.ts";

/** One field of every sample, as it lies on the GPU. */
export interface Field {
  /** The shape of one sample, such as `[1, 28, 28]`; `[]` for a label. */
  readonly shape: Shape;
  /** The elements, sample after sample. */
  readonly data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** For bytes: the 256 values that they stand for. Absent: a byte is its own value. */
  readonly table?: Float32Array<ArrayBuffer> | undefined;
}

/** Samples without an answer: what a network can predict. */
export interface Samples {
  /** The number of samples. */
  readonly length: number;
  /** What the network is given: bytes or f32. */
  readonly inputs: Field;
  /** Where the network takes several inputs: the shape of each; they lie one behind the other in `inputs`. */
  readonly inputShapes?: readonly Shape[] | undefined;
}

/** Samples that a network can be trained on. */
export interface Dataset extends Samples {
  /** What it should answer: class labels (u32, shape `[]`) or numbers to regress to (f32). */
  readonly targets: Field;
  /** The number of classes, where the targets are labels. */
  readonly classes?: number | undefined;
  /** Where there are several targets: the shape of each; they lie one behind the other in `targets`. */
  readonly targetShapes?: readonly Shape[] | undefined;
}

const untargeted = new WeakSet<object>();

/** Gives samples without targets a `targets` that says so when it is read: they can be predicted, not trained on. */
export function lackTargets(samples: object): void {
  untargeted.add(samples);
  Object.defineProperty(samples, "targets", {
    get(): never {
      throw new ArgumentError(
        "this data set has no targets, so it can be predicted but neither trained on nor evaluated; " +
          "make it with targets",
      );
    },
  });
}

/** Whether there are targets. */
export function hasTargets(samples: Samples): samples is Dataset {
  return !untargeted.has(samples) && (samples as Partial<Dataset>).targets !== undefined;
}

const stand = new WeakMap<Samples, Dataset>();

/** The data set, or one with zeros for targets, the same at every call, for those who read the inputs alone. */
export function withTargets(samples: Samples): Dataset {
  if (hasTargets(samples)) return samples;
  const { length, inputs, inputShapes } = samples;
  const made = stand.get(samples) ??
    { length, inputs, inputShapes, targets: { shape: [], data: new Uint32Array(length) } };
  stand.set(samples, made);
  return made;
}

/** Throws an `ArgumentError` for what has no samples to predict. */
export function checkSamples(where: string, value: unknown): asserts value is Samples {
  const data = value as Partial<Record<keyof Samples, unknown>> | null | undefined;
  if (typeof data !== "object" || data === null || !("inputs" in data)) {
    const hint = isList(value)
      ? "new TensorDataset({ inputs, shape, targets }) makes one of an array, without targets where none are needed"
      : typeof (data as { dataset?: unknown } | null)?.dataset === "object"
      ? "give the loader's own, loader.dataset"
      : "such as a TensorDataset or MNIST";
    throw new ArgumentError(`${where}: the data set is ${show(value)}, expected a data set; ${hint}`);
  }
  whole(`${where}: the data set's length`, data.length);
  checkField(`${where}: the data set's inputs`, data.inputs, data.length as number);
  checkParts(`${where}: the data set's inputShapes`, data.inputShapes, (data.inputs as Field).shape);
}

/** The shapes of what the network is given, one for each input. */
export function inputShapesOf({ inputs, inputShapes }: Samples): readonly Shape[] {
  return inputShapes ?? [inputs.shape];
}

function checkParts(what: string, shapes: unknown, whole: Shape): void {
  if (shapes === undefined) return;
  const lists = Array.isArray(shapes) && shapes.length > 0 && shapes.every(Array.isArray);
  expect(lists, what, shapes, "a list of shapes");
  const sizes = (shapes as Shape[]).map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total === sizeOf(whole), `${what}: their elements together`, total, `${sizeOf(whole)}, those of a sample`);
}

/** Throws an `ArgumentError` for what is no data set with targets. */
export function checkDataset(where: string, value: unknown): asserts value is Dataset {
  checkSamples(where, value);
  checkField(`${where}: the data set's targets`, (value as Partial<Dataset>).targets, value.length);
  checkParts(
    `${where}: the data set's targetShapes`,
    (value as Partial<Dataset>).targetShapes,
    (value as Dataset).targets.shape,
  );
}

function checkField(what: string, field: unknown, length: number): void {
  expect(typeof field === "object" && field !== null, what, field, "a field with shape and data");
  const { shape, data, table } = field as Partial<Field>;
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  expect(sizes, `${what}: the shape`, shape, "positive integers");
  const typed = [Uint8Array, Float32Array, Uint32Array].some((type) => data instanceof type);
  expect(typed, `${what}: the data`, data, "a Uint8Array, Float32Array or Uint32Array");
  const size = length * sizeOf(shape as number[]);
  expect(data!.length === size, `${what}: the number of elements`, data!.length, `${size} for ${length} samples`);
  const tabulated = table === undefined || (table instanceof Float32Array && table.length === 256);
  expect(tabulated, `${what}: the table`, table, "a Float32Array of 256 numbers");
}
