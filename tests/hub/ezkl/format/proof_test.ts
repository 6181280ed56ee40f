/** Witnesses and proofs: the engine's text back, and what a proof shows. */
import assert from "node:assert/strict";
import { FIELD_MODULUS } from "../../../../hub/ezkl/format/field.ts";
import { FormatError } from "../../../../core/base/errors.ts";
import { decodeInstances, type Proof, proofFromJson, proofToJson } from "../../../../hub/ezkl/format/proof.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { witnessFromJson, witnessToJson } from "../../../../hub/ezkl/format/witness.ts";
import { MADE, madeText, sharedTest } from "./fixtures.ts";

const gemm = (): [Proof, GraphSettings] => [
  proofFromJson(madeText("gemm", "proof.json")),
  settingsFromJson(madeText("gemm", "settings.json")),
];

for (const model of MADE) {
  Deno.test(`witnessToJson() gives back the engine's witness of made/${model}`, () => {
    const text = madeText(model, "witness.json");
    assert.equal(witnessToJson(witnessFromJson(text)), text);
  });

  Deno.test(`proofToJson() gives back the engine's proof of made/${model}`, () => {
    const text = madeText(model, "proof.json");
    assert.equal(proofToJson(proofFromJson(text)), text);
  });

  Deno.test(`decodeInstances() shows of made/${model} what its witness has, near the float result`, () => {
    const witness = witnessFromJson(madeText(model, "witness.json"));
    const settings = settingsFromJson(madeText(model, "settings.json"));
    const shown = decodeInstances(proofFromJson(madeText(model, "proof.json")), settings);
    assert.deepEqual(shown.integers, { outputs: witness.outputs });
    assert.equal(shown.inputs, undefined);
    assert.deepEqual(
      Array.from(shown.outputs![0]),
      witness.prettyElements!.rescaledOutputs[0].map(Number),
    );
    const { output } = JSON.parse(madeText(model, "reference.json"));
    const error = Math.max(...output.flat(9).map((x: number, at: number) => Math.abs(x - shown.outputs![0][at])));
    assert.ok(error < 0.15, `${error}`);
  });
}

sharedTest("witnessToJson() gives back a native witness", "native/v21.0.0-assets/witness.json", (bytes) => {
  const text = new TextDecoder().decode(bytes);
  assert.equal(witnessToJson(witnessFromJson(text)), text);
  assert.deepEqual(witnessFromJson(text).inputs, [[2n, 1n, 1n]]);
});

sharedTest(
  "proofToJson() gives back a native proof with its pretty inputs",
  "native/v21.0.0-assets/proof.json",
  (bytes) => {
    const text = new TextDecoder().decode(bytes);
    assert.equal(proofToJson(proofFromJson(text)), text);
  },
);

Deno.test("witnessFromJson() keeps numbers beyond 2^53 and hashes, and names what is missing", () => {
  const json = JSON.parse(madeText("gemm", "witness.json"));
  const hash = json.inputs[0][0];
  json.processed_inputs = { poseidon_hash: [hash], polycommit: [[["1", "2", "3"]]] };
  const text = JSON.stringify(json).replace('"min_lookup_inputs":0', '"min_lookup_inputs":-9007199254740993');
  const witness = witnessFromJson(text);
  assert.equal(witness.minLookupInputs, -9007199254740993n);
  assert.deepEqual(witness.processedInputs?.poseidonHash, [-57n]);
  assert.equal(witnessToJson(witness), text);
  for (const key of ["inputs", "outputs", "max_lookup_inputs", "min_lookup_inputs", "max_range_size"]) {
    const { [key]: _, ...rest } = json;
    assert.throws(() => witnessFromJson(JSON.stringify(rest)), {
      name: "FormatError",
      message: new RegExp(`"${key}"`),
    });
  }
  json.inputs[0][2] = "zz";
  assert.throws(() => witnessFromJson(JSON.stringify(json)), {
    name: "FormatError",
    message: /^witness\.json: inputs\[0\]\[2\] is wrong: "zz" is no field element, expected 64 lower-case/,
  });
});

Deno.test("proofFromJson() refuses a hex_proof that is not the proof", () => {
  const text = madeText("gemm", "proof.json");
  assert.throws(() => proofFromJson(text.replace('"hex_proof":"0x07', '"hex_proof":"0x08')), {
    name: "FormatError",
    message: /hex_proof is not the bytes of proof/,
  });
  assert.throws(() => proofFromJson(text.replace('"proof":[7,', '"proof":[8,')), FormatError);
  assert.throws(() => proofFromJson(text.replace('"proof":[7,', '"proof":[256,')), {
    message: "proof.json: proof has 256 at 0, expected whole numbers from 0 to 255",
  });
});

