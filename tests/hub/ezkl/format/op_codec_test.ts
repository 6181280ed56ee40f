/** Every operation that a circuit can hold: its index, its bytes, and the engine's opinion. */
import assert from "node:assert/strict";
import engine from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import { BinReader, BinWriter } from "../../../../hub/ezkl/format/bincode.ts";
import type { HybridOp, LookupOp, PolyOp, SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import { decodeCircuit, encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import type { Codec } from "../../../../hub/ezkl/format/codec.ts";
import { hybridOp, lookupOp, polyOp, supportedOp, visibility } from "../../../../hub/ezkl/format/op_codec.ts";
import { Place } from "../../../../hub/ezkl/format/place.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { madeBytes, madeText } from "./fixtures.ts";

const index = { values: [3, 1], dims: [2], scale: null, visibility: "Fixed" as const };
const window = { padding: [[1, 2], [3, 4]] as [number, number][], stride: [5, 6] };
const formats = { dataFormat: "NCHW", kernelFormat: "OIHW" } as const;

/** One of each, in the order of EZKL 21's declaration. */
const lookups: LookupOp[] = [
  { name: "Div", denom: 2.5 },
  { name: "IsOdd" },
  ...(["PowersOfTwo", "Ln", "Sigmoid"] as const).map((name) => ({ name, scale: 256 })),
  { name: "Exp", scale: 16, base: Math.fround(Math.E) },
  ...(["Cos", "ACos", "Cosh", "ACosh", "Sin", "ASin", "Sinh", "ASinh", "Tan", "ATan", "Tanh", "ATanh", "Erf"] as const)
    .map((name) => ({ name, scale: 128 })),
  { name: "Pow", scale: 4, a: 0.5 },
  { name: "HardSwish", scale: 1 },
];
const polys: PolyOp[] = [
  { name: "Abs" },
  { name: "Sign" },
  { name: "LeakyReLU", slope: Math.fround(0.1), scale: 7 },
  { name: "GatherElements", dim: 1, constantIdx: index },
  { name: "GatherND", batchDims: 0, indices: null },
  { name: "ScatterElements", dim: 2, constantIdx: null },
  { name: "ScatterND", constantIdx: index },
  { name: "MultiBroadcastTo", shape: [2, 3] },
  { name: "Einsum", equation: "mk,nk->mn" },
  { name: "Conv", ...window, group: 2, ...formats },
  { name: "Downsample", axis: 1, stride: -2, modulo: 1 },
  { name: "DeConv", ...window, outputPadding: [1, 0], group: 1, dataFormat: "HWC", kernelFormat: "OHWI" },
  ...(["Add", "Sub", "Neg", "Mult"] as const).map((name) => ({ name })),
  { name: "Identity", outScale: -3 },
  { name: "Reshape", shape: [1, 6] },
  { name: "MoveAxis", source: 1, destination: 3 },
  { name: "Flatten", shape: [6] },
  { name: "Pad", padding: [[0, 1], [2, 3]] },
  { name: "Sum", axes: [1] },
  { name: "MeanOfSquares", axes: [0, 1] },
  { name: "Prod", axes: [1], lenProd: 9 },
  { name: "Pow", exponent: 3 },
  { name: "Concat", axis: 1 },
  { name: "Slice", axis: 1, start: 2, end: 5 },
  { name: "Iff" },
  { name: "Resize", scaleFactor: [2, 2] },
  ...(["Not", "And", "Or", "Xor"] as const).map((name) => ({ name })),
  { name: "Trilu", upper: true, k: -1 },
];
const hybrids: HybridOp[] = [
  { name: "Ln", scale: 8 },
  { name: "Rsqrt", inputScale: 4, outputScale: 8 },
  { name: "Sqrt", scale: 8 },
  ...(["RoundHalfToEven", "Ceil", "Floor", "Round"] as const).map((name) => ({ name, scale: 128, legs: 2 })),
  { name: "Recip", inputScale: 4, outputScale: 8 },
  { name: "Div", denom: 128 },
  { name: "ReduceMax", axes: [1] },
  { name: "ReduceArgMax", dim: 1 },
  { name: "SumPool", ...window, kernelShape: [2, 2], normalized: true, dataFormat: "NCHW" },
  { name: "MaxPool", ...window, poolDims: [2, 2], dataFormat: "CHW" },
  { name: "ReduceMin", axes: [0] },
  { name: "ReduceArgMin", dim: 0 },
  { name: "Max" },
  { name: "Min" },
  { name: "Softmax", inputScale: 4, outputScale: 8, axes: [1] },
  { name: "Output", decomp: true },
  ...(["Greater", "GreaterEqual", "Less", "LessEqual", "Equals"] as const).map((name) => ({ name })),
  { name: "Gather", dim: 1, constantIdx: index },
  { name: "TopK", dim: 1, k: 5, largest: true },
  { name: "OneHot", dim: 1, numClasses: 10 },
];
const floats = { values: Float32Array.of(0.5, -1), dims: [2], scale: 7, visibility: null };
const supported: SupportedOp[] = [
  { kind: "Linear", op: { name: "Add" } },
  { kind: "Nonlinear", op: { name: "IsOdd" } },
  { kind: "Hybrid", op: { name: "Max" } },
  { kind: "Input", scale: 7, datumType: "TDim", decomp: true },
  {
    kind: "Constant",
    quantizedValues: { values: [1n, -1n], dims: [2], scale: 7, visibility: "Private" },
    rawValues: floats,
    decomp: true,
  },
  { kind: "Unknown" },
  { kind: "Rescaled", inner: { kind: "Linear", op: { name: "Add" } }, scale: [[0, 2n ** 100n], [1, 1n]] },
  {
    kind: "RebaseScale",
    inner: { kind: "Nonlinear", op: { name: "Sigmoid", scale: 2 } },
    rebaseOp: { name: "Div", denom: 128 },
    targetScale: 7,
    originalScale: 14,
    multiplier: 128,
  },
];

const families: [string, number, Codec<object>, object[]][] = [
  ["lookup", 21, lookupOp as Codec<object>, lookups],
  ["poly", 34, polyOp as Codec<object>, polys],
  ["hybrid", 27, hybridOp as Codec<object>, hybrids],
  ["supported", 8, supportedOp as Codec<object>, supported],
];
for (const [name, count, codec, ops] of families) {
  Deno.test(`all ${count} ${name} operations have the index of their place and survive bytes and JSON`, () => {
    assert.equal(ops.length, count);
    for (const [place, op] of ops.entries()) {
      const bytes = written(codec, op);
      assert.equal(new DataView(bytes.buffer).getUint32(0, true), place, JSON.stringify(op, stringified));
      const from = new BinReader(bytes, "bytes");
      assert.deepEqual(codec.read(from), op);
      from.finish();
      assert.ok(bytes.length >= codec.minBytes);
      const json = JSON.parse(JSON.stringify(codec.toJson(op, new Place("json", "writing")), stringified));
      if (name !== "supported") assert.deepEqual(codec.fromJson(json, new Place("json")), op);
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => codec.read(new BinReader(bytes.subarray(0, length), "cut")), { name: "FormatError" });
      }
    }
    const beyond = Uint8Array.of(count, 0, 0, 0, 0, 0, 0, 0);
    assert.throws(() => codec.read(new BinReader(beyond, "next")), {
      name: "FormatError",
      message: / is \d+, expected/,
    });
  });
}

