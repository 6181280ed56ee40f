import assert from "node:assert/strict";
import { ArgumentError, FormatError, ShapeError, type ZkgradError } from "../../core/base/errors.ts";
import type { OpDefinition } from "../../core/graph/op.ts";
import { exportGraph, graphToModel } from "../../onnx/export.ts";
import { importGraph, loadWeights } from "../../onnx/import.ts";
import { encodeModel, type GraphProto, type ModelProto, type NodeProto } from "../../onnx/proto.ts";
import { writeTensor } from "../../onnx/tensor.ts";
import { operations, SigmoidOp } from "../../ops/mod.ts";
import { lenet } from "./lenet.ts";

for (const batch of [1, "batch_size"] as const) {
  Deno.test(`importGraph() gives back the graph that was exported at batch ${batch}`, () => {
    const model = lenet(64);
    const back = importGraph(exportGraph({ ...model, batch }), operations, { batch: 64 });
    assert.deepEqual(
      back.graph.nodes.map((node) => [node.name, node.op.name, node.outputs[0].shape]),
      model.graph.nodes.map((node) => [node.name, node.op.name, node.outputs[0].shape]),
    );
    assert.equal(
      back.graph.toString().replaceAll("input_0", "input").replaceAll(/%\d+/g, "%"),
      model.graph.toString().replaceAll(/%\d+/g, "%"),
    );
    assert.deepEqual([back.input.name, back.input.shape, back.output.shape], ["input_0", [64, 1, 28, 28], [64, 10]]);
    assert.deepEqual(new Map([...back.weights].map(([name, { data }]) => [name, data])), model.parameters);
  });

  Deno.test(`exporting what was imported gives the same bytes at batch ${batch}`, () => {
    const bytes = exportGraph({ ...lenet(3), batch });
    const { graph, input, output, weights } = importGraph(bytes, operations);
    assert.equal(input.shape[0], 1);
    assert.deepEqual(exportGraph({ graph, input, output, weights: (name) => weights.get(name)!.data, batch }), bytes);
  });
}

Deno.test("loadWeights() reads the weights by name, in memory of their own", () => {
  const model = lenet(1);
  const bytes = exportGraph({ ...model, batch: 1 });
  const weights = loadWeights(bytes);
  bytes.fill(0);
  assert.deepEqual([...weights.keys()], [...model.parameters.keys()]);
  assert.deepEqual(weights.get("conv2.weight")?.shape, [16, 6, 5, 5]);
  for (const [name, { data }] of weights) assert.deepEqual(data, model.parameters.get(name));
});

Deno.test("loadWeights() leaves integers out and refuses a damaged tensor by name", () => {
  const initializer = [{ name: "axes", dims: [1], dataType: 7, int64Data: [1] }];
  assert.equal(loadWeights(encodeModel({ graph: { initializer } })).size, 0);
  const bad = { name: "fc.weight", dims: [3], dataType: 1, rawData: new Uint8Array(4) };
  assert.throws(() => loadWeights(encodeModel({ graph: { initializer: [bad] } }), "a.onnx"), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, /^a\.onnx: the tensor "fc\.weight" .* 4 bytes of raw_data, expected 12/);
    return true;
  });
  const twice = { name: "w", dims: [1], dataType: 1, floatData: [1] };
  assert.throws(() => loadWeights(encodeModel({ graph: { initializer: [twice, twice] } })), /two tensors "w"/);
});

/** A file around some nodes, from `input_0` of `[batch, 2, 4, 4]` to `output`. */
function file(node: readonly NodeProto[], more: GraphProto = {}, shape: readonly number[] = [1, 2, 4, 4]): ModelProto {
  const type = { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } };
  const anyType = { tensorType: { elemType: 1, shape: {} } };
  return {
    irVersion: 7,
    opsetImport: [{ version: 12 }],
    graph: {
      name: "g",
      node,
      input: [{ name: "input_0", type }],
      output: [{ name: "output", type: { tensorType: { elemType: 1, shape: { dim: [{}, {}] } } } }],
      ...more,
      ...more.output === undefined ? {} : { output: more.output.map(({ name = "" }) => ({ name, type: anyType })) },
    },
  };
}

const int64 = (values: readonly number[]) => ({ dims: [values.length], dataType: 7, int64Data: values });
const constant = (name: string, values: readonly number[]): NodeProto => ({
  opType: "Constant",
  output: [name],
  name: `/${name}`,
  attribute: [{ name: "value", t: int64(values), type: 4 }],
});

