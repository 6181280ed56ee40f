/** Every operator from ONNX to a verified proof, in EZKL's circuits and in frugal ones. */
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import { constant, conv, gemm, pool, subject } from "./operators.ts";
import { proveModel, type Subject } from "./prove_model.ts";

const agree = "agrees with the simulator, the layout and ONNX Runtime and is proven";

const native: Record<string, Subject> = {
  "Conv with strides, uneven padding and a bias": subject(1, (w) => [
    [conv(w, w.input(1, 2, 5, 4), 2, 2, { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1], bias: true }), 4],
  ]),
  "Conv in two groups without a bias": subject(2, (w) => [
    [
      conv(w, w.input(1, 4, 4, 3), 4, 4, {
        kernel: [2, 2],
        strides: [1, 1],
        pads: [0, 0, 0, 0],
        group: 2,
        bias: false,
      }),
      4,
    ],
  ]),
  "Conv of 1x1, which is a product,": subject(3, (w) => [
    [conv(w, w.input(1, 3, 3, 2), 3, 4, { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], bias: true }), 4],
  ]),
  "Conv of 1x1 with strides, a layer of one result and shapes in steps": subject(29, (w) => {
    const a = conv(w, w.input(1, 2, 4, 3), 2, 2, { kernel: [1, 1], strides: [2, 1], pads: [0, 0, 0, 0], bias: true });
    const one = gemm(w, w.node("Relu", [gemm(w, w.input(1, 4), 4, 1)]), 1, 3);
    return [[w.node("Reshape", [a, w.whole([3, 4])]), 2], [one, 2]];
  }),
  "Gemm both ways round, with alpha and beta": subject(4, (w) => {
    const x = w.input(1, 6);
    const y = w.node("Gemm", [x, w.weight([6, 4]), w.weight([4])], { alpha: { float: 0.75 }, beta: { float: 1.5 } });
    return [[gemm(w, x, 6, 3), 2], [y, 2], [gemm(w, x, 6, 2, false), 2]];
  }),
  "MatMul with weights on either side and of two inputs": subject(5, (w) => {
    const x = w.input(2, 3), y = w.input(3, 2);
    return [
      [w.node("MatMul", [x, w.weight([3, 4])]), 2],
      [w.node("MatMul", [w.weight([2, 3]), y]), 2],
      [w.node("MatMul", [x, y]), 2],
    ];
  }, { args: { logrows: 9 } }),
  "Add and Sub with broadcasting, constants and two scales": subject(6, (w) => {
    const x = w.input(2, 3), y = w.input(3);
    return [
      [w.node("Add", [x, y]), 2],
      [w.node("Sub", [w.weight([3]), x]), 2],
      [w.node("Add", [w.node("Mul", [x, y]), x]), 2],
      [w.node("Sub", [y, constant(w, 2, 1)]), 2],
    ];
  }),
  "Mul of inputs, by weights, by a quarter and by itself": subject(7, (w) => {
    const x = w.input(2, 3), y = w.input(2, 1);
    return [
      [w.node("Mul", [x, y]), 2],
      [w.node("Mul", [x, w.weight([3])]), 2],
      [w.node("Mul", [x, w.weight([1], [0.25])]), 2],
      [w.node("Mul", [x, x]), 2],
    ];
  }),
  "Sigmoid and Tanh": subject(8, (w) => {
    const x = w.input(1, 7);
    return [[w.node("Sigmoid", [x]), 2], [w.node("Tanh", [x]), 2]];
  }),
  "Relu and LeakyRelu": subject(9, (w) => {
    const x = w.input(1, 6);
    return [[w.node("Relu", [x]), 2], [w.node("LeakyRelu", [x], { alpha: { float: 0.2 } }), 2]];
  }),
  "AveragePool with strides and with counted padding": subject(10, (w) => {
    const x = w.input(1, 2, 4, 4);
    return [[pool(w, "AveragePool", x, [2, 2], [2, 2]), 4], [
      pool(w, "AveragePool", x, [3, 3], [3, 3], [1, 1, 1, 1]),
      4,
    ]];
  }, { args: { logrows: 9 } }),
  "MaxPool with strides and with padding": subject(11, (w) => {
    const x = w.input(1, 1, 4, 4);
    return [
      [pool(w, "MaxPool", x, [2, 2], [2, 2]), 4],
      [pool(w, "MaxPool", w.node("Relu", [x]), [2, 2], [3, 3], [1, 1, 1, 1]), 4],
    ];
  }, { args: { logrows: 9 } }),
  "Reshape, Flatten, Pad, Identity, Dropout and Constant": subject(12, (w) => {
    const x = w.input(1, 2, 3), y = w.input(1, 4);
    const pads = w.whole([0, 0, 1, 0, 0, 2]);
    const [kept] = [w.node("Dropout", [w.node("Identity", [y])])];
    return [
      [w.node("Reshape", [x, w.whole([3, -1])]), 2],
      [w.node("Flatten", [x], { axis: 2 }), 2],
      [w.node("Pad", [x, pads]), 3],
      [kept, 2],
      [w.node("Add", [y, constant(w, 4)]), 2],
    ];
  }),
};

