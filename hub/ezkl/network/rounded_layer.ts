/**
 * A layer's weights as whole numbers, and how they become so.
 * @module
 */
import type { LinearLayer } from "./linear_layer.ts";
import { quantize } from "../numbers/fixed_point.ts";

/** Scales of one layer: log2 of the multipliers of its input, its weights and its results. */
export interface LayerScales {
  /** Of what it reads, after any bits are dropped. */
  input: number;
  /** Of its weights. */
  weight: number;
  /** Of its results and its bias. */
  output: number;
}

/** A layer's weights as whole numbers. */
export interface RoundedLayer {
  /** `[outputs, depth]`, at the scale of the weights. */
  weights: Float64Array;
  /** `[outputs]`, at the scale of the results, or null. */
  bias: Float64Array | null;
}

/** How a layer's weights become whole numbers. Layers are asked for in the order in which they run. */
export type Rounding = (layer: LinearLayer, place: number, scales: LayerScales) => RoundedLayer;

/** Every weight to the nearest whole number. */
export const nearest: Rounding = (layer, _place, scales): RoundedLayer => ({
  weights: Float64Array.from(layer.weights, (weight) => quantize(weight, scales.weight)),
  bias: layer.bias && Float64Array.from(layer.bias, (bias) => quantize(bias, scales.output)),
});
