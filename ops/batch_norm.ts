/**
 * Batch normalisation as layers: by the batch's own statistics in training, which also move the running ones, and by
 * those in evaluation.
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { namesOf } from "../core/base/known.ts";
import { showShape, sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Buffer, Module, type Parameter, type Tensor } from "../core/graph/module.ts";
import { BatchNormOp } from "./batch_norm_op.ts";
import { batchStatistics, nextStatistics, normalizedByBatch } from "./batch_norm_training.ts";
import { checkCounts } from "./layer.ts";
import { affine, affineOf, checkedEps } from "./norm.ts";

/** Options of {@linkcode BatchNorm1d} and {@linkcode BatchNorm2d}, as in PyTorch. */
export interface BatchNormOptions {
  /** What is added to the variance; default 1e-5. */
  readonly eps?: number;
  /** The new statistics' part in the running ones; default 0.1. */
  readonly momentum?: number;
  /** Whether there are a weight and a bias for each channel; default true. */
  readonly affine?: boolean;
}

const OPTIONS = namesOf<BatchNormOptions>({ eps: true, momentum: true, affine: true });
const POSITIONS = ["eps", "momentum", "affine", "trackRunningStats"];

/**
 * `x` `[N, C, ...]` normalised by a mean and a variance for each channel, `[C]`, then times weight and plus bias, `[C]` or
 * null. Throws a `ShapeError` where they do not fit.
 */
export function batchNorm(
  x: Value,
  mean: Value,
  variance: Value,
  weight: Value | null = null,
  bias: Value | null = null,
  eps: number = 1e-5,
): Value {
  checkArguments("batchNorm()", arguments, 6);
  const graph = graphOf("batchNorm()", x);
  [mean, variance, weight ?? x, bias ?? x].forEach((value) => graphOf("batchNorm()", value));
  const [factor, offset] = affine("batchNorm()", graph, [x.shape[1] ?? 1], weight, bias);
  return graph.apply(BatchNormOp, [x, factor, offset, mean, variance], { eps: checkedEps("batchNorm()", eps) })[0];
}

/** What batch normalisations of all shapes share. */
export abstract class BatchNormLayer extends Module {
  /** `[numFeatures]`, or null. */
  readonly weight: Parameter | null;
  /** `[numFeatures]`, or null. */
  readonly bias: Parameter | null;
  /** The running mean of each channel. */
  readonly running_mean: Buffer;
  /** The running variance of each channel, corrected as a sample's is. */
  readonly running_var: Buffer;
  /** How many batches the running statistics have seen. */
  readonly num_batches_tracked: Buffer;
  readonly #eps: number;
  readonly #momentum: number;
  readonly #ranks: readonly number[];

  /** For so many channels of tensors of these ranks. */
  constructor(numFeatures: number, options: BatchNormOptions, ranks: readonly number[]) {
    super();
    const layer = new.target.name;
    checkCounts(layer, { numFeatures });
    const { eps = 1e-5, momentum = 0.1, affine = true } = options;
    this.#eps = checkedEps(layer, eps);
    this.#momentum = finite(`${layer}: momentum`, momentum, 0, 1 + 2 ** -52);
    this.#ranks = ranks;
    ({ weight: this.weight, bias: this.bias } = affineOf(layer, [numFeatures], affine, affine));
    const zeros = new Float32Array(numFeatures);
    this.running_mean = Buffer.from([numFeatures], zeros);
    this.running_var = Buffer.from([numFeatures], zeros.fill(1));
    this.num_batches_tracked = Buffer.from([], new Float32Array(1));
  }

  /** `[N, numFeatures, ...]` to the same. */
  override forward(x: Tensor): Tensor {
    const layer = this.constructor.name;
    const graph = graphOf(layer, x);
    const channels = this.running_mean.shape;
    if (!this.#ranks.includes(x.shape.length) || x.shape[1] !== channels[0]) {
      const shapes = this.#ranks.map((rank) =>
        `[N, ${[channels[0], ...["", "L", "H, W"].slice(rank - 2, rank - 1).filter(String)].join(", ")}]`
      );
      throw new ShapeError(`${layer} takes ${shapes.join(" or ")} and was given ${showShape(x.shape)}; reshape it`);
    }
    const values = [this.weight, this.bias].map((parameter) => parameter?.in(graph) ?? null);
    const [weight, bias] = affine(layer, graph, channels, values[0], values[1]);
    const running = [this.running_mean, this.running_var, this.num_batches_tracked];
    const [mean, variance, batches] = running.map((buffer) => buffer.in(graph));
    if (!graph.training) return batchNorm(x, mean, variance, weight, bias, this.#eps);
    const plane = sizeOf(x.shape.slice(2));
    if (x.shape[0] * plane === 1) {
      throw new ArgumentError(
        `${layer} got ${showShape(x.shape)} in training, one number for each channel, which has no variance; use ` +
          "batches of more samples",
      );
    }
    const statistics = batchStatistics(x);
    const next = nextStatistics([mean, variance, batches], statistics, this.#momentum, plane);
    running.forEach((buffer, k) => buffer.update(next[k]));
    return normalizedByBatch(x, weight, bias, statistics, this.#eps);
  }
}

/**
 * Batch normalisation of `[N, C]` or `[N, C, L]`.
 *
 * @example
 * ```ts
 * import { BatchNorm1d, Linear, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(20, 64), new BatchNorm1d(64), new ReLU(), new Linear(64, 3));
 * ```
 */
export class BatchNorm1d extends BatchNormLayer {
  /** Weights are ones, biases zeros; throws an `ArgumentError` for options that are out of range. */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    checkArguments("BatchNorm1d", arguments, 1, OPTIONS, POSITIONS);
    super(numFeatures, options, [2, 3]);
  }
}

/**
 * Batch normalisation of `[N, C, H, W]`.
 *
 * @example
 * ```ts
 * import { BatchNorm2d, Conv2d, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Conv2d(1, 16, 3, { bias: false }), new BatchNorm2d(16), new ReLU());
 * ```
 */
export class BatchNorm2d extends BatchNormLayer {
  /** Weights are ones, biases zeros; throws an `ArgumentError` for options that are out of range. */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    checkArguments("BatchNorm2d", arguments, 1, OPTIONS, POSITIONS);
    super(numFeatures, options, [4]);
  }
}
