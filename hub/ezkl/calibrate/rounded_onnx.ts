/**
 * An ONNX file whose weights lie on a circuit's grid: what the circuit computes, for
 * anyone who wants to run or read it.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { transpose } from "../network/linear_layer.ts";
import type { Network } from "../network/network.ts";
import { type LayerScales, nearest, type RoundedLayer, type Rounding } from "../network/rounded_layer.ts";
import { AttributeType } from "../../../onnx/enums.ts";
import { decodeModel, encodeModel } from "../../../onnx/proto.ts";
import { writeTensor } from "../../../onnx/tensor.ts";

/** Weights on their grids, by the name of their ONNX tensor. */
export type RoundedTensors = Map<string, Float32Array<ArrayBuffer>>;

/**
 * `rounding`, and a record of the tensors that it made. A layer whose weights stand in
 * no ONNX tensor of their own, or are whole numbers, is rounded to the nearest point
 * instead, which whoever reads the file again does too.
 */
export function recorded(network: Network, rounding: Rounding): { rounding: Rounding; tensors: RoundedTensors } {
  const tensors: RoundedTensors = new Map();
  const readers = new Map<number, number>();
  for (const { inputs } of network.nodes) for (const place of inputs) readers.set(place, (readers.get(place) ?? 0) + 1);
  const own = (place: number | null) => {
    if (place === null) return undefined;
    const { op, tensor } = network.nodes[place];
    const free = op.type === "Constant" && !op.whole && readers.get(place) === 1;
    return free && network.nodes.filter((node) => node.tensor === tensor).length === 1 ? tensor : undefined;
  };
  return {
    tensors,
    rounding: (layer, place, scales) => {
      const weights = own(layer.weightPlace), bias = own(layer.biasPlace);
      if (weights === undefined || (layer.bias !== null && bias === undefined)) return nearest(layer, place, scales);
      const floats = floatsOf(rounding(layer, place, scales), scales);
      tensors.set(weights, layer.transposed ? transpose(floats.weights, layer.outputs, layer.depth) : floats.weights);
      if (floats.bias !== null) tensors.set(bias!, floats.bias);
      // Once more, because 32-bit floats hold 24 bits: the circuit is to be the one that the file gives.
      return nearest({ ...layer, ...floats }, place, scales);
    },
  };
}

function floatsOf({ weights, bias }: RoundedLayer, scales: LayerScales): {
  weights: Float32Array<ArrayBuffer>;
  bias: Float32Array<ArrayBuffer> | null;
} {
  return {
    weights: Float32Array.from(weights, (weight) => weight * 2 ** -scales.weight),
    bias: bias && Float32Array.from(bias, (value) => value * 2 ** -scales.output),
  };
}

/**
 * The ONNX file `onnx` with `tensors` in place of its own.
 * @throws {ArgumentError} where a tensor is not there
 */
export function withTensors(onnx: Uint8Array, tensors: RoundedTensors): Uint8Array<ArrayBuffer> {
  const model = decodeModel(onnx);
  const missing = new Set(tensors.keys());
  const rewritten = (name: string, dims: readonly (number | bigint)[]) => {
    missing.delete(name);
    return writeTensor(name, dims.map(Number), tensors.get(name)!);
  };
  const initializer = model.graph?.initializer?.map((tensor) =>
    tensors.has(tensor.name ?? "") ? rewritten(tensor.name!, tensor.dims ?? []) : tensor
  );
  const node = model.graph?.node?.map((each) => {
    const name = each.output?.[0] ?? "", [given] = each.attribute ?? [];
    if (each.opType !== "Constant" || !tensors.has(name)) return each;
    const t = rewritten(name, given.t?.dims ?? (given.floats ? [given.floats.length] : []));
    return { ...each, attribute: [{ name: "value", type: AttributeType.TENSOR, t }] };
  });
  for (const name of missing) {
    throw new ArgumentError(`the ONNX file has no tensor "${name}"; take the file that the weights were read from`);
  }
  return encodeModel({
    ...model,
    graph: { ...model.graph, ...(initializer && { initializer }), ...(node && { node }) },
  });
}
