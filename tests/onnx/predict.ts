/**
 * Runs a model read from a file on the GPU.
 * @module
 */
import type { Value } from "../../core/graph/graph.ts";
import type { GpuDevice } from "../../core/run/device.ts";
import { importGraph, type ImportOptions } from "../../onnx/import.ts";
import type { ModelProto } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { Execution } from "../ops/harness.ts";

/** What a model makes of `data`, whose first dimension is `batch`. */
export async function predict(
  device: GpuDevice,
  model: Uint8Array | ModelProto,
  data: Float32Array<ArrayBuffer> | readonly Float32Array<ArrayBuffer>[],
  options: ImportOptions = {},
): Promise<Float32Array> {
  const { graph, inputs, output, weights } = importGraph(model, operations, options);
  const given = new Map<Value, Float32Array<ArrayBuffer>>(
    inputs.map((input, k) => [input, data instanceof Float32Array ? data : data[k]]),
  );
  for (const value of graph.values) {
    const stored = weights.get(value.name);
    if (value.node === null && stored !== undefined) given.set(value, stored.data);
  }
  using execution = await Execution.create(device, { given, wanted: [output] });
  execution.run();
  return await execution.read(output);
}
