/** Kinds of circuits that no fixture has, proven by a forger: the contract finds what the verifier finds. */
import assert from "node:assert/strict";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { verifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import { circuitData } from "../../../../hub/halo2/evm/circuit_data.ts";
import { codeWith, contractOf, MOST_CODE } from "../../../../hub/halo2/evm/contract.ts";
import { proofHolds } from "../../../../hub/halo2/verify/verify_proof.ts";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { PUBLISHED_SECRET } from "../../ezkl/srs/fixtures.ts";
import { circuit } from "../circuits.ts";
import { forge, randomNumbers } from "./forge.ts";
import { type Making, settingsWith, unproven } from "./unproven.ts";

const hashed: GraphSettings["runArgs"]["inputVisibility"] = { Hashed: { hashIsPublic: false, outlets: [] } };

const KINDS: [name: string, settings: GraphSettings, making: Making][] = [
  ["three inner columns", settingsWith({}, { numInnerCols: 3 }), {}],
  ["five inner columns", settingsWith({}, { numInnerCols: 5 }), { meeting: 4 }],
  ["no lookups", settingsWith({ requiredRangeChecks: [], requiredLookups: [] }), {}],
  ["nothing shown", settingsWith({ modelInstanceShapes: [], modelOutputScales: [] }), {}],
  ["a thousand numbers shown", settingsWith({ modelInstanceShapes: [[1000]] }, { logrows: 11 }), {}],
  ["two columns of constants", settingsWith({ totalConstSize: 300 }), {}],
  [
    "dynamic lookups and shuffles",
    settingsWith({ numDynamicLookups: 2, numShuffles: 3, totalDynamicColSize: 40, totalShuffleColSize: 300 }),
    {},
  ],
  [
    "a hash that is not shown",
    settingsWith({ moduleSizes: { polycommit: [], poseidon: [100, [0]] } }, { inputVisibility: hashed, logrows: 9 }),
    {},
  ],
  [
    "a range of three columns, wide tables, and selectors of their own",
    settingsWith({
      requiredRangeChecks: [[0n, 600n], [-1n, 1n]],
      requiredLookups: circuit("sig_T3").settings.requiredLookups,
    }, { lookupRange: [-300n, 300n] }),
    { compressed: false },
  ],
  ["hundreds of gates that are zero", settingsWith({ totalAssignments: 40 * 250 }, { numInnerCols: 1 }), {
    isEmpty: (column, first) => column > first + 4,
  }],
  ["every column empty", settingsWith({}), { isEmpty: () => true }],
];
for (const [name, settings, making] of KINDS) {
  Deno.test(`a contract of ${name}`, async () => {
    const made = unproven(settings, making);
    const next = randomNumbers(name);
    const shown = Array.from({ length: made.instances }, next);
    const proof = forge(made, PUBLISHED_SECRET, shown);
    const { vk, secretG2 } = made;
    assert.ok(proofHolds("test", proof, { settings, vk, secretG2, instances: shown }), "holds");
    const runtime = codeWith("whole", circuitData(made).bytes);
    const chain = await EvmChain.create();
    const { address } = await chain.deploy(contractOf("it", runtime, [], ""));
    const call = verifierCalldata(proof, shown);
    assert.ok((await chain.call(address, call)).holds);
    for (const at of [0, Math.floor(proof.length / 2), proof.length - 1]) {
      const changed = proof.with(at, proof[at] ^ 1);
      assert.equal((await chain.call(address, verifierCalldata(changed, shown))).holds, false);
    }
  });
}

Deno.test("a circuit of more code than Ethereum allows is refused, and told of the other form", () => {
  const made = unproven(settingsWith({ totalAssignments: 40 * 250 }, { numInnerCols: 1 }), { meeting: 200 });
  const runtime = codeWith("whole", circuitData(made).bytes);
  assert.ok(runtime.length > MOST_CODE);
  assert.throws(
    () => contractOf("the contract", runtime, [], "make a reusable verifier"),
    /the contract has \d+ bytes of code, expected at most 24576.*make a reusable verifier/,
  );
});

Deno.test("createEvmVerifier() refuses what it does not know", () => {
  const { vk, settings, srs } = circuit("gemm");
  const make = (options: object, key = vk) => () =>
    createEvmVerifier(key, settings, srs, options as { reusable: true });
  assert.throws(make({ reuseable: true }), /there is no option reuseable, did you mean reusable\?/);
  assert.throws(make({ reusable: 1 }), /reusable: expected true or false, got 1/);
  assert.throws(make({ splitDepth: 2 }), /splitDepth: expected Infinity for this circuit's tables, got 2/);
  assert.throws(make({}, vk.with(20, 255)), { name: "FormatError", message: /createEvmVerifier\(\): point/ });
  assert.throws(make({}, circuit("w4").vk), { name: "FormatError" });
  assert.throws(() => createEvmVerifier(vk, settings, srs.slice(1)), { name: "FormatError" });
  const { pinned } = make({ reusable: true })() as ReturnType<typeof createEvmVerifier> & {
    pinned(a: Uint8Array, b: Uint8Array): unknown;
  };
  assert.throws(() => pinned(new Uint8Array(20), new Uint8Array(19)), /pinned\(\), key: expected the 20 bytes.*got 19/);
});

Deno.test("a key of a wide table made by another program has another digest, and a contract of its own", async () => {
  const { vk, settings, srs } = circuit("sig_T3");
  const file = Deno.readFileSync(new URL("../fixtures/sig_T3/wasm1.proof.json", import.meta.url));
  const { runEvmVerifier } = await import("../../../../hub/ezkl/run_evm_verifier.ts");
  assert.equal((await runEvmVerifier(createEvmVerifier(vk, settings, srs), file)).holds, false);
  assert.equal((await runEvmVerifier(createEvmVerifier(vk, settings, srs, { splitDepth: 1 }), file)).holds, true);
});
