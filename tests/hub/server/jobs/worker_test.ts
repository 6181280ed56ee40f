import assert from "node:assert/strict";
import { encodeVerifierCalldata, Engine, readProof, settingsFromJson, verify } from "../../../../hub/mod.ts";
import { bytecodeOf } from "../../../../hub/ezkl/evm_verifier_file.ts";
import { runBytecode } from "../../../../hub/ezkl/run_evm_verifier.ts";
import type { JobQueue, JobRef } from "../../../../hub/server/queue.ts";
import { Sweep } from "../../../../hub/server/jobs/sweep.ts";
import { Worker } from "../../../../hub/server/jobs/worker.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { storeActingAt } from "./stage_store.ts";
import { TestHub } from "./test_hub.ts";

const SAMPLES = [Float32Array.of(1, 0, -1), Float32Array.of(0.5, 0.25, -0.75)];

const outcomes = (hub: TestHub) => hub.stages.map(({ stage, outcome }) => `${stage} ${outcome}`);

Deno.test("a worker on an embedded hub", async (t) => {
  await using hub = await TestHub.open();
  const { store, queue, blobs } = hub.services;
  let whenAtKeys = () => {};
  const worker = new Worker(hub.with({ store: storeActingAt(store, "keys", () => whenAtKeys()) }));
  await worker.start();
  assert.deepEqual((await store.workers(10)).map(({ id, memoryGiB }) => [id, memoryGiB]), [[worker.id, 4]]);

  let first = "";
  await t.step("makes keys of a model", async () => {
    first = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await queue.enqueue({ kind: "artifact", id: first }, 1);
    const artifact = await hub.until(() => hub.artifact(first));
    assert.equal(artifact.status, "SUCCESS", artifact.errors.join());
    assert.deepEqual([artifact.stage, artifact.progress, artifact.waiting, artifact.attempt], ["done", 1, "", 1]);
    assert.deepEqual(
      Object.keys(artifact.files).toSorted(),
      [
        ...["key.vk", "kzg.unsafe.srs", "network.compiled", "network.onnx", "settings.json"],
        ...["verifier.json", "verifier.sol", "verifier.srs"],
      ],
    );
    const { logrows } = JSON.parse(artifact.price!);
    assert.deepEqual(JSON.parse(artifact.srs!), { origin: "unsafe", logrows, unsafe: true });
    const report = JSON.parse(artifact.report!);
    assert.equal(report.used, "resources");
    assert.equal(report.points.filter(({ chosen }: { chosen: boolean }) => chosen).length, 1);
    assert.deepEqual(outcomes(hub), ["calibration done", "circuit done", "srs done", "keys done"]);
  });

  await t.step("makes a proof of an input that its owner can verify, and leaves no input behind", async () => {
    hub.stages.length = 0;
    const id = await hub.ask(first, Float32Array.of(0.123456, -0.654321, 0.987654));
    await queue.enqueue({ kind: "proof", id }, 1);
    const proof = await hub.until(() => hub.proof(id));
    assert.equal(proof.status, "SUCCESS", proof.errors.join());
    assert.deepEqual(Object.keys(proof.files).toSorted(), ["test.pf", "witness.json"]);
    assert.equal(proof.transcriptType, "EVM");
    assert.deepEqual(Object.keys(JSON.parse(proof.timings!)), ["witness", "proof", "verification"]);
    assert.deepEqual(outcomes(hub), ["witness done", "proof done", "verification done"]);

    const { files } = await hub.artifact(first);
    const file = await blobs.read(proof.files["test.pf"]);
    const settings = settingsFromJson(new TextDecoder().decode(await blobs.read(files["settings.json"])));
    const [vk, srs] = [await blobs.read(files["key.vk"]), await blobs.read(files["kzg.unsafe.srs"])];
    await using engine = new Engine({ threads: 1 });
    assert.equal(await verify(file, vk, settings, srs), true);
    assert.equal(await engine.verify(file, vk, await blobs.read(files["settings.json"]), srs), true, "EZKL agrees");
    const contract = new TextDecoder().decode(await blobs.read(files["verifier.json"]));
    const asked = await encodeVerifierCalldata(file);
    assert.equal((await runBytecode(bytecodeOf(contract, "verifier.json"), asked)).holds, true, "so does its contract");
    assert.match(new TextDecoder().decode(await blobs.read(files["verifier.sol"])), /^contract Halo2Verifier /m);
    const json = JSON.parse(new TextDecoder().decode(file));
    assert.equal(proof.proof, json.hex_proof);
    assert.deepEqual(JSON.parse(proof.instances!), json.instances);
    assert.equal(readProof(file, settings).outputs![0].length, 2);

    assert.deepEqual(await hub.filesWith(["0.123456", "0.654321", "0.987654"]), []);
    assert.ok(!hub.lines.some((line) => /0\.123456|0\.75/.test(line)));
  });

  await t.step("takes every stage of an equal artifact from the first, and of another none", async () => {
    hub.stages.length = 0;
    const sweep = new Sweep(hub.services);
    const second = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await sweep.once();
    const one = await hub.artifact(first), other = await hub.until(() => hub.artifact(second));
    assert.equal(other.status, "SUCCESS", other.errors.join());
    assert.deepEqual(outcomes(hub), ["calibration kept", "circuit kept", "srs kept", "keys kept"]);
    assert.deepEqual([other.files, other.price, other.report, other.srs], [one.files, one.price, one.report, one.srs]);
    hub.stages.length = 0;
    const changed = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES, tolerance: 0.05 });
    await sweep.once();
    assert.equal((await hub.until(() => hub.artifact(changed))).status, "SUCCESS");
    assert.equal(hub.stages[0].outcome, "done");
  });

  await t.step("ends a job that is cancelled, and takes the next", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(2), samples: SAMPLES });
    const atKeys = Promise.withResolvers<void>();
    whenAtKeys = atKeys.resolve;
    await queue.enqueue({ kind: "artifact", id }, 1);
    await atKeys.promise;
    assert.deepEqual(worker.job, { kind: "artifact", id });
    assert.ok(await store.cancelArtifact(id, hub.organizationId));
    await queue.cancel({ kind: "artifact", id });
    const begun = performance.now();
    while (worker.job !== null) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(performance.now() - begun < 1000);
    assert.deepEqual(await queue.counts(), { queued: 0, active: 0 });

    const next = await hub.deploy({ onnx: tinyOnnx(2), samples: SAMPLES });
    await queue.enqueue({ kind: "artifact", id: next }, 1);
    assert.equal((await hub.until(() => hub.artifact(next))).status, "SUCCESS");
    const { status, files } = await hub.artifact(id);
    assert.deepEqual([status, files["key.vk"]], ["CANCELLED", undefined]);
  });

  await t.step("takes up what another left that was stopped", async () => {
    const line: { handle?: (job: JobRef, signal: AbortSignal) => Promise<void> } = {};
    const stop = new AbortController();
    // A line of one worker, so that the hub's own is not stopped with it.
    const own: JobQueue = {
      enqueue: () => Promise.resolve(),
      work: (_, handle) => Promise.resolve(void (line.handle = handle)),
      cancel: () => Promise.resolve(),
      jobs: () => Promise.resolve([]),
      counts: () => Promise.resolve({ queued: 0, active: 0 }),
      stop: () => Promise.resolve(stop.abort(new Error("stopping"))),
    };
    const atKeys = Promise.withResolvers<void>();
    const stopped = new Worker(hub.with({ queue: own, store: storeActingAt(store, "keys", atKeys.resolve) }));
    await stopped.start();
    const id = await hub.deploy({ onnx: tinyOnnx(3), samples: SAMPLES });
    const ended = assert.rejects(line.handle!({ kind: "artifact", id }, stop.signal), /stopping/);
    await atKeys.promise;
    await stopped.stop(0);
    await ended;
    const left = await hub.artifact(id);
    assert.deepEqual([left.status, left.stage, left.waiting], ["PENDING", "keys", ""]);
    assert.deepEqual((await store.workers(10)).map(({ id }) => id), [worker.id]);

    await new Sweep(hub.services).once();
    const done = await hub.until(() => hub.artifact(id));
    assert.deepEqual([done.status, done.attempt], ["SUCCESS", 2]);
  });

  await worker.stop(0);
  assert.deepEqual(await store.workers(10), []);
});
