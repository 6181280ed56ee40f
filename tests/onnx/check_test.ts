import assert from "node:assert/strict";
import { FormatError } from "../../core/base/errors.ts";
import { checkModel } from "../../onnx/check.ts";
import { graphToModel } from "../../onnx/export.ts";
import { decodeModel, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from "../../onnx/proto.ts";
import { onnxFixtures, smallLenet } from "./lenet.ts";

const good = graphToModel({ ...smallLenet(2), batch: 1 });

function withGraph(change: (graph: GraphProto) => GraphProto): ModelProto {
  return { ...good, graph: change(good.graph!) };
}

function withNode(index: number, change: (node: NodeProto) => NodeProto): ModelProto {
  return withGraph((graph) => ({ ...graph, node: graph.node!.map((node, i) => i === index ? change(node) : node) }));
}

function withWeight(change: (tensor: TensorProto) => TensorProto): ModelProto {
  return withGraph((graph) => ({ ...graph, initializer: graph.initializer!.map((w, i) => i === 0 ? change(w) : w) }));
}

function without<T extends object>(message: T, key: keyof T): T {
  const copy = { ...message };
  delete copy[key];
  return copy;
}

Deno.test("checkModel() accepts what exportGraph() writes", () => {
  checkModel(good);
});

Deno.test("checkModel() accepts an import that is repeated, as skl2onnx writes it and onnx.checker takes it", () => {
  checkModel({ ...good, opsetImport: [{ version: 12 }, { version: 12n }] });
});

const defects: readonly (readonly [string, ModelProto, RegExp])[] = [
  ["no ir_version", without(good, "irVersion"), /ir_version is missing/],
  ["no opset_import", without(good, "opsetImport"), /opset_import is missing/],
  ['the domain "ai.onnx"', { ...good, opsetImport: [{ domain: "ai.onnx", version: 12 }] }, /has to be written as ""/],
  [
    "a domain imported at two versions",
    { ...good, opsetImport: [{ version: 12 }, { version: 11 }] },
    /domain "" is imported twice, at 12 and at 11$/,
  ],
  ["an opset import without a version", { ...good, opsetImport: [{}] }, /has no version/],
  ["a metadata key twice", { ...good, metadataProps: [{ key: "a" }, { key: "a" }] }, /metadata key names are "a"/],
  ["no graph", without(good, "graph"), /graph is missing/],
  ["no graph name", withGraph((graph) => without(graph, "name")), /the graph has no name/],
  [
    "an input without a type",
    withGraph((g) => ({ ...g, input: [{ name: "input_0" }] })),
    /graph input "input_0" has no type/,
  ],
  [
    "an output without a shape",
    withGraph((g) => ({ ...g, output: [{ name: "output", type: { tensorType: { elemType: 1 } } }] })),
    /graph output "output" has no shape/,
  ],
  [
    "an output without an element type",
    withGraph((g) => ({ ...g, output: [{ name: "output", type: { tensorType: { shape: {} } } }] })),
    /graph output "output" has no element type/,
  ],
  ["an empty type", withGraph((g) => ({ ...g, output: [{ name: "output", type: {} }] })), /has an empty type/],
  [
    "a negative size",
    withGraph((g) => ({
      ...g,
      output: [{ name: "output", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: -2 }] } } } }],
    })),
    /dimension 0 of the graph output "output" has the size -2/,
  ],
  [
    "two inputs of one name",
    withGraph((g) => ({ ...g, input: [...g.input!, ...g.input!] })),
    /two graph inputs .* "input_0"/,
  ],
  [
    "an output that nothing makes",
    withGraph((g) => ({ ...g, output: [{ ...g.output![0], name: "x" }] })),
    /"x" is made by no node/,
  ],
  ["a value_info without a name", withGraph((g) => ({ ...g, valueInfo: [{}] })), /a value_info has no name/],
  [
    "two initializers of one name",
    withGraph((g) => ({ ...g, initializer: [...g.initializer!, g.initializer![0]] })),
    /initializer names are "conv1\.weight"/,
  ],
  ["an initializer without a name", withWeight((w) => without(w, "name")), /an initializer has no name/],
  ["an initializer without a type", withWeight((w) => without(w, "dataType")), /"conv1\.weight" has no data_type/],
  [
    "an initializer cut short",
    withWeight((w) => ({ ...w, rawData: w.rawData!.subarray(4) })),
    /"conv1\.weight" of shape \[2, 1, 5, 5\] has 196 bytes of raw_data, expected 200/,
  ],
  [
    "data in two fields",
    withWeight((w) => ({ ...w, floatData: [1] })),
    /"conv1\.weight" has data in more than one field/,
  ],
  [
    "data in a field of another type",
    withWeight((w) => ({ ...without(w, "rawData"), int64Data: [1] })),
    /"conv1\.weight" of type FLOAT has its data in int64Data/,
  ],
  [
    "typed data of the wrong length",
    withWeight((w) => ({ ...without(w, "rawData"), floatData: [1] })),
    /has 1 elements, expected 50/,
  ],
  ["no data", withWeight((w) => without(w, "rawData")), /has 0 elements, expected 50/],
  ["data for an empty tensor", withWeight((w) => ({ ...w, dims: [0] })), /200 bytes of raw_data, expected 0/],
  ["strings in raw_data", withWeight((w) => ({ ...w, dataType: 8 })), /keeps strings in raw_data/],
  ["an impossible shape", withWeight((w) => ({ ...w, dims: [-5] })), /"conv1\.weight" has the impossible shape \[-5\]/],
  ["data inside and outside the file", withWeight((w) => ({ ...w, dataLocation: 1 })), /both inside and outside/],
  [
    "weights outside the inputs at IR version 3",
    { ...good, irVersion: 3 },
    /"conv1\.weight" is not a graph input, which ir_version 3/,
  ],
  [
    "nodes out of order",
    withGraph((g) => ({ ...g, node: [...g.node!].reverse() })),
    /node "\/fc3\/Gemm" \(Gemm\) reads "\/Sigmoid_3_output_0", which nothing before it makes/,
  ],
  ["two nodes of one name", withNode(1, (n) => ({ ...n, name: "/conv1/Conv" })), /node names are "\/conv1\/Conv"/],
  [
    "a node without an operator",
    withNode(1, (n) => without(n, "opType")),
    /node "\/Sigmoid" \(no op_type\) names no operator/,
  ],
  [
    "a node without values",
    withGraph((g) => ({ ...g, node: [...g.node!, { opType: "NoOp", name: "n" }] })),
    /neither inputs nor outputs/,
  ],
  [
    "a domain that is not imported",
    withNode(1, (n) => ({ ...n, domain: "com.me" })),
    /"com\.me", which the model does not import/,
  ],
  [
    "a value made twice",
    withNode(1, (n) => ({ ...n, output: ["/conv1/Conv_output_0"] })),
    /makes "\/conv1\/Conv_output_0" a second time/,
  ],
  ["a node that makes the input", withNode(1, (n) => ({ ...n, output: ["input_0"] })), /makes "input_0" a second time/],
  [
    "an attribute without a name",
    withNode(1, (n) => ({ ...n, attribute: [{ i: 1, type: 2 }] })),
    /an attribute of node "\/Sigmoid" \(Sigmoid\) has no name/,
  ],
  [
    "an attribute without a type",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", i: 1 }] })),
    /the attribute "a" of node "\/Sigmoid" \(Sigmoid\) has the type undefined/,
  ],
  [
    "an attribute of an unknown type",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", type: 99 }] })),
    /has the type 99/,
  ],
  [
    "an attribute without a value",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", type: 2 }] })),
    /is of type INT without a value/,
  ],
  [
    "an attribute with two values",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", i: 1, f: 1, type: 2 }] })),
    /is of type INT, but has a value in "f"/,
  ],
  [
    "an attribute twice",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", i: 1, type: 2 }, { name: "a", i: 2, type: 2 }] })),
    /attribute of node .* names are "a"/,
  ],
  [
    "an attribute that refers to a function's",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "a", i: 1, type: 2, refAttrName: "b" }] })),
    /outside a function/,
  ],
  [
    "a damaged tensor in an attribute",
    withNode(1, (n) => ({ ...n, attribute: [{ name: "v", t: { dims: [2], dataType: 1, floatData: [1] }, type: 4 }] })),
    /the tensor in the attribute "v" .* has 1 elements, expected 2/,
  ],
  [
    "a damaged inner graph",
    withNode(
      1,
      (n) => ({
        ...n,
        attribute: [{ name: "body", g: { name: "b", node: [{ opType: "A", input: ["nowhere"] }] }, type: 5 }],
      }),
    ),
    /reads "nowhere"/,
  ],
  ["a function without a name", { ...good, functions: [{ node: [{}] }] }, /a function has no name/],
];
for (const [what, model, pattern] of defects) {
  Deno.test(`checkModel() refuses ${what}`, () => {
    assert.throws(() => checkModel(model, "m.onnx"), (error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, /^m\.onnx breaks (a rule|\d+ rules) of ONNX: /);
      assert.match(error.message, pattern);
      return true;
    });
  });
}

