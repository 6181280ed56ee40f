/**
 * The steps that frugal circuits are made of.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { placesOf } from "../numbers/places.ts";
import type { Padding, PolyOp } from "../format/circuit.ts";
import type { CircuitBuilder, Value } from "./circuit_builder.ts";
import type { LinearLayer } from "./linear_layer.ts";
import type { FrugalNode, Window } from "./network.ts";
import type { LayerScales } from "./rounded_layer.ts";

/** An arithmetic step; its scale is its first operand's unless it is named. */
export function linear(
  builder: CircuitBuilder,
  op: PolyOp,
  operands: Value[],
  dims: readonly number[],
  scale: number = operands[0].scale,
): Value {
  return builder.add({ kind: "Linear", op }, operands, dims, scale);
}

/** The value itself; EZKL lays nothing out for it. */
export function identity(builder: CircuitBuilder, x: Value): Value {
  return linear(builder, { name: "Identity", outScale: null }, [x], x.dims);
}

/** A table at the scale of its input, one cell an element. */
export function lookup(builder: CircuitBuilder, x: Value, name: "Sigmoid" | "Tanh", dims: readonly number[]): Value {
  return builder.add({ kind: "Nonlinear", op: { name, scale: 2 ** x.scale } }, [x], dims, x.scale);
}

/**
 * What is above 0, at one cell an element: x (x + 3) / 6 between -3 and 3, and beyond them 0 or x, which at a scale of
 * a quarter is where every whole number but 0 lies.
 */
export function rectified(builder: CircuitBuilder, x: Value): Value {
  return builder.add({ kind: "Nonlinear", op: { name: "HardSwish", scale: 0.25 } }, [x], x.dims, x.scale);
}

/** Two operands, of the result's rank; a constant comes at the other's scale. */
export function sameScale({ node, builder, operand, isConstant }: FrugalNode): Value[] {
  const known = node.inputs.map((_, side) => isConstant(side) ? null : operand(side));
  const scale = Math.max(...known.map((value) => value?.scale ?? -Infinity));
  return known.map((value, side) => ofRank(builder, value ?? operand(side, scale), node.shape.length));
}

/** The greater or the smaller of two values. */
export function extreme(
  builder: CircuitBuilder,
  name: "Max" | "Min",
  a: Value,
  b: Value,
  dims: readonly number[],
): Value {
  const [left, right] = name === "Max" ? [a, b] : [b, a];
  const above = rectified(builder, add(builder, "Sub", left, right, dims));
  return name === "Max" ? add(builder, "Add", above, b, dims) : add(builder, "Sub", b, above, dims);
}

/** The largest of each window. */
export function maxPool(
  builder: CircuitBuilder,
  x: Value,
  { kernel, stride, padding }: { kernel: number[] } & Window,
  dims: readonly number[],
): Value {
  const wide = x.dims.map((size, axis) => size + (axis < 2 ? 0 : padding[axis - 2][0] + padding[axis - 2][1]));
  const isPadded = padding.flat().some((pad) => pad > 0);
  const image = flat(
    builder,
    isPadded ? linear(builder, { name: "Pad", padding: [[0, 0], [0, 0], ...padding] }, [x], wide) : x,
  );
  const strides = stridesOf(wide), steps = strides.map((step, axis) => axis < 2 ? step : step * stride[axis - 2]);
  const corners = placesOf(dims, steps), taps = placesOf(kernel, strides.slice(2));
  const sides = Array.from(taps, (tap) => pick(builder, image, Array.from(corners, (at) => at + tap), [sizeOf(dims)]));
  const largest = sides.reduce((most, side) => extreme(builder, "Max", side, most, [sizeOf(dims)]));
  return linear(builder, { name: "Reshape", shape: [...dims] }, [largest], dims);
}

/**
 * The product of two values at the scale of both: a quarter of the square of their sum, less one of the square of
 * their difference, of one table. A product of its own has the bits of both, which no table takes to bring it back.
 */
