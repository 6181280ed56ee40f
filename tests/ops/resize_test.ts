/** Resizing against PyTorch's vectors, files of Resize against ONNX Runtime, and what is exported against both. */
import assert from "node:assert/strict";
import * as native from "npm:onnxruntime-node@1.30.0";
import { interpolate, type InterpolateOptions, nn, trace } from "../../mod.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { Graph } from "../../core/graph/graph.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { exportGraph } from "../../onnx/export.ts";
import { AttributeType } from "../../onnx/enums.ts";
import { importGraph } from "../../onnx/import.ts";
import { encodeModel } from "../../onnx/proto.ts";
import { writeTensor } from "../../onnx/tensor.ts";
import { operations } from "../../ops/mod.ts";
import { judge } from "../onnx/judge.ts";
import { node, small } from "../onnx/small.ts";
import { CpuExecution, evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, uniform, WeightedSumOp } from "./harness.ts";
import { differentiate } from "../../core/graph/grad.ts";
import vectors from "./torch/resize.json" with { type: "json" };

for (const { shape, options, x, size, y, weights, dx } of vectors) {
  Deno.test(`resizing [${shape}] by ${JSON.stringify(options)} is PyTorch's, and ONNX Runtime's of the file`, async () => {
    using device = await CpuDevice.request({ threads: 1 });
    const graph = new Graph();
    const input = graph.source("input0", shape, "parameter");
    const output = interpolate(input, options as InterpolateOptions);
    assert.deepEqual(output.shape, size);
    const target = graph.source("coefficients", output.shape, "target");
    const [loss] = graph.apply(WeightedSumOp, [output, target], null);
    const found = differentiate(loss, [input]);
    const given = new Map([[input, Float32Array.from(x)], [target, Float32Array.from(weights)]]);
    const gradients = new Map([["input0", found.get(input)!]]);
    const coefficients = Float32Array.from(weights);
    const made = await evaluateOnCpu(device, { inputs: [input], output, loss, coefficients, gradients, given });
    assertClose(made.output, y, 1e-6, "output");
    assertClose(made.gradients.get("input0")!, dx, 1e-6, "gradient");

    const traced = trace(new nn.Upsample(options as InterpolateOptions), shape);
    const bytes = exportGraph({
      graph: traced.graph,
      input: traced.input,
      output: traced.output,
      weights: () => new Float32Array(),
      batch: shape[0] === 1 ? 1 : "batch_size",
    });
    const file = { name: "resized", bytes, input: { shape, data: Float32Array.from(x) }, output: Float32Array.from(y) };
    assert.deepEqual(await judge([file]), []);
  });
}

const text = (name: string, value: string) => ({
  name,
  s: new TextEncoder().encode(value),
  type: AttributeType.STRING,
});

/** The ways in which files resize: the operator, the opset, and the attributes. */
function* ways(): Generator<readonly [string, number, Readonly<Record<string, string>>]> {
  for (const mode of ["nearest", "linear"]) {
    // The first form of Resize was an Upsample.
    yield ["Upsample", 9, { mode }];
    yield ["Resize", 10, { mode }];
    for (const way of ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]) {
      const rounds = mode === "nearest" ? ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"] : ["floor"];
      for (const round of rounds) {
        yield ["Resize", 13, { mode, coordinate_transformation_mode: way, nearest_mode: round }];
      }
    }
  }
}

Deno.test("Resize and Upsample of files give ONNX Runtime's numbers", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  const input = uniform([1, 2, 4, 5], 1);
  let judged = 0;
  for (const [opType, opset, attributes] of ways()) {
    for (const scale of [[1, 1, 2, 2], [1, 1, 1.6, 1.2], ...opset > 10 ? [[1, 1, 0.5, 3], [1, 1, 1.6, 0.7]] : []]) {
      const resize = node(opType, opset > 10 ? ["x", "", "scales"] : ["x", "scales"], ["y"]);
      const attribute = Object.entries(attributes).map(([name, value]) => text(name, value));
      const bytes = encodeModel(
        small([{ ...resize, attribute }], {
          shape: input.shape,
          opset,
          weights: [writeTensor("scales", [4], Float32Array.from(scale))],
          graph: { output: [{ name: "y", type: { tensorType: { elemType: 1 } } }] },
        }),
      );
      const session = await native.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
      const { y } = await session.run({ x: new native.Tensor("float32", input.data, [...input.shape]) });
      await session.release();
      const read = importGraph(bytes, operations);
      using execution = await CpuExecution.create(device, {
        given: new Map([[read.input, input.data]]),
        wanted: [read.output],
      });
      execution.run();
      assert.deepEqual(read.output.shape, y.dims);
      const what = `${opType} ${opset}, ${JSON.stringify(attributes)}, ${scale}`;
      assertClose(execution.read(read.output), y.data as Float32Array, 1e-5, what);
      judged++;
    }
  }
  assert.equal(judged, 88);
});

Deno.test("resizing that cannot be is refused with a sentence", () => {
  const image = new Graph().source("x", [2, 3, 4, 5], "input");
  const refusals: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => interpolate(image, {}),
      /^interpolate\(\): size is undefined, expected a size or a scaleFactor, one of them/,
    ],
    [() => interpolate(image, { size: 2, scaleFactor: 2 }), /one of them/],
    [() => interpolate(image, { size: 2, mode: "linear" }), /mode is "linear", expected "nearest" or "bilinear"/],
    [() => interpolate(image, { size: [2, 3, 4] }), /size is \[2, 3, 4\], expected 2 numbers/],
    [() => new nn.Upsample({ scaleFactor: -1 }), /^Upsample: scaleFactor is -1/],
    [() => new nn.Upsample({ scaleFactor: 2, alignCorners: true }), /alignCorners is true, expected false in mode/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof ArgumentError || error instanceof ShapeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
