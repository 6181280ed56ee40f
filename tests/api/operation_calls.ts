/**
 * Calls of the operations element by element and along axes, and of their layers, with arguments that are right.
 * @module
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** Functions of one tensor of any numbers. */
const ONE = ["neg", "exp", "log", "sqrt", "abs", "reciprocal"] as const;
/** Functions of two tensors or numbers. */
const TWO = ["add", "sub", "mul", "div", "pow"] as const;
/** Functions of a tensor, axes and options. */
const REDUCTIONS = ["sum", "mean", "amax", "amin"] as const;
/** Functions of a tensor and an axis, with their layers. */
const ALONG = { softmax: "Softmax", logSoftmax: "LogSoftmax" } as const;

/** The calls, of a tensor `[N, ...]` and one more of its shape. */
export function operationCalls(x: api.nn.Tensor): Record<string, Call> {
  const { nn } = api;
  const forward = (module: api.nn.Module): Call => ({
    call: (value) => module.forward(value),
    args: [x],
    loose: true,
  });
  return {
    ...Object.fromEntries(ONE.map((name): [string, Call] => [name, { call: api[name], args: [x] }])),
    ...Object.fromEntries(
      TWO.map((name): [string, Call] => [name, {
        call: api[name],
        args: [x, x],
        fine: { 0: ["number"], 1: ["number"] },
      }]),
    ),
    ...Object.fromEntries(
      REDUCTIONS.map((name): [string, Call] => [name, {
        call: api[name],
        args: [x, 1, { keepdim: true }],
        fine: { 1: ["undefined", "null", "list"], 2: OPTIONS, "2.keepdim": ["true", ...OPTIONAL] },
      }]),
    ),
    ...Object.fromEntries(
      Object.entries(ALONG).flatMap(([name, layer]): [string, Call][] => {
        const Layer = nn[layer as "Softmax"];
        return [
          [name, { call: api[name as "softmax"], args: [x, 1] }],
          [layer, { call: (dim) => new Layer(dim), args: [1], loose: true }],
          [`${layer}.forward`, forward(new Layer(1))],
        ];
      }),
    ),
  };
}
