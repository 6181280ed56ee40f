/**
 * Attention of several heads: `softmax(q k^T / sqrt(d) + mask) v` for each head of width d, of projections of query, key
 * and value, and a projection of all heads side by side (Vaswani et al. 2017; names and layout as PyTorch has them).
 * @module
 */
import { checkArguments, expect, flag } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { checkOptions, namesOf } from "../core/base/known.ts";
import { defaultGenerator } from "../core/base/random.ts";
import { showShape } from "../core/base/shape.ts";
import { type Graph, graphOf, type Value } from "../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../core/graph/module.ts";
import { add } from "./add.ts";
import { checkProbability, dropout } from "./dropout.ts";
import { checkCounts } from "./layer.ts";
import { Linear, linear } from "./linear.ts";
import { matrixProduct } from "./matmul.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { softmax } from "./softmax.ts";
import { narrow, select } from "./split.ts";
import { permute } from "./transpose.ts";

/** Options of {@linkcode MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** The probability that a weight of the attention is dropped in training; default 0. */
  readonly dropout?: number;
  /** Whether the projections have biases; default true. */
  readonly bias?: boolean;
  /** Whether the batch is the first dimension and time the second; default false, as in PyTorch: time is the first. */
  readonly batchFirst?: boolean;
}

const OPTIONS = namesOf<MultiheadAttentionOptions>({ dropout: true, bias: true, batchFirst: true });

/** Rows for the places that look, columns for those that are looked at: true, or a number that is added, such as -Infinity, keeps one from the other. */
export type AttentionMask = readonly (readonly (boolean | number)[])[];

/** What a place may look at. */
export interface AttentionOptions {
  /** Who is kept from whom; default nobody. */
  readonly attnMask?: AttentionMask;
  /** True: nobody looks at what comes after; default false. */
  readonly isCausal?: boolean;
}

/** The names of these options. */
export const ATTENTION_OPTIONS: readonly string[] = namesOf<AttentionOptions>({ attnMask: true, isCausal: true });

/** Added to what must not be looked at: `exp` makes an exact zero of it, and it stays a number in a file. */
const FAR = -1e9;

/**
 * Attention of several heads, without its weights as a second output (PyTorch's `need_weights=False`).
 *
 * @example
 * ```ts
 * import { nn, Predictor, type Tensor } from "@zkgrad/zkgrad";
 *
 * class Past extends nn.Module {
 *   readonly attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
 *
 *   forward(x: Tensor): Tensor { // [N, T, 8]; nobody looks at what comes after
 *     return this.attention.run(x, x, x, { isCausal: true });
 *   }
 * }
 *
 * const model = new Past();
 * using predictor = await Predictor.create({ model, shape: [5, 8], device: "cpu" });
 * const answers = await predictor.predict(new Float32Array(2 * 5 * 8)); // of two samples
 * if (answers.length !== 2 * 5 * 8) throw new Error(`${answers.length}`);
 * ```
 */
export class MultiheadAttention extends Module {
  /** Features, of all heads together. */
  readonly embedDim: number;
  /** Heads. */
  readonly numHeads: number;
  /** The probability of dropout. */
  readonly dropout: number;
  /** Whether the batch comes first. */
  readonly batchFirst: boolean;
  /** The projections of query, key and value, one above the other, `[3 embedDim, embedDim]`. */
  readonly in_proj_weight: Parameter;
  /** Their biases, `[3 embedDim]`, or null. */
  readonly in_proj_bias: Parameter | null;
  /** The projection of the heads. */
  readonly out_proj: Linear;
  readonly #seed: number;

  /** Draws the projections as PyTorch does: Xavier's uniform distribution, biases zero. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    checkArguments("MultiheadAttention", arguments, 2, OPTIONS, ["dropout", "bias"]);
    checkCounts("MultiheadAttention", { embedDim, numHeads });
    const { dropout = 0, bias = true, batchFirst = false } = options;
    checkProbability("MultiheadAttention: dropout", dropout);
    flag("MultiheadAttention: bias", bias);
    flag("MultiheadAttention: batchFirst", batchFirst);
    const whole = embedDim % numHeads === 0;
    expect(whole, "MultiheadAttention: numHeads", numHeads, `a divisor of embedDim, which is ${embedDim}`);
    [this.embedDim, this.numHeads, this.dropout, this.batchFirst] = [embedDim, numHeads, dropout, batchFirst];
    this.in_proj_weight = new Parameter([3 * embedDim, embedDim], Math.sqrt(6 / (4 * embedDim)));
    this.in_proj_bias = bias ? new Parameter([3 * embedDim], 0) : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias });
    this.out_proj.bias?.data.fill(0);
    this.#seed = dropout > 0 ? defaultGenerator().word() : 0;
  }

  /** Query, key and value `[T, N, embedDim]`, or `[N, T, embedDim]` with `batchFirst`; key is the query unless given, and value the key. */
  override forward(query: Tensor, key: Tensor = query, value: Tensor = key): Tensor {
    return this.#attend(query, key, value, {});
  }

