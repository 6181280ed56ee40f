import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Blobs } from "../../../../hub/server/files/blobs.ts";
import { DamagedBlobError, StorageError } from "../../../../hub/server/errors.ts";
import { artifactJob } from "../../../../hub/server/jobs/artifact_job.ts";
import { Compiler } from "../../../../hub/server/jobs/compiler.ts";
import { EngineHolder } from "../../../../hub/server/jobs/engine_holder.ts";
import type { JobContext } from "../../../../hub/server/jobs/job_context.ts";
import { proofJob } from "../../../../hub/server/jobs/proof_job.ts";
import { Sweep } from "../../../../hub/server/jobs/sweep.ts";
import type { Services } from "../../../../hub/server/services.ts";
import type { Store } from "../../../../hub/server/store/store.ts";
import { OnnxWriter } from "../../ezkl/proving/onnx_writer.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { storeActingAt } from "./stage_store.ts";
import { TestHub } from "./test_hub.ts";

const SAMPLES = [Float32Array.of(1, 0, -1), Float32Array.of(0.5, 0.25, -0.75)];

/** Jobs run by hand, one attempt at a time, on one hub. */
class Bench implements AsyncDisposable {
  readonly hub: TestHub;
  readonly compiler = new Compiler();
  readonly holder = new EngineHolder(1);

  constructor(hub: TestHub) {
    this.hub = hub;
  }

  context(services: Services = this.hub.services, outageSeconds = 0): JobContext {
    const { compiler, holder } = this;
    return { services, compiler, holder, keys: { read: (ref) => services.blobs.read(ref) }, outageSeconds };
  }

  /** One attempt, with other parts in place of the hub's. */
  async artifact(id: string, changes: Partial<Services> = {}, signal?: AbortSignal, outageSeconds = 0): Promise<void> {
    const context = this.context(this.hub.with(changes), outageSeconds);
    await artifactJob(context, id, signal ?? new AbortController().signal);
  }

