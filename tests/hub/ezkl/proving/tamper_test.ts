/** Proofs of two circuits, changed in every way we know: none is accepted. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../../../core/base/errors.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { FIELD_MODULUS, fieldToHex, signedOf } from "../../../../hub/ezkl/format/field.ts";
import { decodeInstances, proofFromJson } from "../../../../hub/ezkl/format/proof.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";
import {
  cuts,
  faceChanges,
  hexOf,
  instanceChanges,
  keyChanges,
  selectorChanges,
  settingsChanges,
  srsChanges,
  swaps,
  wordChanges,
} from "./changes.ts";
import { gemm, subject } from "./operators.ts";
import { inputFile, simulate, type Subject } from "./prove_model.ts";
import {
  givenOf,
  type ProofJson,
  proofOf,
  type Proven,
  provenOf,
  Refusals,
  verified,
  witnessJson,
} from "./refusals.ts";

/** A layer and a table in a circuit of EZKL's rules. */
function nativeSubject(seed: number): Subject {
  return subject(seed, (w) => [[w.node("Sigmoid", [gemm(w, w.input(1, 4), 4, 3)]), 2]], {
    args: { inputScale: 3, paramScale: 3, lookupRange: [-80n, 90n], logrows: 8 },
  });
}

/**
 * Two layers over nine pixels that a frugal circuit holds to 0 and 1. Its tables run from -123 to 124, which is
 * as little lopsided as the check allows.
 */
function binarySubject(seed: number, binaryInputs = true): Subject {
  const made = subject(seed, (w) => {
    const hidden = w.node("Sigmoid", [w.node("Gemm", [w.input(1, 9), w.weight([9, 4], 0.2)])]);
    return [[w.node("Gemm", [hidden, w.weight([4, 2])]), 2]];
  }, {
    scheme: { inputScale: 0, tableScale: 5, dropBits: 2, outputScale: 5, binaryInputs },
    args: { lookupRange: [-123n, 124n], logrows: 8 },
  });
  return { ...made, inputs: [made.inputs[0].map((value) => value > 0 ? 1 : 0)] };
}

/** The proof for another input; null where the engine does not make one. */
async function proofFor(engine: Engine, proven: Proven, input: string): Promise<ProofJson | null> {
  try {
    return await proofOf(engine, proven, await engine.genWitness(proven.bytes, input));
  } catch (error) {
    if (error instanceof ZkgradError) return null;
    throw error;
  }
}

/** The instances are the simulator's integers. */
function bindsOutputs(proven: Proven): void {
  const proof = proofFromJson(JSON.stringify(proven.proof));
  const outputs = simulate(proven.circuit, proven.subject.inputs).outputs.map((output) => Array.from(output, BigInt));
  assert.deepEqual(decodeInstances(proof, proven.settings).integers, { outputs });
}

/** Witnesses that say something else than what the circuit computes. */
async function forgedWitnesses(engine: Engine, proven: Proven, other: string): Promise<Refusals> {
  const refusals = new Refusals(engine, proven);
  const witness = witnessJson(proven);
  const [output] = witness.outputs;
  const forged = output.flatMap((hex, at) =>
    [1n, -1n].map((step): [string, object] => [
      `output ${at} forged by ${step}`,
      { ...witness, outputs: [output.with(at, fieldToHex(fromHex(hex) + step))] },
    ])
  );
  const others = witnessJson({ witness: await engine.genWitness(proven.bytes, other) });
  forged.push(["the inputs of another sample", { ...witness, inputs: others.inputs }]);
  forged.push(["the outputs of another sample", { ...witness, outputs: others.outputs }]);
  forged.push(["outputs of zeros", { ...witness, outputs: [output.map(() => fieldToHex(0n))] }]);
  for (const [name, each] of forged) {
    await refusals.attempt(name, async () => {
      const proof = await proofOf(engine, proven, each);
      return await verified(engine, { ...givenOf(proven), proof });
    });
  }
  assert.equal(refusals.counts.get("false"), forged.length, "every forged witness gives a proof that does not hold");
  const elsewhere = await proofFor(engine, proven, other);
  assert.ok(elsewhere !== null);
  assert.equal(await verified(engine, { ...givenOf(proven), proof: elsewhere }), true, "the other sample's own proof");
  await refusals.try("another sample's proof", { proof: { ...elsewhere, instances: proven.proof.instances } });
  await refusals.try("another sample's instances", { proof: { ...proven.proof, instances: elsewhere.instances } });
  return refusals;
}

