/** What engine and circuit compiler refuse of a sound file, or of what is no ONNX file, and how they say so. */
import assert from "node:assert/strict";
import { OPERATOR } from "../../hub/ezkl/operators/list.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { constantOf } from "../../onnx/constant.ts";
import { AttributeType, DataType } from "../../onnx/enums.ts";
import { importGraph } from "../../onnx/import.ts";
import { decodeModel, encodeModel, type ModelProto } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { node, small, truth, weight, wholes } from "./small.ts";

/** Reads a file as the engine does, and as the circuit compiler does. */
const READERS = {
  engine: (bytes: Uint8Array) => importGraph(bytes, operations, { name: "m.onnx" }),
  circuit: (bytes: Uint8Array) => lowerOnnx(bytes, undefined, "m.onnx"),
};

type Sentences = Partial<Record<keyof typeof READERS, string>>;

const weights = [weight("w", [4, 4])];
const dropout = (value: boolean) => small([node("Dropout", ["x", "", "t"], ["y"])], { weights: [truth("t", value)] });
const OTHERWISE = `expected some of the ${
  new Set(operations.flatMap(({ onnx, readOnnx = {} }) => [...onnx ? [onnx.opType] : [], ...Object.keys(readOnnx)]))
    .size
} operators that the operations stand for; write the model without them, or give operations of your own`;
const circuits = `expected some of the ${OPERATOR.size} operators that circuits have; write the model without them`;

