/**
 * Embedding: rows of a table by their numbers, `y[n, ..., :] = weight[x[n, ...], :]`. The numbers come as 32-bit floats,
 * which are exact up to 2^24. A row's gradient is the sum of dy where it was looked up, in a fixed order.
 * @module
 */
import { checkArguments, expect, whole } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { namesOf } from "../core/base/known.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Parameter, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { checkCounts } from "./layer.ts";
import { normal } from "./normal.ts";

/** What is looked up. */
export interface EmbeddingAttributes {
  /** The row that is not trained, or null. */
  readonly paddingIdx: number | null;
}

/** The operation: numbers `[N, ...]` and a table `[rows, width]`, to `[N, ..., width]`. */
export const EmbeddingOp: OpDefinition<EmbeddingAttributes> = {
  name: "Embedding",
  shapes([x, weight]) {
    if (weight.length !== 2) {
      throw new ShapeError(`embedding() expects weight of shape [rows, width], but it is ${showShape(weight)}`);
    }
    if (weight[0] > 2 ** 24) {
      throw new ShapeError(`embedding() got a table of ${weight[0]} rows, expected 2^24 at most; split the table`);
    }
    return [[...x, weight[1]]];
  },
  wholeBelow: ({ inputs: [, weight] }) => weight.shape[0],
  carries: ["map"],
  kernel(call) {
    const { inputs: [, [rows, width]], outputs: [out] } = call;
    return perSample({
      name: "Embedding",
      inputs: [{ name: "x", type: "f32" }, { name: "weight", type: "f32", whole: true }],
      outputs: [{ name: "y" }],
      items: sizeOf(out.slice(1)),
      body: `  let row = min(u32(max(x(item / ${width}u), 0.0)), ${rows - 1}u);
  set_y(item, weight(row * ${width}u + item % ${width}u));`,
      carries: true,
    }, call);
  },
  gradient(node, [dy]) {
    const [x, weight] = node.inputs;
    const attributes = { ...node.attributes, shape: weight.shape };
    return [null, dy!.graph.apply(EmbeddingBackwardOp, [dy!, x], attributes)[0]];
  },
  writeOnnx: (_, to) => [to.node("Gather", [to.inputs[1], to.whole(0)], { axis: 0 })],
  readOnnx: {
    Gather: (node) =>
      node.constant(1) === null && node.number("axis", 0) === 0 && node.shape(0).length === 2
        ? embedding(node.input(1), node.input(0))
        : null,
  },
  cases: [
    { name: "words of a sentence", inputs: [[3, 5], [7, 4]], attributes: { paddingIdx: null }, whole: { 0: 7 } },
    { name: "one number", inputs: [[1], [3, 2]], attributes: { paddingIdx: null }, whole: { 0: 3 } },
    { name: "many samples", inputs: [[17, 2, 3], [5, 9]], attributes: { paddingIdx: null }, whole: { 0: 5 } },
  ],
};

/** The gradient of the table: dy `[N, ..., width]` and the numbers `[N, ...]`, to `[rows, width]`. */
export const EmbeddingBackwardOp: OpDefinition<EmbeddingAttributes & { readonly shape: Shape }> = {
  name: "EmbeddingBackward",
  shapes: (_, { shape }) => [shape],
  kernel(call) {
    const { inputs: [dy, x], attributes: { paddingIdx, shape: [rows, width] } } = call;
    const looked = sizeOf(x.slice(1));
    const trained = paddingIdx === null ? "" : `select(1.0, 0.0, row == ${paddingIdx}u) * `;
    const text = overBatch({
      name: "EmbeddingBackward",
      inputs: [{ name: "dy", type: "f32" }, { name: "x", type: "f32" }],
      outputs: ["dweight"],
      items: rows * width,
      batch: dy[0],
      body: `  let row = item / ${width}u;
  for (var k = 0u; k < ${looked}u; k++) {
    let own = min(u32(max(x(k), 0.0)), ${rows - 1}u) == row;
    dweight += ${trained}select(0.0, dy(k * ${width}u + item % ${width}u), own);
  }`,
    }, call);
    return { ...text, cpu: { kind: "rows", rows, width, looked, untrained: paddingIdx } };
  },
};

/**
 * The rows of `weight` `[rows, width]` whose numbers `x` `[N, ...]` holds, `[N, ..., width]`; the row `paddingIdx` is
 * not trained. A number beyond the table is the nearest that there is.
 */
export function embedding(x: Value, weight: Value, paddingIdx: number | null = null): Value {
  checkArguments("embedding()", arguments, 3);
  const graph = graphOf("embedding()", x);
  graphOf("embedding()", weight);
  return graph.apply(EmbeddingOp, [x, weight], {
    paddingIdx: checkedRow("embedding()", paddingIdx, weight.shape[0]),
  })[0];
}

/** Options of {@linkcode Embedding}. */
export interface EmbeddingOptions {
  /** The row that is zero at first and not trained, counted from the end where it is negative; default none. */
  readonly paddingIdx?: number | null;
}

/** The names of the options. */
const OPTIONS = namesOf<EmbeddingOptions>({ paddingIdx: true });

/**
 * A table of rows that are looked up by their numbers. Numbers beyond it are an error where a data set or `predict()`
 * brings them.
 *
 * @example
 * ```ts
 * import { Embedding } from "@zkgrad/zkgrad";
 *
 * const words = new Embedding(10_000, 64, { paddingIdx: 0 });
 * ```
 */
export class Embedding extends Module {
  /** `[numEmbeddings, embeddingDim]`. */
  readonly weight: Parameter;
  /** The row that is not trained, or null. */
  readonly paddingIdx: number | null;

  /** Draws the table from the standard normal distribution. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    checkArguments("Embedding", arguments, 2, OPTIONS, ["paddingIdx"]);
    checkCounts("Embedding", { numEmbeddings, embeddingDim });
    this.paddingIdx = checkedRow("Embedding", options.paddingIdx ?? null, numEmbeddings);
    this.weight = normal([numEmbeddings, embeddingDim], 1);
    if (this.paddingIdx !== null) {
      this.weight.data.fill(0, this.paddingIdx * embeddingDim, (this.paddingIdx + 1) * embeddingDim);
    }
  }

  /** Numbers `[N, ...]` to `[N, ..., embeddingDim]`. */
  override forward(x: Tensor): Tensor {
    return embedding(x, this.weight.in(graphOf("Embedding", x)), this.paddingIdx);
  }
}

function checkedRow(where: string, row: number | null, rows: number): number | null {
  if (row === null) return null;
  whole(`${where}: paddingIdx`, row, -rows);
  expect(row < rows, `${where}: paddingIdx`, row, `a row of a table of ${rows}`);
  return row < 0 ? row + rows : row;
}
