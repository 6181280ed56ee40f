/** Contracts of circuits whose inputs or outputs a proof shows as hashes alone. */
import assert from "node:assert/strict";
import { proofFromJson, proofToJson } from "../../../hub/ezkl/format/proof.ts";
import { unsignedOf } from "../../../hub/ezkl/format/field.ts";
import {
  compileCircuit,
  createEvmVerifier,
  genSettings,
  genSrs,
  genWitness,
  HASHED,
  inputJson,
  prove,
  Prover,
  readProof,
  type RunArgs,
  runEvmVerifier,
  setup,
  witnessFromJson,
} from "../../../hub/ezkl/mod.ts";
import { poseidonHash } from "../../../hub/halo2/circuit/poseidon_hash.ts";
import { TINY_ARGS, tinySigmoidOnnx } from "./tiny.ts";

const srs = await genSrs(8), onnx = tinySigmoidOnnx();

const cases: Readonly<Record<string, Partial<RunArgs>>> = {
  "inputs and outputs": { inputVisibility: HASHED, outputVisibility: HASHED },
  "outputs, behind public inputs": { inputVisibility: "Public", outputVisibility: HASHED },
};
for (const [what, args] of Object.entries(cases)) {
  Deno.test(`a contract takes a proof that shows the hash of ${what}, and no other hash`, async () => {
    await using prover = new Prover({ threads: 1 });
    const settings = genSettings(onnx, { ...TINY_ARGS, logrows: 8, ...args }),
      compiled = compileCircuit(onnx, settings);
    const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0.5, -1)), { prover });
    const { vk } = await setup(compiled, srs, { prover });
    const proof = await prove(witness, vk, compiled, srs, { prover });
    const { outputs } = witnessFromJson(new TextDecoder().decode(witness));
    assert.deepEqual(readProof(proof, settings).outputHashes, [poseidonHash(outputs[0].map(unsignedOf))]);
    const verifier = createEvmVerifier(vk, settings, srs);
    assert.equal((await runEvmVerifier(verifier, proof)).holds, true);

    const read = proofFromJson(new TextDecoder().decode(proof)), [own] = read.instances;
    const others = [own.with(-1, own.at(-1)! + 1n), own.with(0, own[0] + 1n), own.toReversed(), own.slice(0, -1)];
    for (const instances of others) {
      const changed = new TextEncoder().encode(proofToJson({ ...read, instances: [instances] }));
      assert.equal((await runEvmVerifier(verifier, changed)).holds, false, `${instances}`);
    }
  });
}