Deno.test("importGraph() reads LeNet in the words of PyTorch 1.13: Pad by zero, Reshape, Constant", () => {
  const model = graphToModel({ ...lenet(1), batch: 1 });
  const pad = [constant("zeros", [0, 0, 0, 0, 0, 0, 0, 0]), constant("target", [1, -1])];
  const node = model.graph!.node!.flatMap((node): NodeProto[] => {
    if (node.opType === "Flatten") {
      return [{ ...node, opType: "Reshape", input: [node.input![0], "target"], attribute: [] }];
    }
    if (node.name !== "/AveragePool") return [node];
    const mode = { name: "mode", s: new TextEncoder().encode("constant"), type: 3 };
    return [
      { opType: "Pad", input: [node.input![0], "zeros"], output: ["padded"], name: "/Pad", attribute: [mode] },
      { ...node, input: ["padded"] },
    ];
  });
  const bytes = encodeModel({ ...model, graph: { ...model.graph, node: [...pad, ...node] } });
  const back = importGraph(bytes, operations, { batch: 16 });
  assert.equal(
    back.graph.nodes.map((node) => node.op.name).join(" "),
    lenet(1).graph.nodes.map((node) => node.op.name).join(" "),
  );
  assert.deepEqual(back.output.shape, [16, 10]);
});

Deno.test("importGraph() drops Identity and Dropout and reads a constant as a parameter", () => {
  const scale = writeTensor("", [1, 2], new Float32Array([2, 3]));
  const mul: OpDefinition<null> = {
    name: "Mul",
    shapes: ([x]) => [x],
    onnx: { opType: "Mul", write: () => ({}), read: () => null },
  };
  const model = file(
    [
      { opType: "Constant", output: ["c"], attribute: [{ name: "value", t: scale, type: 4 }] },
      { opType: "Identity", input: ["c"], output: ["scale"] },
      { opType: "Dropout", input: ["input_0"], output: ["a"] },
      { opType: "Identity", input: ["a"], output: ["b"] },
      { opType: "Mul", input: ["b", "scale"], output: ["output"] },
    ],
    {},
    [1, 2],
  );
  const { graph, weights } = importGraph(model, [mul]);
  assert.equal(graph.nodes.length, 1);
  assert.deepEqual(weights.get("c"), { shape: [1, 2], data: new Float32Array([2, 3]) });
});

Deno.test("importGraph() tries every operation of an operator", () => {
  const never: OpDefinition<null> = {
    ...SigmoidOp,
    name: "Never",
    shapes: () => {
      throw new ShapeError("not this one");
    },
  };
  const model = file([{ opType: "Sigmoid", input: ["input_0"], output: ["output"], name: "/a/b/Sigmoid" }], {}, [1, 2]);
  const { graph } = importGraph(model, [never, SigmoidOp]);
  assert.deepEqual(graph.nodes.map((node) => node.name), ["a/b/Sigmoid"]);
  assert.throws(() => importGraph(model, [never]), /node "\/a\/b\/Sigmoid" \(Sigmoid\): not this one/);
});

Deno.test("importGraph() reads files of IR version 3, where the weights are inputs too", () => {
  const model = graphToModel({ ...lenet(1), batch: 1 });
  const weights = model.graph!.initializer!.map((tensor) => ({
    name: tensor.name!,
    type: { tensorType: { elemType: 1, shape: { dim: tensor.dims!.map((dimValue) => ({ dimValue })) } } },
  }));
  const input = [...model.graph!.input!, ...weights];
  const back = importGraph({ ...model, irVersion: 3, graph: { ...model.graph, input } }, operations);
  assert.deepEqual([back.input.name, back.weights.size], ["input_0", 10]);
});

