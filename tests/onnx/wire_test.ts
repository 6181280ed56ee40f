import assert from "node:assert/strict";
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { decodeModel, decodeTensor, encodeModel, encodeTensor, type ModelProto } from "../../onnx/proto.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

function hex(data: Uint8Array): string {
  return data.toHex();
}

Deno.test("encodeModel() writes the bytes that protobuf prescribes", () => {
  const model: ModelProto = { irVersion: 7, producerName: "zkgrad", opsetImport: [{ version: 12 }] };
  assert.equal(hex(encodeModel(model)), "0807" + "1206" + "7a6b67726164" + "4202" + "100c");
});

Deno.test("encodeModel() writes a property at its default, because it is set", () => {
  const attribute = { name: "a", i: 0, type: 2 };
  const model: ModelProto = { graph: { node: [{ attribute: [attribute] }] } };
  assert.equal(hex(encodeModel(model)), "3a0c 0a0a 2a08 0a0161 1800 a00102".replaceAll(" ", ""));
  assert.deepEqual(decodeModel(encodeModel(model)), model);
});

Deno.test("integers of 64 bits are numbers where safe and bigints beyond", () => {
  const values = [
    0,
    1,
    127,
    128,
    300,
    -1,
    2 ** 31,
    2 ** 32,
    2 ** 49 - 1,
    2 ** 49,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    -(2n ** 63n),
  ];
  const tensor = { dims: values, int64Data: values };
  assert.deepEqual(decodeTensor(encodeTensor(tensor)), tensor);
  assert.deepEqual(decodeTensor(encodeTensor({ dims: [5n] })), { dims: [5] });
  const unsigned = { uint64Data: [0, 1, 2 ** 53 - 1, 2n ** 64n - 1n] };
  assert.deepEqual(decodeTensor(encodeTensor(unsigned)), unsigned);
  assert.equal(hex(encodeTensor({ dims: [-1] })), "08" + "ff".repeat(9) + "01");
  assert.equal(hex(encodeTensor({ dims: [2n ** 62n] })), "08" + "80".repeat(8) + "40");
});

Deno.test("lists are read packed and unpacked alike", () => {
  assert.deepEqual(decodeTensor(bytes("0a02 0203")), { dims: [2, 3] });
  assert.deepEqual(decodeTensor(bytes("0802 0803")), { dims: [2, 3] });
  assert.deepEqual(decodeTensor(bytes("25 0000803f 2208 00000040 0000003f")), { floatData: [1, 2, 0.5] });
  assert.deepEqual(decodeTensor(bytes("2200 0a00")), {});
  assert.equal(hex(encodeTensor({ floatData: [1] })), "2204" + "0000803f");
  assert.equal(hex(encodeTensor({ dims: [2, 3] })), "08020803");
});

Deno.test("unknown fields are skipped, scalars keep the last value and messages merge", () => {
  // Field 31 with the wire types 0, 1, 2 and 5.
  const unknown = "f80105 f901 0000000000000000 fa0103 616263 fd01 00000000";
  assert.deepEqual(decodeModel(bytes(`0807 ${unknown} 2801`)), { irVersion: 7, modelVersion: 1 });
  assert.deepEqual(decodeModel(bytes("0807 0808")), { irVersion: 8 });
  assert.deepEqual(decodeModel(bytes("3a03 120161 3a03 520162")), { graph: { name: "a", docString: "b" } });
});

Deno.test("of the properties of a oneof the last one stays", () => {
  const file = bytes("3a0f 5a0d 120b 0a09 1207 0a05 0805 12016e");
  const decoded = decodeModel(file);
  assert.deepEqual(decoded.graph?.input?.[0].type?.tensorType?.shape?.dim, [{ dimParam: "n" }]);
});

Deno.test("decodeModel() keeps text exactly", () => {
  const model: ModelProto = { docString: "\ufeffBOM, ß, \u{1f600}, \0" };
  assert.deepEqual(decodeModel(encodeModel(model)), model);
});

Deno.test("decodeModel() gives byte strings as views and does not copy the weights", () => {
  const file = encodeTensor({ rawData: new Uint8Array(1000) });
  const { rawData } = decodeTensor(file);
  assert.equal(rawData?.buffer, file.buffer);
  assert.equal(rawData?.length, 1000);
});

