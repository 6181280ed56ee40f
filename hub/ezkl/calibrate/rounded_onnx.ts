/**
 * An ONNX file whose weights lie on a circuit's grid: what the circuit computes, for
 * anyone who wants to run or read it.
 * @module
 */
import { ArgumentError } from "../../../core/errors.ts";
import type { LayerScales, RoundedLayer, Rounding } from "../compile/frugal.ts";
import { nearest } from "../compile/frugal.ts";
import { type LinearLayer, transpose } from "../compile/linear_layer.ts";
import type { Network } from "../compile/network.ts";
import { decodeModel, encodeModel } from "../../../onnx/proto.ts";
import { writeTensor } from "../../../onnx/tensor.ts";

/** Weights on their grids, by the name of their ONNX tensor. */
export type RoundedTensors = Map<string, Float32Array<ArrayBuffer>>;

/**
 * `rounding`, and a record of the tensors that it made. A layer whose weights stand in
 * no ONNX tensor of their own is rounded to the nearest point instead, which whoever
 * reads the file again does too.
 */
export function recorded(network: Network, rounding: Rounding): { rounding: Rounding; tensors: RoundedTensors } {
  const tensors: RoundedTensors = new Map();
  const readers = new Map<number, number>();
  for (const { inputs } of network.nodes) for (const place of inputs) readers.set(place, (readers.get(place) ?? 0) + 1);
  const own = (place: number | null) => {
    if (place === null) return undefined;
    const { tensor } = network.nodes[place];
    const twice = network.nodes.filter((node) => node.tensor === tensor).length > 1;
    return readers.get(place) === 1 && !twice ? tensor : undefined;
  };
  return {
    tensors,
    rounding: (layer, place, scales) => {
      const weights = own(layer.weightPlace), bias = own(layer.biasPlace);
      if (weights === undefined || (layer.bias !== null && bias === undefined)) return nearest(layer, place, scales);
      const rounded = rounding(layer, place, scales);
      record(tensors, layer, rounded, scales, weights, bias);
      return rounded;
    },
  };
}

function record(
  tensors: RoundedTensors,
  { outputs, depth, transposed }: LinearLayer,
  { weights, bias }: RoundedLayer,
  scales: LayerScales,
  weightName: string,
  biasName: string | undefined,
): void {
  const floats = Float32Array.from(weights, (weight) => weight * 2 ** -scales.weight);
  tensors.set(weightName, transposed ? transpose(floats, outputs, depth) : floats);
  if (bias !== null && biasName !== undefined) {
    tensors.set(biasName, Float32Array.from(bias, (value) => value * 2 ** -scales.output));
  }
}

/**
 * The ONNX file `onnx` with `tensors` in place of its own.
 * @throws {ArgumentError} where a tensor is not there or has another size
 */
export function withTensors(onnx: Uint8Array, tensors: RoundedTensors): Uint8Array<ArrayBuffer> {
  const model = decodeModel(onnx);
  const initializers = [...model.graph?.initializer ?? []];
  for (const [name, values] of tensors) {
    const place = initializers.findIndex((tensor) => tensor.name === name);
    if (place < 0) throw new ArgumentError(`the ONNX file has no tensor "${name}"; was it made from another file?`);
    const shape = (initializers[place].dims ?? []).map(Number);
    initializers[place] = writeTensor(name, shape, values);
  }
  return encodeModel({ ...model, graph: { ...model.graph, initializer: initializers } });
}
