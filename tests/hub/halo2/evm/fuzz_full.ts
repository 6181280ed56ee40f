/**
 * The contracts beside the verifier in TypeScript, on proofs that hold and on changed ones: both
 * say the same. Proofs that hold are forged, so that there is a new one for every trial.
 */
import assert from "node:assert/strict";
import { R } from "../../../../hub/halo2/curve/bn254.ts";
import { WORD, wordOf } from "../../../../hub/halo2/curve/words.ts";
import { constraintSystem } from "../../../../hub/halo2/circuit/constraint_system.ts";
import { readVerifyingKey } from "../../../../hub/halo2/circuit/verifying_key.ts";
import { proofHolds } from "../../../../hub/halo2/verify/verify_proof.ts";
import { verifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { instancesOf } from "../../../../hub/ezkl/format/proof.ts";
import { secretG2 } from "../../../../hub/ezkl/srs/verifier.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import { circuitData } from "../../../../hub/halo2/evm/circuit_data.ts";
import { codeWith, contractOf } from "../../../../hub/halo2/evm/contract.ts";
import { PUBLISHED_SECRET, unsafeSrs } from "../../ezkl/srs/fixtures.ts";
import { circuit } from "../circuits.ts";
import { WAYS } from "./calldata_changes.ts";
import { firstValue, forge, randomNumbers } from "./forge.ts";

/** Trials in all. */
const TRIALS = Number(Deno.env.get("EVM_FUZZ") ?? 5500);

/** Circuits of every kind. */
const NAMES = [
  "w1",
  "gemm",
  "sig_T2",
  "sig_T3",
  "sig_T6",
  "w4",
  "dyn",
  "hashed",
  "nocompress",
  "polycommit",
  "maxpool",
];

for (const name of NAMES) {
  Deno.test(`${name}: the contract says what the verifier says`, async () => {
    const { settings, vk: file } = circuit(name);
    const vk = readVerifyingKey("fuzz", file, settings), system = constraintSystem("fuzz", settings, vk);
    const secret = secretG2(unsafeSrs(1));
    const own = { system, vk, instances: instancesOf(settings), secretG2: secret };
    const chain = await EvmChain.create();
    const { address } = await chain.deploy(contractOf("it", codeWith("whole", circuitData(own).bytes), [], ""));
    const next = randomNumbers(`fuzz ${name}`);
    const below = (count: number) => Number(next() % BigInt(count));
    const ways = Object.values(WAYS);
    const seen = { held: 0, refused: 0 };
    let base: { proof: Uint8Array; instances: bigint[] } | null = null;
    for (let trial = 0; trial < TRIALS / NAMES.length; trial++) {
      if (base === null || trial % 8 === 0) {
        const instances = Array.from({ length: own.instances }, () => below(2) ? next() : BigInt(below(1000)));
        // Values at the edges of the field, which formulas meet with carries and zeros.
        const edges = Array.from({ length: below(4) }, (): [number, bigint] => [
          firstValue(own) + below(system.queries.advice.length),
          [0n, 1n, R - 1n, R - 2n][below(4)],
        ]);
        base = { proof: forge(own, PUBLISHED_SECRET, instances, new Map(edges)), instances };
      }
      const proof = Uint8Array.from(base.proof), instances = [...base.instances];
      for (let changes = trial % 8 === 0 ? 0 : 1 + below(2); changes > 0; changes--) {
        const at = below(proof.length / WORD + instances.length);
        const change = ways[below(ways.length)];
        if (at < instances.length) instances[at] = BigInt.asUintN(256, change(instances[at])) % R;
        else {
          const word = WORD * (at - instances.length);
          const value = BigInt(`0x${proof.subarray(word, word + WORD).toHex()}`);
          proof.set(wordOf(BigInt.asUintN(256, change(value))), word);
        }
      }
      const ours = proofHolds("fuzz", proof, { settings, vk, secretG2: secret, instances });
      const { holds } = await chain.call(address, verifierCalldata(proof, instances));
      assert.equal(holds, ours, `trial ${trial}`);
      seen[holds ? "held" : "refused"]++;
    }
    assert.ok(seen.held >= Math.floor(TRIALS / NAMES.length / 8) && seen.refused > seen.held, JSON.stringify(seen));
  });
}
