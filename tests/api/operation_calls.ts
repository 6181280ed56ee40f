/**
 * Calls of the operations element by element and along axes, and of their layers, with arguments that are right.
 * @module
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** Functions of one tensor of any numbers. */
const ONE = [
  ...["neg", "exp", "log", "sqrt", "abs", "reciprocal", "erf", "floor", "ceil", "round", "trunc", "sign"] as const,
  ...["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh"] as const,
  ...["logicalNot", "isnan", "isinf"] as const,
];
/** Functions of two tensors that are truths. */
const LOGICAL = ["logicalAnd", "logicalOr", "logicalXor"] as const;
/** Activations without arguments, with their layers. */
const ACTIVATIONS = {
  selu: "SELU",
  silu: "SiLU",
  mish: "Mish",
  hardsigmoid: "Hardsigmoid",
  hardswish: "Hardswish",
  relu6: "ReLU6",
  softsign: "Softsign",
} as const;
/** Activations of numbers that have defaults, with their layers and such numbers. */
const SHAPED = {
  leakyRelu: ["LeakyReLU", 0.1],
  elu: ["ELU", 2],
  celu: ["CELU", 2],
  hardtanh: ["Hardtanh", -2, 3],
  softplus: ["Softplus", 2, 10],
} as const;
/** Functions of two tensors or numbers. */
const TWO = [
  ...["add", "sub", "mul", "div", "pow", "maximum", "minimum", "fmod", "remainder"] as const,
  ...["eq", "ne", "gt", "ge", "lt", "le"] as const,
];
/** Functions of a tensor, axes and options. */
const REDUCTIONS = ["sum", "mean", "amax", "amin", "prod", "logsumexp"] as const;
/** Functions of a tensor and an axis, with their layers. */
const ALONG = { softmax: "Softmax", logSoftmax: "LogSoftmax" } as const;

const PLACED: NonNullable<Call["fine"]> = { 1: OPTIONAL, 2: OPTIONS, "2.keepdim": ["true"] };

/** The calls, of a tensor `[N, ...]` and one more of its shape. */
export function operationCalls(x: api.nn.Tensor): Record<string, Call> {
  const { nn } = api;
  const prelu = new nn.PReLU();
  const grid = { scale: 0.5, zeroPoint: 1, quantMin: -3, quantMax: 3, ties: "away", deadZone: 0.25 } as const;
  const one = x.graph.source("slope", [1], "parameter");
  const forward = (module: api.nn.Module): Call => ({
    call: (value) => module.forward(value),
    args: [x],
    loose: true,
  });
  return {
    ...Object.fromEntries(ONE.map((name): [string, Call] => [name, { call: api[name], args: [x] }])),
    ...Object.fromEntries(
      Object.entries(ACTIVATIONS).flatMap(([name, layer]): [string, Call][] => {
        const Layer = nn[layer];
        return [
          [name, { call: api[name as keyof typeof ACTIVATIONS], args: [x] }],
          [layer, { call: (...given: []) => new Layer(...given), args: [] }],
          [`${layer}.forward`, forward(new Layer())],
        ];
      }),
    ),
    ...Object.fromEntries(
      Object.entries(SHAPED).flatMap(([name, [layer, ...numbers]]): [string, Call][] => {
        const Layer = nn[layer];
        const fine = (from: number) =>
          Object.fromEntries(numbers.map((_, k) => [k + from, ["number", ...OPTIONAL] as const]));
        return [
          [name, { call: api[name as "elu"], args: [x, ...numbers], fine: fine(1) }],
          [layer, { call: (...given: number[]) => new Layer(...given), args: numbers, fine: fine(0) }],
          [`${layer}.forward`, forward(new Layer())],
        ];
      }),
    ),
    ...Object.fromEntries(LOGICAL.map((name): [string, Call] => [name, { call: api[name], args: [x, x] }])),
    where: { call: api.where, args: [x, x, x], fine: { 1: ["number"], 2: ["number"] } },
    cumsum: { call: api.cumsum, args: [x, 1] },
    argmax: { call: api.argmax, args: [x, 1, { keepdim: true }], fine: PLACED },
    argmin: { call: api.argmin, args: [x, 1, { keepdim: true }], fine: PLACED },
    norm: {
      call: api.norm,
      args: [x, 1, 1, { keepdim: true }],
      fine: { 1: OPTIONAL, 2: ["undefined", "null", "list"], 3: OPTIONS, "3.keepdim": ["true"] },
    },
    threshold: { call: api.threshold, args: [x, 1, 2], fine: { 1: ["number"], 2: ["number"] } },
    Threshold: {
      call: (...given: ConstructorParameters<typeof nn.Threshold>) => new nn.Threshold(...given),
      args: [1, 2],
      fine: { 0: ["number"], 1: ["number"] },
    },
    "Threshold.forward": forward(new nn.Threshold(1, 2)),
    clamp: {
      call: api.clamp,
      args: [x, -1, 1],
      fine: { 1: ["number", "null", "undefined"], 2: ["number", "null", "undefined"] },
    },
    fakeQuantize: { call: api.fakeQuantize, args: [x, grid] },
    FakeQuantize: { call: (...given: [api.FakeQuantizeOptions]) => new nn.FakeQuantize(...given), args: [grid] },
    "FakeQuantize.forward": forward(new nn.FakeQuantize(grid)),
    "FakeQuantize.quantize": {
      call: (data) => new nn.FakeQuantize(grid).quantize(data),
      args: [new Float32Array(3)],
      loose: true,
    },
    prelu: { call: api.prelu, args: [x, one] },
    PReLU: {
      call: (...given: ConstructorParameters<typeof nn.PReLU>) => new nn.PReLU(...given),
      args: [2, 0.5],
      fine: { 0: OPTIONAL, 1: ["number", ...OPTIONAL] },
    },
    "PReLU.forward": { call: (value) => prelu.forward(value), args: [api.trace(prelu, [2, 3]).input], loose: true },
    gelu: { call: api.gelu, args: [x, { approximate: "tanh" }], fine: { 1: OPTIONS } },
    GELU: {
      call: (...given: [api.GELUOptions?]) => new nn.GELU(...given),
      args: [{ approximate: "tanh" }],
      fine: { 0: OPTIONS },
    },
    "GELU.forward": forward(new nn.GELU()),
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
