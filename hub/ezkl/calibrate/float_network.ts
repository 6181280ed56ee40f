/**
 * Runs a network in floating point, node by node: the answers that a circuit is
 * measured against, and the values that its rounding is calibrated on.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { type LinearLayer, linearLayers } from "../compile/linear_layer.ts";
import type { Network, NetworkNode, Window } from "../network/network.ts";
import { broadcastPlaces, placesOf, stridesOf } from "../numbers/places.ts";
import type { Padding } from "../format/circuit.ts";

/** Weights in place of a layer's own. */
export interface LayerWeights {
  /** `[outputs, depth]`. */
  weights: ArrayLike<number>;
  /** `[outputs]`, or null. */
  bias: ArrayLike<number> | null;
}

/** A network that runs on batches; values of sample `i` lie one after another from `i * size`. */
export class FloatNetwork {
  /** What it runs. */
  readonly network: Network;
  /** Its layers, by place. */
  readonly layers: Map<number, LinearLayer>;
  readonly #sums: Set<number>;

  /**
   * Prepares `network`.
   * @throws {ArgumentError} where a layer has no fixed weights, or a constant two shapes
   */
  constructor(network: Network) {
    this.network = network;
    this.layers = linearLayers(network);
    this.#sums = new Set([...this.layers.values()].flatMap(({ sum }) => sum === null ? [] : [sum]));
    network.nodes.forEach(({ op, inputs, label }, place) => {
      if ((op.type === "Conv" || op.type === "MatMul") && !this.layers.has(place)) {
        throw new ArgumentError(
          `calibrateSettings(): ${label} has no fixed weights or works on several samples, and fidelity weighs circuits ` +
            "of one sample with fixed weights; take the target resources or accuracy",
        );
      }
      if (op.type === "Reshape" && network.nodes[inputs[0]].op.type === "Constant") {
        throw new ArgumentError(
          `calibrateSettings(): ${label} is used in two shapes; give each use a tensor of its own`,
        );
      }
    });
  }

  /** Every node's values for `batch` samples; constants stay empty. */
  run(inputs: readonly Float32Array[], batch: number): Float64Array[] {
    const values: Float64Array[] = [];
    this.network.nodes.forEach((_, place) => values.push(this.evaluate(place, values, inputs, batch)));
    return values;
  }

  /** One node's values from those of the nodes before it. */
  evaluate(
    place: number,
    values: readonly Float64Array[],
    inputs: readonly Float32Array[],
    batch: number,
    replaced?: LayerWeights,
  ): Float64Array {
    const node = this.network.nodes[place];
    const layer = this.layers.get(place);
    if (layer !== undefined) return dots(layer, this.layerInput(layer, values, batch), batch, replaced ?? layer);
    const { op } = node;
    const x = values[node.inputs[0]];
    if (this.#sums.has(place)) return x.length === 0 ? values[node.inputs[1]] : x;
    switch (op.type) {
      case "Input":
        return Float64Array.from(inputs[this.network.inputs.indexOf(place)]);
      case "Constant":
        return new Float64Array(0);
      case "Sigmoid":
        return x.map((value) => 1 / (1 + Math.exp(-value)));
      case "Tanh":
        return x.map(Math.tanh);
      case "Relu":
        return x.map((value) => Math.max(value, 0));
      case "LeakyRelu":
        return x.map((value) => value < 0 ? value * op.alpha : value);
      case "Add":
        return this.#pairs(node, values, batch, (a, b) => a + b);
      case "Sub":
        return this.#pairs(node, values, batch, (a, b) => a - b);
      case "Mul":
        return this.#pairs(node, values, batch, (a, b) => a * b);
      case "AveragePool":
      case "MaxPool":
        return pool(x, this.network.nodes[node.inputs[0]].shape, node.shape, op, op.type === "MaxPool", batch);
      case "Pad":
        return pad(x, this.network.nodes[node.inputs[0]].shape, op.padding, batch);
      case "Identity":
      case "Reshape":
        return x;
      default:
        throw new ArgumentError(`calibrateSettings(): ${node.label} cannot be run in floating point`);
    }
  }

  /** What a layer reads, with its zeros around. */
  layerInput(layer: LinearLayer, values: readonly Float64Array[], batch: number): Float64Array {
    const x = values[layer.source];
    return layer.padding === null ? x : pad(x, this.network.nodes[layer.source].shape, layer.padding, batch);
  }

  #pairs(node: NetworkNode, values: readonly Float64Array[], batch: number, f: (a: number, b: number) => number) {
    const size = sizeOf(node.shape);
    const sides = node.inputs.map((place) => {
      const { op, shape } = this.network.nodes[place];
      const fixed = op.type === "Constant";
      return {
        values: fixed ? op.values : values[place],
        step: fixed ? 0 : sizeOf(shape),
        // ONNX compares shapes from their last axes on.
        at: broadcastPlaces([...node.shape.slice(shape.length).map(() => 1), ...shape], node.shape),
      };
    });
    const [a, b] = sides;
    return Float64Array.from({ length: batch * size }, (_, index) => {
      const sample = Math.floor(index / size), element = index % size;
      return f(a.values[sample * a.step + a.at[element]], b.values[sample * b.step + b.at[element]]);
    });
  }
}