function fromHex(hex: string): bigint {
  const bytes = hex.match(/../g)!.reverse().join("");
  return signedOf(BigInt(`0x${bytes}`));
}

Deno.test("a changed proof, key, setting or reference string is never accepted", async (t) => {
  await using engine = await Engine.create();
  const proven = await provenOf(engine, nativeSubject(41));
  const columns = columnsOf(proven.settings);
  const all = async (changes: ReturnType<typeof cuts>, least: number) => {
    const refusals = new Refusals(engine, proven);
    for (const [name, change] of changes) await refusals.try(name, change);
    refusals.check(least);
  };

  await t.step("the public outputs are what the circuit computes", () => bindsOutputs(proven));
  await t.step("every word of the proof counts", () => all(wordChanges(proven.proof), 600));
  await t.step(
    "the commitments have their order",
    () => all(swaps(proven.proof, columns.adviceColumns + 2 * columns.lookupArguments), 30),
  );
  await t.step("a proof that is cut is refused", () => all(cuts(proven.proof), 4));
  await t.step(
    "every public output is bound, in the one form that a number has",
    () => all(instanceChanges(proven.proof), 25),
  );
  await t.step("every point of the key counts", () => all(keyChanges(proven.keys.vk, columns.permutationColumns), 50));
  await t.step(
    "the verifier's points of the reference string count",
    () => all(srsChanges(proven.srs), 10),
  );
  await t.step(
    "settings of other columns are refused",
    () => all(settingsChanges(settingsToJson(proven.settings)), 25),
  );

  await t.step("settings of other shapes are refused when the instances are read", () => {
    const proof = proofFromJson(JSON.stringify(proven.proof));
    for (const [name, { settings }] of faceChanges(settingsToJson(proven.settings))) {
      assert.throws(() => decodeInstances(proof, settingsFromJson(settings!)), { name: "FormatError" }, name);
    }
  });

  await t.step("a key with another selector accepts no more than the key", async () => {
    const refusals = new Refusals(engine, proven);
    const [[, forged]] = instanceChanges(proven.proof);
    for (const [name, { vk }] of selectorChanges(proven.keys.vk, columns.permutationColumns, columns.rows)) {
      await refusals.try(`a changed instance under ${name}`, { ...forged, vk: vk! });
    }
    refusals.check(15);
  });

  await t.step("another circuit's key and other reference strings are refused", async () => {
    const other = await provenOf(engine, nativeSubject(43));
    const changes: [string, Parameters<Refusals["try"]>[1]][] = [
      ["the key of other weights", { vk: other.keys.vk }],
      ["the proof of other weights", { proof: other.proof }],
      ["a proof of other weights with these outputs", {
        proof: { ...other.proof, instances: proven.proof.instances },
      }],
      ["another reference string", { srs: await genSrs(columns.logrows) }],
      ["a longer reference string", { srs: await genSrs(columns.logrows + 1) }],
    ];
    await all(changes, 5);
  });

  await t.step("a proof file with a second proof in hex_proof is refused", async () => {
    const { keys, srs, settings, proof } = proven;
    const file = new TextEncoder().encode(JSON.stringify({ ...proof, hex_proof: "0x00" }));
    await assert.rejects(engine.verify(file, keys.vk, new TextEncoder().encode(settingsToJson(settings)), srs), {
      name: "EngineError",
    });
  });

  await t.step("a forged witness gives no proof that holds", async () => {
    const refusals = await forgedWitnesses(engine, proven, inputFile(nativeSubject(44).inputs));
    refusals.check(10);
  });

  await t.step("a value beyond the tables gives no proof that holds", async () => {
    const { model, settings } = proven.circuit;
    const refusals = new Refusals(engine, proven);
    for (const size of [4, -4, 100, -100]) {
      const inputs = [proven.subject.inputs[0].map((value) => value * size * 4)];
      const { minLookup, maxLookup } = simulate({ model, settings }, inputs);
      // The table fills its column.
      const last = Number(settings.runArgs.lookupRange[0]) + columns.rows - 9;
      assert.ok(
        minLookup < Number(settings.runArgs.lookupRange[0]) || maxLookup > last,
        "the sample leaves the tables",
      );
      await refusals.attempt(`${size} times the sample`, async () => {
        const proof = await proofFor(engine, proven, inputFile(inputs));
        return proof !== null && await verified(engine, { ...givenOf(proven), proof });
      });
    }
    refusals.check(4);
  });
});

