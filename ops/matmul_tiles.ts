/**
 * Products of many matrices in tiles, on a GPU: a block of one pair's results for a workgroup.
 * @module
 */
import { type Shape, sizeOf } from "../core/base/shape.ts";
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import { placeOf, spreadStrides } from "../core/graph/places.ts";
import { vectorType } from "../core/graph/wgsl.ts";
import { tileFor } from "./product_tile.ts";
import { type Operand, tiledProduct } from "./tiled_product.ts";

/** Sizes of a result, and whether terms of a sum lie side by side in each operand. */
export interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly depthIsInner: readonly [boolean, boolean];
}

/** The product over the last two dimensions, or null where it is not for tiles. */
export function matricesTiles(call: KernelCall<unknown>, sizes: Matrices): KernelText | null {
  const { outputs: [out], inputs } = call;
  const { rows, columns, depth, depthIsInner } = sizes;
  const lead = out.slice(0, -2);
  const size = { rows, columns, depth, count: sizeOf(lead) };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  const operand = (name: string, shape: Shape, inner: boolean): Operand => {
    const line = shape.at(-1)!;
    const first = placeOf("matrix", lead, spreadStrides(shape, out).slice(0, -2));
    const place = `${first} + ${inner ? `outer * ${line}u + k` : `k * ${line}u + outer`}`;
    const width = line % 4 === 0 ? 4 : 1;
    return {
      along: inner ? "depth" : "outer",
      width,
      value: width === 4 ? `${name}[(${place}) / 4u]` : `${name}[${place}]`,
    };
  };
  const [a, b] = ["a", "b"].map((name, k) => operand(name, inputs[k], depthIsInner[k]));
  return tiledProduct({
    name: "MatMul",
    rows,
    columns,
    depth,
    tile,
    matrices: size.count,
    declarations: `@group(0) @binding(0) var<storage, read> a: array<${vectorType(a.width)}>;
@group(0) @binding(1) var<storage, read> b: array<${vectorType(b.width)}>;
${call.epilogue.elements()}`,
    a,
    b,
    store: `  finish(0u, (matrix * ${rows}u + row) * ${columns}u + column, value);`,
  });
}
