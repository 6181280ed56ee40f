/**
 * Runs a network in floating point, node by node: the answers that a circuit is
 * measured against, and the values that its rounding is calibrated on.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { type LinearLayer, linearLayers } from "../network/linear_layer.ts";
import type { Network } from "../network/network.ts";
import { meaningOf } from "../operators/meanings.ts";
import { weightedSums } from "../numbers/contraction.ts";
import type { ContractionPlan } from "../numbers/contraction_plan.ts";
import { placesOf } from "../numbers/places.ts";
import type { Padding } from "../format/circuit.ts";

/** Weights in place of a layer's own. */
export interface LayerWeights {
  /** `[outputs, depth]`. */
  weights: ArrayLike<number>;
  /** `[outputs]`, or null. */
  bias: ArrayLike<number> | null;
}

/**
 * Refuses what fidelity does not weigh.
 * @throws {ArgumentError} naming a layer whose weights are computed
 */
export function checkLayers({ nodes }: Network, layers: ReadonlyMap<number, LinearLayer>): void {
  nodes.forEach(({ op, inputs, label }, place) => {
    const isLayer = op.type === "Conv" ||
      op.type === "MatMul" && inputs.some((input) => nodes[input].op.type === "Constant");
    if (!isLayer || layers.has(place)) return;
    throw new ArgumentError(
      `calibrateSettings(): ${label} has no fixed weights, and fidelity weighs circuits whose layers have; take the ` +
        "target resources or accuracy",
    );
  });
}

/** Samples that go through a layer together. */
const LANES = 16;

/** A network that runs on batches; values of sample `i` lie one after another from `i * size`. */
export class FloatNetwork {
  /** What it runs. */
  readonly network: Network;
  /** Its layers, by place. */
  readonly layers: Map<number, LinearLayer>;
  readonly #sums: Set<number>;
  readonly #plans: Map<number, ContractionPlan> = new Map();

  /** Prepares `network`. */
  constructor(network: Network) {
    this.network = network;
    this.layers = linearLayers(network);
    this.#sums = new Set([...this.layers.values()].flatMap(({ sum }) => sum === null ? [] : [sum]));
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
    if (layer !== undefined) {
      const plan = this.#plans.get(place) ?? planOf(layer);
      this.#plans.set(place, plan);
      return dots(layer, plan, this.layerInput(layer, values, batch), batch, replaced ?? layer);
    }
    const { op } = node;
    const x = values[node.inputs[0]];
    if (this.#sums.has(place)) return x.length === 0 ? values[node.inputs[1]] : x;
    if (op.type === "Input") return Float64Array.from(inputs[this.network.inputs.indexOf(place)]);
    if (op.type === "Constant") return new Float64Array(0);
    if (op.type === "Identity" || op.type === "Reshape") return x;
    const sides = node.inputs.map((input) => this.network.nodes[input]);
    const compute = meaningOf(op).float({ shapes: sides.map(({ shape }) => shape), shape: node.shape });
    const size = sizeOf(node.shape), y = new Float64Array(batch * size);
    for (let sample = 0; sample < batch; sample++) {
      const operands = sides.map(({ shape }, side) => {
        const fixed = this.#fixed(node.inputs[side]), own = sizeOf(shape);
        if (fixed !== null) return fixed;
        return values[node.inputs[side]].subarray(sample * own, (sample + 1) * own);
      });
      compute(operands, y.subarray(sample * size, (sample + 1) * size));
    }
    return y;
  }

  /** The floats of a constant, perhaps in another shape; null for what is computed. */
  #fixed(place: number): Float32Array | null {
    const { op, inputs } = this.network.nodes[place];
    if (op.type === "Reshape") return this.#fixed(inputs[0]);
    return op.type === "Constant" ? op.values : null;
  }

  /** What a layer reads, with its zeros around. */
  layerInput(layer: LinearLayer, values: readonly Float64Array[], batch: number): Float64Array {
    const x = values[layer.source];
    return layer.padding === null ? x : pad(x, this.network.nodes[layer.source].shape, layer.padding, batch);
  }
}

/** A layer's dot products as sums of a plan. */
function planOf({ outputs, rows, depth, groups, picks, rowShape, outputAxis }: LinearLayer): ContractionPlan {
  // Rows behind the outputs' axis are neighbours; those before it are as many outputs apart.
  const inner = rows === 1 || outputAxis === 0 ? rows : sizeOf(rowShape.slice(outputAxis));
  const perGroup = outputs / groups, [table] = picks;
  return {
    // Every window picks alike from where it begins.
    groups: picks.map((own, group) => ({
      x: own[0] - table[0],
      w: group * perGroup * depth,
      out: group * perGroup * inner,
      bias: group * perGroup,
    })),
    xPosition: Int32Array.from({ length: rows }, (_, row) => table[row * depth]),
    outPosition: Int32Array.from({ length: rows }, (_, row) => row % inner + Math.floor(row / inner) * outputs * inner),
    wRow: Int32Array.from({ length: perGroup }, (_, row) => row * depth),
    outRow: Int32Array.from({ length: perGroup }, (_, row) => row * inner),
    xTerm: table.slice(0, depth).map((place) => place - table[0]),
    wTerm: Int32Array.from({ length: depth }, (_, k) => k),
  };
}

function dots(
  { outputs, rows, paddedDims }: LinearLayer,
  plan: ContractionPlan,
  x: Float64Array,
  batch: number,
  { weights, bias }: LayerWeights,
): Float64Array {
  const from = sizeOf(paddedDims), to = outputs * rows, y = new Float64Array(batch * to);
  const packed = {
    w: Float64Array.from(weights),
    bias: bias === null ? new Float64Array(outputs) : Float64Array.from(bias),
  };
  const lanes = batch < LANES ? 1 : LANES;
  const side = new Float64Array(from * lanes), sums = new Float64Array(to * lanes);
  for (let start = 0; start < batch; start += lanes) {
    // The last samples fill up with some of those before them.
    const first = Math.min(start, batch - lanes);
    for (let lane = 0; lane < lanes; lane++) {
      for (let k = 0, at = (first + lane) * from; k < from; k++) side[k * lanes + lane] = x[at + k];
    }
    weightedSums(plan, packed, side, lanes, sums);
    for (let lane = 0; lane < lanes; lane++) {
      for (let k = 0, at = (first + lane) * to; k < to; k++) y[at + k] = sums[k * lanes + lane];
    }
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