export function quarterSquares(builder: CircuitBuilder, x: Value, y: Value, dims: readonly number[]): Value {
  const square = (value: Value) =>
    builder.add({ kind: "Nonlinear", op: { name: "Pow", scale: 2 ** (x.scale + 2), a: 2 } }, [value], dims, x.scale);
  const [sum, difference] = (["Add", "Sub"] as const).map((name) => square(add(builder, name, x, y, dims)));
  return add(builder, "Sub", sum, difference, dims);
}

/** The value divided by any number, to the nearest, by a table. */
export function dividedBy(builder: CircuitBuilder, x: Value, denom: number): Value {
  return builder.add({ kind: "Nonlinear", op: { name: "Div", denom: Math.fround(denom) } }, [x], x.dims, x.scale);
}

/**
 * x where x is not negative, else alpha times x, to the nearest whole number. What is negative goes through a table:
 * EZKL's own division by the slope's bits costs 58 cells an element, and leaves the prover a choice of two neighbours.
 */
export function leakyRelu(builder: CircuitBuilder, x: Value, alpha: number, byTable: boolean): Value {
  if (alpha === 1) return identity(builder, x);
  const positive = byTable
    ? rectified(builder, x)
    : linear(builder, { name: "LeakyReLU", slope: 0, scale: 1 }, [x], x.dims);
  const denom = Math.fround(1 / alpha);
  // Beyond the range of floats every whole number that a circuit holds becomes 0.
  if (!Number.isFinite(denom)) return positive;
  const negative = linear(builder, { name: "Sub" }, [x, positive], x.dims);
  const flat = dividedBy(builder, negative, denom);
  return linear(builder, { name: "Add" }, [positive, flat], x.dims);
}

/** The value at a scale that is `bits` finer. */
export function finer(builder: CircuitBuilder, x: Value, bits: number): Value {
  const unit = builder.constant([2 ** bits], x.dims.map(() => 1), bits);
  return linear(builder, { name: "Mult" }, [x, unit], x.dims, x.scale + bits);
}

/** The value with axes of 1 in front: EZKL broadcasts operands of different ranks from their first axis on, not their last. */
export function ofRank(builder: CircuitBuilder, x: Value, rank: number): Value {
  if (x.dims.length >= rank) return x;
  const shape = [...Array.from({ length: rank - x.dims.length }, () => 1), ...x.dims];
  return linear(builder, { name: "Reshape", shape }, [x], shape);
}

/** A sum or difference; the coarser operand is multiplied up to the finer one's scale. */
export function add(
  builder: CircuitBuilder,
  name: "Add" | "Sub",
  left: Value,
  right: Value,
  dims: readonly number[],
): Value {
  const scale = Math.max(left.scale, right.scale);
  const inner = { kind: "Linear", op: { name } } as const;
  if (left.scale === right.scale) return builder.add(inner, [left, right], dims, scale);
  const multipliers: [number, bigint][] = [left, right].map((value, side) => [side, 1n << BigInt(scale - value.scale)]);
  return builder.add({ kind: "Rescaled", inner, scale: multipliers }, [left, right], dims, scale);
}

/** The input of a layer with its zeros around, flat. */
export function padded(builder: CircuitBuilder, x: Value, layer: LinearLayer): Value {
  const wide = layer.padding === null
    ? x
    : linear(builder, { name: "Pad", padding: layer.padding }, [x], layer.paddedDims);
  return flat(builder, wide);
}

function flat(builder: CircuitBuilder, x: Value): Value {
  if (x.dims.length === 1) return x;
  const shape = [sizeOf(x.dims)];
  return linear(builder, { name: "Reshape", shape }, [x], shape);
}

/** The elements of flat `x` at `places`, in the shape `dims`; EZKL only copies them, which takes no cell. */
export function pick(builder: CircuitBuilder, x: Value, places: number[], dims: readonly number[]): Value {
  const constantIdx = { values: places, dims: [places.length], scale: null, visibility: null };
  return builder.add({ kind: "Hybrid", op: { name: "Gather", dim: 0, constantIdx } }, [x], dims, x.scale);
}

