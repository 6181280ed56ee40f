import assert from "node:assert/strict";
import { TestHub, until } from "../http/test_hub.ts";

/** Events of a subscription, as they come. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: ?(.*)$/m.exec(block) ?? [];
      if (event !== undefined) yield { event, data };
    }
  }
}

Deno.test("progress comes as server-sent events", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const { store } = hub.services;
  const follow = async (query: string, signal: AbortSignal | null = null, key = hub.key) => {
    const headers = { "content-type": "application/json", "accept": "text/event-stream" };
    return await hub.fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }), signal }, key);
  };
  const deployed = async (): Promise<string> => (await hub.deploy()).data.generateArtifact.id;

  await t.step("the value at once, then changes, then the end", async () => {
    const id = await deployed();
    const response = await follow(`subscription { artifactChanged(id: "${id}") { status stage progress } }`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const seen = [];
    let attempt = 0;
    for await (const { event, data } of events(response)) {
      if (event === "complete") break;
      const { status, stage, progress } = JSON.parse(data).data.artifactChanged;
      seen.push(`${status} ${stage} ${progress}`);
      if (seen.length === 1) {
        ({ attempt } = (await store.beginArtifact(id))!);
        await store.patchArtifact(id, attempt, { stage: "calibration", progress: 0.5 });
      } else if (status === "PENDING" && progress === 0.5) {
        await store.patchArtifact(id, attempt, { status: "SUCCESS", stage: "done", progress: 1 });
      }
    }
    assert.equal(seen[0], "PENDING queued 0");
    assert.ok(seen.includes("PENDING calibration 0.5"));
    assert.equal(seen.at(-1), "SUCCESS done 1");
  });

  await t.step("what is over already is told once", async () => {
    const artifact = await hub.artifact();
    const proof = await hub.proof(artifact);
    for (
      const query of [
        `artifactChanged(id: "${artifact.id}") { status }`,
        `proofChanged(id: "${proof.id}") { status artifact { id } }`,
      ]
    ) {
      const all = await Array.fromAsync(events(await follow(`subscription { ${query} }`)));
      assert.deepEqual(all.map(({ event }) => event), ["next", "complete"]);
      assert.match(all[0].data, /SUCCESS/);
    }
  });

  await t.step("many changes at once are few events, and the last one is never lost", async () => {
    const id = await deployed();
    const response = await follow(`subscription { artifactChanged(id: "${id}") { status progress } }`);
    const { attempt } = (await store.beginArtifact(id))!;
    const writing = (async () => {
      for (let step = 1; step <= 200; step++) await store.patchArtifact(id, attempt, { progress: step / 200 });
      await store.patchArtifact(id, attempt, { status: "FAILED", errors: ["no"] });
    })();
    const began = performance.now();
    const all = await Array.fromAsync(events(response));
    await writing;
    const seconds = (performance.now() - began) / 1000;
    assert.ok(all.length <= 10 * seconds + 5, `${all.length} events in ${seconds} s`);
    assert.match(all.at(-2)!.data, /FAILED/);
  });

  await t.step("a client that leaves is forgotten at once", async () => {
    const id = await deployed();
    const hearers = new Set<() => void>();
    const { onChange } = store;
    store.onChange = (id, hear) => {
      hearers.add(hear);
      const end = onChange(id, hear);
      return () => {
        hearers.delete(hear);
        end();
      };
    };
    const leaving = new AbortController();
    const response = await follow(`subscription { artifactChanged(id: "${id}") { status } }`, leaving.signal);
    const reader = response.body!.getReader();
    await reader.read();
    await until(() => hearers.size === 1);
    leaving.abort();
    await reader.cancel().catch(() => {});
    await until(() => hearers.size === 0);
    store.onChange = onChange;
  });

  await t.step("a key that is revoked hears no more", async () => {
    const id = await deployed();
    const key = await store.createApiKey(hub.organization.id, "short");
    const response = await follow(`subscription { artifactChanged(id: "${id}") { progress } }`, null, key);
    const iterator = events(response);
    assert.match((await iterator.next()).value!.data, /"progress":0/);
    await store.revokeApiKey(key.split("_")[1]);
    const { attempt } = (await store.beginArtifact(id))!;
    await store.patchArtifact(id, attempt, { progress: 0.5 });
    const rest = await Array.fromAsync(iterator);
    assert.deepEqual(rest.map(({ event }) => event), ["complete"]);
  });

  await t.step("one that is deleted ends", async () => {
    const id = await deployed();
    const iterator = events(await follow(`subscription { artifactChanged(id: "${id}") { progress } }`));
    await iterator.next();
    await hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id });
    assert.deepEqual((await Array.fromAsync(iterator)).map(({ event }) => event), ["complete"]);
  });

  await t.step("a client that does not take events is told so", async () => {
    const { status, errors } = await hub.graphql(
      `subscription { artifactChanged(id: "${await deployed()}") { status } }`,
    );
    assert.equal(status, 406);
    assert.match(errors[0].message, /Accept: text\/event-stream/);
  });
});
