/** One form for all opsets, and shapes that are those which ONNX infers. */
import assert from "node:assert/strict";
import { DataType, dataTypeName } from "../../onnx/enums.ts";
import { openModel } from "../../onnx/open.ts";
import type { NodeProto, TensorProto } from "../../onnx/proto.ts";
import type { ReadNode } from "../../onnx/read/graph.ts";
import { readGraph } from "../../onnx/read/read_graph.ts";
import { float, read } from "./folding.ts";
import { FIXTURES } from "./lenet.ts";
import { type Attribute, node, wholes } from "./small.ts";

type Written = readonly [
  opset: number,
  attributes: Readonly<Record<string, Attribute>>,
  weights?: readonly TensorProto[],
];

/** What is read of the one operator in a file whose input `x` is [1, 3, 4]. */
function formOf(opType: string, [opset, attributes, weights = []]: Written, outputs = ["y"]): ReadNode {
  const inputs = ["x", ...weights.map(({ name = "" }) => name)];
  const graph = read([node(opType, inputs, outputs, attributes)], {
    shape: [1, 3, 4],
    opset,
    weights: weights.filter(({ name }) => name !== ""),
    graph: { output: [{ name: "y" }] },
  });
  assert.equal(graph.nodes.length, 1);
  assert.equal(graph.nodes[0].problem, null);
  return graph.nodes[0];
}

const list = (name: string, ...values: number[]) => wholes(name, values);
const FORMS: Readonly<Record<string, readonly [attributes: object, ways: readonly Written[], outputs?: string[]]>> = {
  Squeeze: [{ axes: [0] }, [[11, { axes: [-3] }], [13, {}, [list("a", 0)]], [11, {}], [21, {}]]],
  Unsqueeze: [{ axes: [0, 4] }, [[11, { axes: [4, 0] }], [13, {}, [list("a", 0, -1)]]]],
  ReduceMean: [{ axes: [1, 2], keepdims: 0 }, [
    [11, { axes: [-1, 1], keepdims: 0 }],
    [18, { keepdims: 0 }, [list("a", 2, 1)]],
    [18, { keepdims: 0, noop_with_empty_axes: 1 }, [list("a", -2, 2)]],
  ]],
  ReduceSum: [{ axes: [0, 1, 2], keepdims: 1 }, [[11, {}], [13, {}], [13, { keepdims: 1 }, [list("a")]]]],
  Split: [{ axis: 2, split: [2, 2] }, [
    [11, { axis: 2 }],
    [11, { axis: -1, split: [2, 2] }],
    [13, { axis: 2 }, [list("s", 2, 2)]],
    [18, { axis: -1, num_outputs: 2 }],
  ], ["y", "z"]],
  Clip: [{ min: { float: 0 }, max: { float: 6 } }, [
    [6, { min: { float: 0 }, max: { float: 6 } }],
    [11, {}, [float("a", [], [0]), float("b", [], [6])]],
  ]],
  Pad: [{ pads: [0, 0, 1, 0, 0, 2], value: { float: 3 } }, [
    [10, { pads: [0, 0, 1, 0, 0, 2], value: { float: 3 } }],
    [11, {}, [list("p", 0, 0, 1, 0, 0, 2), float("v", [], [3])]],
    [18, {}, [list("p", 1, 2), float("v", [], [3]), list("a", -1)]],
  ]],
  Slice: [{ starts: [1], ends: [3], axes: [2], steps: [1] }, [
    [9, { starts: [0, 1], ends: [9, 3], axes: [0, 2] }],
    [10, {}, [list("s", -3), list("e", -1), list("a", -1)]],
    [13, {}, [list("s", 0, 0, 1), list("e", 1, 3, 3)]],
  ]],
  Transpose: [{ perm: [2, 1, 0] }, [[11, {}], [13, { perm: [2, 1, 0] }]]],
  Softmax: [{ axis: 2 }, [[11, { axis: 2 }], [13, {}], [13, { axis: -1 }]]],
  TopK: [{ k: 2 }, [[9, { k: 2 }], [11, {}, [list("k", 2)]]], ["y", "i"]],
  Resize: [{ scales: { floats: [1, 1, 2] } }, [
    [10, {}, [float("s", [3], [1, 1, 2])]],
    [13, {}, [{ name: "" }, float("s", [3], [1, 1, 2])]],
  ]],
  ArgMax: [{ axis: 1, keepdims: 1 }, [[11, { axis: -2 }], [13, { axis: 1, keepdims: 1 }]]],
};

