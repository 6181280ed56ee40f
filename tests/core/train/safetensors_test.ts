import assert from "node:assert/strict";
import { readSafetensors, type TensorData, writeSafetensors } from "../../../core/train/safetensors.ts";
import { FormatError } from "../../../core/base/errors.ts";

/** Made by safetensors 0.8.0 in Python: save_file() of fc.weight, scale (F32) and steps (U32) with metadata. */
const PYTHON =
  "4AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJuw6kiOiLDvCIsImVwb2NoIjoiMyJ9LCJmYy53ZWlnaHQiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6" +
  "WzIsM10sImRhdGFfb2Zmc2V0cyI6WzAsMjRdfSwic2NhbGUiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzI0LDI4XX0s" +
  "InN0ZXBzIjp7ImR0eXBlIjoiVTMyIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMjgsMzZdfX0gIAAAAAAAAIA+AAAAPwAAQD8AAIA/AACgPwAA" +
  "wD8HAAAAAChr7g==";

/** Made by safetensors 0.8.0 in Python: save() of numpy arrays of every type that numpy has. */
const NUMPY = "yAIAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJieSI6Im51bXB5In0sInU2NCI6eyJkdHlwZSI6IlU2NCIsInNoYXBlIjpbMV0sImRh" +
  "dGFfb2Zmc2V0cyI6WzAsOF19LCJpNjQiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzgsMTZdfSwi" +
  "ZjY0Ijp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTYsMzJdfSwiZjMyIjp7ImR0eXBlIjoiRjMy" +
  "Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMzIsMzZdfSwidTMyIjp7ImR0eXBlIjoiVTMyIiwic2hhcGUiOlsxXSwiZGF0" +
  "YV9vZmZzZXRzIjpbMzYsNDBdfSwiaTMyIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOlsyLDFdLCJkYXRhX29mZnNldHMiOls0MCw0" +
  "OF19LCJmMTYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzVdLCJkYXRhX29mZnNldHMiOls0OCw1OF19LCJ1MTYiOnsiZHR5cGUi" +
  "OiJVMTYiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls1OCw2MF19LCJpMTYiOnsiZHR5cGUiOiJJMTYiLCJzaGFwZSI6WzFd" +
  "LCJkYXRhX29mZnNldHMiOls2MCw2Ml19LCJpOCI6eyJkdHlwZSI6Ikk4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNjIs" +
  "NjRdfSwidTgiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzY0LDY3XX0sImJvb2wiOnsiZHR5cGUi" +
  "OiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNjcsNzBdfX0g//////////8BAAAAAAAAwJqZmZmZmbk/AAAAAAAA" +
  "BMDNzMw9/////wAAAIAFAAAAAD7/ewCAAQAAfP//AICAfwEC/wEAAQ==";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function file(header: string | Uint8Array, dataBytes: number): Uint8Array {
  const head = typeof header === "string" ? encode(header) : header;
  const bytes = new Uint8Array(8 + head.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  return bytes;
}

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => readSafetensors(bytes, "weights"), (error: Error) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, /^weights: /);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("readSafetensors() reads what the Python package writes", () => {
  const { tensors, metadata } = readSafetensors(Uint8Array.from(atob(PYTHON), (char) => char.charCodeAt(0)));
  assert.deepEqual(metadata, { epoch: "3", "né": "ü" });
  assert.deepEqual([...tensors], [
    ["fc.weight", { shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) }],
    ["scale", { shape: [], data: Float32Array.of(1.5) }],
    ["steps", { shape: [2], data: Uint32Array.of(7, 4_000_000_000) }],
  ]);
});

