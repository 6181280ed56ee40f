/**
 * Rounds a whole network on sample inputs: each layer in turn sees what the rounded
 * layers before it really give.
 * @module
 */
import type { LinearLayer } from "../network/linear_layer.ts";
import { quantize } from "../numbers/fixed_point.ts";
import type { Extent } from "../network/network.ts";
import { type LayerScales, nearest, type RoundedLayer, type Rounding } from "../network/rounded_layer.ts";
import type { FloatNetwork } from "./float_network.ts";
import { inputStatistics, type RoundingOrder, roundingOrder, roundWeights } from "./rounding.ts";

/** Windows that a layer's statistics are taken from, at the most. */
const windows = 8000;

const nothing = new Float64Array(0);

/** What the float network does on a batch of samples, kept for many roundings of it. */
export class RoundingCalibration {
  readonly #float: FloatNetwork;
  readonly #inputs: readonly Float32Array[];
  readonly #batch: number;
  readonly #exact: Float64Array[];
  readonly #orders = new Map<number, RoundingOrder[]>();
  readonly #exactMeans = new Map<number, Float64Array[]>();

  /** What each node's numbers are on the samples, by place. */
  readonly extents: Extent[];
  /** By place the last one that reads it. */
  readonly #lastReader: Int32Array;

  /** Runs `float` on `batch` samples, each input's one after another. */
  constructor(float: FloatNetwork, inputs: readonly Float32Array[], batch: number) {
    const { network: { nodes }, layers } = float;
    this.#float = float;
    this.#inputs = inputs;
    this.#batch = batch;
    this.#lastReader = Int32Array.from(nodes, () => -1);
    nodes.forEach((node, place) => {
      for (const from of node.inputs) this.#lastReader[from] = place;
      const layer = layers.get(place);
      if (layer !== undefined) this.#lastReader[layer.source] = Math.max(this.#lastReader[layer.source], place);
    });
    const sources = new Set([...layers.values()].map(({ source }) => source));
    const values: Float64Array[] = [];
    this.extents = nodes.map(({ op }, place) => {
      values.push(float.evaluate(place, values, inputs, batch));
      const own = extentOf(op.type === "Constant" ? op.values : values[place]);
      this.#forget(values, place, sources);
      return own;
    });
    this.#exact = values;
  }

  /** Gives up what nothing behind `place` reads, but for `kept`. */
  #forget(values: Float64Array[], place: number, kept?: ReadonlySet<number>): void {
    for (let from = 0; from <= place; from++) {
      if (this.#lastReader[from] <= place && !kept?.has(from)) values[from] = nothing;
    }
  }

  /**
   * A rounding for one circuit; ask it for the layers in order, as `buildFrugal` does.
   * `deadZone` gives the magnitude, in units of the layer's grid, below which a weight becomes 0.
   */
  rounding(deadZone: (layer: LinearLayer, scales: LayerScales) => number): Rounding {
    const values: Float64Array[] = [];
    const replaced = new Map<number, { weights: Float64Array; bias: Float64Array | null }>();
    return (layer, place, scales) => {
      while (values.length < place) {
        const next = values.length;
        values.push(this.#float.evaluate(next, values, this.#inputs, this.#batch, replaced.get(next)));
        this.#forget(values, next);
      }
      const rounded = this.#round(layer, place, scales, values, deadZone(layer, scales));
      replaced.set(place, {
        weights: rounded.weights.map((weight) => weight * 2 ** -scales.weight),
        bias: rounded.bias && rounded.bias.map((bias) => bias * 2 ** -scales.output),
      });
      return rounded;
    };
  }

  #round(
    layer: LinearLayer,
    place: number,
    scales: LayerScales,
    values: readonly Float64Array[],
    deadZone: number,
  ): RoundedLayer {
    const { outputs, depth, groups } = layer;
    const plain = nearest(layer, place, scales);
    // What lies on the grid already was put there by whoever trained or rounded it for such a circuit.
    if (isOn(plain, layer, scales) && !plain.weights.some((weight) => weight !== 0 && Math.abs(weight) < deadZone)) {
      return plain;
    }
    const orders = this.#ordersOf(layer, place);
    const weights = new Float64Array(outputs * depth), perGroup = outputs * depth / groups;
    orders.forEach((order, group) => {
      const part = layer.weights.subarray(group * perGroup, (group + 1) * perGroup);
      weights.set(roundWeights(part, order, scales.weight, deadZone), group * perGroup);
    });
    if (layer.bias === null) return { weights, bias: null };
    const exact = this.#exactMeans.get(place) ?? this.#means(layer, this.#exact);
    this.#exactMeans.set(place, exact);
    const seen = this.#means(layer, values, scales.input);
    const bias = Float64Array.from(layer.bias, (value, output) => {
      const group = Math.floor(output * groups / outputs);
      let shift = 0;
      for (let k = 0, at = output * depth; k < depth; k++) {
        shift += layer.weights[at + k] * exact[group][k] - weights[at + k] * 2 ** -scales.weight * seen[group][k];
      }
      return quantize(value + shift, scales.output);
    });
    return { weights, bias };
  }

  #ordersOf(layer: LinearLayer, place: number): RoundingOrder[] {
    const known = this.#orders.get(place) ??
      layer.picks.map((_, group) => {
        return roundingOrder(inputStatistics(this.#windows(layer, this.#exact, group), layer.depth));
      });
    this.#orders.set(place, known);
    return known;
  }

  #means(layer: LinearLayer, values: readonly Float64Array[], scale?: number): Float64Array[] {
    const { depth, picks } = layer, x = this.#float.layerInput(layer, values, this.#batch);
    // A number is in many windows, and rounded once.
    const seen = scale === undefined ? x : x.map((value) => quantize(value, scale) * 2 ** -scale);
    const places = this.#windowPlaces(layer, x.length);
    return picks.map((table) => {
      const mean = new Float64Array(depth);
      for (const { sample, first } of places) {
        for (let k = 0; k < depth; k++) mean[k] += seen[sample + table[first + k]] / places.length;
      }
      return mean;
    });
  }

  /** Some of the vectors that a layer's dot products read, `[count, depth]`. */
  #windows(layer: LinearLayer, values: readonly Float64Array[], group: number): Float64Array {
    const { depth, picks } = layer, x = this.#float.layerInput(layer, values, this.#batch);
    const places = this.#windowPlaces(layer, x.length), result = new Float64Array(places.length * depth);
    places.forEach(({ sample, first }, index) => {
      for (let k = 0; k < depth; k++) result[index * depth + k] = x[sample + picks[group][first + k]];
    });
    return result;
  }

  /** Where some windows are, evenly over samples and positions: in the `length` numbers that are read, and in the picks. */
  #windowPlaces({ rows, depth }: LinearLayer, length: number): { sample: number; first: number }[] {
    const size = length / this.#batch, all = rows * this.#batch, count = Math.min(all, windows);
    return Array.from({ length: count }, (_, index) => {
      const window = Math.floor(index * all / count);
      return { sample: Math.floor(window / rows) * size, first: (window % rows) * depth };
    });
  }
}

/** Whether rounding to the nearest point changed nothing. */
function isOn({ weights, bias }: RoundedLayer, layer: LinearLayer, scales: LayerScales): boolean {
  return weights.every((weight, k) => weight * 2 ** -scales.weight === layer.weights[k]) &&
    (bias?.every((value, k) => value * 2 ** -scales.output === layer.bias![k]) ?? true);
}

function extentOf(values: ArrayLike<number>): Extent {
  let low = 0, high = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
