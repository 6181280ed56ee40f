import assert from "node:assert/strict";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { EngineError, EnginePanicError } from "../../../../hub/ezkl/engine/errors.ts";
import { verifierSrs } from "../../../../hub/ezkl/srs/verifier.ts";
import { MADE, madeBytes } from "../format/fixtures.ts";
import { changed, compiled, input, json, proof as madeProof, settings, srs, vk as madeVk, witness } from "./workers.ts";

Deno.test("Engine makes witness, keys and a proof that verifies, and no changed proof does", async () => {
  await using engine = new Engine();
  const { vk, pk } = await engine.setup(compiled, srs);
  const proof = await engine.prove(await engine.genWitness(compiled, input), pk, compiled, srs);
  assert.deepEqual(vk, madeVk, "a verifying key is the same for the same circuit and string");
  assert.equal(pk.bytes.length, 2_165_515, "the proving key came back");
  const points = verifierSrs(srs);
  const verify = (file: Uint8Array) => engine.verify(file, vk, settings, points);
  assert.equal(await verify(proof), true);

  for (const at of [0, 31, 100, 1000, 2000, 2500, 3000, 3071]) {
    assert.equal(await verify(changed(proof, (value) => value.proof[at] ^= 1)), false, `byte ${at} of the proof`);
  }
  // deno-lint-ignore no-explicit-any
  const others: Record<string, (value: any) => void> = {
    "an instance": ({ instances: [column] }) => column[0] = `01${column[0].slice(2)}`,
    "an instance dropped": ({ instances: [column] }) => column.pop(),
    "an instance added": ({ instances: [column] }) => column.push(column[0]),
    "no column": ({ instances }) => instances.pop(),
    "two columns": ({ instances }) => instances.push(instances[0]),
    "the last byte missing": ({ proof }) => proof.pop(),
    "no proof": (value) => value.proof = [],
  };
  for (const [name, change] of Object.entries(others)) {
    assert.equal(await verify(changed(proof, change)), false, name);
  }
  const forged = changed(witness, (value) => value.outputs[0][0] = `01${value.outputs[0][0].slice(2)}`);
  assert.equal(await verify(await engine.prove(forged, pk, compiled, srs)), false, "a forged output");

  const twice = changed(proof, (value) => {
    const last = value.hex_proof.endsWith("00") ? "01" : "00";
    value.hex_proof = value.hex_proof.slice(0, -2) + last;
  });
  await assert.rejects(verify(twice), { name: "EngineError", message: /hex_proof/ });
  const data = await engine.encodeVerifierCalldata(proof);
  assert.deepEqual([...data.subarray(0, 4)], [0x1e, 0x8e, 0x1e, 0x13]);
  const apart = await engine.encodeVerifierCalldata(proof, new Uint8Array(20).fill(7));
  assert.deepEqual([...apart.subarray(0, 4)], [0xaf, 0x83, 0xa1, 0x8d]);
  assert.deepEqual([...apart.subarray(16, 36)], Array(20).fill(7));
});

Deno.test("genWitness() returns the witness of every made circuit", async () => {
  await using engine = new Engine();
  for (const name of MADE) {
    const made = await engine.genWitness(madeBytes(name, "model.compiled"), madeBytes(name, "input.json"));
    assert.deepEqual(made, madeBytes(name, "witness.json"), name);
  }
});

Deno.test("verify() accepts the proof of every made circuit, under its own key", async () => {
  await using engine = new Engine();
  const points = verifierSrs(srs);
  for (const name of MADE) {
    const file = (path: string) => madeBytes(name, path);
    assert.equal(await engine.verify(file("proof.json"), file("vk.key"), file("settings.json"), points), true, name);
    const other = madeBytes(name === "gemm" ? "gemm_sigmoid" : "gemm", "proof.json");
    assert.equal(await engine.verify(other, file("vk.key"), file("settings.json"), points), false, name);
  }
});

Deno.test("Engine refuses malformed files with the engine's words and a cause", async () => {
  await using engine = new Engine({ threads: 1 });
  const [proof, vk] = [madeProof, madeVk];
  const nothing = new Uint8Array();
  const refused = async (call: Promise<unknown>, message: RegExp) => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof EngineError && !(error instanceof EnginePanicError), `${error}`);
      assert.match(error.message, message);
      return true;
    });
  };
  await refused(engine.verify(json("x"), vk, settings, srs), /deserialize proof.*JSON that prove returned/);
  await refused(engine.verify(changed(proof, (p) => p.instances[0][0] = "ff"), vk, settings, srs), /deserialize proof/);
  await refused(engine.verify(proof, vk.slice(0, -1), settings, srs), /deserialize vk/);
  await refused(engine.verify(proof, vk, settings.slice(0, 300), srs), /deserialize settings/);
  await refused(engine.verify(proof, vk, settings, nothing), /deserialize params.*SRS is cut/);
  await refused(engine.genWitness(compiled.slice(0, -1), input), /deserialize compiled model/);
  await refused(engine.genWitness(compiled, json({ input_data: [[1]] })), /reshape.*flat list/);
  await refused(
    engine.genWitness(compiled, json({ input_data: [[1e7, 1, 1, 1, 1, 1, 1, 1]] })),
    /synthesis.*calibrate/,
  );
  await refused(engine.genVk(compiled, nothing), /SRS is cut/);
  await refused(engine.prove(json({}), nothing, compiled, srs), /missing field.*genWitness/);
  await refused(engine.encodeVerifierCalldata(json({})), /encodeVerifierCalldata/);
  // deno-lint-ignore no-explicit-any
  await assert.rejects(engine.genVk("no bytes" as any, 5 as any), ArgumentError);
});

Deno.test("Engine takes part of a buffer for what it is and leaves the caller's arrays alone", async () => {
  await using engine = new Engine();
  const large = new Uint8Array(compiled.length + 100);
  large.set(compiled, 50);
  const part = large.subarray(50, 50 + compiled.length);
  assert.deepEqual(await engine.genWitness(part, new TextDecoder().decode(input)), witness);
  assert.deepEqual(part, compiled);
  const shared = new Uint8Array(new SharedArrayBuffer(compiled.length));
  shared.set(compiled);
  assert.deepEqual(await engine.genWitness(shared, input), witness);
});

Deno.test("Engine refuses a number of threads that is none", () => {
  for (const threads of [0, -1, 1.5, NaN]) assert.throws(() => new Engine({ threads }), ArgumentError);
});
