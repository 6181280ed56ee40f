/**
 * What is worked out while a file is read, beside what ONNX Runtime makes of the same file.
 * @module
 */
import assert from "node:assert/strict";
import { DataType, type DataTypeName } from "../../onnx/enums.ts";
import { openModel } from "../../onnx/open.ts";
import { encodeModel, type NodeProto, type TensorProto } from "../../onnx/proto.ts";
import type { ReadGraph } from "../../onnx/read/graph.ts";
import { readGraph } from "../../onnx/read/read_graph.ts";
import type { Tensor } from "../../onnx/tensor.ts";
import { runOrt } from "./judge.ts";
import { type Changes, small } from "./small.ts";

/** The shape of the input that the files have. */
export const SHAPE = [2, 3, 4];

/** Reads a file whose input has the shape of the file. */
export function read(nodes: readonly NodeProto[], changes: Changes): ReadGraph {
  const { shape = [1, 4] } = changes;
  return readGraph(openModel(encodeModel(small(nodes, changes)), { name: "m.onnx" }), {
    name: "m.onnx",
    shapes: () => [shape],
  });
}

/** A tensor of any type of numbers. */
export function numbers(
  name: string,
  type: DataTypeName,
  dims: readonly number[],
  values: readonly number[],
): TensorProto {
  const held = type === "DOUBLE"
    ? { doubleData: values }
    : type === "FLOAT"
    ? { floatData: values.map(Math.fround) }
    : type === "INT64"
    ? { int64Data: values }
    : { int32Data: values };
  return { name, dims, dataType: DataType[type], ...held };
}

/** The output of nodes that make `y` of constants, and of the shape of `x`, which is [2, 3, 4]. */
export async function both(
  nodes: readonly NodeProto[],
  weights: readonly TensorProto[],
  opset = 17,
): Promise<{ ours: Tensor; theirs: readonly number[] }> {
  const changes = { shape: SHAPE, opset, weights };
  const undeclared = { output: [{ name: "y" }] };
  const { value } = read(nodes, { ...changes, graph: undeclared }).outputs[0];
  assert.ok(value.constant !== null, "it is not worked out");
  const ours = value.constant.read();
  assert.deepEqual(value.shape, ours.shape);
  const type = {
    tensorType: { elemType: DataType[ours.dataType], shape: { dim: ours.shape.map((dimValue) => ({ dimValue })) } },
  };
  const bytes = encodeModel(small(nodes, { ...changes, graph: { output: [{ name: "y", type }] } }));
  return { ours, theirs: await runOrt(bytes, { shape: SHAPE, data: new Float32Array(24) }) };
}

/** Asserts that two sets of numbers are the same but for the last digits of a float. */
export function assertSame({ ours, theirs }: { ours: Tensor; theirs: readonly number[] }, what: string): void {
  const found = Array.from<number | bigint, number>(ours.data, Number);
  assert.equal(found.length, theirs.length, what);
  for (const [i, value] of theirs.entries()) {
    const near = Object.is(found[i], value) || Math.abs(found[i] - value) <= 1e-6 * Math.max(1, Math.abs(value));
    assert.ok(
      near || Number.isNaN(value) && Number.isNaN(found[i]),
      `${what}: [${i}] is ${found[i]}, expected ${value}`,
    );
  }
}

/** A list of whole numbers. */
export const whole = (name: string, values: readonly number[], type: DataTypeName = "INT64") =>
  numbers(name, type, [values.length], values);
/** A tensor of floats. */
export const float = (name: string, dims: readonly number[], values: readonly number[]) =>
  numbers(name, "FLOAT", dims, values);
