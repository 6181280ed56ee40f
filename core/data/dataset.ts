/**
 * Data sets: the samples as they lie in memory and on the GPU.
 * @module
 */
import { callable, checkArguments, expect, isList, shape as shapeOf, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { namesOf, show } from "../base/known.ts";
import { type Shape, shapesOf, showShape, sizeOf } from "../base/shape.ts";
import { checkSamples, type Dataset, type Field, hasTargets, lackTargets, type Samples } from "./samples.ts";

export type { Dataset, Field, Samples };

/** What a {@linkcode TensorDataset} is made from. */
export interface TensorOptions {
  /**
   * The inputs, sample after sample; bytes stay bytes, all else becomes f32. Where the network takes several: an array
   * for each, in the order of `forward`'s parameters.
   */
  readonly inputs: ArrayLike<number> | readonly ArrayLike<number>[];
  /** The shape of one input; a list of shapes where there are several inputs. */
  readonly shape: Shape | readonly Shape[];
  /**
   * The targets, sample after sample. Floating-point arrays are regressed to; all else are
   * class labels, -100 that of a sample which losses leave out. Without targets the data set can be predicted, but not
   * trained on.
   */
  readonly targets?: ArrayLike<number> | readonly ArrayLike<number>[] | undefined;
  /** The shape of one target (default `[]`), or a list of shapes where there are several; class labels have `[]`, or the shape of their places. */
  readonly targetShape?: Shape | readonly Shape[] | undefined;
  /** The number of classes (default: the largest label + 1). */
  readonly classes?: number | undefined;
  /** Applied to every element of the inputs, once: for bytes to each of the 256 values. Default: the identity. */
  readonly transform?: ((value: number) => number) | undefined;
}

const OPTIONS = namesOf<TensorOptions>({
  inputs: true,
  shape: true,
  targets: true,
  targetShape: true,
  classes: true,
  transform: true,
});

/**
 * A data set from arrays in memory.
 *
 * @example
 * ```ts
 * import { TensorDataset } from "@zkgrad/zkgrad";
 * const xor = new TensorDataset({ inputs: [0, 0, 0, 1, 1, 0, 1, 1], shape: [2], targets: [0, 1, 1, 0] });
 * ```
 */
export class TensorDataset implements Dataset {
  /** The number of samples. */
  readonly length: number;
  /** The inputs, bytes or f32. */
  readonly inputs: Field;
  /** The targets, u32 labels or f32; to read them where there are none is an `ArgumentError`. */
  declare readonly targets: Field;
  /** The number of classes, where the targets are labels. */
  readonly classes: number | undefined;
  /** The shapes of several inputs, which lie one behind the other in a sample. */
  readonly inputShapes: readonly Shape[] | undefined;
  /** The shapes of several targets, likewise. */
  readonly targetShapes: readonly Shape[] | undefined;

  /**
   * Copies nothing that already has the right type. Throws an `ArgumentError`
   * for counts that differ, arrays that are no whole number of samples, values
   * that are not finite, and labels that are not integers below `classes`.
   */
  constructor(options: TensorOptions) {
    expect(options !== undefined, "TensorDataset: the options", options, "{ inputs, shape, targets }");
    checkArguments("TensorDataset", arguments, 0, OPTIONS);
    const { transform } = options;
    const { values: inputs, shape, shapes } = together("inputs", options.inputs, "shape", options.shape);
    const several = together(
      "targets",
      options.targets ?? [],
      "targetShape",
      options.targetShape === undefined ? [] : options.targetShape,
    );
    const { values: targetValues, shape: targetShape } = several;
    this.inputShapes = shapes;
    this.targetShapes = several.shapes;
    expect(isList(inputs), "TensorDataset: inputs", inputs, "an array of numbers, sample after sample");
    shapeOf("TensorDataset: shape", shape);
    shapeOf("TensorDataset: targetShape", targetShape);
    if (transform !== undefined) callable("TensorDataset: transform", transform, "of one number");
    this.inputs = inputField(inputs, shape, transform);
    this.length = countSamples("inputs", inputs.length, shape);
    if (options.targets === undefined) {
      for (const name of ["targetShape", "classes"] as const) {
        expect(options[name] === undefined, `TensorDataset: ${name}`, options[name], "none without targets; give both");
      }
      lackTargets(this);
      return;
    }
    expect(isList(targetValues), "TensorDataset: targets", targetValues, "an array of numbers");
    const targets = countSamples("targets", targetValues.length, targetShape);
    if (targets !== this.length) {
      throw new ArgumentError(
        `TensorDataset: there are ${this.length} inputs of shape ${showShape(shape)} but ${targets} targets ` +
          `of shape ${showShape(targetShape)}, expected one target for each input`,
      );
    }
    if (isFloat(targetValues)) {
      this.targets = { shape: [...targetShape], data: finite("targets", targetValues) };
      if (options.classes !== undefined) {
        throw new ArgumentError(
          `TensorDataset: classes is ${options.classes} but the targets are floating-point numbers to regress to; ` +
            "give the labels as a Uint32Array or leave classes out",
        );
      }
      this.classes = undefined;
    } else {
      const { data, classes } = labelField(targetValues, options.classes);
      this.targets = { shape: [...targetShape], data };
      this.classes = classes;
    }
  }
}

/**
 * Some of a data set's samples: the first `which` of them (a view), or those at
 * the given indices, in that order (a copy). Throws an `ArgumentError` for more
 * samples than there are or indices outside the data set.
 */
export function subset(dataset: Dataset, which: number | ArrayLike<number>): Dataset {
  checkArguments("subset()", arguments, 2);
  checkSamples("subset()", dataset);
  expect(typeof which === "number" || isList(which), "subset(): which", which, "a number of samples, or their indices");
  const length = typeof which === "number" ? which : which.length;
  if (!Number.isInteger(length) || length < 1 || (typeof which === "number" && length > dataset.length)) {
    throw new ArgumentError(`subset(): ${length} samples were asked for, expected 1 to ${dataset.length}`);
  }
  if (typeof which !== "number") checkIndices("subset()", which, dataset.length);
  const part = (field: Field): Field => {
    const size = sizeOf(field.shape);
    if (typeof which === "number") return { ...field, data: field.data.subarray(0, which * size) };
    const data = new (field.data.constructor as Uint8ArrayConstructor)(length * size);
    for (let i = 0; i < length; i++) data.set(field.data.subarray(which[i] * size, (which[i] + 1) * size), i * size);
    return { ...field, data };
  };
  const inputs = part(dataset.inputs);
  const { inputShapes } = dataset;
  if (hasTargets(dataset)) {
    const { classes, targetShapes } = dataset;
    return { length, inputs, inputShapes, targets: part(dataset.targets), classes, targetShapes };
  }
  const samples = { length, inputs, inputShapes };
  lackTargets(samples);
  return samples as Dataset;
}

/** One input as the network sees it, after the transform; throws an `ArgumentError` for an index outside the data set. */
export function sampleInput(dataset: Samples, index: number): Float32Array<ArrayBuffer> {
  checkSamples("sampleInput()", dataset);
  checkIndices("sampleInput()", [index], dataset.length);
  const out = new Float32Array(sizeOf(dataset.inputs.shape));
  copySample(dataset.inputs, index, out, 0);
  return out;
}

/** Copies one sample of a field, after its table, to `out[at]` and on; the index is not checked. */
export function copySample(field: Field, index: number, out: Float32Array | Uint32Array, at: number): void {
  const size = sizeOf(field.shape);
  const { data, table } = field;
  const from = index * size;
  for (let i = 0; i < size; i++) out[at + i] = table ? table[data[from + i]] : data[from + i];
}

/** Throws an `ArgumentError` at the first index that is not an integer from 0 to `length - 1`. */
export function checkIndices(what: string, indices: ArrayLike<number>, length: number): void {
  for (let i = 0; i < indices.length; i++) {
    if (Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < length) continue;
    throw new ArgumentError(`${what}: index ${i} is ${show(indices[i])}, expected an integer from 0 to ${length - 1}`);
  }
}

interface Together {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  readonly shapes: readonly Shape[] | undefined;
}

/** One array, or several that are laid one behind the other sample by sample. */
function together(
  name: string,
  values: TensorOptions["inputs"],
  shapeName: string,
  shape: Shape | readonly Shape[],
): Together {
  const shapes = shapesOf(shape);
  if (shapes[0] === shape) return { values: values as ArrayLike<number>, shape, shapes: undefined };
  const lists = values as readonly ArrayLike<number>[];
  shapes.forEach((one, k) => shapeOf(`TensorDataset: ${shapeName} ${k}`, one));
  const sound = Array.isArray(values) && lists.length === shapes.length && lists.every(isList);
  expect(sound, `TensorDataset: ${name}`, values, `a list of ${shapes.length} arrays, one for each ${shapeName}`);
  const sizes = shapes.map(sizeOf);
  const counts = lists.map((list, k) => countSamples(`${name} ${k}`, list.length, shapes[k]));
  if (counts.some((count) => count !== counts[0])) {
    throw new ArgumentError(
      `TensorDataset: the ${name} hold ${counts.join(", ")} samples of the shapes ${
        shapes.map(showShape).join(", ")
      }, ` +
        "expected as many of each",
    );
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const data = new Float32Array(counts[0] * total);
  let start = 0;
  for (const [k, list] of lists.entries()) {
    for (let i = 0; i < list.length; i++) data[Math.floor(i / sizes[k]) * total + start + i % sizes[k]] = list[i];
    start += sizes[k];
  }
  return { values: data, shape: [total], shapes };
}

function countSamples(what: string, elements: number, shape: Shape): number {
  const size = sizeOf(shape);
  if (elements > 0 && elements % size === 0) return elements / size;
  throw new ArgumentError(
    `TensorDataset: ${what} has ${elements} elements, expected a positive multiple of ${size}, ` +
      `the number of elements of the shape ${showShape(shape)}`,
  );
}

function inputField(inputs: ArrayLike<number>, shape: Shape, transform?: (value: number) => number): Field {
  if (inputs instanceof Uint8Array) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => transform ? transform(byte) : byte);
    return { shape: [...shape], data: owned(inputs), table: finite("the transform's table of the 256 bytes", table) };
  }
  const data = transform ? Float32Array.from(inputs, transform) : inputs;
  return { shape: [...shape], data: finite(transform ? "transformed inputs" : "inputs", data) };
}