Deno.test("readSafetensors() reads every type that the Python package writes, and writes it again", () => {
  const bytes = Uint8Array.from(atob(NUMPY), (char) => char.charCodeAt(0));
  const { tensors } = readSafetensors(bytes);
  const expected = new Map<string, TensorData>([
    ["u64", { shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
    ["i64", { shape: [], data: BigInt64Array.of(-(2n ** 62n) + 1n) }],
    ["f64", { shape: [2], data: Float64Array.of(0.1, -2.5) }],
    ["f32", { shape: [1], data: Float32Array.of(0.1) }],
    ["u32", { shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
    ["i32", { shape: [2, 1], data: Int32Array.of(-(2 ** 31), 5) }],
    ["f16", { shape: [5], data: Float32Array.of(1.5, 65504, -0, 2 ** -24, Infinity), dtype: "F16" }],
    ["u16", { shape: [1], data: Uint16Array.of(65535) }],
    ["i16", { shape: [1], data: Int16Array.of(-32768) }],
    ["i8", { shape: [2], data: Int8Array.of(-128, 127) }],
    ["u8", { shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ["bool", { shape: [3], data: Uint8Array.of(1, 0, 1), dtype: "BOOL" }],
  ]);
  assert.deepEqual([...tensors], [...expected]);
  for (const shift of [1, 2, 4]) {
    const moved = new Uint8Array(bytes.length + shift);
    moved.set(bytes, shift);
    assert.deepEqual(readSafetensors(moved.subarray(shift)).tensors, tensors, "wherever it lies");
  }
  const { dtype: _, ...widened } = expected.get("f16")!;
  assert.deepEqual([...readSafetensors(writeSafetensors(tensors)).tensors], [...expected.set("f16", widened)]);
});

Deno.test("readSafetensors() gives bfloat16 as floats and types of 8 bits and fewer as they lie", () => {
  const header = {
    bf16: { dtype: "BF16", shape: [3], data_offsets: [0, 6] },
    e4m3: { dtype: "F8_E4M3", shape: [2], data_offsets: [6, 8] },
    f4: { dtype: "F4", shape: [2, 2], data_offsets: [8, 10] },
    c64: { dtype: "C64", shape: [1], data_offsets: [10, 18] },
  };
  const bytes = file(JSON.stringify(header), 18);
  bytes.set([0x80, 0x3f, 0x49, 0xc0, 0x80, 0x7f, 0x38, 0xb8, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8], bytes.length - 18);
  const { tensors } = readSafetensors(bytes);
  assert.deepEqual([...tensors], [
    ["bf16", { shape: [3], data: Float32Array.of(1, -3.140625, Infinity), dtype: "BF16" }],
    ["e4m3", { shape: [2], data: Uint8Array.of(0x38, 0xb8), dtype: "F8_E4M3" }],
    ["f4", { shape: [2, 2], data: Uint8Array.of(0x12, 0x34), dtype: "F4" }],
    ["c64", { shape: [1], data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), dtype: "C64" }],
  ]);
  tensors.delete("bf16");
  assert.deepEqual(readSafetensors(writeSafetensors(tensors)).tensors, tensors);
});

Deno.test("writeSafetensors() makes what readSafetensors() reads", () => {
  const tensors = new Map([
    ["conv1.weight", { shape: [2, 1, 2], data: Float32Array.of(1, -0, 3.5, 1e-40) }],
    ['"é"', { shape: [1], data: Float32Array.of(-Infinity) }],
    ["empty", { shape: [0, 3], data: new Float32Array(0) }],
    ["__proto__", { shape: [], data: Uint32Array.of(2 ** 32 - 1) }],
  ]);
  const metadata = { epoch: "12", 'q"': "ü\n\0" };
  const bytes = writeSafetensors(tensors, metadata);
  assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
  assert.equal(bytes[8], "{".charCodeAt(0));
  const read = readSafetensors(bytes);
  assert.deepEqual(read.metadata, metadata);
  assert.deepEqual(new Map(read.tensors), tensors);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(new Map(readSafetensors(shifted.subarray(1)).tensors), tensors);
  assert.deepEqual(readSafetensors(writeSafetensors(new Map())), { tensors: new Map(), metadata: {} });
});

Deno.test("readSafetensors() refuses a file that is cut off or too long", () => {
  const bytes = writeSafetensors(new Map([["w", { shape: [4], data: new Float32Array(4) }]]));
  refuses(bytes.subarray(0, 5), /ends at byte 5, expected 8 bytes/);
  refuses(bytes.subarray(0, 30), /header length 56, expected 2 to 22/);
  refuses(bytes.subarray(0, bytes.length - 1), /ends at byte 79, expected 80, the end of tensor "w".*incomplete/);
  refuses(new Uint8Array([...bytes, 0]), /ends at byte 81, expected 80.*more than the header declares/);
  refuses(new Uint8Array(16).fill(0xff), /header length 18446744073709551615/);
});

Deno.test("readSafetensors() refuses a header that is not JSON of tensors", () => {
  refuses(file("{nonsense", 0), /header at byte 8 is not JSON/);
  refuses(file(Uint8Array.of(0x7b, 0xff, 0x7d), 0), /not JSON in UTF-8/);
  refuses(file("[1,2]", 0), /header at byte 8 is \[1,2\], expected a JSON object/);
  refuses(file("[".repeat(100_000), 0), /not JSON/);
  refuses(file('{"w":3}', 0), /tensor "w" has the entry 3/);
  refuses(file('{"__metadata__":{"a":1}}', 0), /__metadata__ is \{"a":1\}, expected an object of strings/);
  refuses(file('{"w":{"dtype":"F12","shape":[1],"data_offsets":[0,2]}}', 2), /dtype "F12", expected one of F32, F64/);
  refuses(file('{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,4]}}', 4), /0 to 4, 4 bytes, expected 2 for BF16/);
  refuses(file('{"w":{"dtype":"toString","shape":[1],"data_offsets":[0,4]}}', 4), /dtype "toString", expected one of/);
  refuses(file('{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), /shape \[-1\], expected a list/);
  refuses(file('{"w":{"dtype":"F32","data_offsets":[0,4]}}', 4), /the shape missing/);
  refuses(file('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), /data_offsets \[0\], expected two/);
});

Deno.test("readSafetensors() refuses keys that come twice", () => {
  const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  refuses(file(`{"w":${entry},"w":${entry}}`, 4), /byte 62, the key "w" comes a second time/);
  refuses(file(`{"w":${entry}, "\\u0077" :${entry}}`, 4), /the key "w" comes a second time/);
  refuses(file('{"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 4), /"shape" comes a second/);
});

Deno.test("readSafetensors() refuses tensors that overlap, leave holes or do not fill their shape", () => {
  const header = (...ranges: [number, number][]): string =>
    JSON.stringify(
      Object.fromEntries(
        ranges.map((
          offsets,
          i,
        ) => [`t${i}`, { dtype: "F32", shape: [(offsets[1] - offsets[0]) / 4], data_offsets: offsets }]),
      ),
    );
  readSafetensors(file(header([4, 12], [0, 4]), 12));
  refuses(file(header([0, 8], [4, 12]), 12), /"t1" begins at byte 122, expected 126, the end of tensor "t0".*overlap/);
  refuses(file(header([0, 4], [8, 12]), 12), /neither overlap nor leave holes/);
  refuses(file(header([4, 8]), 8), /expected \d+, the end of the header/);
  refuses(file(header([0, 4]), 8), /more than the header declares/);
  refuses(file(header([0, 400]), 8), /the file is incomplete/);
  refuses(
    file('{"w":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}', 0),
    /data_offsets 0 to 0, 0 bytes, expected \d+ for F32/,
  );
  refuses(
    file('{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', 8),
    /data_offsets 8 to 0, -8 bytes, expected 8/,
  );
});

Deno.test("writeSafetensors() refuses what the format cannot carry", () => {
  const tensor = { shape: [1], data: new Float32Array(1) };
  const refused = (name: string, value: typeof tensor, metadata: Record<string, string>, message: RegExp): void => {
    assert.throws(() => writeSafetensors(new Map([[name, value]]), metadata), { name: "ArgumentError", message });
  };
  refused("__metadata__", tensor, {}, /named "__metadata__"/);
  refused("\ud800", tensor, {}, /well-formed/);
  refused("w", { shape: [2], data: new Float32Array(1) }, {}, /w has 1 elements, which do not fill its shape \[2\]/);
  refused("w", tensor, { epoch: 3 as unknown as string }, /metadata "epoch" is 3/);
});
