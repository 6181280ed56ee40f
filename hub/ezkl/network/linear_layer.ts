/**
 * A convolution or a matrix product with fixed weights, seen as what it is in a
 * circuit: one dot product an output, over elements picked out of its input.
 *
 * The picking does not depend on the weights, so the same table serves the circuit
 * (which leaves out what is multiplied by 0), the float network and the statistics that
 * calibrate the rounding.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { placesOf } from "../numbers/places.ts";
import type { Padding } from "../format/circuit.ts";
import type { Network, NetworkNode } from "./network.ts";

/** Dot products `y[o, row] = sum_k weights[o, k] * x[pick(o)[row, k]] + bias[o]`. */
export interface LinearLayer {
  /** The node that feeds it. */
  source: number;
  /** Zeros that are put around the input first, one pair for every axis, or null. */
  padding: Padding[] | null;
  /** Shape of the input with those zeros. */
  paddedDims: number[];
  /** Output channels, or columns of the product. */
  outputs: number;
  /** Dot products for each of them: positions of the window. */
  rows: number;
  /** Length of a dot product. */
  depth: number;
  /** `[outputs, depth]`. */
  weights: Float32Array;
  /** `[outputs]`, or null. */
  bias: Float32Array | null;
  /** The constant that holds the weights. */
  weightPlace: number;
  /** Whether the constant has them as `[depth, outputs]`. */
  transposed: boolean;
  /** The constant that holds the bias, or null. */
  biasPlace: number | null;
  /** The sum behind a product that adds the bias, or null where the layer's own node does. */
  sum: number | null;
  /** Groups of outputs that read different channels. */
  groups: number;
  /** For each group, `[rows, depth]` positions in the padded input. */
  picks: Int32Array[];
  /** Of a convolution of one image its kernel's shape and its stride; null of any other layer. */
  window: { readonly kernel: readonly number[]; readonly stride: readonly number[] } | null;
  /** The axes that the rows are, in the result's order. */
  rowShape: number[];
  /** Where the outputs' axis stands among them; first where the results are in order already. */
  outputAxis: number;
}

/** The layers of a network, each by its place; a sum with fixed numbers right behind a product is its bias. */
export function linearLayers(network: Network): Map<number, LinearLayer> {
  const layers = new Map<number, LinearLayer>();
  network.nodes.forEach((node, place) => {
    const layer = node.op.type === "Conv"
      ? convolution(network, node)
      : node.op.type === "MatMul"
      ? product(network, node, node.op.equation)
      : null;
    if (layer !== null) {
      layers.set(place, { ...layer, ...(layer.bias === null ? biasBehind(network, place, layer) : {}) });
    }
  });
  return layers;
}

/** The sum that adds a bias to what `place` makes, where nothing else reads that. */
function biasBehind(network: Network, place: number, layer: LinearLayer): Partial<LinearLayer> {
  const { outputs, rows, rowShape, outputAxis } = layer;
  const readers = network.nodes.flatMap(({ inputs }, reader) =>
    inputs.filter((input) => input === place).map(() => reader)
  );
  const [reader] = readers;
  if (rows !== 1 && outputAxis !== rowShape.length) return {};
  if (readers.length !== 1 || network.outputs.includes(place)) return {};
  const { op, inputs, shape } = network.nodes[reader];
  const biasPlace = inputs[0] === place ? inputs[1] : inputs[0];
  const bias = constant(network, biasPlace);
  const isSpread = rows === 1 || network.nodes[biasPlace]?.shape.at(-1) === outputs;
  return op.type === "Add" && bias?.length === outputs && sizeOf(shape) === outputs * rows && isSpread
    ? { bias, biasPlace, sum: reader }
    : {};
}

function constant(network: Network, place: number | undefined): Float32Array | null {
  if (place === undefined) return null;
  const { op } = network.nodes[place];
  return op.type === "Constant" ? op.values : null;
}