/** The label of samples that losses over classes leave out, as in PyTorch. */
const UNLABELLED = -100;

function labelField(
  labels: ArrayLike<number>,
  classes: number | undefined,
): { data: Uint32Array<ArrayBuffer>; classes: number } {
  if (classes !== undefined) whole("TensorDataset: classes", classes);
  const end = classes ?? 2 ** 32 - 1;
  let largest = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === UNLABELLED || label === UNLABELLED >>> 0) continue;
    if (!Number.isInteger(label) || label < 0 || label >= end) {
      throw new ArgumentError(
        `TensorDataset: targets[${i}] is ${label}, expected a class label from 0 to ${end - 1}; ` +
          "give numbers to regress to as a Float32Array",
      );
    }
    if (label > largest) largest = label;
  }
  return {
    data: labels instanceof Uint32Array ? owned(labels) : Uint32Array.from(labels),
    classes: classes ?? largest + 1,
  };
}

function isFloat(values: ArrayLike<number>): boolean {
  return values instanceof Float32Array || values instanceof Float64Array;
}

function finite(what: string, values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const data = values instanceof Float32Array ? owned(values) : Float32Array.from(values);
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new ArgumentError(`TensorDataset: element ${i} of ${what} is ${values[i]}, expected a finite 32-bit number`);
  }
  return data;
}

/** The array itself, or a copy where its memory is shared, which a GPU upload does not take. */
function owned<T extends Uint8Array | Float32Array | Uint32Array>(array: T): ReturnType<T["slice"]> {
  return (array.buffer instanceof ArrayBuffer ? array : array.slice()) as ReturnType<T["slice"]>;
}
