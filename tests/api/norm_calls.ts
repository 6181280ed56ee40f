/**
 * The part of the table of calls that is about layers that normalise.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** The calls, for a matrix `[2, 12]`. */
export function normCalls(x: api.Tensor): Record<string, Call> {
  const { nn } = api;
  const image = api.reshape(x, [2, 2, 2, 3]);
  const [two, twelve] = [2, 12].map((size) => x.graph.constant([size], new Float32Array(size).fill(1)));
  const affine: Call["fine"] = { "1.affine": ["true"], 1: OPTIONS };
  const layer = (made: api.nn.Module, input: unknown): Call => ({
    call: (value) => made.forward(value),
    args: [input],
    loose: true,
  });
  const [rows, images] = [new nn.BatchNorm1d(12), new nn.BatchNorm2d(2)];
  const options = { eps: 1e-4, momentum: 0.2, affine: false };
  const instance = { eps: 1e-4, affine: true };
  return {
    batchNorm: {
      call: api.batchNorm,
      args: [image, two, two, two, two, 1e-3],
      fine: { 3: ["undefined", "null"], 4: ["undefined", "null"], 5: OPTIONAL },
    },
    BatchNorm1d: {
      call: (...given: ConstructorParameters<typeof nn.BatchNorm1d>) => new nn.BatchNorm1d(...given),
      args: [12, options],
      fine: affine,
    },
    BatchNorm2d: {
      call: (...given: ConstructorParameters<typeof nn.BatchNorm2d>) => new nn.BatchNorm2d(...given),
      args: [2, options],
      fine: affine,
    },
    "BatchNorm1d.forward": layer(rows, api.trace(rows, [2, 12]).input),
    "BatchNorm2d.forward": layer(images, api.trace(images, [2, 2, 2, 3]).input),
    groupNorm: {
      call: api.groupNorm,
      args: [image, 2, two, two, 1e-3],
      fine: { 2: ["undefined", "null"], 3: ["undefined", "null"], 4: OPTIONAL },
    },
    instanceNorm: {
      call: api.instanceNorm,
      args: [image, two, two, 1e-3],
      fine: { 1: ["undefined", "null"], 2: ["undefined", "null"], 3: OPTIONAL },
    },
    layerNorm: {
      call: api.layerNorm,
      args: [x, [12], twelve, twelve, 1e-3],
      fine: { 2: ["undefined", "null"], 3: ["undefined", "null"], 4: OPTIONAL },
    },
    LayerNorm: {
      call: (...given: ConstructorParameters<typeof nn.LayerNorm>) => new nn.LayerNorm(...given),
      args: [[2, 3], { eps: 1e-4, elementwiseAffine: false, bias: false }],
      fine: { 1: OPTIONS, "1.elementwiseAffine": ["true"], "1.bias": ["true"] },
    },
    GroupNorm: {
      call: (...given: ConstructorParameters<typeof nn.GroupNorm>) => new nn.GroupNorm(...given),
      args: [2, 4, instance],
      fine: { 2: OPTIONS, "2.affine": ["true"] },
    },
    InstanceNorm1d: {
      call: (...given: ConstructorParameters<typeof nn.InstanceNorm1d>) => new nn.InstanceNorm1d(...given),
      args: [2, instance],
      fine: affine,
    },
    InstanceNorm2d: {
      call: (...given: ConstructorParameters<typeof nn.InstanceNorm2d>) => new nn.InstanceNorm2d(...given),
      args: [2, instance],
      fine: affine,
    },
    "LayerNorm.forward": layer(new nn.LayerNorm(12, { elementwiseAffine: false }), x),
    "GroupNorm.forward": layer(new nn.GroupNorm(2, 2, { affine: false }), image),
    "InstanceNorm1d.forward": layer(new nn.InstanceNorm1d(2), api.reshape(x, [2, 2, 6])),
    "InstanceNorm2d.forward": layer(new nn.InstanceNorm2d(2), image),
  };
}