function convolution(network: Network, node: NetworkNode): LinearLayer | null {
  if (node.op.type !== "Conv") return null;
  const [source, kernelPlace, biasPlace] = node.inputs;
  const weights = constant(network, kernelPlace), bias = constant(network, biasPlace);
  const input = network.nodes[source].shape, kernel = network.nodes[kernelPlace].shape;
  if (weights === null || (biasPlace !== undefined && bias === null)) return null;
  const { group, padding, stride } = node.op;
  const padded = padding.some(([before, after]) => before + after > 0);
  const spatial = input.slice(2).map((size, axis) => size + padding[axis][0] + padding[axis][1]);
  const paddedDims = [input[0], input[1], ...spatial];
  // Several samples are rows like the positions of a window.
  const [batch] = input, positions = batch === 1 ? node.shape.slice(2) : [batch, ...node.shape.slice(2)];
  const rows = sizeOf(positions), strides = stridesOf(paddedDims);
  const taps = placesOf(kernel.slice(1), strides.slice(1));
  const steps = strides.slice(2).map((step, axis) => step * stride[axis]);
  const corners = placesOf(positions, batch === 1 ? steps : [strides[0], ...steps]);
  const depth = taps.length;
  const picks = Array.from({ length: group }, (_, g) => {
    const table = new Int32Array(rows * depth), first = g * kernel[1] * strides[1];
    corners.forEach((corner, row) => taps.forEach((tap, k) => table[row * depth + k] = first + corner + tap));
    return table;
  });
  return {
    source,
    padding: padded ? [[0, 0], [0, 0], ...padding] : null,
    paddedDims,
    outputs: kernel[0],
    rows,
    depth,
    weights,
    bias,
    weightPlace: kernelPlace,
    transposed: false,
    biasPlace: biasPlace ?? null,
    sum: null,
    groups: group,
    picks,
    window: batch === 1 ? { kernel, stride } : null,
    rowShape: [...positions],
    outputAxis: batch === 1 ? 0 : 1,
  };
}

/** A product by fixed weights of two axes, or by a vector, whatever axes the input has besides. */
function product(network: Network, node: NetworkNode, equation: string): LinearLayer | null {
  const isTurned = constant(network, node.inputs[0]) !== null;
  const [source, weightPlace] = isTurned ? node.inputs.toReversed() : node.inputs;
  const values = constant(network, weightPlace);
  const [operands, result] = equation.split("->");
  const [left, right] = isTurned ? operands.split(",").toReversed() : operands.split(",");
  const contracted = [...left].filter((letter) => right.includes(letter) && !result.includes(letter));
  if (values === null || contracted.length !== 1 || right.length > 2) return null;
  const paddedDims = network.nodes[source].shape, [letter] = contracted;
  const free = [...left].filter((other) => other !== letter), own = [...right].filter((other) => other !== letter);
  // What the product leaves of the input stands in its own order; only the outputs' axis may be anywhere.
  if (left.length !== paddedDims.length || [...result].filter((other) => free.includes(other)).join() !== free.join()) {
    return null;
  }
  if (own.some((other) => free.includes(other) || !result.includes(other))) return null;
  const strides = stridesOf(paddedDims), at = left.indexOf(letter), depth = paddedDims[at];
  const freeAxes = [...paddedDims.keys()].filter((axis) => axis !== at);
  const rowShape = freeAxes.map((axis) => paddedDims[axis]);
  const corners = placesOf(rowShape, freeAxes.map((axis) => strides[axis]));
  const outputs = values.length / depth;
  // Weights lie [outputs, depth] where the contracted letter stands last, else the other way round.
  const transposed = right.at(-1) !== letter;
  const weights = transposed ? transpose(values, depth, outputs) : values;
  return {
    source,
    padding: null,
    paddedDims,
    outputs,
    rows: corners.length,
    depth,
    weights,
    bias: null,
    weightPlace,
    transposed,
    biasPlace: null,
    sum: null,
    groups: 1,
    picks: [Int32Array.from(
      { length: corners.length * depth },
      (_, place) => corners[Math.floor(place / depth)] + place % depth * strides[at],
    )],
    window: null,
    rowShape,
    outputAxis: Math.max(0, result.indexOf(own[0] ?? " ")),
  };
}

/** `[rows, columns]` as `[columns, rows]`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  }
  return result;
}
