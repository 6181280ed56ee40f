/**
 * The fully connected layer's three products in tiles, for layers of many inputs and outputs on a GPU.
 * @module
 */
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import type { Shape } from "../core/base/shape.ts";
import { declareResults, vectorType } from "../core/graph/wgsl.ts";
import { rowsOf } from "./linear_product.ts";
import { sharesFor, tileFor } from "./product_tile.ts";
import { type Operand, tiledProduct } from "./tiled_product.ts";

/** A matrix in memory, `size` elements in each of its lines, as an operand whose terms lie along them, or across. */
export function matrixOperand(name: string, size: number, along: Operand["along"]): Operand {
  const width = size % 4 === 0 ? 4 : 1;
  const place = along === "depth" ? `outer * ${size}u + k` : `k * ${size}u + outer`;
  return { along, width, value: width === 4 ? `${name}[(${place}) / 4u]` : `${name}[${place}]` };
}

/** Declares a matrix as {@linkcode matrixOperand} reads it. */
function bound(binding: number, name: string, size: number): string {
  return `@group(0) @binding(${binding}) var<storage, read> ${name}: array<${vectorType(size % 4 === 0 ? 4 : 1)}>;\n`;
}

/** WGSL that finishes element `column` of row `row` of a result whose rows are those of `x`. */
export function finished(x: Shape, columns: number, value: string): string {
  const place = x.length === 2 ? "row, column" : `0u, row * ${columns}u + column`;
  return `  finish(${place}, ${value});`;
}

/** `y = x W^T + b` as {@linkcode LinearOp} has it, or null where it is not for tiles. */
export function linearForwardTiles(call: KernelCall<unknown>): KernelText | null {
  const [x, [columns, depth]] = call.inputs;
  const size = { rows: rowsOf(x), columns, depth };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  const bias = call.inputs.length > 2;
  return tiledProduct({
    name: "Linear",
    ...size,
    tile,
    declarations: bound(0, "x", depth) + bound(1, "weight", depth) +
      (bias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : "") + call.epilogue.elements(),
    a: matrixOperand("x", depth, "depth"),
    b: matrixOperand("weight", depth, "depth"),
    store: finished(x, columns, bias ? "value + bias[column]" : "value"),
  });
}

/** `dx = dy W`, or null where it is not for tiles. */
export function linearBackwardInputTiles(call: KernelCall<unknown>): KernelText | null {
  const [dy, [depth, columns]] = call.inputs;
  const size = { rows: rowsOf(dy), columns, depth };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  return tiledProduct({
    name: "LinearBackwardInput",
    ...size,
    tile,
    declarations: bound(0, "dy", depth) + bound(1, "weight", columns) + call.epilogue.elements(),
    a: matrixOperand("dy", depth, "depth"),
    b: matrixOperand("weight", columns, "outer"),
    store: finished(dy, columns, "value"),
  });
}

/** `dW = dy^T x` and `db`, the sums of dy, in shares of the batch; null where that is not for tiles. */
export function linearBackwardWeightTiles(call: KernelCall<unknown>): KernelText | null {
  const [x, dy] = call.inputs;
  const [rows, columns, depth] = [dy.at(-1)!, x.at(-1)!, rowsOf(x)];
  const [dweight, dbias = false] = call.used;
  const tile = dweight ? tileFor(call.profile, { rows, columns, depth }) : null;
  if (tile === null) return null;
  return tiledProduct({
    name: "LinearBackwardWeight",
    rows,
    columns,
    depth,
    tile,
    shares: sharesFor(tile, { rows, columns, depth }, call.maxPartials),
    declarations: bound(0, "x", columns) + bound(1, "dy", rows) +
      declareResults(["dweight", "dbias"], [true, dbias], 2),
    a: matrixOperand("dy", rows, "outer"),
    b: matrixOperand("x", columns, "outer"),
    store: `  dweight[(matrix * ${rows}u + row) * ${columns}u + column] = value;`,
    ...dbias && { storeRowSum: `  dbias[matrix * ${rows}u + row] = value;` },
  });
}
