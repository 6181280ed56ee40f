import assert from "node:assert/strict";
import { StorageError } from "../../../../hub/server/errors.ts";
import { made, TestHub } from "../http/test_hub.ts";

Deno.test("what nobody expected stays inside, with the request's id", async (t) => {
  await using hub = await TestHub.start();
  const { store, blobs, queue } = hub.services;
  const artifact = await hub.artifact();
  const proof = await hub.proof(artifact);
  const secret = "postgres://user:password@host";
  const broken = <T extends object>(object: T, name: keyof T, error: Error): Disposable => {
    const kept = object[name];
    object[name] = (() => Promise.reject(error)) as T[typeof name];
    return { [Symbol.dispose]: () => object[name] = kept };
  };

  await t.step("in GraphQL", async () => {
    using _ = broken(store, "artifact", new TypeError(secret));
    const { status, data, errors } = await hub.graphql(`{ artifact(id: "${artifact.id}") { id } }`);
    assert.deepEqual([status, data], [200, null]);
    assert.equal(errors[0].extensions.code, "INTERNAL");
    assert.ok(!JSON.stringify(errors).includes(secret));
    const line = hub.lines.findLast(({ level }) => level === "error")!;
    assert.equal(line.requestId, errors[0].extensions.requestId);
    assert.match(line.error as string, /^TypeError: postgres/);
  });

  await t.step("in a field of a list, which takes only its own value with it", async () => {
    using _ = broken(blobs, "read", new TypeError(secret));
    const { data, errors } = await hub.graphql("{ artifacts { nodes { id settings } } }");
    assert.deepEqual(data.artifacts.nodes, [{ id: artifact.id, settings: null }]);
    assert.deepEqual(errors.map(({ extensions: { code } }) => code), ["INTERNAL"]);
  });

  await t.step("in a download", async () => {
    using _ = broken(store, "artifact", new TypeError(secret));
    const response = await hub.fetch(`/artifacts/${artifact.id}/settings.json`);
    assert.equal(response.status, 500);
    const text = await response.text();
    assert.ok(!text.includes(secret));
    assert.equal(JSON.parse(text).errors[0].extensions.code, "INTERNAL");
  });

  await t.step("in a subscription", async () => {
    using _ = broken(store, "proof", new TypeError(secret));
    const headers = { "content-type": "application/json", "accept": "text/event-stream" };
    const body = JSON.stringify({ query: `subscription { proofChanged(id: "${proof.id}") { id } }` });
    const text = await (await hub.fetch("/graphql", { method: "POST", headers, body })).text();
    assert.ok(!text.includes(secret));
    assert.match(text, /INTERNAL/);
  });

  await t.step("a storage that is away is 503, so that a client asks again, and no record is made", async () => {
    using _ = broken(blobs, "put", new StorageError("the storage does not answer; try again later"));
    const before = await store.counts();
    const { status, errors } = await hub.deploy();
    assert.equal(status, 503);
    assert.equal(errors[0].extensions.code, "STORAGE_UNAVAILABLE");
    assert.match(errors[0].message, /try again later/);
    assert.deepEqual(await store.counts(), before);
  });

  await t.step("a record that cannot be made takes its private uploads with it", async () => {
    using _ = broken(store, "createArtifact", new Error("no"));
    const { errors } = await hub.deploy();
    assert.equal(errors[0].extensions.code, "INTERNAL");
    const left = await Array.fromAsync(Deno.readDir(`${hub.files}/private`), ({ name }) => `private/${name}`);
    assert.deepEqual(left, [proof.files["witness.json"].key]);
  });

  await t.step("a queue that is away is not the user's matter", async () => {
    using _ = broken(queue, "enqueue", new Error("no"));
    const { data, errors } = await hub.deploy();
    assert.deepEqual(errors, []);
    assert.equal(data.generateArtifact.status, "PENDING");
    assert.ok(hub.lines.some(({ event }) => event === "job not enqueued yet"));
  });

  await t.step("a database that is away leaves the other numbers", async () => {
    using _ = broken(store, "counts", new Error("no"));
    const text = await (await hub.fetch("/metrics", {}, null)).text();
    assert.match(text, /zkgrad_hub_process_bytes/);
    assert.match(text, /zkgrad_hub_scrape_failures_total 1/);
  });

  await t.step("a damaged settings file is told without its content", async () => {
    const { key } = artifact.files["settings.json"];
    await Deno.writeTextFile(`${hub.files}/${key}`, "x".repeat((await made("settings.json")).length));
    const { errors } = await hub.graphql(`{ artifact(id: "${artifact.id}") { settings } }`);
    assert.equal(errors[0].extensions.code, "DAMAGED_BLOB");
  });
});
