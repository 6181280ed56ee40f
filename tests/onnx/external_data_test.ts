/** Models that keep their weights in other files, read and made one file again. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-web@1.30.0/wasm";
import { compileCircuit } from "../../hub/ezkl/compile_circuit.ts";
import { genSettings } from "../../hub/ezkl/gen_settings.ts";
import { inlineExternalData } from "../../onnx/external_data.ts";
import { exportGraph, graphToModel } from "../../onnx/export.ts";
import { importGraph, loadWeights } from "../../onnx/import.ts";
import { OnnxModule } from "../../onnx/model.ts";
import { decodeModel, decodeTensor, encodeModel, type ModelProto, type TensorProto } from "../../onnx/proto.ts";
import { readTensor } from "../../onnx/tensor.ts";
import { operations } from "../../ops/mod.ts";
import { inFolder } from "../folder.ts";
import { Devices } from "../ops/harness.ts";
import { checkerTest, python } from "./checker.ts";
import { FIXTURES, random, smallLenet } from "./lenet.ts";
import { predict } from "./predict.ts";
import { node, small } from "./small.ts";

ort.env.wasm.numThreads = 1;

const lenet = smallLenet(1);
const whole = exportGraph({ ...lenet, batch: 1 });

/** LeNet with its weights at the given places of a second file. */
function split(location: string): { readonly model: Uint8Array; readonly data: Uint8Array } {
  const model = graphToModel({ ...lenet, batch: 1 });
  const parts: Uint8Array[] = [];
  let offset = 0;
  const initializer = model.graph!.initializer!.map((tensor): TensorProto => {
    const { rawData, ...rest } = tensor;
    // Between tensors there may be anything.
    const padded = new Uint8Array(rawData!.length + 8).fill(255);
    padded.set(rawData!);
    parts.push(padded);
    const where = { location, offset: `${offset}`, length: `${rawData!.length}` };
    offset += padded.length;
    return external(rest, where);
  });
  const data = new Uint8Array(parts.flatMap((part) => [...part]));
  return { model: encodeModel({ ...model, graph: { ...model.graph, initializer } }), data };
}

function external(tensor: TensorProto, where: Readonly<Record<string, string>>): TensorProto {
  return {
    ...tensor,
    externalData: Object.entries(where).map(([key, value]) => ({ key, value })),
    dataLocation: 1,
  };
}

const { model, data } = split("lenet.onnx.data");
const files = { "lenet.onnx.data": data };

Deno.test("inlineExternalData() makes two files the one that they were, byte for byte", () => {
  assert.ok(decodeModel(model).graph!.initializer!.every(({ rawData }) => !rawData?.length));
  assert.deepEqual(inlineExternalData(model, files), whole);
  assert.deepEqual(inlineExternalData(model, (name) => name === "lenet.onnx.data" ? data : new Uint8Array()), whole);
  assert.deepEqual(inlineExternalData(split("./lenet.onnx.data").model, files), whole);
  assert.deepEqual(inlineExternalData(whole, {}), whole);
});

Deno.test("a model whose weights are in a second file is read as the one file is, by engine and circuit compiler", () => {
  const one = importGraph(whole, operations), two = importGraph(model, operations, { externalData: files });
  assert.equal(two.graph.toString(), one.graph.toString());
  assert.deepEqual(two.weights, one.weights);
  assert.deepEqual(loadWeights(model, "m.onnx", files), loadWeights(whole));
  const states = [new OnnxModule(model, { externalData: files }), new OnnxModule(whole)].map((own) => own.stateDict());
  assert.deepEqual(states[0], states[1]);
  const settings = genSettings(whole);
  const again = inlineExternalData(model, files);
  assert.deepEqual(genSettings(again), settings);
  assert.deepEqual(compileCircuit(again, settings), compileCircuit(whole, settings));
});