Deno.test("proofFromJson() needs no more than the verifier does", () => {
  const { instances, proof, transcript_type } = JSON.parse(madeText("gemm", "proof.json"));
  const read = proofFromJson(JSON.stringify({ instances, proof, transcript_type }));
  assert.deepEqual(
    [read.commitment, read.timestamp, read.version, read.prettyPublicInputs, read.protocol],
    [null, null, null, null, null],
  );
  assert.deepEqual(decodeInstances(read, gemm()[1]).integers.outputs, [[58n, 38n, -64n, 57n]]);
  for (const key of ["instances", "proof", "transcript_type"]) {
    const rest = JSON.stringify({ instances, proof, transcript_type, [key]: undefined });
    assert.throws(() => proofFromJson(rest), {
      name: "FormatError",
      message: `proof.json: the content has no key "${key}", expected one`,
    });
  }
});

Deno.test("proofFromJson() refuses instances that are not canonical", () => {
  const text = madeText("gemm", "proof.json");
  const minus = "c1ffffef93f5e1439170b97948e833285d588181b64550b829a031e1724e6430"; // found in the file
  for (const other of [minus.toUpperCase(), `0x${minus.slice(2)}`, minus.slice(2), "f".repeat(64)]) {
    assert.ok(text.includes(minus));
    assert.throws(() => proofFromJson(text.replace(minus, other)), {
      name: "FormatError",
      message: /^proof\.json: instances\[0\]\[2\] is wrong: /,
    });
  }
});

Deno.test("decodeInstances() ignores what is written for people", () => {
  const [proof, settings] = gemm();
  const honest = decodeInstances(proof, settings);
  const texts = [["1000000"]];
  proof.prettyPublicInputs = {
    rescaledInputs: texts,
    inputs: texts,
    processedInputs: [],
    processedParams: [],
    processedOutputs: [],
    rescaledOutputs: texts,
    outputs: texts,
  };
  assert.deepEqual(decodeInstances(proof, settings), honest);
});

Deno.test("decodeInstances() splits public inputs from public outputs, each at its scale", () => {
  const [proof, settings] = gemm();
  settings.runArgs.inputVisibility = "Public";
  settings.modelInstanceShapes = [[1, 2], [2, 1], []];
  settings.modelInputScales = [1, 2];
  settings.modelOutputScales = [3];
  proof.instances = [[1n, -2n, 3n, 4n, -40n]];
  assert.deepEqual(decodeInstances(proof, settings), {
    inputs: [Float64Array.of(0.5, -1), Float64Array.of(0.75, 1)],
    outputs: [Float64Array.of(-5)],
    integers: { inputs: [[1n, -2n], [3n, 4n]], outputs: [[-40n]] },
  });
});

Deno.test("decodeInstances() takes hashes first, and what is committed is not shown", () => {
  const [proof, settings] = gemm();
  const { outputs } = decodeInstances(proof, settings);
  settings.runArgs.inputVisibility = { Hashed: { hashIsPublic: true, outlets: [] } };
  settings.runArgs.paramVisibility = "KZGCommit";
  settings.moduleSizes = { polycommit: [3], poseidon: [166, [1]] };
  proof.instances[0].unshift(-5n);
  const shown = decodeInstances(proof, settings);
  assert.deepEqual([shown.hashes, shown.inputHashes], [[FIELD_MODULUS - 5n], [FIELD_MODULUS - 5n]]);
  assert.deepEqual(shown.outputs, outputs);
  assert.equal(shown.inputs, undefined);
});

const misfits: [string, (proof: Proof, settings: GraphSettings) => void, RegExp][] = [
  ["an instance too few", (proof) => proof.instances[0].pop(), /columns of \[3\], expected one of 4/],
  ["an instance too many", (proof) => proof.instances[0].push(0n), /columns of \[5\], expected one of 4/],
  ["two columns", (proof) => proof.instances.push([]), /columns of \[4,0\], expected one of 4/],
  ["no column", (proof) => proof.instances = [], /columns of \[\], expected one of 4/],
  ["another shape", (_, settings) => settings.modelInstanceShapes = [[2, 4]], /expected one of 8/],
  ["a shape too many", (_, settings) => settings.modelInstanceShapes.push([0]), /2 instance shapes and 1 public/],
  [
    "outputs that are private",
    (_, settings) => settings.runArgs.outputVisibility = "Private",
    /1 instance shapes and 0/,
  ],
  [
    "a hash that is not there",
    (_, settings) => settings.moduleSizes.poseidon = [166, [1]],
    /of \[4\], expected one of 5/,
  ],
  ["a scale beyond all floats", (_, settings) => settings.modelOutputScales = [-2000], /of scale -2000, expected/],
];
for (const [what, change, message] of misfits) {
  Deno.test(`decodeInstances() refuses ${what}`, () => {
    const [proof, settings] = gemm();
    change(proof, settings);
    assert.throws(() => decodeInstances(proof, settings), { name: "FormatError", message });
  });
}

Deno.test("decodeInstances() shows nothing of a circuit without public tensors", () => {
  const [proof, settings] = gemm();
  settings.runArgs.outputVisibility = "Private";
  settings.modelInstanceShapes = [];
  for (const instances of [[], [[]]]) {
    assert.deepEqual(decodeInstances({ ...proof, instances }, settings), { integers: {} });
  }
});