/** Bytes by hand, from the table of the format. */
const bytesOf: [Codec<object>, object, string][] = [
  [lookupOp as Codec<object>, lookups[4], "04000000 00008043"],
  [lookupOp as Codec<object>, lookups[5], "05000000 00008041 54f82d40"],
  [polyOp as Codec<object>, polys[8], "08000000 0900000000000000 6d6b2c6e6b2d3e6d6e"],
  [polyOp as Codec<object>, polys[10], "0a000000 0100000000000000 feffffffffffffff 0100000000000000"],
  [polyOp as Codec<object>, polys[16], "10000000 01 fdffffff"],
  [polyOp as Codec<object>, polys[24], "18000000 03000000"],
  [polyOp as Codec<object>, polys[33], "21000000 01 ffffffff"],
  [polyOp as Codec<object>, polys[4], "04000000 0000000000000000 00"],
  [
    polyOp as Codec<object>,
    polys[6],
    "06000000 01 0200000000000000 0300000000000000 0100000000000000 0100000000000000 0200000000000000 00 01 04000000",
  ],
  [
    polyOp as Codec<object>,
    { ...polys[9], padding: [[1, 2]], stride: [5] },
    "09000000 0100000000000000 0100000000000000 0200000000000000 0100000000000000 0500000000000000 0200000000000000 " +
    "00000000 01000000",
  ],
  [hybridOp as Codec<object>, hybrids[5], "05000000 00000043 0200000000000000"],
  [
    supportedOp as Codec<object>,
    { ...supported[6], scale: [[1, 2n ** 64n + 3n]] },
    "06000000 00000000 0c000000 0100000000000000 0100000000000000 0300000000000000 0100000000000000",
  ],
  [
    supportedOp as Codec<object>,
    supported[7],
    "07000000 01000000 04000000 00000040 08000000 00000043 07000000 0e000000 0000000000006040",
  ],
  [
    visibility as Codec<object>,
    { Hashed: { hashIsPublic: true, outlets: [1] } },
    "02000000 01 0100000000000000 0100000000000000",
  ],
];
Deno.test("operations have the bytes that the format's table gives", () => {
  for (const [codec, op, hex] of bytesOf) {
    const bytes = Array.from(written(codec, op), (byte) => byte.toString(16).padStart(2, "0")).join("");
    assert.equal(bytes, hex.replaceAll(" ", ""));
  }
});

