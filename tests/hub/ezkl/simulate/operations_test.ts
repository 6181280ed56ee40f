import type { ConvOp, IndexTensor, Padding, PolyOp } from "../../../../hub/ezkl/format/circuit.ts";
import { hybrid, linear, lookup, sameAsEngine, sameOnEach, sameOperation, source, span } from "./compare.ts";
import { model, wideArgs } from "./engine.ts";

const product = (list: number[]) => list.reduce((a, b) => a * b, 1);
const indices = (values: number[], dims: number[]): IndexTensor => ({ values, dims, scale: null, visibility: null });

Deno.test("convolutions are the engine's, with groups, batches, strides, padding and bias", () => {
  const numbers = source(4);
  const one = (low: number, high: number) => numbers(1, low, high)[0];
  for (let round = 0; round < 24; round++) {
    const group = one(1, 3), n = one(1, 2), channels = one(1, 2) * group, rows = one(1, 5) * group;
    const image = numbers(round % 4 === 0 ? 1 : 2, 3, 6);
    const kernel = image.map(() => one(1, 3)), stride = image.map(() => one(1, 2));
    const padding = image.map((): Padding => [one(0, 1), one(0, 2)]);
    const result = image.map((size, axis) =>
      Math.floor((size + padding[axis][0] + padding[axis][1] - kernel[axis]) / stride[axis]) + 1
    );
    const dims = [rows, channels / group, ...kernel];
    const op: ConvOp = { name: "Conv", padding, stride, group, dataFormat: "NCHW", kernelFormat: "OIHW" };
    const x = { input: [n, channels, ...image] };
    const w = { constant: numbers(product(dims), -100, 100), dims };
    const bias = round % 2 === 0 ? [{ constant: numbers(rows, -1000, 1000), dims: [rows] }] : [];
    const values = numbers(product(x.input), -100, 100);
    sameOperation(linear(op), [x, w, ...bias], [n, rows, ...result], [values]);
    if (round % 6 === 0) sameOperation(linear(op), [x, { input: dims }], [n, rows, ...result], [values, w.constant]);
  }
});

Deno.test("einsum equations are the engine's, whichever operand is constant", () => {
  const numbers = source(5);
  const cases: [equation: string, x: number[], w: number[], result: number[]][] = [
    ["mk,nk->mn", [3, 5], [4, 5], [3, 4]],
    ["mk,kn->mn", [3, 5], [5, 4], [3, 4]],
    ["mk,nk->n", [1, 5], [4, 5], [4]],
    ["k,nk->mn", [5], [4, 5], [1, 4]],
    ["mk,k->m", [3, 5], [5], [3]],
    ["bmk,bkn->bmn", [2, 3, 5], [2, 5, 4], [2, 3, 4]],
    ["i,j->ij", [3], [4], [3, 4]],
    ["ij,ij->", [3, 4], [3, 4], [1]],
    ["abk,knc->acbn", [2, 2, 3], [3, 4, 2], [2, 2, 2, 4]],
  ];
  for (const [equation, x, w, result] of cases) {
    const [a, b] = [numbers(product(x), -100, 100), numbers(product(w), -100, 100)];
    const op = linear({ name: "Einsum", equation });
    sameOperation(op, [{ input: x }, { constant: b, dims: w }], result, [a]);
    sameOperation(op, [{ constant: a, dims: x }, { input: w }], result, [b]);
    sameOperation(op, [{ input: x }, { input: w }], result, [a, b]);
  }
});

Deno.test("pooling is the engine's, with padding and halves of both signs", () => {
  const numbers = source(6);
  const one = (low: number, high: number) => numbers(1, low, high)[0];
  for (let round = 0; round < 16; round++) {
    const shape = [one(1, 2), one(1, 3), one(3, 6), one(3, 6)];
    const kernel = numbers(2, 1, 3), stride = numbers(2, 1, 3);
    const padding = kernel.map((): Padding => [one(0, 2), one(0, 2)]);
    const dims = shape.map((size, axis) =>
      axis < 2
        ? size
        : Math.floor((size + padding[axis - 2][0] + padding[axis - 2][1] - kernel[axis - 2]) / stride[axis - 2]) + 1
    );
    const window = { padding, stride, dataFormat: "NCHW" as const };
    const inputs = [numbers(product(shape), -50, 50)];
    for (const normalized of [true, false]) {
      sameOperation(
        hybrid({ name: "SumPool", kernelShape: kernel, normalized, ...window }),
        [{ input: shape }],
        dims,
        inputs,
      );
    }
    sameOperation(hybrid({ name: "MaxPool", poolDims: kernel, ...window }), [{ input: shape }], dims, inputs);
  }
});

