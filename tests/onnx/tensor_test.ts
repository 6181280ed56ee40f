import assert from "node:assert/strict";
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { DataType } from "../../onnx/enums.ts";
import { decodeTensor, encodeTensor, type TensorProto } from "../../onnx/proto.ts";
import { readFloats, readTensor, writeTensor } from "../../onnx/tensor.ts";
import { FIXTURES } from "./lenet.ts";

Deno.test("writeTensor() and readTensor() are inverse for floats, bit by bit", () => {
  const data = new Float32Array([0, -0, 1.5, -3.25e-39, 3.4028235e38, Infinity, NaN]);
  const { shape, dataType, data: read } = readTensor(decodeTensor(encodeTensor(writeTensor("w", [7], data))));
  assert.deepEqual([shape, dataType], [[7], "FLOAT"]);
  assert.deepEqual(read, data);
});

Deno.test("writeTensor() copies a view of a larger array", () => {
  const whole = new Float32Array([1, 2, 3, 4]);
  const tensor = writeTensor("w", [2], whole.subarray(1, 3));
  whole.fill(9);
  assert.deepEqual(readTensor(tensor).data, new Float32Array([2, 3]));
});

Deno.test("readTensor() reads raw_data that is not aligned", () => {
  for (let shift = 0; shift < 8; shift++) {
    const file = new Uint8Array(shift + 16);
    file.set(new Uint8Array(new Float64Array([0.1, -7]).buffer), shift);
    const tensor = readTensor({ dims: [2], dataType: DataType.DOUBLE, rawData: file.subarray(shift) });
    assert.deepEqual(tensor.data, new Float64Array([0.1, -7]));
  }
});

const typed: readonly (readonly [TensorProto, ArrayLike<number | bigint>])[] = [
  [{ dataType: DataType.FLOAT, floatData: [0.5, -1] }, new Float32Array([0.5, -1])],
  [{ dataType: DataType.DOUBLE, doubleData: [0.1, -1] }, new Float64Array([0.1, -1])],
  [{ dataType: DataType.INT8, int32Data: [127, -128] }, new Int8Array([127, -128])],
  [{ dataType: DataType.INT16, int32Data: [1, -2] }, new Int16Array([1, -2])],
  [{ dataType: DataType.INT32, int32Data: [1, -2] }, new Int32Array([1, -2])],
  [{ dataType: DataType.INT64, int64Data: [-1, 2n ** 62n] }, new BigInt64Array([-1n, 2n ** 62n])],
  [{ dataType: DataType.UINT8, int32Data: [1, 255] }, new Uint8Array([1, 255])],
  [{ dataType: DataType.UINT16, int32Data: [1, 65535] }, new Uint16Array([1, 65535])],
  [{ dataType: DataType.UINT32, uint64Data: [1, 2 ** 32 - 1] }, new Uint32Array([1, 2 ** 32 - 1])],
  [{ dataType: DataType.UINT64, uint64Data: [1, 2n ** 64n - 1n] }, new BigUint64Array([1n, 2n ** 64n - 1n])],
  [{ dataType: DataType.BOOL, int32Data: [0, 1] }, new Uint8Array([0, 1])],
  [{ dataType: DataType.FLOAT16, int32Data: [0x3c00, 0xc100] }, new Float32Array([1, -2.5])],
  [{ dataType: DataType.BFLOAT16, int32Data: [0x3f80, 0xc020] }, new Float32Array([1, -2.5])],
];
for (const [proto, expected] of typed) {
  Deno.test(`readTensor() reads the typed data of type ${proto.dataType}`, () => {
    assert.deepEqual(readTensor({ ...proto, dims: [1, 2] }).data, expected);
  });
}

Deno.test("readTensor() widens every FLOAT16 as the platform does", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const proto = { dims: [65536], dataType: DataType.FLOAT16, rawData: new Uint8Array(bits.buffer) };
  const expected = new Float16Array(bits.buffer);
  for (const [i, value] of readFloats(proto).data.entries()) assert.ok(Object.is(value, expected[i]), `bits ${i}`);
});

