/**
 * The part of the table of calls that is about convolutions.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONS } from "./call.ts";

/** The calls, for a matrix `[2, 12]`. */
export function convCalls(x: api.Tensor): Record<string, Call> {
  const { nn } = api;
  const [signal, image] = [api.reshape(x, [2, 2, 6]), api.reshape(x, [2, 2, 2, 3])];
  const filled = (shape: number[]) =>
    x.graph.constant(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
  const bias = filled([2]);
  const fine: Call["fine"] = { 2: ["undefined", "null"], 3: OPTIONS };
  const layer = (made: api.nn.Module, shape: number[]): Call => ({
    call: (value) => made.forward(value),
    args: [api.trace(made, shape).input],
    loose: true,
  });
  const layerFine: Call["fine"] = { 3: OPTIONS, "3.bias": ["true"] };
  const transposedOptions = { stride: 2, padding: 0, outputPadding: 1, groups: 1, dilation: 1 };
  return {
    conv1d: {
      call: api.conv1d,
      args: [signal, filled([2, 2, 3]), bias, { stride: 1, padding: "same", dilation: 1, groups: 1 }],
      fine,
    },
    Conv1d: {
      call: (...given: ConstructorParameters<typeof nn.Conv1d>) => new nn.Conv1d(...given),
      args: [2, 2, 3, { stride: 1, padding: "same", dilation: 1, groups: 2, bias: false }],
      fine: layerFine,
    },
    "Conv1d.forward": layer(new nn.Conv1d(2, 3, 3), [2, 2, 6]),
    convTranspose1d: { call: api.convTranspose1d, args: [signal, filled([2, 2, 3]), bias, transposedOptions], fine },
    ConvTranspose1d: {
      call: (...given: ConstructorParameters<typeof nn.ConvTranspose1d>) => new nn.ConvTranspose1d(...given),
      args: [2, 2, 3, { ...transposedOptions, bias: false }],
      fine: layerFine,
    },
    "ConvTranspose1d.forward": layer(new nn.ConvTranspose1d(2, 3, 3), [2, 2, 6]),
    convTranspose2d: { call: api.convTranspose2d, args: [image, filled([2, 2, 3, 3]), bias, transposedOptions], fine },
    ConvTranspose2d: {
      call: (...given: ConstructorParameters<typeof nn.ConvTranspose2d>) => new nn.ConvTranspose2d(...given),
      args: [2, 2, 3, { ...transposedOptions, bias: false }],
      fine: layerFine,
    },
    "ConvTranspose2d.forward": layer(new nn.ConvTranspose2d(2, 3, 3), [2, 2, 2, 3]),
  };
}