Deno.test("LeakyReLU is the engine's, with its slope quantised", () => {
  for (const slope of [0, 0.1, 0.01, 0.3, -0.2, 1.5]) {
    for (const scale of [0, 1, 7, 13]) sameOnEach(linear({ name: "LeakyReLU", slope, scale }), span(-100, 100));
  }
});

Deno.test("Neg, Abs, Sign, Pow and Not are the engine's", () => {
  for (const name of ["Neg", "Abs", "Sign"] as const) sameOnEach(linear({ name }), span(-20, 20));
  sameOnEach(linear({ name: "Pow", exponent: 3 }), span(-20, 20));
  sameOnEach(linear({ name: "Not" }), [0, 1]);
});

Deno.test("Sqrt, Recip, Rsqrt, Ceil, Floor and Round are the engine's", () => {
  for (const scale of [1, 4, 128]) {
    sameOnEach(hybrid({ name: "Sqrt", scale }), span(0, 300));
    sameOnEach(hybrid({ name: "Recip", inputScale: scale, outputScale: 128 }), [...span(-100, -1), ...span(1, 100)]);
    sameOnEach(hybrid({ name: "Rsqrt", inputScale: scale, outputScale: 128 }), span(1, 100));
  }
  for (const name of ["Ceil", "Floor", "Round"] as const) {
    for (const scale of [2, 4]) sameOnEach(hybrid({ name, scale, legs: 11 }), span(-20, 20));
  }
});

Deno.test("operations on pairs are the engine's, also how shapes of fewer axes are read", () => {
  const numbers = source(7);
  for (const name of ["Add", "Sub", "Mult", "And", "Or", "Xor"] as const) {
    const [low, high] = name.length < 4 && name !== "Add" && name !== "Sub"
      ? [0, 1]
      : name === "Mult"
      ? [-9, 9]
      : [-99, 99];
    for (const dims of [[2, 3, 4], [1, 3, 1], [3, 1], [4], [1]]) {
      const b = numbers(product(dims), low, high);
      const a = numbers(24, low, high);
      sameOperation(linear({ name }), [{ input: [2, 3, 4] }, { input: dims }], [2, 3, 4], [a, b]);
      sameOperation(linear({ name }), [{ input: [2, 3, 4] }, { constant: b, dims }], [2, 3, 4], [a]);
    }
  }
  for (const name of ["Max", "Min", "Greater", "GreaterEqual", "Less", "LessEqual", "Equals"] as const) {
    const inputs = [numbers(24, -3, 3), numbers(3, -3, 3)];
    sameOperation(hybrid({ name }), [{ input: [2, 3, 4] }, { input: [1, 3, 1] }], [2, 3, 4], inputs);
  }
});

Deno.test("reductions are the engine's", () => {
  const numbers = source(8);
  for (const axes of [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]]) {
    const dims = [2, 3, 4].map((size, axis) => axes.includes(axis) ? 1 : size);
    const inputs = [numbers(24, -3, 3)];
    const x = [{ input: [2, 3, 4] }];
    sameOperation(linear({ name: "Sum", axes }), x, dims, inputs);
    sameOperation(linear({ name: "Prod", axes, lenProd: 24 / product(dims) }), x, dims, inputs);
    sameOperation(hybrid({ name: "ReduceMax", axes }), x, dims, inputs);
    sameOperation(hybrid({ name: "ReduceMin", axes }), x, dims, inputs);
    if (axes.length > 1) continue;
    sameOperation(hybrid({ name: "ReduceArgMax", dim: axes[0] }), x, dims, inputs);
    sameOperation(hybrid({ name: "ReduceArgMin", dim: axes[0] }), x, dims, inputs);
  }
});