Deno.test("ONNX Runtime reads the same two files, and gives what the engine gives", async () => {
  const next = random(3);
  const sample = Float32Array.from({ length: 256 }, next);
  const options = { externalData: [{ path: "lenet.onnx.data", data }] };
  const session = await ort.InferenceSession.create(model, options);
  const { output } = await session.run({ input_0: new ort.Tensor("float32", sample, [1, 1, 16, 16]) });
  await session.release();
  using devices = await Devices.request();
  const found = await predict(devices.cpu, model, sample, { externalData: files });
  (output.data as Float32Array).forEach((value, i) =>
    assert.ok(Math.abs(found[i] - value) < 1e-5, `${found[i]}, ${value}`)
  );
});

Deno.test("tensors in nodes, inner graphs, functions and sparse tensors are put in as well", () => {
  const tensor = external({ dims: [2], dataType: 1 }, { location: "d", offset: "4" });
  const inside: TensorProto = { dims: [2], dataType: 1, rawData: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };
  const with_ = (own: TensorProto): ModelProto => {
    const holder = { ...node("Constant", [], ["c"]), attribute: [{ name: "value", t: own, type: 4 }] };
    const graph = { name: "g", node: [holder], initializer: [own], sparseInitializer: [{ values: own, indices: own }] };
    const outer = { ...node("If", ["c"], ["y"]), attribute: [{ name: "then_branch", g: graph, type: 5 }] };
    return { graph: { ...graph, node: [holder, outer] }, functions: [{ name: "f", node: [holder] }] };
  };
  const bytes = encodeModel(with_(tensor));
  const inlined = inlineExternalData(bytes, { d: Uint8Array.from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) });
  assert.deepEqual(decodeModel(inlined), decodeModel(encodeModel(with_(inside))));
});

/** A Gemm with its weight `[2, 4]` in another file. */
const gemm = (where: Readonly<Record<string, string>>): Uint8Array =>
  encodeModel(small([node("Gemm", ["x", "w"], ["y"], { transB: 1 })], {
    weights: [external({ name: "w", dims: [2, 4], dataType: 1 }, where)],
  }));
const bytes = (length: number) => ({ "w.data": new Uint8Array(length) });

const REFUSED: readonly (readonly [what: string, model: Uint8Array, files: object, sentence: string])[] = [
  [
    "a file that was not given",
    gemm({ location: "w.data" }),
    { "other.data": new Uint8Array(32) },
    'm.onnx: the tensor "w" keeps its data in "w.data", which externalData does not hold (it holds "other.data"); give ' +
    "that file's bytes as a Uint8Array under that name",
  ],
  [
    "a file that a function does not know",
    gemm({ location: "w.data" }),
    () => undefined,
    'm.onnx: the tensor "w" keeps its data in "w.data", for which externalData gave no bytes; give that file\'s bytes ' +
    "as a Uint8Array under that name",
  ],
  [
    "a file that ends too early",
    gemm({ location: "w.data", offset: "8", length: "32" }),
    bytes(39),
    'm.onnx: the tensor "w" is bytes 8 to 40 of "w.data", which has 39; give the file that was written with the model, ' +
    "or export both again",
  ],
  [
    "a file that ends before the tensor",
    gemm({ location: "w.data", offset: "800" }),
    bytes(32),
    'm.onnx: the tensor "w" is bytes 800 to 832 of "w.data", which has 32; give the file that was written with the ' +
    "model, or export both again",
  ],
  [
    "a length that is not the shape's",
    gemm({ location: "w.data", length: "16" }),
    bytes(32),
    'm.onnx: the tensor "w" takes 16 bytes of "w.data", expected 32 for its shape; export the model again',
  ],
  [
    "an offset that is no number of bytes",
    gemm({ location: "w.data", offset: "-4" }),
    bytes(32),
    'm.onnx: the tensor "w" has the external offset "-4", expected a number of bytes; export the model again',
  ],
  ...([
    ["../w.data", 'leaves the folder of the model by ".."'],
    ["a/../../w.data", 'leaves the folder of the model by ".."'],
    ["..\\w.data", 'leaves the folder of the model by ".."'],
    ["/etc/passwd", "is an absolute path or an address"],
    ["C:\\w.data", "is an absolute path or an address"],
    ["https://host/w.data", "is an absolute path or an address"],
    ["a\\w.data", "holds a character that is in no file name"],
    ["", "is no name"],
  ] as const).map(([location, problem]) =>
    [
      `the location "${location}"`,
      gemm({ location }),
      () => new Uint8Array(32),
      `m.onnx: the tensor "w" keeps its data in "${location}", which ${problem}, expected a file beside the model; ` +
      "export the model again",
    ] as const
  ),
];
for (const [what, model, files, sentence] of REFUSED) {
  Deno.test(`inlineExternalData() and importGraph() refuse ${what}`, () => {
    const externalData = files as Record<string, Uint8Array>;
    for (
      const read of [
        () => inlineExternalData(model, externalData, "m.onnx"),
        () => importGraph(model, operations, { name: "m.onnx", externalData }),
      ]
    ) {
      assert.throws(read, { name: "FormatError", message: sentence });
    }
  });
}

