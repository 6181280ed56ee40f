import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { Graph } from "../../core/graph/graph.ts";
import type { OpDefinition } from "../../core/graph/op.ts";
import { exportGraph, graphToModel } from "../../onnx/export.ts";
import type { ModelProto, ValueInfoProto } from "../../onnx/proto.ts";
import { decodeModel } from "../../onnx/proto.ts";
import { readFloats } from "../../onnx/tensor.ts";
import { FlattenOp, LinearOp, SigmoidOp } from "../../ops/mod.ts";
import { lenet } from "./lenet.ts";

function shapes(values: readonly ValueInfoProto[] = []): Record<string, unknown> {
  return Object.fromEntries(values.map((value) => {
    const dims = value.type?.tensorType?.shape?.dim ?? [];
    return [value.name, dims.map((dim) => dim.dimValue ?? dim.dimParam)];
  }));
}

function nodes(model: ModelProto): string[] {
  return (model.graph?.node ?? []).map((node) =>
    `${node.name}: ${node.output} = ${node.opType}(${node.input?.join(", ")})`
  );
}

Deno.test("exportGraph() writes LeNet as PyTorch would, with one operator a node", () => {
  const model = decodeModel(exportGraph({ ...lenet(256), batch: 1 }));
  assert.deepEqual(nodes(model), [
    "/conv1/Conv: /conv1/Conv_output_0 = Conv(input_0, conv1.weight, conv1.bias)",
    "/Sigmoid: /Sigmoid_output_0 = Sigmoid(/conv1/Conv_output_0)",
    "/AveragePool: /AveragePool_output_0 = AveragePool(/Sigmoid_output_0)",
    "/conv2/Conv: /conv2/Conv_output_0 = Conv(/AveragePool_output_0, conv2.weight, conv2.bias)",
    "/Sigmoid_1: /Sigmoid_1_output_0 = Sigmoid(/conv2/Conv_output_0)",
    "/AveragePool_1: /AveragePool_1_output_0 = AveragePool(/Sigmoid_1_output_0)",
    "/Flatten: /Flatten_output_0 = Flatten(/AveragePool_1_output_0)",
    "/fc1/Gemm: /fc1/Gemm_output_0 = Gemm(/Flatten_output_0, fc1.weight, fc1.bias)",
    "/Sigmoid_2: /Sigmoid_2_output_0 = Sigmoid(/fc1/Gemm_output_0)",
    "/fc2/Gemm: /fc2/Gemm_output_0 = Gemm(/Sigmoid_2_output_0, fc2.weight, fc2.bias)",
    "/Sigmoid_3: /Sigmoid_3_output_0 = Sigmoid(/fc2/Gemm_output_0)",
    "/fc3/Gemm: output = Gemm(/Sigmoid_3_output_0, fc3.weight, fc3.bias)",
  ]);
  assert.deepEqual([model.irVersion, model.producerName, model.opsetImport, model.graph?.name], [
    7,
    "zkgrad",
    [{ version: 12 }],
    "main_graph",
  ]);
});

Deno.test("exportGraph() writes every attribute with its type, sorted by name", () => {
  const model = decodeModel(exportGraph({ ...lenet(2), batch: 1 }));
  const attributes = (name: string) => model.graph?.node?.find((node) => node.name === name)?.attribute;
  assert.deepEqual(attributes("/conv1/Conv"), [
    { name: "dilations", ints: [1, 1], type: 7 },
    { name: "group", i: 1, type: 2 },
    { name: "kernel_shape", ints: [5, 5], type: 7 },
    { name: "pads", ints: [0, 0, 0, 0], type: 7 },
    { name: "strides", ints: [1, 1], type: 7 },
  ]);
  assert.deepEqual(attributes("/fc1/Gemm"), [
    { name: "alpha", f: 1, type: 1 },
    { name: "beta", f: 1, type: 1 },
    { name: "transA", i: 0, type: 2 },
    { name: "transB", i: 1, type: 2 },
  ]);
  assert.equal(attributes("/Sigmoid"), undefined);
});

for (const [batch, first] of [[1, 1], ["batch_size", "batch_size"]] as const) {
  Deno.test(`exportGraph() gives every value a shape with ${first} in front, whatever the graph was traced at`, () => {
    const { graph } = decodeModel(exportGraph({ ...lenet(37), batch }));
    assert.deepEqual(shapes(graph?.input), { input_0: [first, 1, 28, 28] });
    assert.deepEqual(shapes(graph?.output), { output: [first, 10] });
    assert.deepEqual(shapes(graph?.valueInfo), {
      "/conv1/Conv_output_0": [first, 6, 24, 24],
      "/Sigmoid_output_0": [first, 6, 24, 24],
      "/AveragePool_output_0": [first, 6, 12, 12],
      "/conv2/Conv_output_0": [first, 16, 8, 8],
      "/Sigmoid_1_output_0": [first, 16, 8, 8],
      "/AveragePool_1_output_0": [first, 16, 4, 4],
      "/Flatten_output_0": [first, 256],
      "/fc1/Gemm_output_0": [first, 120],
      "/Sigmoid_2_output_0": [first, 120],
      "/fc2/Gemm_output_0": [first, 84],
      "/Sigmoid_3_output_0": [first, 84],
    });
  });
}

Deno.test("exportGraph() writes the weights in the order of the parameters, bit by bit", () => {
  const model = lenet(1);
  const { graph } = decodeModel(exportGraph({ ...model, batch: 1 }));
  assert.deepEqual(graph?.initializer?.map((tensor) => tensor.name), [...model.parameters.keys()]);
  for (const tensor of graph!.initializer!) {
    assert.deepEqual(readFloats(tensor).data, model.parameters.get(tensor.name!));
    assert.equal(tensor.floatData, undefined);
  }
});

