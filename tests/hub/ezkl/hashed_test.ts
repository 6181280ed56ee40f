/** Inputs and outputs of which a proof shows the hash alone, and what of EZKL's layouts is bound by nodes of ours. */
import assert from "node:assert/strict";
import { manualSeed, nn } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { assignCells } from "../../../hub/ezkl/assign/assign.ts";
import { bindFree } from "../../../hub/ezkl/compile/bound.ts";
import { Engine } from "../../../hub/ezkl/engine/engine.ts";
import type { CircuitModel } from "../../../hub/ezkl/format/circuit.ts";
import { settingsFromJson, settingsToJson } from "../../../hub/ezkl/format/settings_json.ts";
import { settingsOf as settingsFor } from "../../../hub/ezkl/compile/settings.ts";
import { encodeCircuit } from "../../../hub/ezkl/format/circuit_codec.ts";
import { witnessFromJson } from "../../../hub/ezkl/format/witness.ts";
import { layOut } from "../../../hub/ezkl/layout/layout.ts";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  genSettings,
  genSrs,
  genWitness,
  HASHED,
  inputJson,
  priceCircuit,
  readProof,
  type RunArgs,
  setup,
  verify,
} from "../../../hub/ezkl/mod.ts";
import { CircuitProver } from "../../../hub/ezkl/prover/circuit_prover.ts";
import { poseidonHash } from "../../../hub/halo2/circuit/poseidon_hash.ts";
import { unsignedOf } from "../../../hub/ezkl/format/field.ts";
import { permutationOf } from "../../../hub/halo2/keys/permutation.ts";
import { columnsOf } from "../../../hub/halo2/circuit/columns.ts";
import { inFolder } from "../../folder.ts";
import { CircuitWriter, settingsOf } from "./layout/circuits.ts";
import { nativeAll, nativeDone, nativeRunArgs, nativeTest } from "./native.ts";
import { TINY_ARGS, tinySigmoidOnnx } from "./tiny.ts";

const srs = await genSrs(8);

/** A proof of ours, with everything that it is checked with. */
async function proven(onnx: Uint8Array, args: Partial<RunArgs>, input: Float32Array, engine: Engine) {
  const settings = genSettings(onnx, { ...TINY_ARGS, logrows: 8, ...args }), compiled = compileCircuit(onnx, settings);
  const witness = await genWitness(compiled, inputJson(input), { engine });
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const vk = await prover.verifyingKey(), proof = await prover.prove(witness);
  assert.equal(await verify(proof, vk, settings, srs), true);
  return { settings, compiled, witness: witnessFromJson(new TextDecoder().decode(witness)), vk, proof };
}

Deno.test("a proof shows the hash of what the next one takes, and both hold for the engine", async () => {
  await using engine = new Engine({ threads: 1 });
  const first = await proven(tinySigmoidOnnx(), { outputVisibility: HASHED }, Float32Array.of(1, 0.5, -1), engine);
  manualSeed(2);
  const next = exportOnnx(new nn.Linear(2, 2), [2]), [scale] = first.settings.modelOutputScales;
  const given = Float32Array.from(first.witness.outputs[0], (value) => Number(value) / 2 ** scale);
  const second = await proven(next, { inputScale: scale, inputVisibility: HASHED }, given, engine);
  const { outputHashes, outputs } = readProof(first.proof, first.settings),
    shown = readProof(second.proof, second.settings);
  assert.equal(outputs, undefined);
  assert.deepEqual(outputHashes, [poseidonHash(first.witness.outputs[0].map(unsignedOf))]);
  assert.deepEqual(outputHashes, first.witness.processedOutputs?.poseidonHash?.map(unsignedOf));
  assert.deepEqual(shown.inputHashes, outputHashes);
  assert.equal(shown.inputs, undefined);
  for (const { settings, compiled, vk, proof } of [first, second]) {
    const keys = await setup(compiled, srs, { engine });
    assert.deepEqual(vk, keys.vk);
    assert.equal(await engine.verify(proof, vk, new TextEncoder().encode(settingsToJson(settings)), srs), true);
  }
});