/** One row of dot products for each output, without the weights that are 0: `[outputs, rows]`. */
export function sparseDots(
  builder: CircuitBuilder,
  x: Value,
  layer: LinearLayer,
  weights: Float64Array,
  scales: LayerScales,
): Value {
  const { outputs, rows, depth, picks, groups } = layer;
  const results: Value[] = [];
  for (let output = 0; output < outputs; output++) {
    const row = weights.subarray(output * depth, (output + 1) * depth);
    let taps = Array.from(row.keys()).filter((k) => row[k] !== 0);
    if (taps.length === 0) taps = [0];
    const table = picks[Math.floor(output * groups / outputs)];
    const places = Array.from({ length: rows * taps.length }, (_, index) => {
      return table[Math.floor(index / taps.length) * depth + taps[index % taps.length]];
    });
    const window = pick(builder, x, places, [rows, taps.length]);
    const kernel = builder.weights(taps.map((k) => row[k]), [taps.length], scales.weight);
    results.push(linear(builder, { name: "Einsum", equation: "mk,k->m" }, [window, kernel], [rows], scales.output));
  }
  if (results.length === 1) return ofRank(builder, results[0], 2);
  const joined = linear(builder, { name: "Concat", axis: 0 }, results, [outputs * rows]);
  return linear(builder, { name: "Reshape", shape: [outputs, rows] }, [joined], [outputs, rows]);
}

/**
 * The same dot products with every weight, a group of outputs at a time: more cells, the
 * same integers, and several times faster to simulate.
 */
export function denseDots(
  builder: CircuitBuilder,
  x: Value,
  layer: LinearLayer,
  weights: Float64Array,
  scales: LayerScales,
): Value {
  const { outputs, rows, depth, picks, groups } = layer;
  const perGroup = outputs / groups;
  const results = picks.map((table, group) => {
    const windows = pick(builder, x, Array.from(table), [rows, depth]);
    const part = weights.subarray(group * perGroup * depth, (group + 1) * perGroup * depth);
    const kernel = builder.weights(part, [perGroup, depth], scales.weight);
    const equation = "mk,nk->nm";
    return linear(builder, { name: "Einsum", equation }, [windows, kernel], [perGroup, rows], scales.output);
  });
  if (results.length === 1) return results[0];
  return linear(builder, { name: "Concat", axis: 0 }, results, [outputs, rows]);
}

/** The same dot products where the circuit is only simulated: a convolution there picks no windows out first. */
export function simulatedDots(
  builder: CircuitBuilder,
  x: Value,
  layer: LinearLayer,
  weights: Float64Array,
  scales: LayerScales,
): Value {
  const { outputs, rows, groups, window, paddedDims } = layer;
  if (window === null) return denseDots(builder, x, layer, weights, scales);
  const image = linear(builder, { name: "Reshape", shape: paddedDims }, [x], paddedDims);
  const kernel = builder.weights(weights, [...window.kernel], scales.weight);
  const padding = window.stride.map((): Padding => [0, 0]), stride = [...window.stride];
  const conv = {
    name: "Conv",
    padding,
    stride,
    group: groups,
    dataFormat: "NCHW",
    kernelFormat: "OIHW",
  } as const;
  const dims = [1, outputs, ...layer.rowShape];
  const y = linear(builder, conv, [image, kernel], dims, scales.output);
  return linear(builder, { name: "Reshape", shape: [outputs, rows] }, [y], [outputs, rows]);
}

/** Means of windows as sums, with the division in the scale where the window's size allows it. */
export function averagePool(
  builder: CircuitBuilder,
  x: Value,
  op: { kernel: number[] } & Window,
  dims: readonly number[],
): Value {
  const size = sizeOf(op.kernel), bits = Math.log2(size);
  const pool = {
    name: "SumPool",
    padding: op.padding,
    stride: op.stride,
    kernelShape: op.kernel,
    normalized: false,
    dataFormat: "NCHW",
  } as const;
  const sum = builder.add({ kind: "Hybrid", op: pool }, [x], dims, x.scale + (Number.isInteger(bits) ? bits : 0));
  if (Number.isInteger(bits)) return sum;
  return builder.add({ kind: "Nonlinear", op: { name: "Div", denom: size } }, [sum], dims, x.scale);
}