Deno.test("operations that only move elements are the engine's", () => {
  const cases: [op: PolyOp, from: number[], to: number[]][] = [
    [{ name: "Identity", outScale: 3 }, [2, 3], [2, 3]],
    [{ name: "Reshape", shape: [3, 2] }, [2, 3], [3, 2]],
    [{ name: "Flatten", shape: [6] }, [2, 3], [6]],
    [{ name: "MultiBroadcastTo", shape: [2, 3, 4] }, [1, 3, 1], [2, 3, 4]],
    [{ name: "MoveAxis", source: 0, destination: 2 }, [2, 3, 4], [3, 4, 2]],
    [{ name: "MoveAxis", source: 2, destination: 0 }, [2, 3, 4], [4, 2, 3]],
    [{ name: "Slice", axis: 1, start: 1, end: 4 }, [2, 5, 4], [2, 3, 4]],
    [{ name: "Downsample", axis: 1, stride: 3, modulo: 1 }, [2, 5, 4], [2, 2, 4]],
    [{ name: "Pad", padding: [[0, 0], [1, 1], [1, 2], [3, 0]] }, [1, 2, 3, 4], [1, 4, 6, 7]],
    [{ name: "Resize", scaleFactor: [1, 1, 2, 3] }, [1, 2, 3, 3], [1, 2, 6, 9]],
    [{ name: "Trilu", upper: true, k: 1 }, [2, 3, 4], [2, 3, 4]],
    [{ name: "Trilu", upper: false, k: -1 }, [2, 3, 4], [2, 3, 4]],
    [{ name: "GatherElements", dim: 1, constantIdx: indices([3, 0, 4, 1], [2, 2]) }, [2, 5], [2, 2]],
  ];
  const numbers = source(9);
  for (const [op, from, to] of cases) {
    sameOperation(linear(op), [{ input: from }], to, [numbers(product(from), -99, 99)]);
  }
  const gather = hybrid({ name: "Gather", dim: 1, constantIdx: indices([3, 0, 3, 1], [2, 2]) });
  sameOperation(gather, [{ input: [2, 5, 4] }], [2, 2, 2, 4], [numbers(40, -99, 99)]);
  const constant = { constant: [1, 2, 3, 4], dims: [2, 1, 2] };
  const operands = [{ input: [2, 3, 2] }, { input: [2, 1, 2] }, constant];
  sameOperation(linear({ name: "Concat", axis: 1 }), operands, [2, 5, 2], [numbers(12, -9, 9), numbers(4, -9, 9)]);
});

Deno.test("Rescaled and RebaseScale are the engine's", () => {
  const numbers = source(10);
  sameOperation(
    { kind: "Rescaled", inner: linear({ name: "Add" }), scale: [[0, 1n], [1, 8n]] },
    [{ input: [4] }, { input: [4] }],
    [4],
    [numbers(4, -99, 99), numbers(4, -99, 99)],
  );
  sameOperation(
    {
      kind: "RebaseScale",
      inner: linear({ name: "Mult" }),
      rebaseOp: { name: "Div", denom: 8 },
      targetScale: 3,
      originalScale: 6,
      multiplier: 8,
    },
    [{ input: [60] }, { constant: numbers(60, -9, 9), dims: [60] }],
    [60],
    [numbers(60, -9, 9)],
  );
});

Deno.test("constants used twice, tables of constants, and outputs that are inputs are the engine's", () => {
  const shared = { constant: [5, -3, 0, 2], dims: [4], uses: 2 };
  const add = linear({ name: "Add" });
  const twice = [{ op: add, inputs: [0, 1], dims: [4] }, { op: linear({ name: "Mult" }), inputs: [2, 1], dims: [4] }];
  sameAsEngine(model([{ input: [4] }, shared], twice, [3, 2, 0]), [[1, -2, 3, -4]]);
  const constants = { constant: [-700, 3, 900, 5], dims: [4] };
  const tanh = { op: lookup({ name: "Tanh", scale: 16 }), inputs: [1], dims: [4] };
  sameAsEngine(model([{ input: [4] }, constants], [tanh, { op: add, inputs: [0, 2], dims: [4] }], [3, 2]), [[
    1,
    2,
    3,
    4,
  ]]);
});

Deno.test("the widest range is the engine's, with and without checks of inputs and outputs", () => {
  for (const decompBase of [2, 128]) {
    for (const ignoreRangeCheckInputsOutputs of [true, false]) {
      const args = { ...wideArgs, decompBase, decompLegs: 4, ignoreRangeCheckInputsOutputs };
      for (const slope of [0, 0.5]) {
        const graph = model([{ input: [3] }], [
          { op: linear({ name: "LeakyReLU", slope, scale: 1 }), inputs: [0], dims: [3] },
        ]);
        sameAsEngine(graph, [[-1, 0, 1]], args);
      }
      const bits = model([{ input: [2], type: "Bool" }], [
        { op: linear({ name: "Identity", outScale: null }), inputs: [0], dims: [2] },
      ]);
      sameAsEngine(bits, [[0, 1]], args);
    }
  }
});
