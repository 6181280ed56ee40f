/** The ways in which others write a fully connected layer: each is one for the engine, with the same numbers. */
import assert from "node:assert/strict";
import { importGraph } from "../../onnx/import.ts";
import { exportOnnx, OnnxModule } from "../../onnx/model.ts";
import { encodeModel, type NodeProto, type TensorProto } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { Devices } from "../ops/harness.ts";
import { runOrt } from "./judge.ts";
import { assertNear, numbers } from "./outcome.ts";
import { predict } from "./predict.ts";
import { node, small, weight } from "./small.ts";

const shape = [5, 4];
const file = (nodes: readonly NodeProto[], weights: readonly TensorProto[]) =>
  encodeModel(small(nodes, { shape, weights: [weight("w", [4, 3]), weight("v", [3, 4]), ...weights] }));

const FORMS: Readonly<Record<string, Uint8Array>> = {
  "a Gemm without transB": file([node("Gemm", ["x", "w"], ["y"])], []),
  "a Gemm with factors": file([
    node("Gemm", ["x", "v", "b"], ["y"], { transB: 1, alpha: { float: 0.5 }, beta: { float: -2 } }),
  ], [weight("b", [3])]),
  "a Gemm without transB, with factors": file([
    node("Gemm", ["x", "w", "b"], ["y"], { alpha: { float: 0.25 }, beta: { float: 3 } }),
  ], [weight("b", [1, 3])]),
  "a Gemm whose bias counts for nothing": file([
    node("Gemm", ["x", "v", "b"], ["y"], { transB: 1, beta: { float: 0 } }),
  ], [weight("b", [3])]),
  "a bias of one number": file([node("Gemm", ["x", "v", "b"], ["y"], { transB: 1 })], [weight("b", [])]),
  "a bias of one number in brackets": file([node("Gemm", ["x", "v", "b"], ["y"], { transB: 1 })], [weight("b", [1])]),
  "a MatMul": file([node("MatMul", ["x", "w"], ["y"])], []),
  "a MatMul and an Add": file([node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])], [weight("b", [3])]),
  "an Add with the bias in front": file(
    [node("MatMul", ["x", "w"], ["m"]), node("Add", ["b", "m"], ["y"])],
    [weight("b", [1, 3])],
  ),
  "a MatMul whose result passes through an Identity": file(
    [node("MatMul", ["x", "w"], ["m"]), node("Identity", ["m"], ["i"]), node("Add", ["i", "b"], ["y"])],
    [weight("b", [3])],
  ),
};

for (const [what, bytes] of Object.entries(FORMS)) {
  Deno.test(`${what} is a fully connected layer`, async () => {
    using devices = await Devices.request();
    const data = numbers(shape);
    const expected = await runOrt(bytes, { shape, data });
    const { graph } = importGraph(bytes, operations);
    assert.deepEqual(graph.nodes.map(({ op }) => op.name), ["Linear"]);
    assertNear(await predict(devices.cpu, bytes, data), expected, "engine");
    const again = exportOnnx(new OnnxModule(bytes), [4], { batch: "batch_size" });
    assertNear(await runOrt(again, { shape, data }), expected, "exported again");
  });
}

const OTHERS: Readonly<Record<string, readonly [bytes: Uint8Array, operations: readonly string[]]>> = {
  "a bias for each sample": [
    file([node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])], [weight("b", [5, 3])]),
    ["Linear", "Add"],
  ],
  "a product that is read twice": [
    file([node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["a"]), node("Mul", ["a", "m"], ["y"])], [
      weight("b", [3]),
    ]),
    ["Linear", "Add", "Mul"],
  ],
  "a factor and a matrix that are added": [
    file([node("Gemm", ["x", "w", "b"], ["y"], { alpha: { float: 0.5 }, beta: { float: -2 } })], [
      weight("b", [5, 3]),
    ]),
    ["MatMul", "Mul", "Mul", "Add"],
  ],
  "a Gemm of two computed matrices": [
    file([node("Gemm", ["x", "x"], ["m"], { transB: 1, alpha: { float: 2 } }), node("Gemm", ["m", "c", "x"], ["y"])], [
      weight("c", [5, 4]),
    ]),
    ["MatMul", "Mul", "MatMul", "Add"],
  ],
  "a Gemm whose first matrix is turned": [
    file([node("Gemm", ["x", "x"], ["m"], { transA: 1 }), node("MatMul", ["x", "m"], ["y"])], []),
    ["MatMul", "MatMul"],
  ],
};
for (const [what, [bytes, made]] of Object.entries(OTHERS)) {
  Deno.test(`${what} is read as what it is`, async () => {
    using devices = await Devices.request();
    const data = numbers(shape);
    const { graph } = importGraph(bytes, operations);
    assert.deepEqual(graph.nodes.map(({ op }) => op.name), made);
    assertNear(await predict(devices.cpu, bytes, data), await runOrt(bytes, { shape, data }), "engine");
  });
}
