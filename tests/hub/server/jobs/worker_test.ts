import assert from "node:assert/strict";
import { Engine, readProof, settingsFromJson, verify } from "../../../../hub/mod.ts";
import { Sweep } from "../../../../hub/server/jobs/sweep.ts";
import { Worker } from "../../../../hub/server/jobs/worker.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { TestHub } from "./test_hub.ts";

const SAMPLES = [Float32Array.of(1, 0, -1), Float32Array.of(0.5, 0.25, -0.75)];

Deno.test("a model becomes keys, an input a proof that its owner can verify, and no input stays behind", async () => {
  await using hub = await TestHub.open();
  const { store, queue, blobs } = hub.services;
  const worker = new Worker(hub.services);
  await worker.start();
  try {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await queue.enqueue({ kind: "artifact", id }, 1);
    const artifact = await hub.until(() => hub.artifact(id));
    assert.equal(artifact.status, "SUCCESS", artifact.errors.join());
    assert.equal(artifact.stage, "done");
    assert.deepEqual(
      Object.keys(artifact.files).toSorted(),
      ["key.pk", "key.vk", "kzg.unsafe.srs", "network.compiled", "network.onnx", "settings.json"],
    );
    assert.deepEqual(JSON.parse(artifact.srs!), {
      origin: "unsafe",
      logrows: JSON.parse(artifact.price!).logrows,
      unsafe: true,
    });
    const report = JSON.parse(artifact.report!);
    assert.equal(report.used, "resources");
    assert.equal(report.points.filter(({ chosen }: { chosen: boolean }) => chosen).length, 1);

    const pixels = Float32Array.of(0.123456, -0.654321, 0.987654);
    const proofId = await hub.ask(id, pixels);
    await queue.enqueue({ kind: "proof", id: proofId }, 1);
    const proof = await hub.until(() => hub.proof(proofId));
    assert.equal(proof.status, "SUCCESS", proof.errors.join());
    assert.deepEqual(Object.keys(proof.files).toSorted(), ["test.pf", "witness.json"]);
    assert.equal(proof.transcriptType, "EVM");
    assert.deepEqual(Object.keys(JSON.parse(proof.timings!)), ["witness", "proof", "verification"]);

    const read = (name: string) => blobs.read(artifact.files[name]);
    const file = await blobs.read(proof.files["test.pf"]);
    const settings = settingsFromJson(new TextDecoder().decode(await read("settings.json")));
    await using engine = new Engine({ threads: 1 });
    assert.equal(await verify(file, await read("key.vk"), settings, await read("kzg.unsafe.srs"), { engine }), true);
    const json = JSON.parse(new TextDecoder().decode(file));
    assert.equal(proof.proof, json.hex_proof);
    assert.deepEqual(JSON.parse(proof.instances!), json.instances);
    assert.equal(readProof(file, settings).outputs![0].length, 2);

    assert.deepEqual(hub.stages.map(({ stage, outcome }) => `${stage} ${outcome}`), [
      "calibration done",
      "circuit done",
      "srs done",
      "keys done",
      "witness done",
      "proof done",
      "verification done",
    ]);
    assert.deepEqual(await hub.filesWith(["0.123456", "0.654321", "0.987654"]), []);
    assert.ok(!hub.lines.some((line) => /0\.123456|0\.75/.test(line)));
    assert.equal((await store.workers(10)).length, 1);
  } finally {
    await worker.stop(0);
  }
  assert.deepEqual(await store.workers(10), []);
});

Deno.test("an equal second artifact takes every stage from the first", async () => {
  await using hub = await TestHub.open();
  const worker = new Worker(hub.services), sweep = new Sweep(hub.services, 1);
  await worker.start();
  try {
    const first = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await sweep.start();
    const one = await hub.until(() => hub.artifact(first));
    hub.stages.length = 0;
    const second = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const other = await hub.until(() => hub.artifact(second));
    assert.equal(other.status, "SUCCESS", other.errors.join());
    assert.deepEqual(hub.stages.map(({ outcome }) => outcome), ["kept", "kept", "kept", "kept"]);
    assert.deepEqual(other.files, one.files);
    assert.equal(other.price, one.price);
    assert.equal(other.report, one.report);
    hub.stages.length = 0;
    const changed = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES.toReversed() });
    assert.equal((await hub.until(() => hub.artifact(changed))).status, "SUCCESS");
    assert.equal(hub.stages[0].outcome, "done");
  } finally {
    await sweep.stop();
    await worker.stop(0);
  }
});