Deno.test("the engine reads a circuit with every operation", () => {
  const circuit = decodeCircuit(madeBytes("gemm", "model.compiled"));
  const all: SupportedOp[] = [
    ...supported,
    ...polys.map((op): SupportedOp => ({ kind: "Linear", op })),
    ...lookups.map((op): SupportedOp => ({ kind: "Nonlinear", op })),
    ...hybrids.map((op): SupportedOp => ({ kind: "Hybrid", op })),
  ];
  for (const opkind of all) {
    const node = { opkind, outScale: 7, inputs: [], outDims: [1], idx: 77, numUses: 1 };
    circuit.model.nodes.set(77, node);
    const bytes = encodeCircuit(circuit);
    assert.equal(engine.compiledCircuitValidation(clamped(bytes)), true, JSON.stringify(opkind, stringified));
    assert.deepEqual(decodeCircuit(bytes), circuit);
  }
});

Deno.test("the engine reads settings with every lookup, and so do we", () => {
  const settings = settingsFromJson(madeText("gemm", "settings.json"));
  settings.requiredLookups = lookups;
  const text = settingsToJson(settings);
  assert.equal(engine.settingsValidation(clamped(new TextEncoder().encode(text))), true);
  assert.deepEqual(settingsFromJson(text), settings);
  assert.match(text, /\{"Sigmoid":\{"scale":256\.0\}\},\{"Exp":\{"scale":16\.0,"base":2\.7182817\}\}/);
  assert.match(text, /"IsOdd",/);
});

Deno.test("a tensor's bits stay as they are, even those of a NaN", () => {
  const bits = Uint32Array.of(0x7fc00001, 0xff800001, 0x80000000, 0x7f800000);
  const op: SupportedOp = {
    kind: "Constant",
    quantizedValues: { values: [], dims: [0], scale: null, visibility: null },
    rawValues: { values: new Float32Array(bits.buffer), dims: [4], scale: null, visibility: null },
    decomp: false,
  };
  const back = supportedOp.read(new BinReader(written(supportedOp, op), "bytes"));
  assert.ok(back.kind === "Constant");
  assert.deepEqual(new Uint32Array(back.rawValues.values.buffer), bits);
});

function written<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  const to = new BinWriter("bytes");
  codec.write(to, value);
  return to.finish();
}

function stringified(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function clamped(bytes: Uint8Array): Uint8ClampedArray {
  return new Uint8ClampedArray(bytes);
}
