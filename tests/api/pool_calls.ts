/**
 * The part of the table of calls that is about pooling.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONS } from "./call.ts";

/** The calls, for a matrix `[2, 12]`. */
export function poolCalls(x: api.Tensor): Record<string, Call> {
  const { nn } = api;
  const [signal, image] = [api.reshape(x, [2, 2, 6]), api.reshape(x, [2, 2, 2, 3])];
  const average = { stride: 1, padding: 1, ceilMode: false, countIncludePad: false };
  const maximum = { stride: 1, padding: 0, ceilMode: true, dilation: 1 };
  const at = (place: number): NonNullable<Call["fine"]> => ({
    [place]: OPTIONS,
    [`${place}.ceilMode`]: ["true"],
    [`${place}.countIncludePad`]: ["true"],
  });
  const layer = (made: api.nn.Module, input: unknown): Call => ({
    call: (value) => made.forward(value),
    args: [input],
    loose: true,
  });
  return {
    AvgPool2d: {
      call: (...given: ConstructorParameters<typeof nn.AvgPool2d>) => new nn.AvgPool2d(...given),
      args: [[2, 3], average],
      fine: at(1),
    },
    avgPool2d: { call: api.avgPool2d, args: [image, 2, average], fine: at(2) },
    MaxPool2d: {
      call: (...given: ConstructorParameters<typeof nn.MaxPool2d>) => new nn.MaxPool2d(...given),
      args: [[2, 3], maximum],
      fine: at(1),
    },
    maxPool2d: { call: api.maxPool2d, args: [image, 2, maximum], fine: at(2) },
    interpolate: {
      call: (value, size, mode, alignCorners) => api.interpolate(value, { size, mode, alignCorners }),
      args: [image, [3, 4], "bilinear", false],
      fine: { 2: ["undefined"], 3: ["undefined", "true"] },
      loose: true,
    },
    Upsample: {
      call: (size, mode, alignCorners) => new nn.Upsample({ size, mode, alignCorners }),
      args: [2, "bilinear", false],
      fine: { 1: ["undefined"], 2: ["undefined", "true"] },
      loose: true,
    },
    "Upsample.forward": layer(new nn.Upsample({ scaleFactor: 2 }), image),
    avgPool1d: { call: api.avgPool1d, args: [signal, 2, average], fine: at(2) },
    AvgPool1d: {
      call: (...given: ConstructorParameters<typeof nn.AvgPool1d>) => new nn.AvgPool1d(...given),
      args: [2, average],
      fine: at(1),
    },
    "AvgPool1d.forward": layer(new nn.AvgPool1d(2), signal),
    maxPool1d: { call: api.maxPool1d, args: [signal, 2, maximum], fine: at(2) },
    MaxPool1d: {
      call: (...given: ConstructorParameters<typeof nn.MaxPool1d>) => new nn.MaxPool1d(...given),
      args: [2, maximum],
      fine: at(1),
    },
    "MaxPool1d.forward": layer(new nn.MaxPool1d(2), signal),
    adaptiveAvgPool1d: { call: api.adaptiveAvgPool1d, args: [signal, 4] },
    AdaptiveAvgPool1d: {
      call: (...given: ConstructorParameters<typeof nn.AdaptiveAvgPool1d>) => new nn.AdaptiveAvgPool1d(...given),
      args: [2],
    },
    "AdaptiveAvgPool1d.forward": layer(new nn.AdaptiveAvgPool1d(2), signal),
    adaptiveAvgPool2d: { call: api.adaptiveAvgPool2d, args: [image, 1] },
    AdaptiveAvgPool2d: {
      call: (...given: ConstructorParameters<typeof nn.AdaptiveAvgPool2d>) => new nn.AdaptiveAvgPool2d(...given),
      args: [2],
    },
    "AdaptiveAvgPool2d.forward": layer(new nn.AdaptiveAvgPool2d(2), image),
    adaptiveMaxPool2d: { call: api.adaptiveMaxPool2d, args: [image, 1] },
    AdaptiveMaxPool2d: {
      call: (...given: ConstructorParameters<typeof nn.AdaptiveMaxPool2d>) => new nn.AdaptiveMaxPool2d(...given),
      args: [2],
    },
    "AdaptiveMaxPool2d.forward": layer(new nn.AdaptiveMaxPool2d(2), image),
  };
}
