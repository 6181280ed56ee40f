/** What an engine leaves behind: after its end, an abort, a time limit, a breakdown. */
import assert from "node:assert/strict";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { EngineError, EnginePanicError, EngineTimeoutError } from "../../../../hub/ezkl/engine/errors.ts";
import { ProvingKey } from "../../../../hub/ezkl/engine/proving_key.ts";
import { madeBytes } from "../format/fixtures.ts";
import { compiled, input, json, srs, testSrs, until, vk, witness, workerThreads } from "./workers.ts";

const linux = Deno.build.os === "linux";

for (const threads of [1, 3]) {
  Deno.test({
    name: `Engine with ${threads} threads leaves no thread running after its end`,
    ignore: !linux,
    fn: async () => {
      {
        await using engine = await Engine.create({ threads });
        assert.equal(engine.threads, threads);
        assert.equal(engine.threadsRefused, null);
        assert.equal(workerThreads(), threads + 2);
        await engine.genVk(compiled, srs);
      }
      assert.ok(await until(() => workerThreads() === 0), `${workerThreads()} Workers still run`);
    },
  });

  Deno.test({
    name: `an aborted proof with ${threads} threads ends at once, leaves nothing running and gives the key back`,
    ignore: !linux,
    fn: async () => {
      await using engine = new Engine({ threads });
      const { pk } = await engine.setup(compiled, srs);
      const before = pk.bytes.length;
      const reason = new Error("no longer wanted");
      const control = new AbortController();
      const proof = engine.prove(witness, pk, compiled, srs, { signal: control.signal });
      const waiting = engine.prove(witness, pk, compiled, srs, { signal: control.signal });
      setTimeout(() => control.abort(reason), 250);
      const begun = performance.now();
      await assert.rejects(proof, (error) => error === reason);
      await assert.rejects(waiting, (error) => error === reason);
      assert.ok(performance.now() - begun < 600, "the caller waited for the engine");
      assert.deepEqual(await engine.genWitness(compiled, input), witness);
      assert.equal(pk.bytes.length, before);
      assert.ok(await until(() => workerThreads() === threads + 2), `${workerThreads()} Workers run`);
    },
  });

  Deno.test(`Engine with ${threads} threads works after it broke down`, async () => {
    await using engine = new Engine({ threads });
    await assert.rejects(engine.genWitness(compiled, json({ input_data: [] })), (error) => {
      assert.ok(error instanceof EnginePanicError);
      assert.match(error.message, /broke down.*panicked at.*input\.json must hold one flat list/);
      return true;
    });
    await assert.rejects(engine.genPk(vk.slice(0, 1000), compiled, srs), EnginePanicError);
    await assert.rejects(
      engine.genPk(madeBytes("gemm_sigmoid", "vk.key"), compiled, srs),
      /of the same|another circuit/,
    );
    assert.deepEqual(await engine.genWitness(compiled, input), witness);
  });
}

Deno.test("a call that outlasts its timeout is a typed error, and the next one works", async () => {
  await using engine = new Engine();
  await assert.rejects(engine.genVk(compiled, srs, { timeout: 20 }), (error) => {
    assert.ok(error instanceof EngineTimeoutError);
    assert.match(error.message, /genVk.*20 ms/);
    return true;
  });
  assert.deepEqual(await engine.genWitness(compiled, input, { timeout: 10_000 }), witness);
});

Deno.test("a signal that was aborted before is obeyed without a start", async () => {
  await using engine = new Engine();
  await assert.rejects(
    engine.genVk(compiled, srs, { signal: AbortSignal.abort("early") }),
    (error) => error === "early",
  );
});

Deno.test("the end of an engine ends the calls that wait", async () => {
  const engine = new Engine();
  const calls = [engine.genVk(compiled, srs), engine.genVk(compiled, srs)];
  const settled = Promise.allSettled(calls);
  await engine[Symbol.asyncDispose]();
  for (const result of await settled) {
    assert.ok(result.status === "rejected" && result.reason instanceof EngineError, JSON.stringify(result));
  }
  await assert.rejects(engine.genVk(compiled, srs), /disposed/);
});

Deno.test("the caller's thread stays free while keys are made", async () => {
  await using engine = await Engine.create();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await engine.genVk(compiled, srs);
  clearInterval(timer);
  assert.ok(ticks > 10, `${ticks} ticks of 5 ms`);
});

Deno.test({
  name: "the memory of a large job goes back",
  ignore: !linux,
  fn: async () => {
    const wide = madeBytes("conv_relu", "model.compiled");
    const points = await testSrs(12);
    const resident = () => Deno.memoryUsage().rss / 2 ** 20;
    let [peak, size] = [0, 0];
    {
      await using engine = await Engine.create();
      const pk = await engine.genPk(madeBytes("conv_relu", "vk.key"), wide, points);
      [peak, size] = [resident(), pk.length / 2 ** 20];
    }
    // The engine holds the key more than four times over.
    assert.ok(await until(() => resident() < peak - 3 * size), `${resident()} MiB of ${peak} MiB remain`);
  },
});

Deno.test("ProvingKey gives its bytes to one engine at a time", async () => {
  await using engine = new Engine();
  const pk = new ProvingKey(await engine.genPk(await engine.genVk(compiled, srs), compiled, srs));
  const first = engine.prove(witness, pk, compiled, srs);
  const second = engine.prove(witness, pk, compiled, srs);
  await assert.rejects(
    until(() => pk.bytes.length === 0),
    { name: "ArgumentError", message: /with an engine/ },
  );
  assert.ok((await first).length > 10_000);
  assert.ok((await second).length > 10_000);
  assert.ok(pk.bytes.length > 2_000_000);
});

Deno.test("the engine runs where another package has replaced globalThis.Worker, and says so when that came first", async () => {
  const own = globalThis.Worker;
  // What onnxruntime-web does in Deno.
  globalThis.Worker = (await import("node:worker_threads")).Worker as unknown as typeof Worker;
  try {
    await using engine = new Engine({ threads: 1 });
    assert.deepEqual(await engine.genWitness(compiled, input), witness);
    const path = import.meta.resolve("../../../../hub/ezkl/engine/session.ts");
    const { Session } = await import(`${path}?later`);
    await assert.rejects(Session.start(1), /globalThis\.Worker is not the web's Worker.*Import zkgrad before it/);
  } finally {
    globalThis.Worker = own;
  }
});