Deno.test("a circuit that holds its inputs to 0 and 1 has no proof for anything else", async (t) => {
  await using engine = await Engine.create();
  const proven = await provenOf(engine, binarySubject(42));
  const pixels = witnessJson(proven).inputs[0];
  const input = (values: string[]) => JSON.stringify({ input_data: [values] });
  const refusals = new Refusals(engine, proven);

  await t.step("the public outputs are what the circuit computes", () => bindsOutputs(proven));

  await t.step("pixels of 0 and 1 given as field elements are proven", async () => {
    const flipped = pixels.map((hex) => fieldToHex(1n - fromHex(hex)));
    const proof = await proofFor(engine, proven, input(flipped));
    assert.ok(proof !== null);
    assert.equal(await verified(engine, { ...givenOf(proven), proof }), true);
  });

  const end = 124n, inverse = (value: bigint) => power(value, FIELD_MODULUS - 2n);
  const pixel: Record<string, bigint> = {
    "2": 2n,
    "3": 3n,
    "-1": FIELD_MODULUS - 1n,
    "-123, the start of the tables,": FIELD_MODULUS - 123n,
    "124, the end of the tables,": end,
    "125": end + 1n,
    "1/2": inverse(2n),
    "1/124": inverse(end),
    "2/124": 2n * inverse(end) % FIELD_MODULUS,
    "(r - 1)/2": (FIELD_MODULUS - 1n) / 2n,
    "r": FIELD_MODULUS,
    "r + 1": FIELD_MODULUS + 1n,
  };
  for (const [name, value] of Object.entries(pixel)) {
    await t.step(`a pixel of ${name} is not proven`, async () => {
      await refusals.attempt(`a pixel of ${name}`, async () => {
        const proof = await proofFor(engine, proven, input(pixels.with(4, hexOf(value))));
        return proof !== null && await verified(engine, { ...givenOf(proven), proof });
      });
      await refusals.attempt(`a pixel of ${name} in a witness of honest outputs`, async () => {
        const witness = { ...witnessJson(proven), inputs: [pixels.with(4, hexOf(value))] };
        return await verified(engine, { ...givenOf(proven), proof: await proofOf(engine, proven, witness) });
      });
      refusals.check(2);
    });
  }

  await t.step("it is the check that refuses them: without it a pixel of 2 is proven", async () => {
    const free = await provenOf(engine, binarySubject(42, false));
    const proof = await proofFor(engine, free, input(pixels.with(4, hexOf(2n))));
    assert.ok(proof !== null);
    assert.equal(await verified(engine, { ...givenOf(free), proof }), true);
  });

  await t.step("a changed word or public output is refused", async () => {
    for (const [name, change] of wordChanges(proven.proof, ["with a flipped bit", "of zeros"])) {
      await refusals.try(name, change);
    }
    for (const [name, change] of instanceChanges(proven.proof)) await refusals.try(name, change);
    refusals.check(250);
  });

  await t.step("a forged witness gives no proof that holds", async () => {
    const forged = await forgedWitnesses(engine, proven, inputFile([binarySubject(45).inputs[0]]));
    forged.check(8);
  });
});

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = result * base % FIELD_MODULUS;
    base = base * base % FIELD_MODULUS;
  }
  return result;
}