/** Files, and the whole sentences about them. */
const REFUSED: readonly (readonly [what: string, model: ModelProto, sentences: Sentences])[] = [
  [
    "several operators that are missing, one of them with a name",
    small(
      [
        node("Det", ["x"], ["t"]),
        { ...node("Einsum", ["t"], ["l"]), name: "/x/Einsum" },
        node("Relu", ["l"], ["r"]),
        node("Det", ["r"], ["u"]),
        node("FusedGemm", ["u"], ["y"]),
      ].map((own, k) => k === 4 ? { ...own, domain: "com.microsoft" } : own),
      {
        model: { opsetImport: [{ version: 13 }, { domain: "com.microsoft", version: 1 }] },
      },
    ),
    {
      engine: `m.onnx: no operation stands for node 0 (Det, output "t"), node 3 (Det, output "u"), node "/x/Einsum" ` +
        `(Einsum), node 4 (com.microsoft::FusedGemm, output "y"): ${OTHERWISE}`,
      circuit: 'm.onnx: no circuit is known for node 0 (Det, output "t"), node 3 (Det, output "u"), node "/x/Einsum" ' +
        '(Einsum), node 4 (com.microsoft::FusedGemm, output "y"): ' +
        circuits,
    },
  ],
  [
    "many nodes of one operator, which hide no other",
    small([
      ...Array.from({ length: 30 }, (_, k) => node("Det", [k === 0 ? "x" : `e${k - 1}`], [`e${k}`])),
      node("Einsum", ["e29"], ["y"]),
    ]),
    {
      engine: `m.onnx: no operation stands for node 0 (Det, output "e0"), node 1 (Det, output "e1"), node 2 (Det, ` +
        `output "e2") and 27 more of Det, node 30 (Einsum, output "y"): ${OTHERWISE}`,
    },
  ],
  [
    "arithmetic on shapes that nobody knows",
    small([
      node("Einsum", ["x"], ["l"]),
      node("Shape", ["l"], ["s"]),
      node("Reshape", ["l", "s"], ["y"]),
    ]),
    {
      circuit: `m.onnx: no circuit is known for node 0 (Einsum, output "l"): ${circuits}; nor for ` +
        'node 1 (Shape, output "s"): export with fixed shapes, so that one Reshape or Flatten with a constant target ' +
        "is left",
      engine: `m.onnx: no operation stands for node 0 (Einsum, output "l"): ${OTHERWISE}; nor for ` +
        'node 1 (Shape, output "s"): ' +
        "export with fixed shapes, so that one Reshape or Flatten with a constant target is left",
    },
  ],
  [
    "a number that an axis does not have",
    small([node("Shape", ["x"], ["s"]), node("Gather", ["s", "two"], ["n"]), node("Reshape", ["x", "n"], ["y"])], {
      weights: [wholes("two", [2])],
    }),
    {
      circuit:
        'm.onnx: node 1 (Gather, output "n"): it takes number 2 of axis 0 of [2], expected one of 2; export the ' +
        "model again",
      engine:
        'm.onnx: node 1 (Gather, output "n"): it takes number 2 of axis 0 of [2], expected one of 2; export the ' +
        "model again",
    },
  ],
  ["a dropout whose training_mode is true", dropout(true), {
    engine: 'm.onnx: node 0 (Dropout, output "y"): its training_mode is true, expected false; export the model in ' +
      "evaluation mode",
  }],
  [
    "a dropout whose training_mode is computed",
    small([
      node("Relu", ["x"], ["t"]),
      node("Dropout", ["x", "", "t"], ["y"]),
    ]),
    {
      engine: 'm.onnx: node 1 (Dropout, output "y"): its training_mode "t" is computed, expected the constant false; ' +
        "export the model in evaluation mode",
    },
  ],
  ["a dropout that trains at opset 6", small([node("Dropout", ["x"], ["y"])], { opset: 6 }), {
    engine:
      'm.onnx: node 0 (Dropout, output "y"): its attribute is_test is not set, as in training; export the model ' +
      "in evaluation mode",
    circuit: 'm.onnx: node 0 (Dropout, output "y"): its attribute is_test is not set, as in training; export the ' +
      "model in evaluation mode",
  }],
  [
    "a second output that is read",
    small([
      node("Dropout", ["x"], ["d", "mask"]),
      node("Relu", ["mask"], ["y"]),
    ]),
    {
      engine:
        'm.onnx: node 1 (Relu, output "y"): the value "mask" is output 1 of node 0 (Dropout, output "d"), which ' +
        "is not read; export the model without it",
      circuit: 'm.onnx: node 1 (Relu, output "y"): the value "mask" is output 1 of node 0 (Dropout, output "d"), ' +
        "which a circuit does not make",
    },
  ],
  [
    "another domain's operators alone",
    small([node("Relu", ["x"], ["y"])].map((own) => ({ ...own, domain: "me" })), {
      model: { opsetImport: [{ domain: "me", version: 1 }] },
    }),
    {
      engine: 'm.onnx imports the operators of "me" alone, expected ONNX\'s own, of the domain "" at opset 6 to 28; ' +
        "export the network for inference",
      circuit: 'm.onnx imports the operators of "me" alone, expected ONNX\'s own, of the domain "" at opset 6 to 28; ' +
        "export the network for inference",
    },
  ],
  ["operators of tomorrow", small([node("Relu", ["x"], ["y"])], { opset: 29 }), {
    engine: "m.onnx is of opset 29, expected 6 to 28; export it at opset 18",
    circuit: "m.onnx is of opset 29, expected 6 to 28; export it at opset 18",
  }],
  [
    "what broadcasts in the manner of opset 6",
    small([node("Add", ["x", "w"], ["y"], { broadcast: 1 })], {
      opset: 6,
      weights: [weight("w", [4])],
    }),
    {
      engine: 'm.onnx spreads operands by the attribute broadcast of opset 6, in node 0 (Add, output "y"); export it ' +
        "at opset 7 or above",
      circuit:
        'm.onnx spreads operands by the attribute broadcast of opset 6, in node 0 (Add, output "y"); export it ' +
        "at opset 7 or above",
    },
  ],
  ["nodes in a circle", small([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]), {
    engine: 'm.onnx: node 0 (Relu, output "a") reads, by way of others, what it makes itself; export the model again',
    circuit: 'm.onnx: node 0 (Relu, output "a") reads, by way of others, what it makes itself; export the model again',
  }],
  ["a value that nothing makes", small([node("Relu", ["nowhere"], ["y"])]), {
    engine:
      'm.onnx breaks a rule of ONNX: node 0 (Relu, output "y") reads "nowhere", which no node makes and no input ' +
      "or initializer is called",
    circuit:
      'm.onnx breaks a rule of ONNX: node 0 (Relu, output "y") reads "nowhere", which no node makes and no input ' +
      "or initializer is called",
  }],
  ["an output that is the input", small([node("Identity", ["x"], ["y"])]), {
    engine: 'm.onnx returns its input "x" as "y", unchanged, expected a value that is computed from it; there is ' +
      "nothing to run",
  }],
  ["an output that is a constant", small([node("Identity", ["w"], ["y"])], { weights }), {
    engine:
      'm.onnx returns the constant "y", expected a value that is computed from its input; export the network itself',
  }],
  ["an input of texts", small([node("Relu", ["x"], ["y"])], { type: DataType.STRING }), {
    engine: "m.onnx takes 1 inputs (STRING), expected tensors of numbers; export the model with such inputs",
  }],
];
for (const [what, model, sentences] of REFUSED) {
  for (const [reader, sentence] of Object.entries(sentences)) {
    Deno.test(`${reader}: ${what} is refused`, () => {
      assert.throws(() => READERS[reader as keyof typeof READERS](encodeModel(model)), { message: sentence });
    });
  }
}