for (const [opType, [attributes, ways, outputs]] of Object.entries(FORMS)) {
  Deno.test(`${opType} is read in one form, however its opset writes it`, () => {
    const shapes = new Set<string>();
    for (const way of ways) {
      const found = formOf(opType, way, outputs);
      assert.deepEqual(found.attributes, attributes, `opset ${way[0]}`);
      assert.deepEqual(found.inputs.map((value) => value?.name), ["x"]);
      shapes.add(JSON.stringify(found.outputs.map(({ shape }) => shape)));
    }
    assert.equal(shapes.size, 1, [...shapes].join());
  });
}

Deno.test("a Softmax from before opset 13 over several axes is one over their product", () => {
  const softmax = [node("Softmax", ["x"], ["y"], { axis: 1 })];
  const { nodes, outputs } = read(softmax, { shape: [2, 3, 4], opset: 12, graph: { output: [{ name: "y" }] } });
  assert.deepEqual(nodes.map(({ opType, attributes }) => [opType, attributes]), [
    ["Flatten", { axis: 1 }],
    ["Softmax", { axis: 1 }],
    ["Reshape", { shape: [0, 3, 4] }],
  ]);
  assert.deepEqual(outputs[0].value.shape, [2, 3, 4]);
});

Deno.test("what a setting is computed of stays an input", () => {
  const nodes = [node("Cast", ["x"], ["c"], { to: DataType.INT64 }), node("Reshape", ["x", "c"], ["y"])];
  const reshape: ReadNode = read(nodes, { shape: [4], graph: { output: [{ name: "y" }] } }).nodes[1];
  assert.deepEqual(reshape.inputs.map((value) => value?.name), ["x", "c"]);
  assert.equal(reshape.outputs[0].shape, null);
});

Deno.test("a target is kept free of the batch where the batch is kept", () => {
  const target = (shape: readonly number[], ...to: number[]): NodeProto["attribute"] | object => {
    const { nodes: [first] } = read([node("Reshape", ["x", "t"], ["y"])], {
      shape,
      weights: [list("t", ...to)],
      graph: { output: [{ name: "y" }] },
    });
    return [first.opType, first.attributes, first.outputs[0].shape];
  };
  assert.deepEqual(target([2, 3, 4], 2, -1, 2), ["Reshape", { shape: [0, 6, 2] }, [2, 6, 2]]);
  assert.deepEqual(target([2, 3, 4], 6, 4), ["Reshape", { shape: [6, 4] }, [6, 4]]);
  assert.deepEqual(target([2, 3, 4], 0, -1), ["Flatten", { axis: 1 }, [2, 12]]);
});

const folder = new URL("onnx_node/", FIXTURES);
const isPresent = await Deno.stat(folder).then(() => true, () => false);
Deno.test({
  name: "ONNX's own cases have the shapes and types that are worked out for them" +
    (isPresent ? "" : " [needs --allow-read and the fixtures beside the repository]"),
  ignore: !isPresent,
  fn: () => {
    const known = new Set<string>();
    let compared = 0;
    for (const { name } of [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)) {
      // Operators of another domain.
      if (name === "test_adagrad") continue;
      const model = openModel(Deno.readFileSync(new URL(`${name}/model.onnx`, folder)), { name });
      const shapeOf = (info: NonNullable<typeof model.graph.input>[number]) =>
        (info.type?.tensorType?.shape?.dim ?? []).map(({ dimValue = 0 }) => Number(dimValue));
      const { outputs, nodes } = readGraph(model, { name, shapes: (inputs) => inputs.map(shapeOf) });
      const only = nodes.length === 1 ? nodes[0] : null;
      if (only !== null && only.problem !== null) {
        assert.match(name, /training_dropout/, `${name}: ${only.problem}`);
        continue;
      }
      for (const [index, { value }] of outputs.entries()) {
        const info = model.graph.output![index];
        if (value.shape === null) continue;
        assert.deepEqual(value.shape, shapeOf(info), name);
        assert.equal(value.type, dataTypeName(info.type?.tensorType?.elemType), name);
        compared++;
        known.add(only?.opType ?? "none");
      }
    }
    assert.ok(compared >= 100 && known.size >= 30, `${compared}: ${[...known].join()}`);
  },
});
