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
  data: Float32Array<ArrayBuffer>,
  options: ImportOptions = {},
): Promise<Float32Array> {
  const { graph, input, output, weights } = importGraph(model, operations, options);
  const given = new Map<Value, Float32Array<ArrayBuffer>>([[input, data]]);
  for (const value of graph.values) {
    if (value.role === "parameter") given.set(value, weights.get(value.name)!.data);
  }
  using execution = await Execution.create(device, { given, wanted: [output] });
  execution.run();
  return await execution.read(output);
}
