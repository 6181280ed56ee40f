/** Operations that sort, search and round: the simulator beside the engine. */
import { hybrid, linear, sameOnEach, sameOperation, source, span } from "./compare.ts";
import { wideArgs } from "./engine.ts";
import type { IndexTensor } from "../../../../hub/ezkl/format/circuit.ts";

const places = (dims: number[], ...values: number[]): IndexTensor => ({ values, dims, scale: null, visibility: null });

Deno.test("Softmax is the engine's, of vectors and along every axis", () => {
  const whole = source(1);
  for (const [shape, axis] of [[[5], 0], [[2, 4], 1], [[2, 4], 0], [[2, 3, 2], 1]] as const) {
    const op = hybrid({ name: "Softmax", inputScale: 16, outputScale: 32, axes: [axis] });
    const size = shape.reduce((a, b) => a * b, 1);
    for (let i = 0; i < 5; i++) {
      sameOperation(op, [{ input: [...shape] }], [...shape], [whole(size, -60, 60)], {
        ...wideArgs,
        lookupRange: [-200n, 200n],
      });
    }
  }
});

Deno.test("TopK, ReduceArgMax and ReduceArgMin are the engine's, with ties", () => {
  const whole = source(2);
  for (let i = 0; i < 10; i++) {
    const input = whole(12, -3, 3);
    for (const largest of [true, false]) {
      sameOperation(hybrid({ name: "TopK", dim: 1, k: 2, largest }), [{ input: [3, 4] }], [3, 2], [input]);
      sameOperation(hybrid({ name: "TopK", dim: 0, k: 2, largest }), [{ input: [3, 4] }], [2, 4], [input]);
    }
    sameOperation(hybrid({ name: "ReduceArgMax", dim: 1 }), [{ input: [3, 4] }], [3, 1], [input]);
  }
  // Of several smallest ones the engine's own witness of ReduceArgMin fails.
  const distinct = [4, 2, 7, 1, 9, 3, 8, 5, 0, 6, 11, 10];
  sameOperation(hybrid({ name: "ReduceArgMin", dim: 0 }), [{ input: [3, 4] }], [1, 4], [distinct]);
});

Deno.test("OneHot, and what is gathered from computed places, are the engine's", () => {
  const whole = source(3);
  for (let i = 0; i < 5; i++) {
    const data = whole(12, -50, 50);
    sameOperation(hybrid({ name: "OneHot", dim: 1, numClasses: 5 }), [{ input: [3] }], [3, 5], [whole(3, 0, 4)]);
    const gather = hybrid({ name: "Gather", dim: 1, constantIdx: null });
    sameOperation(gather, [{ input: [3, 4] }, { input: [2] }], [3, 2], [data, whole(2, 0, 3)]);
    const elements = linear({ name: "GatherElements", dim: 0, constantIdx: null });
    sameOperation(elements, [{ input: [3, 4] }, { input: [2, 4] }], [2, 4], [data, whole(8, 0, 2)]);
    const nd = linear({ name: "GatherND", batchDims: 0, indices: null });
    sameOperation(nd, [{ input: [3, 4] }, { input: [2, 2] }], [2], [data, whole(4, 0, 2)]);
  }
});

Deno.test("what is gathered from constant places and scattered to them is the engine's", () => {
  const data = source(4)(24, -50, 50);
  const at = places([2, 2, 2], 0, 2, 1, 0, 2, 2, 1, 1);
  const elements = linear({ name: "GatherElements", dim: 1, constantIdx: at });
  sameOperation(elements, [{ input: [2, 3, 4] }], [2, 2, 2], [data]);
  for (
    const [tuples, batchDims, dims] of [
      [places([2, 3], 0, 1, 3, 1, 2, 0), 0, [2]],
      [places([2, 1], 1, 0), 0, [2, 3, 4]],
      [places([2, 2], 0, 2, 1, 1), 0, [2, 4]],
      [places([2, 1], 2, 0), 1, [2, 4]],
    ] as const
  ) {
    const nd = linear({ name: "GatherND", batchDims, indices: tuples });
    sameOperation(nd, [{ input: [2, 3, 4] }], [...dims], [data]);
  }
  const into = linear({ name: "ScatterElements", dim: 1, constantIdx: places([2, 2], 0, 2, 1, 0) });
  sameOperation(into, [{ input: [2, 3] }, { input: [2, 2] }], [2, 3], [data.slice(0, 6), data.slice(6, 10)]);
  const nd = linear({ name: "ScatterND", constantIdx: places([2, 1], 2, 0) });
  sameOperation(nd, [{ input: [3, 4] }, { input: [2, 4] }], [3, 4], [data.slice(0, 12), data.slice(12, 20)]);
});

Deno.test("RoundHalfToEven and MeanOfSquares are the engine's", () => {
  sameOnEach(hybrid({ name: "RoundHalfToEven", scale: 8, legs: 3 }), span(-60, 60), {
    ...wideArgs,
    lookupRange: [-20n, 20n],
  });
  const mean = linear({ name: "MeanOfSquares", axes: [1] });
  for (let i = 0; i < 5; i++) sameOperation(mean, [{ input: [3, 4] }], [3, 1], [source(i)(12, -90, 90)]);
});

Deno.test("DeConv is the engine's, with strides, padding, room at the end and kernels that it turns", () => {
  const whole = source(6);
  for (
    const [kernel, stride, padding, room, out] of [
      [[3, 2, 2, 2], [1, 1], [0, 0], [0, 0], [3, 3, 4]],
      [[3, 2, 2, 3], [2, 1], [1, 0], [0, 0], [3, 2, 5]],
      [[2, 3, 2, 2], [2, 2], [0, 1], [0, 0], [3, 4, 4]],
      [[3, 2, 3, 3], [2, 2], [1, 1], [1, 1], [3, 4, 6]],
    ] as const
  ) {
    const op = linear({
      name: "DeConv",
      padding: padding.map((pad) => [pad, pad]),
      outputPadding: [...room],
      stride: [...stride],
      group: 1,
      dataFormat: "NCHW",
      kernelFormat: "OIHW",
    });
    const size = kernel.reduce((a, b) => a * b, 1);
    const weights = { constant: whole(size, -9, 9), dims: [...kernel] };
    const bias = { constant: whole(3, -9, 9), dims: [3] };
    sameOperation(op, [{ input: [1, 2, 2, 3] }, weights, bias] as never, [1, ...out], [whole(12, -9, 9)]);
  }
});