const refusals: readonly (readonly [string, string, RegExp])[] = [
  ["a cut varint", "08", /byte 1 of 1, in ModelProto.irVersion, the message ends inside a varint/],
  ["a varint of 11 bytes", "08 ffffffffffffffffffff01", /byte 1 .* more than 10 bytes/],
  ["a varint of more than 64 bits", "08 ffffffffffffffffff02", /more than 10 bytes or 64 bits/],
  ["a length past the end", "3a 05 0a", /byte 1 of 3, in ModelProto.graph, a length of 5 bytes runs past byte 3/],
  ["a length of 2^64 - 1", "3a ffffffffffffffffff01", /a length of 18446744073709551615 bytes/],
  ["an inner length past the outer message", "3a02 1205 6162636465", /GraphProto.name, a length of 5 bytes/],
  ["a group", "0b 0c", /ModelProto.irVersion, the field has wire type 3, expected 0/],
  ["an unknown group", "f301 f401", /wire type 3 is not used by ONNX/],
  ["a wrong wire type", "0d 00000000", /wire type 5, expected 0/],
  ["the field number 0", "00 00", /0 is not a field tag/],
  ["a field number of 2^29 and more", "8080808010 00", /is not a field tag/],
  ["text that is not UTF-8", "1202 c328", /byte 2 of 4, in ModelProto.producerName, the text is not UTF-8/],
  [
    "a cut float in a run",
    "3a07 2a05 2203 000000",
    /TensorProto.floatData, the message ends inside a value of 4 bytes/,
  ],
];
for (const [what, data, pattern] of refusals) {
  Deno.test(`decodeModel() refuses ${what} and names file and byte`, () => {
    assert.throws(() => decodeModel(bytes(data), "broken.onnx"), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /^broken\.onnx is not an ONNX file, or is damaged: at byte \d+ of \d+, in /);
      assert.match(error.message, pattern);
      return true;
    });
  });
}

/** Messages in messages: graph, node, attribute, graph, ... */
function nested(levels: number): Uint8Array {
  let inner = new Uint8Array(0);
  const tags = [0x32, 0x2a, 0x0a];
  for (let level = 0; level < levels; level++) {
    const length = [];
    for (let rest = inner.length;; rest >>= 7) {
      length.push(rest > 127 ? rest & 127 | 128 : rest);
      if (rest <= 127) break;
    }
    inner = new Uint8Array([level === levels - 1 ? 0x3a : tags[level % 3], ...length, ...inner]);
  }
  return inner;
}

Deno.test("decodeModel() bounds nesting", () => {
  assert.ok(decodeModel(nested(100)).graph !== undefined);
  for (const levels of [103, 3001]) {
    assert.throws(() => decodeModel(nested(levels)), /nested more than 100 deep/);
  }
});

Deno.test("decodeModel() bounds the number of messages by the size of the file", () => {
  // Empty opset imports, two bytes each.
  const file = new Uint8Array(2_000_000);
  for (let i = 0; i < file.length; i += 2) file[i] = 0x42;
  assert.throws(() => decodeModel(file), /more messages than a file of its size can need/);
  assert.equal(decodeModel(file.subarray(0, 100_000)).opsetImport?.length, 50_000);
  // Empty strings of a tensor, which are views.
  for (let i = 0; i < file.length; i += 2) file[i] = 0x32;
  assert.throws(() => decodeTensor(file), /more messages than a file of its size can need/);
});

Deno.test("encodeModel() refuses values that do not fit and names the property", () => {
  const cyclic: { node: { attribute: { g: unknown }[] }[] } = { node: [{ attribute: [{ g: null }] }] };
  cyclic.node[0].attribute[0].g = cyclic;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ irVersion: 1.5 }, /ModelProto.irVersion cannot be written: it is 1.5, expected an integer/],
    [{ irVersion: 2 ** 53 }, /ModelProto.irVersion/],
    [{ irVersion: 2n ** 63n }, /ModelProto.irVersion/],
    [{ irVersion: "7" }, /ModelProto.irVersion/],
    [{ producerName: "\ud800" }, /ModelProto.producerName .* lone surrogates/],
    [{ graph: 3 }, /ModelProto.graph .* expected a message/],
    [{ graph: { node: {} } }, /GraphProto.node .* expected an array/],
    [{ graph: { initializer: [{ rawData: [1] }] } }, /TensorProto.rawData .* expected a Uint8Array/],
    [{ graph: { initializer: [{ dataType: 2 ** 31 }] } }, /TensorProto.dataType/],
    [{ graph: { initializer: [{ floatData: ["1"] }] } }, /TensorProto.floatData .* expected a number/],
    [{ graph: cyclic }, /nested more than 100/],
  ];
  for (const [model, pattern] of cases) {
    assert.throws(() => encodeModel(model as ModelProto), (error) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, pattern);
      return true;
    });
  }
});
