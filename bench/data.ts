/**
 * What every contestant of the bench starts from: one start of LeNet's weights
 * and one order of MNIST batches, so that their first losses must agree.
 * @module
 */
import { copySample, type Dataset, subset } from "../core/data/dataset.ts";
import { MNIST } from "../core/data/mnist.ts";

/** Images in a batch. */
export const BATCH: number = 256;

/** Pixels in an image: 28 rows of 28. */
export const PIXELS: number = 28 * 28;

/** Classes of digits. */
export const CLASSES: number = 10;

/** Batches that the contestants go through again and again. */
export const BATCHES: number = 32;

/** One of LeNet's parameters, laid out as PyTorch lays it out. */
export interface Parameter {
  /** Its name, as in `conv1.weight`. */
  readonly name: string;
  /** `[out, in, 5, 5]` of a convolution, `[out, in]` of a linear layer, `[out]` of a bias. */
  readonly shape: readonly number[];
  /** Its start values, row-major. */
  readonly values: Float32Array<ArrayBuffer>;
}

const LAYERS: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ["conv1", [6, 1, 5, 5]],
  ["conv2", [16, 6, 5, 5]],
  ["fc1", [120, 256]],
  ["fc2", [84, 120]],
  ["fc3", [CLASSES, 84]],
];

/**
 * LeNet's ten parameters, a weight and a bias a layer, uniform in
 * `±1/sqrt(fan_in)` as PyTorch's defaults are, and the same in every run:
 * the linear congruential generator of Numerical Recipes, started from `seed`.
 */
export function startWeights(seed: number = 1): Parameter[] {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return LAYERS.flatMap(([layer, shape]) => {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    return ([["weight", shape], ["bias", shape.slice(0, 1)]] as const).map(([kind, sizes]) => {
      const count = sizes.reduce((product, size) => product * size, 1);
      const values = Float32Array.from({ length: count }, () => uniform() / Math.sqrt(fanIn));
      return { name: `${layer}.${kind}`, shape: sizes, values };
    });
  });
}

/** MNIST's first {@linkcode BATCHES} x {@linkcode BATCH} training images, their pixels rounded to 0 or 1. */
export async function trainingSet(): Promise<Dataset> {
  return subset(await MNIST.load({ transform: Math.round }), BATCHES * BATCH);
}

/** The {@linkcode trainingSet} in its order, as arrays for libraries that keep a batch as f32. */
export class Batches {
  readonly #set: Dataset;

  /** Batches of this set. */
  constructor(set: Dataset) {
    this.#set = set;
  }

  /** Batches of the {@linkcode trainingSet}. */
  static async load(): Promise<Batches> {
    return new Batches(await trainingSet());
  }

  /**
   * The images of batch `index`, each pixel 0 or 1. With one channel,
   * `[256, 1, 28, 28]` and `[256, 28, 28, 1]` are the same numbers.
   */
  images(index: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(BATCH * PIXELS);
    for (let i = 0; i < BATCH; i++) copySample(this.#set.inputs, index * BATCH + i, out, i * PIXELS);
    return out;
  }

  /** The digits of batch `index`, `[256]`. */
  labels(index: number): Int32Array<ArrayBuffer> {
    return Int32Array.from(this.#set.targets.data.subarray(index * BATCH, (index + 1) * BATCH));
  }

  /** The same digits one-hot, `[256, 10]`. */
  oneHot(index: number): Float32Array<ArrayBuffer> {
    const rows = new Float32Array(BATCH * CLASSES);
    this.labels(index).forEach((label, row) => rows[row * CLASSES + label] = 1);
    return rows;
  }
}
