import assert from "node:assert/strict";
import { attemptsFor, provingGiB, waitingFor } from "../../../../hub/server/jobs/memory.ts";
import type { JobQueue, JobRef } from "../../../../hub/server/queue.ts";
import { Sweep } from "../../../../hub/server/jobs/sweep.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { TestHub } from "./test_hub.ts";

const SAMPLES = [Float32Array.of(1, 0, -1)];
const GIB = 2 ** 30;

/** The price of a circuit with so much heap, as a record has it. */
const price = (heap: number, pk = heap / 4) => JSON.stringify({ heapBytes: heap * GIB, pkBytes: pk * GIB });

Deno.test("memory comes in whole GiB: one to compile, the engine's and the key's to prove", () => {
  assert.equal(provingGiB(null), 1);
  assert.equal(provingGiB(price(0.04)), 1);
  assert.equal(provingGiB(price(0.5)), 1);
  assert.equal(provingGiB(price(0.7)), 2);
  assert.equal(provingGiB(price(3.6, 0.88)), 5);
  assert.equal(provingGiB({ heapBytes: 2 * GIB, pkBytes: GIB / 2 }), 3);
  assert.equal(attemptsFor(3, null), 3);
  assert.equal(attemptsFor(3, price(0.04)), 3);
  assert.equal(attemptsFor(3, price(2)), 4);
});

Deno.test("the sweep", async (t) => {
  await using hub = await TestHub.open();
  const { store, queue } = hub.services;
  const sweep = new Sweep(hub.services);

  await t.step("asks for workers for records without a job, once, and says that there are none", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await sweep.once();
    await sweep.once();
    assert.deepEqual(await queue.jobs(), [{ kind: "artifact", id, active: false, memoryGiB: 1 }]);
    assert.deepEqual(await queue.counts(), { queued: 1, active: 0 });
    assert.equal((await hub.artifact(id)).waiting, "no worker is running; start one");
    await store.noteWorker(crypto.randomUUID(), 1);
    await sweep.once();
    assert.equal((await hub.artifact(id)).waiting, "");
    await store.cancelArtifact(id, hub.organizationId);
    await queue.cancel({ kind: "artifact", id });
    assert.deepEqual(await queue.jobs(), []);
  });

  await t.step("says when no worker is large enough, and takes it back when one is", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const begun = await store.beginArtifact(id);
    await store.patchArtifact(id, begun!.attempt, { price: price(3), stage: "keys" });
    await sweep.once();
    assert.equal((await hub.artifact(id)).waiting, "no worker has 4 GiB; start one with --memory 4");
    assert.equal((await queue.jobs())[0].memoryGiB, 4);
    const before = (await hub.artifact(id)).updatedAt;
    await sweep.once();
    assert.deepEqual((await hub.artifact(id)).updatedAt, before);
    const large = crypto.randomUUID();
    await store.noteWorker(large, 8);
    assert.equal(await waitingFor(store, 8), "");
    await sweep.once();
    assert.equal((await hub.artifact(id)).waiting, "");
    await store.forgetWorker(large);
    await store.cancelArtifact(id, hub.organizationId);
    await queue.cancel({ kind: "artifact", id });
  });

  await t.step(
    "ends records whose attempts are used up without a job that runs, and deletes their inputs",
    async () => {
      const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
      for (let attempt = 1; attempt <= 3; attempt++) {
        await sweep.once();
        assert.equal((await hub.artifact(id)).status, "PENDING");
        const begun = await store.beginArtifact(id);
        assert.ok(await store.patchArtifact(id, begun!.attempt, { stage: "calibration", waiting: "" }));
      }
      await sweep.once();
      const { status, errors, files } = await hub.artifact(id);
      assert.equal(status, "FAILED");
      assert.deepEqual(errors, [
        "given up at calibration after 3 attempts: its worker was lost each time, perhaps for want of memory",
      ]);
      assert.deepEqual(Object.keys(files), ["network.onnx"]);
    },
  );

  await t.step("leaves a record alone whose last attempt still runs", async () => {
    const id = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    const { promise: running, resolve: runs } = Promise.withResolvers<void>();
    const { promise: end, resolve: ends } = Promise.withResolvers<void>();
    await queue.work(1, async (job) => {
      if (job.id !== id) return;
      runs();
      await end;
    });
    for (let attempt = 1; attempt <= 3; attempt++) await store.beginArtifact(id);
    await queue.enqueue({ kind: "artifact", id }, 1);
    await running;
    await sweep.once();
    assert.equal((await hub.artifact(id)).status, "PENDING");
    ends();
    await hub.until(() => hub.artifact(id), () => true);
    while ((await queue.jobs()).some((job) => job.id === id)) await new Promise((resolve) => setTimeout(resolve, 20));
    await sweep.once();
    assert.equal((await hub.artifact(id)).status, "FAILED");
  });

  await t.step("goes round at the start, and again until it is stopped", async () => {
    const asked: string[] = [];
    const deaf = new Proxy(queue, {
      get(target, name: keyof JobQueue) {
        if (name === "jobs") return () => Promise.resolve([]);
        if (name === "enqueue") return ({ id }: JobRef) => Promise.resolve(void asked.push(id));
        return target[name].bind(target);
      },
    });
    const again = new Sweep(hub.with({ queue: deaf }), 0.05);
    const first = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    await again.start();
    assert.deepEqual(asked, [first]);
    const second = await hub.deploy({ onnx: tinyOnnx(), samples: SAMPLES });
    while (!asked.includes(second)) await new Promise((resolve) => setTimeout(resolve, 10));
    await again.stop();
    const count = asked.length;
    assert.ok(asked.filter((id) => id === first).length > 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(asked.length, count);
  });
});