function dots(layer: LinearLayer, x: Float64Array, batch: number, { weights, bias }: LayerWeights): Float64Array {
  const { outputs, rows, depth, groups, picks } = layer;
  const size = sizeOf(layer.paddedDims), y = new Float64Array(batch * outputs * rows);
  const matrix = Float64Array.from(weights), window = new Float64Array(depth), perGroup = outputs / groups;
  for (let sample = 0; sample < batch; sample++) {
    for (let group = 0; group < groups; group++) {
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < depth; k++) window[k] = x[sample * size + picks[group][row * depth + k]];
        for (let output = group * perGroup; output < (group + 1) * perGroup; output++) {
          let sum = bias === null ? 0 : bias[output];
          for (let k = 0, at = output * depth; k < depth; k++) sum += matrix[at + k] * window[k];
          y[(sample * outputs + output) * rows + row] = sum;
        }
      }
    }
  }
  return y;
}

function pool(
  x: Float64Array,
  from: readonly number[],
  to: readonly number[],
  op: { kernel: number[] } & Window,
  largest: boolean,
  batch: number,
): Float64Array {
  const padding: Padding[] = [[0, 0], [0, 0], ...op.padding];
  const padded = widened(from, padding), strides = stridesOf(padded);
  const wide = pad(x, from, padding, batch, largest ? -Infinity : 0);
  const size = sizeOf(padded), results = sizeOf(to);
  const taps = placesOf(op.kernel, strides.slice(2));
  const corners = placesOf(to, strides.map((step, axis) => axis < 2 ? step : step * op.stride[axis - 2]));
  const y = new Float64Array(batch * results);
  for (let index = 0; index < y.length; index++) {
    const first = Math.floor(index / results) * size + corners[index % results];
    let value = largest ? -Infinity : 0;
    for (const tap of taps) value = largest ? Math.max(value, wide[first + tap]) : value + wide[first + tap];
    y[index] = largest ? value : value / taps.length;
  }
  return y;
}

function pad(
  x: Float64Array,
  from: readonly number[],
  padding: readonly Padding[],
  batch: number,
  fill = 0,
): Float64Array {
  if (padding.every(([before, after]) => before + after === 0)) return x;
  const to = widened(from, padding), strides = stridesOf(to);
  const places = placesOf(from, strides, padding.reduce((sum, [before], axis) => sum + before * strides[axis], 0));
  const y = new Float64Array(batch * sizeOf(to)).fill(fill), size = places.length;
  x.forEach((value, index) => y[Math.floor(index / size) * sizeOf(to) + places[index % size]] = value);
  return y;
}

function widened(from: readonly number[], padding: readonly Padding[]): number[] {
  return from.map((size, axis) => size + padding[axis][0] + padding[axis][1]);
}