const sig: NodeProto = { opType: "Sigmoid", input: ["input_0"], output: ["output"], name: "/Sigmoid" };
const refusals: readonly (readonly [string, ModelProto, new () => ZkgradError, RegExp])[] = [
  [
    "an operator without an operation",
    file([{ ...sig, opType: "Det", name: "/act/Det" }]),
    ArgumentError,
    /^m\.onnx: no operation stands for node "\/act\/Det" \(Det\): expected some of the \d+ operators that the operations/,
  ],
  [
    "an operator of another domain",
    { ...file([{ ...sig, domain: "com.me" }]), opsetImport: [{ version: 12 }, { domain: "com.me", version: 1 }] },
    ArgumentError,
    /no operation stands for node "\/Sigmoid" \(com\.me::Sigmoid\): expected/,
  ],
  [
    "shapes that do not fit",
    file([{ opType: "Conv", input: ["input_0", "w", "b"], output: ["output"], name: "/c/Conv" }], {
      initializer: [writeTensor("w", [1, 3, 1, 1], new Float32Array(3)), writeTensor("b", [1], new Float32Array(1))],
    }),
    ShapeError,
    /node "\/c\/Conv" \(Conv\): conv2d\(\) got x \[1, 2, 4, 4\] with 2 channels/,
  ],
  [
    "a missing input",
    file([{ opType: "Conv", input: ["input_0"], output: ["output"], name: "/c/Conv" }]),
    ArgumentError,
    /node "\/c\/Conv" \(Conv\): its input 1 is left out, expected a tensor; export the model again/,
  ],
  [
    "a kernel larger than its input",
    file([{ opType: "Conv", input: ["input_0", "w", "b"], output: ["output"], name: "/c/Conv" }], {
      initializer: [writeTensor("w", [1, 2, 5, 1], new Float32Array(10)), writeTensor("b", [1], new Float32Array(1))],
    }),
    ShapeError,
    /a kernel of 5 x 1 that is larger than x \[1, 2, 4, 4\]/,
  ],
  [
    "an input left out in the middle",
    file([{ opType: "Gemm", input: ["input_0", "", "input_0"], output: ["output"] }]),
    ArgumentError,
    /its input 1 is left out/,
  ],
  [
    "an attribute that the operation cannot express",
    file([{
      opType: "AveragePool",
      input: ["input_0"],
      output: ["output"],
      attribute: [{ name: "kernel_shape", ints: [2, 2], type: 7 }, { name: "strides", ints: [0, 1], type: 7 }],
    }]),
    ArgumentError,
    /node 0 \(AveragePool, output "output"\): its strides are/,
  ],
  [
    "automatic padding",
    file([{ ...sig, attribute: [{ name: "auto_pad", s: new TextEncoder().encode("SAME_UPPER"), type: 3 }] }]),
    ArgumentError,
    /the attribute auto_pad of type STRING "SAME_UPPER" is not supported/,
  ],
  [
    "a dropout in training mode",
    file([{ opType: "Dropout", input: ["input_0", "r", "t"], output: ["output"] }], {
      initializer: [
        { name: "r", dataType: 1, floatData: [0.5] },
        { name: "t", dataType: 9, int32Data: [1] },
      ],
    }),
    ArgumentError,
    /training_mode/,
  ],
  ["an old opset", { ...file([sig]), opsetImport: [{ version: 5 }] }, ArgumentError, /is of opset 5, expected 6 to 28/],
  [
    "an output that is the input",
    file([sig], { output: [{ name: "input_0" }] }),
    ArgumentError,
    /returns its input "input_0"/,
  ],
  [
    "an open dimension other than the first",
    file([sig], {}, [1, 0]),
    ArgumentError,
    /dimension 1 of the input "input_0" is "0"/,
  ],
  [
    "a declared shape that its node contradicts",
    file([{ ...sig, output: ["a"] }, { opType: "Flatten", input: ["a"], output: ["output"] }], {
      valueInfo: [{ name: "a", type: { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 3 }, {}, {}] } } } }],
    }),
    FormatError,
    /"a" is declared as \[\?, 3, \?, \?\], but its node makes \[1, 2, 4, 4\]/,
  ],
  ["a model that breaks the rules", { ...file([sig]), irVersion: 0 }, FormatError, /ir_version is missing/],
];
for (const [what, model, type, pattern] of refusals) {
  Deno.test(`importGraph() refuses ${what}`, () => {
    assert.throws(() => importGraph(model, operations, { name: "m.onnx" }), (error) => {
      assert.ok(error instanceof type, String(error));
      assert.match(error.message, /^m\.onnx/);
      assert.match(error.message, pattern);
      return true;
    });
  });
}

Deno.test("importGraph() refuses a batch that is no size", () => {
  for (const batch of [0, -1, 1.5, NaN]) {
    assert.throws(() => importGraph(file([sig]), operations, { batch }), ArgumentError);
  }
});

Deno.test("importGraph() reads another writer's convolution, sigmoid and pool", () => {
  const network = new URL("../hub/ezkl/made/conv_sigmoid_avgpool/network.onnx", import.meta.url);
  const bytes = Deno.readFileSync(network);
  const { graph } = importGraph(bytes, operations, { batch: 2 });
  assert.deepEqual(
    graph.nodes.map((node) => node.op.name),
    ["Conv2d", "Sigmoid", "AvgPool2d"],
  );
  assert.equal(graph.nodes.at(-1)?.outputs[0].shape[0], 2);
});
