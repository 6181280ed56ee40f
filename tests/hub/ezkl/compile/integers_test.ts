/** Integers wrap in ONNX and never in a circuit: what may wrap is refused, the rest is what ONNX Runtime computes. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { DataType, type DataTypeName } from "../../../../onnx/enums.ts";
import { type Model, node, onnx } from "./models.ts";

const OPS = ["Add", "Sub", "Mul", "MatMul", "Gemm"] as const;

/** Operands whose result passes the end of the type, by what makes it pass. */
const TYPES: Record<string, [ort: ort.Tensor.Type, array: (values: number[]) => ort.Tensor["data"], size: number]> = {
  INT8: ["int8", (v) => Int8Array.from(v), 100],
  UINT8: ["uint8", (v) => Uint8Array.from(v), 200],
  INT16: ["int16", (v) => Int16Array.from(v), 30_000],
  UINT16: ["uint16", (v) => Uint16Array.from(v), 60_000],
  INT32: ["int32", (v) => Int32Array.from(v), 2 ** 31 - 9],
  UINT32: ["uint32", (v) => Uint32Array.from(v), 2 ** 32 - 9],
  UINT64: ["uint64", (v) => BigUint64Array.from(v, BigInt), 3],
};

function model(op: string, type: number): Model {
  const square = { x: [2, 2], z: [2, 2] };
  return { nodes: [node(op, ["x", "z"], "y")], inputs: square, outputs: { y: [2, 2] }, opset: 14, type };
}

async function onnxRuntime(bytes: Uint8Array, feeds: Record<string, ort.Tensor>): Promise<bigint[] | null> {
  let session;
  try {
    session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  } catch {
    return null; // not every type has a kernel
  }
  const { y } = await session.run(feeds);
  await session.release();
  return Array.from(y.data as Int32Array, BigInt);
}

Deno.test("integers that ONNX lets wrap are refused by every operator that could make them", async () => {
  let wrapped = 0;
  for (const [name, [type, array, size]] of Object.entries(TYPES)) {
    for (const op of OPS) {
      const bytes = onnx(model(op, DataType[name as DataTypeName]));
      const message = new RegExp(
        `\\(${op}\\): its operands are ${name}, whose results wrap in ONNX .* expected floats or INT64`,
      );
      assert.throws(() => compileCircuit(bytes, genSettings(bytes)), message, `${op} of ${name}`);
      const [left, right] = op !== "Sub" ? [size, size] : name.startsWith("U") ? [3, 5] : [size, -size];
      const [x, z] = [left, right].map((value) => new ort.Tensor(type, array(Array(4).fill(value)) as never, [2, 2]));
      const found = await onnxRuntime(bytes, { x, z });
      const [a, b] = [BigInt(left), BigInt(right)];
      const exact = { Add: a + b, Sub: a - b, Mul: a * b, MatMul: 2n * a * b, Gemm: 2n * a * b }[op];
      if (found && name !== "UINT64") assert.notEqual(found[0], exact, `ONNX Runtime wraps ${op} of ${name}`);
      wrapped += found ? 1 : 0;
    }
  }
  assert.ok(wrapped >= 8, `ONNX Runtime computed ${wrapped} of them`);
});

Deno.test("integers of 64 bits are what ONNX Runtime computes", async () => {
  for (const op of OPS) {
    const bytes = onnx(model(op, DataType.INT64));
    const { model: circuit, settings } = decodeCircuit(compileCircuit(bytes, genSettings(bytes)));
    const values = { x: [3, -7, 100, 90_000], z: [5, 250, -128, 90_000] };
    const { outputs } = new Simulator(circuit, settings).run(Object.values(values).map((v) => Float64Array.from(v)), 1);
    const [x, z] = Object.values(values).map((v) => new ort.Tensor("int64", BigInt64Array.from(v, BigInt), [2, 2]));
    // It has no Gemm of integers, which is their MatMul.
    const known = op === "Gemm" ? onnx(model("MatMul", DataType.INT64)) : bytes;
    assert.deepEqual(Array.from(outputs[0], BigInt), await onnxRuntime(known, { x, z }), op);
  }
});

Deno.test("what only moves integers takes every type", () => {
  for (const name of Object.keys(TYPES) as DataTypeName[]) {
    const bytes = onnx({
      nodes: [node("Flatten", ["x"], "a"), node("Identity", ["a"], "y")],
      inputs: { x: [2, 2, 2] },
      outputs: { y: [2, 4] },
      type: DataType[name],
    });
    compileCircuit(bytes, genSettings(bytes));
  }
});