for (const [what, value] of [["NaN", NaN], ["-Infinity", -Infinity], ["a double beyond 32 bits", 1e300]] as const) {
  Deno.test(`a weight that is ${what} is refused by its name and place`, () => {
    const tensor = { name: "w", dims: [2, 4], dataType: DataType.DOUBLE, doubleData: [0, 1, 2, 3, 4, value, 6, 7] };
    const model = small([node("Gemm", ["x", "w"], ["y"], { transB: 1 })], { type: DataType.DOUBLE, weights: [tensor] });
    assert.throws(() => READERS.engine(encodeModel(model)), {
      name: "ArgumentError",
      message:
        `m.onnx: node 0 (Gemm, output "y"): element 5 of "w" is ${Math.fround(value)} as a 32-bit float, expected ` +
        "a finite number; export the model from before its training diverged",
    });
  });
}

Deno.test("constantOf() reads every form of a Constant but texts, and names those", () => {
  const of = (name: string, type: number, held: object) =>
    constantOf({ opType: "Constant", output: ["c"], attribute: [{ name, type, ...held }] });
  const { FLOAT, FLOATS, INT, INTS, STRING, TENSOR } = AttributeType;
  assert.deepEqual(of("value", TENSOR, { t: { dims: [1], dataType: 1, floatData: [2] } }), {
    dims: [1],
    dataType: 1,
    floatData: [2],
    name: "c",
  });
  assert.deepEqual(of("value_float", FLOAT, { f: 1.5 }), { name: "c", dataType: 1, floatData: [1.5] });
  assert.deepEqual(of("value_floats", FLOATS, { floats: [1, 2] }), {
    name: "c",
    dataType: 1,
    dims: [2],
    floatData: [1, 2],
  });
  assert.deepEqual(of("value_int", INT, { i: 3 }), { name: "c", dataType: 7, int64Data: [3] });
  assert.deepEqual(of("value_ints", INTS, { ints: [3, 4] }), { name: "c", dataType: 7, dims: [2], int64Data: [3, 4] });
  for (const [name, type] of [["value_string", STRING], ["value_ints", INT]] as const) {
    assert.throws(() => of(name, type, { s: new Uint8Array() }), {
      message:
        `it holds "${name}", expected one of value, value_float, value_floats, value_int and value_ints; export ` +
        "the model again",
    });
  }
  assert.throws(() => constantOf({ opType: "Constant" }), /it holds nothing, expected/);
});

const text = (value: string) => new TextEncoder().encode(value);
const FOREIGN: readonly (readonly [what: string, bytes: Uint8Array, said: string])[] = [
  ["nothing at all", new Uint8Array(0), "is empty, expected an ONNX file; export or download it again"],
  [
    "a Git LFS pointer",
    text(`version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12345\n`),
    "is a Git LFS pointer, a text that stands for the file; fetch the file itself with: git lfs pull",
  ],
  ["a PyTorch checkpoint", text("PK\x03\x04\0\0\b\b\0\0archive/data.pkl"), "is a zip archive, as torch.save()"],
  ["a web page", text("<!DOCTYPE html><html><body>404</body></html>"), "is a web page; download the file itself"],
  ["a safetensors file", text('\x10\0\0\0\0\0\0\0{"a":{"dtype":1}}'), "is a safetensors file, which holds weights"],
];
for (const [what, bytes, said] of FOREIGN) {
  Deno.test(`${what} is no ONNX file, and the error says what it is`, () => {
    for (const read of [...Object.values(READERS), (bytes: Uint8Array) => decodeModel(bytes, "m.onnx")]) {
      assert.throws(() => read(bytes), (error) => {
        assert.ok(error instanceof Error && error.name === "FormatError", String(error));
        assert.equal(error.message.slice(0, `m.onnx ${said}`.length), `m.onnx ${said}`);
        return true;
      });
    }
  });
}