Deno.test("exportGraph() gives the same bytes twice and whatever the batch of the trace", () => {
  assert.deepEqual(exportGraph({ ...lenet(8), batch: 1 }), exportGraph({ ...lenet(64), batch: 1 }));
});

Deno.test("exportGraph() leaves out what the output does not need", () => {
  const model = lenet(2);
  model.graph.apply(SigmoidOp, [model.output], null);
  const unused = model.graph.source("unused", [3], "parameter");
  model.graph.apply(SigmoidOp, [unused], null);
  assert.deepEqual(exportGraph({ ...model, batch: 1 }), exportGraph({ ...lenet(2), batch: 1 }));
});

Deno.test("exportGraph() takes names of its own for graph and producer", () => {
  const model = graphToModel({ ...lenet(1), batch: 1, graphName: "g", producerName: "p", producerVersion: "1" });
  assert.deepEqual([model.graph?.name, model.producerName, model.producerVersion], ["g", "p", "1"]);
});

/** Two outputs, of which the second can be left unread. */
const split: OpDefinition<null> = {
  name: "Split",
  shapes: ([x]) => [[x[0], x[1] / 2], [x[0], x[1] / 2]],
  onnx: { opType: "Split", write: () => ({ axis: 1 }), read: () => null },
};

Deno.test("exportGraph() keeps names unique and names outputs that are read alone", () => {
  const graph = new Graph();
  const input = graph.source("x", [2, 8], "input");
  const taken = graph.source("/Split_output_0", [2, 4], "parameter");
  const [a] = graph.apply(split, [input], null);
  const [, b] = graph.within("a", () => graph.apply(split, [input], null));
  const add: OpDefinition<null> = {
    name: "Sum",
    shapes: ([x]) => [x],
    onnx: { opType: "Sum", write: () => ({}), read: () => null },
  };
  const [output] = graph.apply(add, [a, b, taken], null);
  const model = graphToModel({ graph, input, output, weights: () => new Float32Array(8), batch: 1 });
  assert.deepEqual(nodes(model), [
    "/Split: /Split_output_0_1 = Split(input_0)",
    "/a/Split: ,/a/Split_output_1 = Split(input_0)",
    "/Sum: output = Sum(/Split_output_0_1, /a/Split_output_1, /Split_output_0)",
  ]);
});

function refuses(name: string, build: () => Parameters<typeof exportGraph>[0], pattern: RegExp): void {
  Deno.test(`exportGraph() refuses ${name}`, () => {
    assert.throws(() => exportGraph(build()), (error) => {
      assert.ok(error instanceof ArgumentError, String(error));
      assert.match(error.message, pattern);
      return true;
    });
  });
}

const bare: OpDefinition<null> = { name: "Argmax", shapes: ([x]) => [x] };
refuses("an operation without a counterpart in ONNX", () => {
  const model = lenet(2);
  const [output] = model.graph.within("head", () => model.graph.apply(bare, [model.output], null));
  return { ...model, output, batch: 1 };
}, /cannot export head\/Argmax: the operation Argmax has no counterpart in ONNX/);

refuses("a target among the inputs", () => {
  const model = lenet(2);
  const target = model.graph.source("labels", [2], "target", "u32");
  const [output] = model.graph.apply(SigmoidOp, [target], null);
  return { ...model, output, batch: 1 };
}, /reads the target "labels" \(u32\)/);

refuses("a value whose first dimension is not the batch", () => {
  const graph = new Graph();
  const input = graph.source("x", [4, 3], "input");
  const transpose: OpDefinition<null> = { ...FlattenOp, name: "Transpose", shapes: ([x]) => [[x[1], x[0]]] };
  const [output] = graph.apply(transpose, [input], null);
  return { graph, input, output, weights: () => new Float32Array(), batch: 1 };
}, /cannot export Transpose: it has shape \[3, 4\] of f32, expected f32 with the batch of 4/);

refuses(
  "weights of the wrong length",
  () => ({ ...lenet(1), weights: () => new Float32Array(3), batch: 1 }),
  /conv1\.weight of shape \[6, 1, 5, 5\] was given 3/,
);

refuses("an output that no node makes", () => {
  const model = lenet(1);
  return { ...model, output: model.input, batch: 1 };
}, /the output "input" is made by no node/);

refuses("an output that does not depend on the input", () => {
  const graph = new Graph();
  const input = graph.source("x", [1, 3], "input");
  const [output] = graph.apply(SigmoidOp, [graph.source("w", [1, 3], "parameter")], null);
  return { graph, input, output, weights: () => new Float32Array(3), batch: 1 };
}, /does not depend on the input/);

refuses("two parameters of one name", () => {
  const graph = new Graph();
  const input = graph.source("x", [1, 3], "input");
  const [output] = graph.apply(LinearOp, [
    input,
    graph.source("w", [2, 3], "parameter"),
    graph.source("w", [2], "parameter"),
  ], null);
  return { graph, input, output, weights: () => new Float32Array(6), batch: 1 };
}, /two values under the name "w"/);

refuses("an attribute that is not an integer", () => {
  const model = lenet(1);
  const odd: OpDefinition<null> = { ...SigmoidOp, onnx: { ...SigmoidOp.onnx!, write: () => ({ alpha: 0.5 }) } };
  return { ...model, output: model.graph.apply(odd, [model.output], null)[0], batch: 1 };
}, /its attribute alpha is 0.5, expected an integer/);
