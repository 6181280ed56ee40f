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

const OTHERS: Readonly<Record<string, Uint8Array>> = {
  "a bias for each sample": file([node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])], [
    weight("b", [5, 3]),
  ]),
  "a product that is read twice": file([
    node("MatMul", ["x", "w"], ["m"]),
    node("Add", ["m", "b"], ["a"]),
    node("Mul", ["a", "m"], ["y"]),
  ], [weight("b", [3])]),
};
for (const [what, bytes] of Object.entries(OTHERS)) {
  Deno.test(`${what} is no bias of a fully connected layer, and added behind it`, () => {
    const [first, ...others] = importGraph(bytes, operations).graph.nodes;
    assert.equal(first.op.name, "Linear");
    assert.equal(first.inputs.length, 2);
    assert.equal(others[0].op.name, "Add");
  });
}