Deno.test("readTensor() reads scalars and tensors without elements", () => {
  assert.deepEqual(readTensor({ dataType: 1, floatData: [3] }), {
    shape: [],
    dataType: "FLOAT",
    data: new Float32Array([3]),
  });
  assert.deepEqual(readTensor({ dims: [0, 5], dataType: 7 }).data, new BigInt64Array(0));
});

const refused: readonly (readonly [string, TensorProto, RegExp])[] = [
  ["too few bytes", { dims: [2], dataType: 1, name: "w", rawData: new Uint8Array(7) }, /"w" .* 7 bytes .* expected 8/],
  ["too many elements", { dims: [2], dataType: 1, name: "w", floatData: [1, 2, 3] }, /"w" .* 3 elements, expected 2/],
  [
    "data of another type",
    { dims: [1], dataType: 1, name: "w", int32Data: [1] },
    /"w" .* int32Data, expected floatData/,
  ],
  ["a negative size", { dims: [-1], dataType: 1, name: "w" }, /"w" has the impossible shape \[-1\]/],
  ["a size beyond 2^53", { dims: [2n ** 60n], dataType: 1, name: "w" }, /impossible shape/],
  ["a zero that hides an overflow", { dims: [2 ** 40, 2 ** 40, 0], dataType: 1, name: "w" }, /impossible shape/],
  [
    "a huge shape without data",
    { dims: [2 ** 26, 2 ** 26], dataType: 1, name: "w" },
    /0 elements, expected 4503599627370496/,
  ],
  ["strings", { dims: [1], dataType: 8, name: "w", stringData: [new Uint8Array(1)] }, /element type STRING/],
  ["an unknown type", { dims: [1], dataType: 99, name: "w" }, /element type 99/],
  ["no type", { dims: [1], name: "w" }, /element type undefined/],
  ["external data", { dims: [1], dataType: 1, name: "w", dataLocation: 1 }, /"w" keeps its data in a second file, "";/],
  ["a segment", { dims: [1], dataType: 1, name: "w", segment: {} }, /segment/],
];
for (const [what, proto, pattern] of refused) {
  Deno.test(`readTensor() refuses ${what}`, () => {
    assert.throws(() => readTensor(proto), (error) => error instanceof FormatError && pattern.test(error.message));
  });
}

Deno.test("readFloats() rounds doubles and refuses integers", () => {
  assert.deepEqual(readFloats({ dims: [1], dataType: 11, doubleData: [0.1] }).data, new Float32Array([0.1]));
  assert.throws(
    () => readFloats({ dims: [1], dataType: 7, int64Data: [1], name: "axes" }),
    /"axes" .* INT64, expected FLOAT/,
  );
});

Deno.test("writeTensor() refuses data of the wrong length", () => {
  assert.throws(() => writeTensor("fc1.bias", [3], new Float32Array(2)), (error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(error.message, /fc1.bias of shape \[3\] was given 2 elements, expected 3/);
    return true;
  });
});

const index = new URL("onnx_node/test_sigmoid/test_data_set_0/", FIXTURES);
const isPresent = await Deno.stat(index).then(() => true, () => false);
Deno.test({
  name: "readTensor() reads the suite's own vectors: sigmoid" +
    (isPresent ? "" : " (ignored: they are other people's and no part of the repository)"),
  ignore: !isPresent,
  fn() {
    const [x, y] = ["input_0.pb", "output_0.pb"].map((file) =>
      readFloats(decodeTensor(Deno.readFileSync(new URL(file, index)), file))
    );
    assert.deepEqual(x.shape, y.shape);
    for (const [i, value] of x.data.entries()) assert.ok(Math.abs(1 / (1 + Math.exp(-value)) - y.data[i]) < 1e-6);
  },
});
