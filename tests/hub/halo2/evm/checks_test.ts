/**
 * Every check of the contracts: what it alone stands against is refused, and accepted by the
 * same contract without the check.
 */
import assert from "node:assert/strict";
import { keccak_256 } from "npm:@noble/hashes@2.4.0/sha3.js";
import solc from "npm:solc@0.8.37";
import { P, R } from "../../../../hub/halo2/curve/bn254.ts";
import { numberOf, WORD, wordOf } from "../../../../hub/halo2/curve/words.ts";
import { constraintSystem } from "../../../../hub/halo2/circuit/constraint_system.ts";
import { readVerifyingKey } from "../../../../hub/halo2/circuit/verifying_key.ts";
import { verifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { secretG2 } from "../../../../hub/ezkl/srs/verifier.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import { circuitData, type EvmCircuit } from "../../../../hub/halo2/evm/circuit_data.ts";
import { contractOf, dataGas } from "../../../../hub/halo2/evm/contract.ts";
import { CONTRACT_SOURCES, type ContractName } from "../../../../hub/halo2/evm/contract_sources.ts";
import { PUBLISHED_SECRET, unsafeSrs } from "../../ezkl/srs/fixtures.ts";
import { circuit } from "../circuits.ts";
import { compiled } from "./compile.ts";
import { firstValue, forge, type Words } from "./forge.ts";

/** Without a check: the text of it, and what stands there instead. */
type Removed = [text: string | RegExp, instead: string];

/** Numbers that are shown. */
const SHOWN = [3n, 1n, 4n];

/** Gas that no refusal takes that comes before a precompile is asked. */
const EARLY = 200_000;

const chain = await EvmChain.create("cancun");

/** The forgeries are for the key of w1 under a string whose secret is published. */
const forged: EvmCircuit = (() => {
  const { settings, vk: file } = circuit("w1");
  const vk = readVerifyingKey("test", file, settings), system = constraintSystem("test", settings, vk);
  return { system, vk, instances: SHOWN.length, secretG2: secretG2(unsafeSrs(1)) };
})();
const data = circuitData(forged).bytes;

/** The address of a contract, with or without checks. */
async function contract(name: ContractName, behind: Uint8Array, ...removed: Removed[]): Promise<Uint8Array> {
  let source: string = CONTRACT_SOURCES[name];
  for (const [text, instead] of removed) {
    const changed = source.replaceAll(typeof text === "string" ? text : new RegExp(text, "g"), instead);
    assert.notEqual(changed, source, `no check ${text}`);
    source = changed;
  }
  const optimizer = { enabled: true, details: { yul: false } };
  const { Contract } = compiled(solc, "Yul", source, { evmVersion: "cancun", optimizer });
  const code = Uint8Array.fromHex(Contract.evm.bytecode.object);
  const runtime = new Uint8Array([...code, ...behind]);
  return (await chain.deploy(contractOf("it", runtime, [], ""))).address;
}

const whole = await contract("whole", data);

/** Whether points are on the curve. */
const ON_CURVE: Removed = [/eq\(mulmod\(y, y, p\), .*\)/, "1"];

/** Asks the contract and the one without a check; the first refuses what the second accepts. */
async function standsAlone(removed: Removed, calls: Iterable<Uint8Array>, least = Infinity): Promise<void> {
  const weak = await contract("whole", data, removed);
  let accepted = 0, tried = 0;
  for (const call of calls) {
    assert.equal((await chain.call(whole, call)).holds, false, "refused");
    if ((await chain.call(weak, call)).holds) accepted++;
    tried++;
  }
  assert.ok(accepted >= Math.min(least, tried), `${accepted} of ${tried} are accepted without the check`);
}

function forgedCall(words: [number, bigint][] = [], instances: readonly bigint[] = SHOWN): Uint8Array<ArrayBuffer> {
  return verifierCalldata(forge(forged, PUBLISHED_SECRET, instances, new Map(words) as Words), instances);
}

/** The call data with a word more or another word. */
function changedWord(at: number, change: (word: bigint) => bigint): Uint8Array<ArrayBuffer> {
  const call = forgedCall();
  call.set(wordOf(change(numberOf(call, at))), at);
  return call;
}

Deno.test("a forged proof holds, and a forged proof of other numbers does not", async () => {
  assert.ok((await chain.call(whole, forgedCall())).holds);
  const call = forgedCall();
  call[call.length - 1] ^= 1;
  assert.equal((await chain.call(whole, call)).holds, false);
});

const length = forgedCall().length;
const proofEnd = length - WORD * (SHOWN.length + 1);
const encodings: [name: string, removed: Removed, call: Uint8Array][] = [
  ["the size of the call data", [/eq\(calldatasize\(\), .*\),/, "1,"], new Uint8Array([...forgedCall(), 0])],
  ["the proof's offset", [/eq\(calldataload\(0x4\), 0x40\)/, "1"], changedWord(4, (word) => word + 32n)],
  ["the instances' offset", [/eq\(calldataload\(0x24\), .*\),/, "1,"], changedWord(36, (word) => word - 32n)],
  ["the proof's length", [/eq\(calldataload\(0x44\), size\)/, "1"], changedWord(68, (word) => word + 32n)],
  [
    "the number of instances",
    [/eq\(calldataload\(add\(0x64, size\)\), .*\)/, "1"],
    changedWord(proofEnd, (word) => word + (1n << 251n)),
  ],
];
for (const [name, removed, call] of encodings) {
  Deno.test(`the contract checks ${name}`, () => standsAlone(removed, [call]));
}

Deno.test("the contract takes no other function", async () => {
  const call = forgedCall();
  assert.equal((await chain.call(whole, Uint8Array.from([0x1e, 0x8e, 0x1e, 0x14, ...call.subarray(4)]))).holds, false);
  await standsAlone([/if or\(callvalue\(\), sub\(.*\)\) \{ revert\(0, 0\) \}/, ""], [
    Uint8Array.from([0x1e, 0x8e, 0x1e, 0x14, ...call.subarray(4)]),
  ]);
});

Deno.test("the contract checks that instances are below r", async () => {
  await standsAlone(
    [/if iszero\(lt\(mload\(at\), .*\)\) \{ revert\(0, 0\) \}/, ""],
    SHOWN.map((_, index) => forgedCall([], SHOWN.map((value, at) => at === index ? value + R : value))),
  );
});

Deno.test("the contract checks that every value of a proof is below r", async () => {
  const start = firstValue(forged);
  const values = (proofEnd - 100) / WORD - 4 - start;
  const call = forgedCall();
  // Every third: a kind of values has three in a row, or more.
  const calls = Array.from({ length: Math.floor(values / 3) }, (_, third) => {
    const at = start + 3 * third + 1;
    return forgedCall([[at, numberOf(call, 100 + WORD * at) + R]]);
  });
  // Where a value is subtracted, the one that is too large is another number, and the proof does not hold either way.
  await standsAlone(["ok := and(ok, lt(v, r))", ""], calls, calls.length / 2);
});

Deno.test("the contract refuses points at infinity", async () => {
  const points = [
    ...Array.from({ length: firstValue(forged) / 2 }, (_, index) => 2 * index),
    (proofEnd - 100) / WORD - 4,
  ];
  await standsAlone(
    ON_CURVE,
    points.filter((_, index) => index % 3 === 0).map((at) => forgedCall([[at, 0n], [at + 1, 0n]])),
  );
});

Deno.test("points that are none are refused before a precompile takes the gas", async () => {
  const call = forgedCall();
  const at = (word: number) => 100 + WORD * word;
  const others: [name: string, removed: Removed, change: (call: Uint8Array) => void][] = [
    ["not on the curve", ON_CURVE, (call) => call[at(1) + 31] ^= 1],
    ["x from p on", [/lt\(x, p\)/, "1"], (call) => call.set(wordOf(numberOf(call, at(0)) + P), at(0))],
    ["y from p on", [/lt\(y, p\)/, "1"], (call) => call.set(wordOf(numberOf(call, at(1)) + P), at(1))],
  ];
  for (const [name, removed, change] of others) {
    const changed = Uint8Array.from(call);
    change(changed);
    const [strong, weak] = [whole, await contract("whole", data, removed)];
    const refused = await chain.call(strong, changed);
    assert.ok(!refused.holds && refused.gas < EARLY, name);
    const late = await chain.call(weak, changed);
    assert.ok(!late.holds && late.gas > 10_000_000, `${name}: ${late.gas}`);
  }
});

Deno.test("the contract checks that columns without a commitment are zero", async () => {
  const { system, vk } = forged;
  const empty = system.queries.fixed.filter(({ index }) => vk.fixed[index] === null).map(({ query }) => query);
  assert.ok(empty.length > 0);
  const first = firstValue(forged) + system.queries.advice.length;
  await standsAlone(["ok := iszero(some)", "ok := 1"], empty.map((query) => forgedCall([[first + query, 5n]])));
});

Deno.test("the contract checks that nothing is divided by zero", async () => {
  // A contract whose every challenge is 1, which is a row.
  const rigged: Removed = [/mstore\(slot, mod\(said, .*\)\)/, "mstore(slot, 1)"];
  const checked = await chain.call(await contract("whole", data, rigged), forgedCall());
  assert.ok(!checked.holds && checked.gas < EARLY, `${checked.gas} gas`);
  const removed: Removed = ["if iszero(all) { revert(0, 0) }", ""];
  const unchecked = await chain.call(await contract("whole", data, rigged, removed), forgedCall());
  assert.ok(unchecked.gas > EARLY, `${unchecked.gas} gas`);
});

Deno.test("the contract checks that the curve's precompiles answer", async () => {
  const call = verifierCalldata(
    forge(forged, PUBLISHED_SECRET, SHOWN, new Map([[0, 1n], [1, 1n]]), { skipsFirst: true }),
    SHOWN,
  );
  const unheard: Removed = [/and\(ok, staticcall\(gas\(\), 6, (.*)\)\)/, "or(1, staticcall(gas(), 6, $1))"];
  assert.equal((await chain.call(await contract("whole", data, ON_CURVE), call)).holds, false);
  assert.equal((await chain.call(await contract("whole", data, ON_CURVE, unheard), call)).holds, true);
});

Deno.test("the contract checks that the pairing answers", async () => {
  // Of another statement, with gas that ends in the pairing; what lies where its answer should be is odd.
  const call = forgedCall();
  const { gas: all } = await chain.call(whole, call);
  const gas = BigInt(all - dataGas(call) - 21_000 - 50_000);
  const weak = await contract("whole", data, [/ok := and\(ok, (staticcall\(gas\(\), 8, .*\))\)/, "pop($1)"]);
  const forgeries = SHOWN.map((_, index) =>
    forgedCall([], SHOWN.map((value, at) => at === index ? value + 1n : value))
  );
  const wrong = [call, ...forgeries].map((data) => Uint8Array.from(data));
  for (const data of wrong) data[data.length - 1] ^= 1;
  let accepted = 0;
  for (const data of wrong) {
    assert.equal((await chain.call(whole, data, { gas })).holds, false);
    if ((await chain.call(weak, data, { gas })).holds) accepted++;
  }
  assert.ok(accepted > 0);
});

Deno.test("a reusable contract takes the address of a circuit's data alone", async () => {
  const key = await keyContract(data);
  const longer = await keyContract(Uint8Array.of(...data, 0));
  const call = forgedCall();
  const proof = call.subarray(100, proofEnd);
  const asked = (address: Uint8Array) => verifierCalldata(proof, SHOWN, address);
  const strong = await contract("reusable", new Uint8Array());
  assert.ok((await chain.call(strong, asked(key))).holds);

  const dirty = asked(key);
  dirty[4] = 1;
  const others: [name: string, removed: Removed, call: Uint8Array][] = [
    ["an address with more", ["or(shr(160, key), iszero(size))", "iszero(size)"], dirty],
    ["data with more", [/if sub\(size, add\(1, .*\)\) \{ revert\(0, 0\) \}/, ""], asked(longer)],
  ];
  for (const [name, removed, call] of others) {
    assert.equal((await chain.call(strong, call)).holds, false, name);
    const weak = await contract("reusable", new Uint8Array(), removed);
    assert.equal((await chain.call(weak, call)).holds, true, name);
  }
  const nobody = asked(new Uint8Array(20).fill(7));
  const early = await chain.call(strong, nobody);
  assert.ok(!early.holds && early.gas < EARLY);
  const weak = await contract("reusable", new Uint8Array(), ["or(shr(160, key), iszero(size))", "shr(160, key)"]);
  assert.ok(
    (await chain.call(weak, nobody)).gas > 10_000_000,
    "an address without code takes all gas without the check",
  );
  for (const other of [strong, Uint8Array.from({ length: 20 }, (_, index) => Number(index === 19))]) {
    assert.equal((await chain.call(strong, asked(other))).holds, false);
  }
});

Deno.test("the contract before a reusable one compares both codes at every call", async () => {
  const key = await keyContract(data);
  // Data of the same circuit under a string of which somebody else knows the secret.
  const { y, x } = forged.secretG2;
  const otherKey = await keyContract(circuitData({ ...forged, secretG2: { x, y: [P - y[0], P - y[1]] } }).bytes);
  const verifier = await contract("reusable", new Uint8Array());
  const agrees =
    (await chain.deploy(contractOf("it", Uint8Array.from([0x60, 1, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]), [], "")))
      .address;
  const hash = async (address: Uint8Array) => keccak_256(await chain.code(address));
  const behind = async (verifier: Uint8Array, key: Uint8Array, hashes: [Uint8Array, Uint8Array]) => {
    const words = new Uint8Array(128);
    words.set(verifier, 12);
    words.set(key, 44);
    words.set(await hash(hashes[0]), 64);
    words.set(await hash(hashes[1]), 96);
    return words;
  };
  const call = forgedCall();
  const right = await behind(verifier, key, [verifier, key]);
  assert.ok((await chain.call(await contract("pinned", right), call)).holds);

  const swapped = await behind(agrees, key, [verifier, key]);
  assert.equal((await chain.call(await contract("pinned", swapped), call)).holds, false);
  const anyVerifier: Removed = ["eq(extcodehash(verifier), verifierHash)", "1"];
  assert.equal((await chain.call(await contract("pinned", swapped, anyVerifier), call)).holds, true);

  const swappedKey = await behind(verifier, key, [verifier, otherKey]);
  assert.equal((await chain.call(await contract("pinned", swappedKey), call)).holds, false);
  const anyKey: Removed = ["eq(extcodehash(key), keyHash)", "1"];
  assert.equal((await chain.call(await contract("pinned", swappedKey, anyKey), call)).holds, true);
  // A contract that gives nothing, or something that is not true, is not one that agrees.
  const silent = (await chain.deploy(contractOf("it", Uint8Array.of(0), [], ""))).address;
  const mute = await behind(silent, key, [silent, key]);
  assert.equal((await chain.call(await contract("pinned", mute), call)).holds, false);
});

async function keyContract(data: Uint8Array): Promise<Uint8Array> {
  return (await chain.deploy(contractOf("it", Uint8Array.of(0, ...data), [], ""))).address;
}