  /** The same, of which not everything is looked at. Throws a `ShapeError` where shapes or mask do not fit. */
  run(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor {
    checkArguments("MultiheadAttention.run()", arguments, 3, ATTENTION_OPTIONS);
    checkOptions("MultiheadAttention.run()", options, ATTENTION_OPTIONS);
    return this.#attend(query, key, value, options);
  }

  #attend(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
    const graph = graphOf("MultiheadAttention", query);
    for (const [what, given] of Object.entries({ query, key, value })) {
      graphOf(`MultiheadAttention, ${what}`, given);
      const { shape } = given;
      if (shape.length === 3 && shape[2] === this.embedDim) continue;
      const order = this.batchFirst ? "[N, T, " : "[T, N, ";
      throw new ShapeError(
        `MultiheadAttention: ${what} is ${showShape(shape)}, expected ${order}${this.embedDim}]; give it embedDim ` +
          "features as the last dimension",
      );
    }
    const first = (x: Value): Value => this.batchFirst ? x : permute(x, [1, 0, 2]);
    const [q, k, v] = query === key && key === value
      ? this.#projected(first(query))
      : [query, key, value].map((x, part) => this.#heads(this.#project(first(x), part)));
    const width = this.embedDim / this.numHeads;
    const scores = matrixProduct(mul(q, 1 / Math.sqrt(width)), k, { transA: false, transB: true });
    const mask = maskOf(graph, scores.shape.slice(-2), options);
    const weights = dropout(softmax(mask === null ? scores : add(scores, mask), 3), this.dropout, this.#seed);
    const seen = permute(matrixProduct(weights, v, { transA: false, transB: false }), [0, 2, 1, 3]);
    const joined = reshape(seen, [...seen.shape.slice(0, 2), this.embedDim]);
    return first(this.out_proj.forward(joined));
  }

  /** All three projections of one tensor by one product, `[N, heads, T, width]` each. */
  #projected(x: Value): readonly Value[] {
    const all = linear(x, this.in_proj_weight.in(x.graph), this.in_proj_bias?.in(x.graph) ?? null);
    const [batch, steps] = x.shape;
    const parts = reshape(all, [batch, steps, 3, this.numHeads, this.embedDim / this.numHeads]);
    const turned = permute(parts, [0, 2, 3, 1, 4]);
    return [0, 1, 2].map((part) => select(turned, 1, part));
  }

  #project(x: Value, part: number): Value {
    const size = this.embedDim;
    const weight = narrow(this.in_proj_weight.in(x.graph), 0, part * size, size);
    const bias = this.in_proj_bias === null ? null : narrow(this.in_proj_bias.in(x.graph), 0, part * size, size);
    return linear(x, weight, bias);
  }

  #heads(x: Value): Value {
    const [batch, steps] = x.shape;
    return permute(reshape(x, [batch, steps, this.numHeads, this.embedDim / this.numHeads]), [0, 2, 1, 3]);
  }
}

/** The mask as a constant `[rows, columns]` to add, or null. */
function maskOf(
  graph: Graph,
  [rows, columns]: readonly number[],
  { attnMask, isCausal = false }: AttentionOptions,
): Value | null {
  flag("MultiheadAttention: isCausal", isCausal);
  if (attnMask === undefined && !isCausal) return null;
  const sound = attnMask === undefined ||
    Array.isArray(attnMask) && attnMask.length === rows &&
      attnMask.every((row) => Array.isArray(row) && row.length === columns);
  expect(sound, "MultiheadAttention: attnMask", attnMask, `${rows} rows of ${columns} booleans or numbers`);
  const data = new Float32Array(rows * columns);
  for (let k = 0; k < data.length; k++) {
    const [row, column] = [Math.floor(k / columns), k % columns];
    const given = attnMask?.[row][column] ?? 0;
    const sum = typeof given === "boolean" ? (given ? FAR : 0) : given;
    expect(typeof sum === "number" && !Number.isNaN(sum), "MultiheadAttention: attnMask", given, "booleans or numbers");
    data[k] = isCausal && column > row ? FAR : Math.max(FAR, sum);
  }
  return graph.constant([rows, columns], data, "mask");
}
