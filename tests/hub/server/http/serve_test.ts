import assert from "node:assert/strict";
import { RawConnection } from "./raw.ts";
import { TestHub, until } from "./test_hub.ts";

Deno.test("a drain lets a request end, answers that the hub is not ready, and ends subscriptions", async () => {
  await using hub = await TestHub.start();
  const { data } = await hub.deploy();
  const body = JSON.stringify({
    query: `subscription { artifactChanged(id: "${data.generateArtifact.id}") { status } }`,
  });
  const headers = { "content-type": "application/json", "accept": "text/event-stream" };
  const events = await hub.fetch("/graphql", { method: "POST", headers, body });

  // A request whose body is under way, on a connection that stays open.
  using slow = await RawConnection.open(hub.url);
  const query = JSON.stringify({ query: "{ organizations { name } }" });
  await slow.write(
    `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: application/json\r\nContent-Length: ${query.length}\r\n\r\n`,
  );
  await slow.write(query.slice(0, 10));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const stopping = hub.stop(10);
  assert.equal((await hub.graphql("{ organizations { name } }")).errors[0].extensions.code, "STOPPING");
  const ready = await hub.fetch("/readyz", {}, null);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).serving, false);
  assert.match(await events.text(), /event: complete/);
  await slow.write(query.slice(10));
  assert.match(await slow.until("}}"), /200 OK[^]*"mine"/);
  await stopping;
  await assert.rejects(hub.fetch("/healthz"));
});

Deno.test("a drain cuts off what does not end in time", async () => {
  await using hub = await TestHub.start();
  using slow = await RawConnection.open(hub.url);
  await slow.write(
    `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  await hub.stop(0.5);
  const took = performance.now() - began;
  assert.ok(took > 400 && took < 3000, `${took}`);
  assert.ok(hub.lines.some(({ event }) => event === "answers cut off"));
});

Deno.test("the hub is not ready without its database, and says which part is missing", async () => {
  await using hub = await TestHub.start();
  const { store } = hub.services;
  const ready = async () => {
    const response = await hub.fetch("/readyz", {}, null);
    return { status: response.status, ...await response.json() };
  };
  assert.deepEqual(await ready(), { status: 200, ready: true, database: true, files: true, serving: true });
  await Deno.rename(hub.files, `${hub.files}.gone`);
  await Deno.writeTextFile(hub.files, "not a folder");
  await until(async () => !(await ready()).files);
  assert.deepEqual(await ready(), { status: 503, ready: false, database: true, files: false, serving: true });
  await Deno.remove(hub.files);
  await Deno.rename(`${hub.files}.gone`, hub.files);
  await until(async () => (await ready()).ready);
  assert.ok(await store.ping());
});
