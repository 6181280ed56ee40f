/**
 * Convolutions and poolings.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { HybridOp, Padding, PolyOp } from "../format/circuit.ts";
import type { Grid } from "./grid.ts";
import type { Laying } from "./laying.ts";
import { isPlaced, type Operand } from "./operand.ts";
import { follow, RECIPES } from "./recipes.ts";

type Of<Op, Name> = Extract<Op, { name: Name }>;

/** Lays a convolution of [image, kernel] or [image, kernel, bias]. */
export function layConv(laying: Laying, op: Of<PolyOp, "Conv">, inputs: Operand[], outDims: number[]): void {
  const { grid } = laying;
  const [image, kernel, bias] = inputs;
  if (op.padding.some(padded)) grid.use(0n);
  for (const operand of inputs) laying.useConstants(operand);
  grid.copy(Math.max(laying.again(kernel), laying.again(image)));
  grid.flush();
  const length = sizeOf(kernel.dims) / kernel.dims[0];
  for (let output = sizeOf(outDims); output > 0; output--) {
    grid.dot(length);
    if (!bias) continue;
    grid.cellwise("Add", 1);
    grid.flush();
  }
}

/** Lays sums over windows, divided by the window's size where `op` is normalized. */
export function laySumPool(laying: Laying, op: Of<HybridOp, "SumPool">, image: Operand, outDims: number[]): void {
  const { grid } = laying;
  const length = sizeOf(op.kernelShape), outputs = sizeOf(outDims);
  const spatial = image.dims.length - op.kernelShape.length;
  const channels = sizeOf(image.dims.slice(0, spatial)), size = sizeOf(image.dims.slice(spatial));
  grid.use(1n);
  if (op.padding.some(padded)) grid.use(0n);
  laying.useConstants(image);
  grid.copy(length);
  for (let channel = 0; channel < channels; channel++) {
    const codes = image.codes?.subarray(channel * size, (channel + 1) * size) ?? null;
    const again = grid.mode === "dummy" || !isPlaced({ dims: [size], codes }) ? size : 0;
    grid.copy(Math.max(grid.mode === "dummy" ? length : 0, again));
    grid.flush();
    for (let output = outputs / channels; output > 0; output--) grid.dot(length);
  }
  if (op.normalized && length > 1) {
    grid.use(BigInt(length));
    follow(grid, RECIPES.Div, outputs);
  }
}

/** Lays the largest or smallest of `length` elements, `count` times: each sorts its elements. */
export function layExtremes(grid: Grid, length: number, count: number): void {
  if (length === 1) return;
  for (; count > 0; count--) {
    grid.copy(length);
    grid.shuffle(length);
    grid.use(1n);
    follow(grid, RECIPES.GreaterEqual + "=", length - 1);
  }
}

function padded([before, after]: Padding): boolean {
  return before > 0 || after > 0;
}