const scheme: Scheme = { inputScale: 3, tableScale: 6, dropBits: 3, outputScale: 6, binaryInputs: false };

const frugal: Record<string, Subject> = {
  "Conv in groups, Sigmoid, AveragePool and Gemm": subject(21, (w) => {
    const a = conv(w, w.input(1, 2, 5, 5), 2, 4, {
      kernel: [2, 2],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      group: 2,
      bias: true,
    });
    const b = pool(w, "AveragePool", w.node("Sigmoid", [a]), [2, 2], [2, 2]);
    return [[gemm(w, w.node("Flatten", [b]), 16, 3), 2]];
  }, { scheme }),
  "Conv with padding and strides, Tanh, AveragePool of 3x3, Reshape and MatMul": subject(22, (w) => {
    const a = conv(w, w.input(1, 1, 4, 4), 1, 2, { kernel: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1], bias: false });
    const b = pool(w, "AveragePool", w.node("Tanh", [a]), [2, 3], [1, 1]);
    const flat = w.node("Reshape", [b, w.whole([1, -1])]);
    return [[w.node("MatMul", [flat, w.weight([4, 2])]), 2]];
  }, { scheme }),
  "Gemm, Relu, MaxPool, Pad, LeakyRelu and Identity": subject(23, (w) => {
    const a = w.node("Relu", [gemm(w, w.input(1, 5), 5, 9)]);
    const b = pool(w, "MaxPool", w.node("Reshape", [a, w.whole([1, 1, 3, 3])]), [2, 2], [1, 1]);
    const c = w.node("Pad", [b, w.whole([0, 0, 1, 0, 0, 0, 0, 1])]);
    const d = conv(w, w.node("Identity", [c]), 1, 1, {
      kernel: [2, 2],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      bias: true,
    });
    return [[w.node("LeakyRelu", [d], { alpha: { float: 0.25 } }), 4]];
  }, { scheme }),
  "Add, Sub, Mul and Dropout": subject(24, (w) => {
    const x = w.input(1, 4), y = w.input(1, 4);
    const product = w.node("Mul", [x, w.node("Dropout", [y])]);
    return [
      [w.node("Add", [product, x]), 2],
      [w.node("Sub", [constant(w, 4), y]), 2],
      [w.node("Mul", [x, w.weight([4])]), 2],
    ];
  }, { scheme }),
};

const variants: Record<string, Subject> = {
  "private weights, products divided by RebaseScale": subject(31, (w) => {
    const x = w.input(1, 4);
    return [[w.node("Tanh", [gemm(w, x, 4, 3)]), 2]];
  }, { args: { paramVisibility: "Private", scaleRebaseMultiplier: 1 } }),
  "public inputs in four columns": subject(32, (w) => {
    return [[w.node("Sigmoid", [gemm(w, w.input(1, 5), 5, 3)]), 2]];
  }, { args: { inputVisibility: "Public", numInnerCols: 4 } }),
  "no range checks of inputs and outputs, several blocks": subject(33, (w) => {
    const a = w.node("Relu", [gemm(w, w.input(1, 12), 12, 24)]);
    return [[gemm(w, a, 24, 10), 2]];
  }, { args: { ignoreRangeCheckInputsOutputs: true } }),
};

Deno.test("operators from ONNX to a verified proof", async (t) => {
  await using engine = await Engine.create();
  const prove = (name: string, subject: Subject) =>
    t.step(name, async () => {
      await proveModel(engine, subject);
    });
  for (const [name, subject] of Object.entries(native)) await prove(`${name} ${agree}`, subject);
  for (const [name, subject] of Object.entries(frugal)) await prove(`frugal: ${name} ${agree}`, subject);
  for (const [name, subject] of Object.entries(variants)) await prove(`with ${name} a network ${agree}`, subject);
});