  async proof(id: string, changes: Partial<Services> = {}, signal?: AbortSignal): Promise<void> {
    await proofJob(this.context(this.hub.with(changes)), id, signal ?? new AbortController().signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compiler[Symbol.asyncDispose]();
    await this.holder[Symbol.asyncDispose]();
  }
}

/** Blobs of which some methods are others. */
function blobsWith(blobs: Blobs, changes: Partial<Blobs>): Blobs {
  return new Proxy(blobs, {
    get(target, name: keyof Blobs) {
      const own = changes[name] ?? target[name];
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

function storeWith(store: Store, changes: Partial<Store>): Store {
  return { ...store, ...changes };
}

Deno.test("attempts at jobs", async (t) => {
  await using hub = await TestHub.open();
  await using bench = new Bench(hub);
  const { store, blobs, queue } = hub.services;

  await t.step(
    "a model that no circuit expresses fails once, with the compiler's sentence, and its inputs go",
    async () => {
      const writer = new OnnxWriter(1);
      const onnx = writer.finish([writer.node("Hardmax", [writer.input(1, 3)]), 2]);
      const id = await hub.deploy({ onnx, samples: SAMPLES });
      await bench.artifact(id);
      const { status, errors, attempt, stage, files } = await hub.artifact(id);
      assert.deepEqual([status, attempt, stage], ["FAILED", 1, "calibration"]);
      assert.match(errors.join(), /no circuit is known for node "hardmax_0" \(Hardmax\): expected/);
      assert.deepEqual(Object.keys(files), ["network.onnx"]);
      await bench.artifact(id);
      assert.equal((await hub.artifact(id)).attempt, 1);
    },
  );

  await t.step("what is wrong with samples is told without showing any of them", async () => {
    const data = ['{"input_data": [[0.11, "0.987123", 3]]}', '{"input_data": [[0.987123, oops]]}'];
    const told = [
      /element 1 of input_data in the calibration input is something else, expected a number/,
      /is not JSON$/,
    ];
    for (const [index, text] of data.entries()) {
      const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES, data: text });
      await bench.artifact(id);
      const { status, errors } = await hub.artifact(id);
      assert.equal(status, "FAILED");
      assert.match(errors.join(), told[index]);
    }
    assert.ok(!hub.lines.some((line) => line.includes("987123")));
    assert.deepEqual(await hub.filesWith(["0.987123"]), []);
  });

  let artifactId = "";
  await t.step("an attempt that is stopped at the keys is taken up there", async () => {
    artifactId = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const stop = new AbortController();
    const atKeys = storeActingAt(store, "keys", () => stop.abort(new Error("killed")));
    await assert.rejects(bench.artifact(artifactId, { store: atKeys }, stop.signal), /killed/);
    const cut = await hub.artifact(artifactId);
    assert.deepEqual([cut.status, cut.stage], ["PENDING", "keys"]);
    assert.equal(cut.files["cal_data.json"], undefined);
    hub.stages.length = 0;
    await bench.artifact(artifactId);
    const done = await hub.artifact(artifactId);
    assert.equal(done.status, "SUCCESS", done.errors.join());
    assert.deepEqual(hub.stages.map(({ stage, outcome }) => `${stage} ${outcome}`), [
      "circuit kept",
      "srs kept",
      "keys done",
    ]);
  });

  await t.step("a worker that is frozen while another takes its job over changes nothing when it wakes", async () => {
    const id = await hub.ask(artifactId, SAMPLES[0]);
    const { promise: frozen, resolve: wake } = Promise.withResolvers<void>();
    const { promise: asleep, resolve: sleeps } = Promise.withResolvers<void>();
    const sleepy = blobsWith(blobs, {
      // At the proof's end, before it is kept.
      put: async (bytes) => {
        sleeps();
        await frozen;
        return await blobs.put(bytes);
      },
    });
    const first = bench.proof(id, { blobs: sleepy });
    await asleep;
    await bench.proof(id);
    const done = await hub.proof(id);
    assert.deepEqual([done.status, done.attempt], ["SUCCESS", 2]);
    wake();
    await first;
    assert.deepEqual(await hub.proof(id), done);
    assert.ok(hub.lines.some((line) => line.includes('"job_lost"') && line.includes('"attempt":1')));
  });

  await t.step("a proof that is stopped after its witness goes on with it, and its input is gone by then", async () => {
    const id = await hub.ask(artifactId, Float32Array.of(0.135791, 0.5, 0.25));
    const input = (await hub.proof(id)).files["input.json"];
    const stop = new AbortController();
    const atProof = storeWith(store, {
      patchProof: async (id, attempt, patch) => {
        if (patch.stage === "proof") stop.abort(new Error("killed"));
        return await store.patchProof(id, attempt, patch);
      },
    });
    await assert.rejects(bench.proof(id, { store: atProof }, stop.signal), /killed/);
    assert.deepEqual(Object.keys((await hub.proof(id)).files), ["witness.json"]);
    await assert.rejects(blobs.read(input), DamagedBlobError);
    assert.deepEqual(await hub.filesWith(["0.135791"]), []);
    hub.stages.length = 0;
    await bench.proof(id);
    assert.equal((await hub.proof(id)).status, "SUCCESS");
    assert.deepEqual(hub.stages.map(({ stage, outcome }) => `${stage} ${outcome}`), [
      "witness kept",
      "proof done",
      "verification done",
    ]);
  });

  await t.step("a proof is made while its witness is stored, and is not done before that is", async () => {
    const id = await hub.ask(artifactId, SAMPLES[0]);
    const { promise: room, resolve: make } = Promise.withResolvers<void>();
    const slow = blobsWith(blobs, {
      putPrivate: async (bytes) => {
        await room;
        return await blobs.putPrivate(bytes);
      },
    });
    hub.stages.length = 0;
    const made = bench.proof(id, { blobs: slow });
    while (!hub.stages.some(({ stage }) => stage === "verification")) await delay(20);
    const meanwhile = await hub.proof(id);
    assert.deepEqual([meanwhile.status, meanwhile.stage, Object.keys(meanwhile.files)], [
      "PENDING",
      "witness",
      ["input.json"],
    ]);
    make();
    await made;
    const { status, files } = await hub.proof(id);
    assert.deepEqual([status, Object.keys(files).sort()], ["SUCCESS", ["test.pf", "witness.json"]]);
  });

  await t.step("a cancelled proof ends without a word and stays cancelled", async () => {
    const id = await hub.ask(artifactId, SAMPLES[1]);
    const cancelling = storeWith(store, {
      patchProof: async (id, attempt, patch) => {
        if (patch.stage === "proof") await store.cancelProof(id, hub.organizationId);
        return await store.patchProof(id, attempt, patch);
      },
    });
    await bench.proof(id, { store: cancelling });
    const { status, proof } = await hub.proof(id);
    assert.deepEqual([status, proof], ["CANCELLED", null]);
    await bench.proof(id);
    assert.equal((await hub.proof(id)).attempt, 1);
  });

  await t.step("an input that does not fit fails once, and is deleted", async () => {
    const id = await hub.ask(artifactId, '{"input_data": [[1, 2]]}');
    await bench.proof(id);
    const { status, errors, files, attempt } = await hub.proof(id);
    assert.deepEqual([status, attempt, Object.keys(files)], ["FAILED", 1, []]);
    assert.match(errors.join(), /input_data\[0\] in input\.json has 2 elements, expected 3/);
  });

  await t.step("files that are away for a moment are waited for within the attempt", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(2), samples: SAMPLES });
    let failures = 2;
    const away = blobsWith(blobs, {
      put: async (bytes) => {
        if (failures-- > 0) throw new StorageError("the storage does not answer: see that it runs");
        return await blobs.put(bytes);
      },
    });
    await bench.artifact(id, { blobs: away }, undefined, 10);
    const { status, attempt } = await hub.artifact(id);
    assert.deepEqual([status, attempt], ["SUCCESS", 1]);
  });

  await t.step("files that stay away use up the attempts, and the record says why", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(3), samples: SAMPLES });
    const away = blobsWith(blobs, {
      put: () => Promise.reject(new StorageError("the storage does not answer: see that it runs")),
    });
    for (const attempt of [1, 2]) {
      await assert.rejects(bench.artifact(id, { blobs: away }), /does not answer/);
      const { status, waiting } = await hub.artifact(id);
      assert.equal(status, "PENDING");
      assert.equal(
        waiting,
        `attempt ${attempt} of 3 failed at calibration: the storage does not answer: see that it runs; it is tried again`,
      );
    }
    await bench.artifact(id, { blobs: away });
    const { status, errors, files } = await hub.artifact(id);
    assert.equal(status, "FAILED");
    assert.deepEqual(errors, [
      "given up at calibration after 3 attempts: the storage does not answer: see that it runs",
    ]);
    assert.deepEqual(Object.keys(files), ["network.onnx"]);
  });

  await t.step("what nobody threw on purpose is masked outside and told inside", async () => {
    const id = await hub.ask(artifactId, SAMPLES[0]);
    hub.stages.length = 0;
    const broken = blobsWith(blobs, { putPrivate: () => Promise.reject(new TypeError("secret of the house")) });
    await assert.rejects(bench.proof(id, { blobs: broken }), TypeError);
    const { waiting } = await hub.proof(id);
    // The proof is begun while the witness is stored, and given up when that fails.
    assert.match(waiting, /at (witness|proof): something unexpected happened; the operator finds it in the log; it is/);
    assert.ok(!hub.stages.some(({ stage, outcome }) => stage === "proof" && outcome === "done"));
    assert.ok(hub.lines.some((line) => line.includes("attempt_failed") && line.includes("secret of the house")));
  });

  await t.step("a ceremony's string that cannot be read is the operator's concern", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(5), samples: SAMPLES });
    const context = bench.context(hub.with({}, { srs: "/nowhere/perpetual-{k}" }));
    await assert.rejects(artifactJob(context, id, new AbortController().signal), { name: "SrsUnavailableError" });
    const { status, waiting } = await hub.artifact(id);
    assert.equal(status, "PENDING");
    assert.match(waiting, /at srs: the reference string for 2\^\d+ rows cannot be had; the operator finds the reason/);
    assert.doesNotMatch(waiting, /nowhere/);
    assert.ok(hub.lines.some((line) => line.includes("srs_unavailable") && line.includes("/nowhere/perpetual-")));
  });

  await t.step("a verdict that was reached, but not to its end, is brought there by the next attempt", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const begun = await store.beginArtifact(id);
    await store.patchArtifact(id, begun!.attempt, { errors: ["the model is no model"] });
    await bench.artifact(id);
    const { status, errors, files } = await hub.artifact(id);
    assert.deepEqual([status, errors, Object.keys(files)], ["FAILED", ["the model is no model"], ["network.onnx"]]);
  });

  /** A proof as it could be, and that does not hold. */
  const forgedProof = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const other = await hub.ask(artifactId, SAMPLES[1]);
    await bench.proof(other);
    const file = JSON.parse(new TextDecoder().decode(await blobs.read((await hub.proof(other)).files["test.pf"])));
    file.instances[0][0] = `07${"0".repeat(62)}`;
    file.hex_proof = null;
    return new TextEncoder().encode(JSON.stringify(file));
  };

  await t.step("a proof that does not verify is not kept", async () => {
    const id = await hub.ask(artifactId, SAMPLES[0]);
    const forged = await forgedProof();
    // In place of the proof that was made.
    const swapping = blobsWith(blobs, { put: () => blobs.put(forged) });
    const cut = storeWith(store, {
      patchProof: async (id, attempt, patch) => {
        if (patch.stage === "verification") throw new TypeError("cut");
        return await store.patchProof(id, attempt, patch);
      },
    });
    await assert.rejects(bench.proof(id, { blobs: swapping, store: cut }), /cut/);
    await assert.rejects(bench.proof(id), /does not hold/);
    const refused = await hub.proof(id);
    assert.deepEqual([refused.status, refused.files["test.pf"], refused.proof], ["PENDING", undefined, null]);
    await bench.proof(id);
    assert.equal((await hub.proof(id)).status, "SUCCESS");
  });

  await t.step("a proof that does not hold twice in a row fails, with a sentence", async () => {
    const id = await hub.ask(artifactId, SAMPLES[0]);
    const forged = await blobs.put(await forgedProof());
    const context = bench.context(hub.with({}, { attempts: 9 }));
    const attempt = async (): Promise<void> => {
      const { proof: { attempt, files } } = (await store.beginProof(id))!;
      await store.patchProof(id, attempt, { files: { ...files, "test.pf": forged } });
      await proofJob(context, id, new AbortController().signal);
    };
    await assert.rejects(attempt(), { name: "UnsoundProofError" });
    assert.match((await hub.proof(id)).waiting, /at verification: the proof that was made does not hold; it is tried/);
    await attempt();
    const { status, errors } = await hub.proof(id);
    assert.equal(status, "FAILED");
    assert.match(errors.join(), /^the proof that was made does not hold, and neither did the one before it, so this/);
  });

  await t.step("a stage whose kept files are gone is run again", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const { files } = await hub.artifact(artifactId);
    await blobs.remove(files["key.vk"]);
    await bench.artifact(id);
    const made = await hub.artifact(id);
    assert.equal(made.status, "SUCCESS", made.errors.join());
    assert.ok((await blobs.read(made.files["key.vk"])).length > 0);
  });

  await t.step("a job that needs more memory than its worker has waits for another, and says which", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(4), samples: SAMPLES });
    const context = bench.context(hub.with({}, { memoryGiB: 0.5 }));
    await store.noteWorker(crypto.randomUUID(), 0.5);
    await artifactJob(context, id, new AbortController().signal);
    const { status, stage, waiting, price } = await hub.artifact(id);
    assert.deepEqual([status, stage], ["PENDING", "circuit"]);
    assert.equal(waiting, "no worker has 1 GiB; start one with --memory 1");
    assert.ok(price !== null);
    assert.deepEqual((await queue.jobs()).filter((job) => job.id === id), [
      { kind: "artifact", id, active: false, memoryGiB: 1 },
    ]);
    await store.noteWorker(crypto.randomUUID(), 2);
    const sweep = new Sweep(hub.services);
    await sweep.once();
    await bench.artifact(id);
    assert.equal((await hub.artifact(id)).status, "SUCCESS");
  });
});