Deno.test("a public input is shown before the hash of the output, and both may be hashes", async () => {
  await using engine = new Engine({ threads: 1 });
  const input = Float32Array.of(1, 0.5, -1), onnx = tinySigmoidOnnx();
  const one = await proven(onnx, { inputVisibility: "Public", outputVisibility: HASHED }, input, engine);
  const two = await proven(onnx, { inputVisibility: HASHED, outputVisibility: HASHED }, input, engine);
  const a = readProof(one.proof, one.settings), b = readProof(two.proof, two.settings);
  assert.deepEqual(a.inputs, [Float64Array.from(input)]);
  assert.deepEqual(b.inputHashes, [poseidonHash(one.witness.inputs[0].map(unsignedOf))]);
  assert.deepEqual(b.outputHashes, a.outputHashes);
});

Deno.test("a calibration for fidelity has rows for the hashes too", async () => {
  manualSeed(3);
  const onnx = exportOnnx(new nn.Sequential(new nn.Linear(3, 4), new nn.Sigmoid(), new nn.Linear(4, 20)), [3]);
  const samples = Array.from({ length: 50 }, (_, k) => Float32Array.of(Math.sin(k), Math.cos(k), k / 50));
  const given = genSettings(onnx, { paramVisibility: "Fixed", inputVisibility: HASHED, outputVisibility: HASHED });
  // Tables of 2^8 rows, where 23 hashed numbers take 900.
  const grid = { tableRows: [8], dropBits: [3], tolerance: 0.5 };
  const found = await calibrateSettings(onnx, given, calibrationJson(samples), { target: "fidelity", ...grid });
  const { settings } = found, compiled = compileCircuit(found.onnx, settings), { logrows } = settings.runArgs;
  const own = await genSrs(logrows);
  const witness = await genWitness(compiled, inputJson(samples[0]));
  await using prover = await CircuitProver.create(compiled, own, { threads: 1 });
  const vk = await prover.verifyingKey(), proof = await prover.prove(witness);
  assert.equal(await verify(proof, vk, settings, own), true);
  const refused = { ...settings, runArgs: { ...settings.runArgs, logrows: logrows - 1 } };
  assert.throws(() => priceCircuit(compileCircuit(found.onnx, refused)), { message: /hashes of the inputs/ });
});

Deno.test("of several tensors each has its hash, and the witness is the engine's, byte for byte", async () => {
  const circuit = new CircuitWriter({ inputVisibility: HASHED, outputVisibility: HASHED, logrows: 9 });
  const a = circuit.input([3]), b = circuit.input([1]);
  const model = circuit.model([
    circuit.linear({ name: "Mult" }, [a, b], [3]),
    circuit.linear({ name: "Neg" }, [b], [1]),
  ]);
  const bound = bindFree(model, circuit.args), settings = settingsFor(bound, circuit.args);
  const compiled = encodeCircuit({ model: bound, settings }), srs = await genSrs(9);
  const input = JSON.stringify({ input_data: [[1, -2, 3], [5]] });
  await using engine = new Engine({ threads: 1 });
  const own = await genWitness(compiled, input, { prover: "zkgrad" });
  assert.equal(new TextDecoder().decode(own), new TextDecoder().decode(await engine.genWitness(compiled, input)));
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const vk = await prover.verifyingKey(), proof = await prover.prove(own);
  assert.deepEqual(vk, (await setup(compiled, srs, { engine })).vk);
  assert.equal(await verify(proof, vk, settings, srs), true);
  const { inputHashes, outputHashes } = readProof(proof, settings);
  const hashOf = (values: bigint[]) => poseidonHash(values.map(unsignedOf));
  assert.deepEqual(inputHashes, [hashOf([1n, -2n, 3n]), hashOf([5n])]);
  assert.deepEqual(outputHashes, [hashOf([5n, -10n, 15n]), hashOf([-5n])]);
});

