import assert from "node:assert/strict";
import oracle from "npm:onnx-proto@8.0.1";
import { exportGraph } from "../../onnx/export.ts";
import { decodeModel, encodeModel } from "../../onnx/proto.ts";
import { lenet, onnxFixtures, smallLenet } from "./lenet.ts";

/** What npm:onnx-proto reads, as a plain object. */
function oracleDecode(bytes: Uint8Array): unknown {
  const message = oracle.onnx.ModelProto.decode(bytes);
  return plain(oracle.onnx.ModelProto.toObject(message, { oneofs: false }));
}

/** Numbers for Long objects and plain arrays for byte strings. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "bigint") return value;
  if (typeof value !== "object" || value === null) return value;
  if ("low" in value && "high" in value) {
    const exact = BigInt(String(value));
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Without what onnx-proto's older schema does not know. */
function known(value: unknown): unknown {
  const newer = ["functions", "metadataProps", "optionalType", "overload", "refAttrName", "valueInfo"];
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !newer.includes(key)).map(([key, item]) => [key, known(item)]),
  );
}

for (const batch of [1, "batch_size"] as const) {
  Deno.test(`onnx-proto reads the exported LeNet at batch ${batch} as the same message`, () => {
    const bytes = exportGraph({ ...lenet(64), batch });
    assert.deepEqual(plain(decodeModel(bytes)), oracleDecode(bytes));
  });
}

Deno.test("encodeModel() writes each attribute type so that onnx-proto reads it", () => {
  const tensor = { dims: [2], dataType: 1, name: "t", floatData: [0.5, -1] };
  const graph = { name: "g", node: [{ opType: "Identity", input: ["a"], output: ["b"] }] };
  const attribute = [
    { name: "f", f: 0.25, type: 1 },
    { name: "i", i: -5, type: 2 },
    { name: "s", s: new TextEncoder().encode("text"), type: 3 },
    { name: "t", t: tensor, type: 4 },
    { name: "g", g: graph, type: 5 },
    { name: "floats", floats: [1, 2, Infinity, NaN], type: 6 },
    { name: "ints", ints: [0, -1, 2 ** 40, 2n ** 62n], type: 7 },
    { name: "strings", strings: [new Uint8Array(0), new Uint8Array([1])], type: 8 },
    {
      name: "tensors",
      tensors: [tensor, { ...tensor, int64Data: [-1], uint64Data: [1], doubleData: [1e300] }],
      type: 9,
    },
    { name: "graphs", graphs: [graph, {}], type: 10 },
    { name: "sparse", sparseTensor: { values: tensor, indices: tensor, dims: [4] }, type: 11 },
  ];
  const model = { graph: { node: [{ attribute }] }, metadataProps: [{ key: "k", value: "" }] };
  const bytes = encodeModel(model);
  assert.deepEqual(oracleDecode(bytes), plain(model));
  assert.deepEqual(plain(decodeModel(bytes)), plain(model));
});

Deno.test("decodeModel() reads what onnx-proto writes, packed or not", () => {
  const ours = decodeModel(exportGraph({ ...smallLenet(4), batch: 1 }));
  const theirs = oracle.onnx.ModelProto.encode(oracle.onnx.ModelProto.fromObject(ours)).finish();
  assert.deepEqual(plain(decodeModel(theirs)), plain(ours));
});

const fixtures = onnxFixtures();
Deno.test({
  name: "other people's files decode and encode to the same message" +
    (fixtures === null
      ? " (ignored: they are other people's and no part of the repository)"
      : ` (${fixtures.length} files)`),
  ignore: fixtures === null,
  fn() {
    let sameBytes = 0;
    for (const url of fixtures!) {
      const bytes = Deno.readFileSync(url);
      const model = decodeModel(bytes, url.pathname);
      const again = encodeModel(model);
      const expected = oracleDecode(bytes);
      assert.deepEqual(oracleDecode(again), expected, url.pathname);
      assert.deepEqual(known(plain(model)), known(expected), url.pathname);
      assert.deepEqual(plain(decodeModel(again)), plain(model), url.pathname);
      if (again.length === bytes.length && again.every((byte, i) => byte === bytes[i])) sameBytes++;
    }
    assert.ok(fixtures!.length > 100);
    assert.equal(sameBytes, fixtures!.length);
  },
});