Deno.test("a model whose second file is not handed over says which one it is, and what to do", () => {
  const sentence =
    'm.onnx: node 0 (Gemm, output "y"): the tensor "w" keeps its data in a second file, "w.data"; hand ' +
    "that over as externalData, or put it in with inlineExternalData(), or export the model as one file " +
    "(torch.onnx.export with external_data=False)";
  const model = gemm({ location: "w.data" });
  assert.throws(() => importGraph(model, operations, { name: "m.onnx" }), { name: "FormatError", message: sentence });
  assert.throws(() => genSettings(model, {}, "m.onnx"), { name: "FormatError", message: sentence });
  assert.throws(() => loadWeights(model, "m.onnx"), /^FormatError: m\.onnx: the tensor "w" keeps its data in a second/);
  const wrong = new Uint8Array(32) as unknown as Record<string, Uint8Array>;
  assert.throws(() => inlineExternalData(model, wrong), /externalData is .*, expected an object of bytes by file name/);
});

checkerTest(
  "what Python's onnx splits into two files is put together into what it was",
  () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/whole.onnx`, whole);
      await python(`
import onnx, os
os.chdir(${JSON.stringify(folder)})
onnx.save_model(onnx.load("whole.onnx"), "split.onnx", save_as_external_data=True, location="split.data", size_threshold=0)
`);
      const model = await Deno.readFile(`${folder}/split.onnx`);
      assert.ok(decodeModel(model).graph!.initializer!.every(({ rawData }) => !rawData?.length));
      const read = (name: string) => Deno.readFileSync(`${folder}/${name}`);
      assert.deepEqual(decodeModel(inlineExternalData(model, read)), decodeModel(whole));
    }),
);

const exported = new URL("nets/plain_mlp_dynamo/", FIXTURES);
const isPresent = await Deno.stat(exported).then(() => true, () => false);
Deno.test({
  name: "what today's PyTorch exports by default predicts what PyTorch predicts" +
    (isPresent ? "" : " [needs --allow-read and the fixtures beside the repository]"),
  ignore: !isPresent,
  fn: async () => {
    const read = (name: string) => Deno.readFileSync(new URL(name, exported));
    const tensor = (name: string) => readTensor(decodeTensor(read(`test_data_set_0/${name}.pb`)));
    const [input, expected] = [tensor("input_0"), tensor("output_0")];
    using devices = await Devices.request();
    const sample = Float32Array.from(input.data as Float32Array);
    const options = { batch: input.shape[0], externalData: read };
    const found = await predict(devices.cpu, read("model.onnx"), sample, options);
    assert.equal(found.length, expected.data.length);
    found.forEach((value, i) => assert.ok(Math.abs(value - Number(expected.data[i])) < 1e-5));
    genSettings(inlineExternalData(read("model.onnx"), read), { variables: [["batch_size", 1]] });
  },
});