nativeTest(
  "settings and circuits with hashes are its own, and it verifies a proof of ours",
  () =>
    inFolder(async (folder) => {
      const onnx = tinySigmoidOnnx(), model = `${folder}/network.onnx`;
      await Deno.writeFile(model, onnx);
      // Without range checks no node of ours is needed.
      const all = [["Hashed", "Public"], ["Public", "Hashed"], ["Hashed", "Hashed"]].map(([input, output]) => ({
        ...TINY_ARGS,
        logrows: 8,
        inputVisibility: input === "Hashed" ? HASHED : "Public" as const,
        outputVisibility: output === "Hashed" ? HASHED : "Public" as const,
        ignoreRangeCheckInputsOutputs: true,
      }));
      const file = (index: number, name: string) => `${folder}/${index}.${name}`;
      const reports = await nativeAll(all.flatMap((args, at) => [
        { command: "gen_settings", model, output: file(at, "json"), run_args: nativeRunArgs(args) },
        { command: "compile_circuit", model, compiled_circuit: file(at, "out"), settings_path: file(at, "json") },
      ]));
      for (const [at, args] of all.entries()) {
        assert.ok(reports[2 * at].ok && reports[2 * at + 1].ok);
        const theirs = settingsFromJson(await Deno.readTextFile(file(at, "json"))), own = genSettings(onnx, args);
        for (
          const name of ["numRows", "totalAssignments", "totalConstSize", "moduleSizes", "modelInstanceShapes"] as const
        ) {
          assert.deepEqual(own[name], theirs[name], name);
        }
        assert.deepEqual(compileCircuit(onnx, theirs), await Deno.readFile(file(at, "out")));
      }
      await using engine = new Engine({ threads: 1 });
      const { settings, vk, proof } = await proven(onnx, { inputVisibility: HASHED }, Float32Array.of(1, 0, 1), engine);
      await Deno.writeTextFile(`${folder}/settings.json`, settingsToJson(settings));
      for (const [name, bytes] of [["vk", vk], ["srs", srs], ["proof", proof]] as const) {
        await Deno.writeFile(`${folder}/${name}`, bytes);
      }
      const { result } = await nativeDone("verify", {
        proof_path: `${folder}/proof`,
        settings_path: `${folder}/settings.json`,
        vk_path: `${folder}/vk`,
        srs_path: `${folder}/srs`,
      });
      assert.equal(result, true);
    }),
);

/** Whether every cell of a circuit's only input is tied to one that is held to 0 and 1. */
function isHeldToBits(model: CircuitModel, args: RunArgs): boolean {
  const settings = settingsOf(model, args, layOut(model, args, "dummy")),
    { rows, innerCols, blocks } = columnsOf(settings);
  const { selectors, copies, advice } = assignCells({ model, settings }, { inputs: [[1n, 0n, 1n]], outputs: [[]] });
  const map = selectors.slice(-blocks * innerCols);
  assert.deepEqual(settings.requiredRangeChecks.at(-1), [0n, 1n]);
  const next = permutationOf(rows * (advice!.length + 3), copies);
  // The input is laid in the first cells of the outputs' columns.
  return [0, 1, 2].every((at) => {
    const first = (2 * blocks * innerCols + at % innerCols) * rows + Math.floor(at / innerCols);
    for (let cell = next[first]; cell !== first; cell = next[cell]) {
      const column = Math.floor(cell / rows), row = cell % rows;
      if (column < blocks * innerCols && (map[column][row >> 3] >> (row & 7) & 1) === 1) return true;
    }
    return false;
  });
}

Deno.test("a Boolean input is tied to the cells that are checked", () => {
  const circuit = new CircuitWriter({ outputVisibility: "Private", logrows: 9 });
  const model = circuit.model([circuit.linear({ name: "Neg" }, [circuit.input([3], "Bool")], [3])]);
  assert.equal(isHeldToBits(model, circuit.args), false, "EZKL's own layout");
  assert.equal(isHeldToBits(bindFree(model, circuit.args), circuit.args), true);
});

Deno.test("roots, one-hot results and hashed inputs are bound, and what the logic checks is not bound again", () => {
  const added = (write: (circuit: CircuitWriter) => number[], args: Partial<RunArgs> = {}) => {
    const circuit = new CircuitWriter(args), model = circuit.model(write(circuit));
    return [...bindFree(model, circuit.args).nodes.values()].slice(model.nodes.size).map(({ opkind, inputs }) => {
      return `${opkind.kind === "Linear" ? opkind.op.name : opkind.kind} of ${inputs[0][0]}`;
    });
  };
  const root = (c: CircuitWriter) => [c.hybrid({ name: "Sqrt", scale: 2 }, [c.input([2])], [2])];
  assert.deepEqual(added(root), ["Sign of 1", "Not of 2"]);
  assert.deepEqual(added(root, { inputVisibility: HASHED }), ["Sign of 0", "Sign of 1", "Not of 3"]);
  assert.deepEqual(
    added((c) => [c.hybrid({ name: "OneHot", dim: 1, numClasses: 3 }, [c.input([2])], [2, 3])]),
    ["Not of 1"],
  );
  const both = (c: CircuitWriter) => {
    const a = c.linear({ name: "Reshape", shape: [1, 2] }, [c.input([2], "Bool")], [1, 2]);
    return [c.linear({ name: "And" }, [a, c.input([1, 2], "Bool")], [1, 2])];
  };
  assert.deepEqual(added(both), []);
});