Deno.test("checkModel() lists every problem, and counts those beyond twenty", () => {
  assert.throws(() => checkModel({ graph: {} }, "m.onnx"), {
    message: "m.onnx breaks 3 rules of ONNX: ir_version is missing; opset_import is missing; the graph has no name",
  });
  const node = Array.from({ length: 100 }, (_, i) => ({ opType: "A", input: [`missing${i}`], output: [`o${i}`] }));
  assert.throws(
    () => checkModel(withGraph((graph) => ({ ...graph, node, output: [] }))),
    /breaks 100 rules .*; and 80 more$/,
  );
});

Deno.test("checkModel() lets an inner graph read the values around it", () => {
  const body = { name: "b", node: [{ opType: "Sigmoid", input: ["input_0"], output: ["y"] }], output: [{ name: "y" }] };
  checkModel(withNode(1, (node) => ({ ...node, attribute: [{ name: "body", g: body, type: 5 }] })));
});

const fixtures = onnxFixtures();
Deno.test({
  name: "checkModel() accepts other people's files" +
    (fixtures === null
      ? " (ignored: they are other people's and no part of the repository)"
      : ` (${fixtures.length} files)`),
  ignore: fixtures === null,
  fn() {
    const refused = fixtures!.flatMap((url) => {
      try {
        checkModel(decodeModel(Deno.readFileSync(url)), url.pathname.split("/").slice(-2).join("/"));
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
    assert.deepEqual(refused, []);
  },
});
