/** Against the real onnx.checker: Debian's python3-onnx, where it is installed. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../core/base/errors.ts";
import { checkModel } from "../../onnx/check.ts";
import { exportGraph, graphToModel } from "../../onnx/export.ts";
import { encodeModel, type ModelProto } from "../../onnx/proto.ts";
import { lenet, smallLenet } from "./lenet.ts";

const PYTHON = "/usr/bin/python3";

/** For each model, given in hexadecimal: whether the checker takes it, and whether Python writes the same bytes. */
const SCRIPT = `
import json, sys, onnx
results = []
for text in json.load(sys.stdin):
    data = bytes.fromhex(text)
    model = onnx.load_from_string(data)
    same = model.SerializeToString() == data
    try:
        onnx.checker.check_model(model, full_check=True)
        results.append([None, same])
    except Exception as error:
        results.append([str(error) or "refused", same])
print(json.dumps(results))
`;

async function python(script: string, input: string): Promise<string> {
  // Isolated: the working directory's own onnx/ would otherwise pass for the package.
  const child = new Deno.Command(PYTHON, {
    args: ["-I", "-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function judge(models: readonly Uint8Array[]): Promise<[string | null, boolean][]> {
  return JSON.parse(await python(SCRIPT, JSON.stringify(models.map((bytes) => bytes.toHex()))));
}

const isPresent = (await Deno.permissions.query({ name: "run", command: PYTHON })).state === "granted" &&
  await python("import onnx.checker", "").then(() => true, () => false);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: isPresent ? name : `${name} [needs --allow-run=${PYTHON} and Debian's python3-onnx]`,
    ignore: !isPresent,
    fn,
  });
}

test("onnx.checker accepts the exported LeNet in full, and Python writes the same bytes", async () => {
  const models = [1, 64].flatMap((traced) =>
    ([1, "batch_size"] as const).map((batch) => exportGraph({ ...lenet(traced), batch }))
  );
  assert.deepEqual(await judge(models), models.map(() => [null, true]));
});

const good = graphToModel({ ...smallLenet(1), batch: 1 });
const graph = good.graph!;
const node = (index: number, change: object): ModelProto => ({
  ...good,
  graph: { ...graph, node: graph.node!.map((item, i) => i === index ? { ...item, ...change } : item) },
});
const weight = (change: object): ModelProto => ({
  ...good,
  graph: { ...graph, initializer: graph.initializer!.map((item, i) => i === 0 ? { ...item, ...change } : item) },
});
const output = (tensorType: object): ModelProto => ({
  ...good,
  graph: { ...graph, output: [{ name: "output", type: { tensorType } }] },
});

/** Defects that break a rule of the checker. */
const broken: readonly (readonly [string, ModelProto])[] = [
  ["no ir_version", { opsetImport: good.opsetImport!, graph }],
  ["no opset_import", { irVersion: 7, graph }],
  ['the domain "ai.onnx"', { ...good, opsetImport: [{ domain: "ai.onnx", version: 12 }] }],
  ["a metadata key twice", { ...good, metadataProps: [{ key: "a", value: "" }, { key: "a", value: "" }] }],
  ["no graph name", { ...good, graph: { ...graph, name: "" } }],
  ["an input without a type", { ...good, graph: { ...graph, input: [{ name: "input_0" }] } }],
  ["an output without a shape", output({ elemType: 1 })],
  ["an output without an element type", output({ shape: {} })],
  ["two inputs of one name", { ...good, graph: { ...graph, input: [...graph.input!, ...graph.input!] } }],
  ["an initializer without a type", weight({ dataType: 0 })],
  ["data in two fields", weight({ floatData: [1] })],
  ["data in a field of another type", weight({ rawData: new Uint8Array(0), int64Data: [1] })],
  ["weights outside the inputs at IR version 3", { ...good, irVersion: 3 }],
  ["nodes out of order", { ...good, graph: { ...graph, node: [...graph.node!].reverse() } }],
  ["a node without an operator", node(1, { opType: "" })],
  ["a domain that is not imported", node(1, { domain: "com.me" })],
  ["a value made twice", node(1, { output: ["/conv1/Conv_output_0"] })],
  ["an attribute without a type", node(6, { attribute: [{ name: "axis", i: 1 }] })],
  ["an attribute of the wrong type", node(6, { attribute: [{ name: "axis", i: 1, type: 1 }] })],
  ["an attribute with two values", node(6, { attribute: [{ name: "axis", i: 1, f: 1, type: 2 }] })],
];

test("checkModel() and onnx.checker refuse the same defects", async () => {
  const verdicts = await judge(broken.map(([, model]) => encodeModel(model)));
  for (const [index, [what, model]] of broken.entries()) {
    assert.notEqual(verdicts[index][0], null, `onnx.checker accepts ${what}`);
    assert.throws(() => checkModel(model), ZkgradError, `checkModel() accepts ${what}`);
  }
});

/** Harmless oddities. */
const odd: readonly (readonly [string, ModelProto])[] = [
  ["nodes without names", { ...good, graph: { ...graph, node: graph.node!.map((item) => ({ ...item, name: "" })) } }],
  ["free text", { ...good, docString: "text", metadataProps: [{ key: "a", value: "b" }] }],
  ["another domain imported", {
    ...good,
    opsetImport: [{ domain: "", version: 12 }, { domain: "com.me", version: 1 }],
  }],
  ["no value_info", { ...good, graph: { ...graph, valueInfo: [] } }],
  ["an output of unknown size", output({ elemType: 1, shape: { dim: [{}, {}] } })],
];

test("checkModel() and onnx.checker accept the same oddities", async () => {
  const verdicts = await judge(odd.map(([, model]) => encodeModel(model)));
  assert.deepEqual(verdicts.map(([verdict]) => verdict), odd.map(() => null));
  for (const [, model] of odd) checkModel(model);
});
