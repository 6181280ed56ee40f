import assert from "node:assert/strict";
import { RawConnection } from "./raw.ts";
import { answerOf, TestHub } from "./test_hub.ts";

const QUERY = JSON.stringify({ query: "{ organizations { name } }" });
const JSON_TYPE = { "content-type": "application/json" };

Deno.test("a request gets an id, headers for browsers, and a sentence where it is wrong", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });

  await t.step("the hub's address says what it is, to anybody", async () => {
    const response = await hub.fetch("/", {}, null);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/plain/);
    assert.match(await response.text(), /zkgrad hub/);
    const head = await hub.fetch("/", { method: "HEAD" }, null);
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  await t.step("a plain request id is kept, one that could forge a line of the log is replaced", async () => {
    for (
      const [given, kept] of [["client-id-1234", true], ["short", false], ["has space in it", false], [
        "x".repeat(65),
        false,
      ]]
    ) {
      const response = await hub.fetch("/healthz", { headers: { "x-request-id": given as string } }, null);
      await response.body?.cancel();
      const id = response.headers.get("x-request-id")!;
      assert.equal(id === given, kept);
      assert.ok(hub.lines.some((line) => line.requestId === id && line.route === "/healthz"));
    }
  });

  await t.step("every answer has the security headers, errors too", async () => {
    for (const path of ["/", "/nothing", "/graphql", "/artifacts/x/y", "/metrics"]) {
      const response = await hub.fetch(path, {}, null);
      await response.body?.cancel();
      assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
      assert.match(response.headers.get("content-security-policy")!, /default-src 'none'/);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("x-frame-options"), "DENY");
    }
  });

  await t.step("an address that there is not, and a method that it does not take, say so", async () => {
    const missing = await hub.fetch("/nothing");
    assert.equal(missing.status, 404);
    assert.match((await missing.json()).errors[0].message, /\/graphql/);
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const refused = await hub.fetch("/graphql", { method });
      assert.equal(refused.status, 405);
      assert.equal(refused.headers.get("allow"), "POST, OPTIONS");
      assert.equal((await refused.json()).errors[0].extensions.code, "METHOD_NOT_ALLOWED");
    }
  });

  await t.step("a query in the address is not taken", async () => {
    const response = await hub.fetch(`/graphql?query=${encodeURIComponent("{ organizations { name } }")}`);
    assert.equal(response.status, 405);
    await response.body?.cancel();
  });

  await t.step("the key may come as API-Key or as Bearer, and the root is an alias of /graphql", async () => {
    for (const path of ["/graphql", "/", "/graphql/"]) {
      for (
        const headers of [{ "api-key": hub.key }, { authorization: `Bearer ${hub.key}` }, {
          authorization: `bearer  ${hub.key}`,
        }]
      ) {
        const response = await hub.fetch(
          path,
          { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: QUERY },
          null,
        );
        assert.deepEqual(await response.json(), { data: { organizations: [{ name: "mine" }] } });
      }
    }
  });

  await t.step(
    "no key, a wrong one and a revoked one are refused alike, before anything else is looked at",
    async () => {
      const { store } = hub.services;
      const revoked = await store.createApiKey(hub.organization.id, "old");
      assert.ok(await store.revokeApiKey(revoked.split("_")[1]));
      const wrong = `${hub.key.slice(0, -1)}${hub.key.endsWith("0") ? "1" : "0"}`;
      for (const key of [null, wrong, revoked, "x", "zkg_", `${hub.key} `.repeat(40), "é"]) {
        for (const body of [QUERY, "not json", JSON.stringify({ query: "{ nothing }" })]) {
          const { status, data, errors, headers } = await answerOf(
            await hub.fetch("/graphql", { method: "POST", headers: JSON_TYPE, body }, key),
          );
          assert.equal(status, 401);
          assert.equal(data, null);
          assert.match(errors[0].message, /API.key/);
          assert.equal(errors[0].extensions.code, "UNAUTHORIZED");
          assert.match(headers.get("www-authenticate")!, /^Bearer/);
        }
      }
    },
  );

  await t.step("what is no JSON, no operation or too long is told in a sentence", async () => {
    const cases: [string, number, RegExp][] = [
      ["", 400, /not JSON/],
      ["{", 400, /not JSON/],
      ["null", 400, /no JSON object/],
      ["3", 400, /no JSON object/],
      ["[]", 400, /one operation/],
      [`[${QUERY},${QUERY}]`, 400, /one operation/],
      ["{}", 400, /no "query"/],
      ['{"query": 3}', 400, /no "query"/],
      ['{"query": "{ a }", "variables": []}', 400, /"variables"/],
      ['{"query": "{ a }", "variables": "x"}', 400, /"variables"/],
      ['{"query": "{ a }", "operationName": 3}', 400, /"operationName"/],
      [JSON.stringify({ query: `{ a } #${"x".repeat(20_000)}` }), 413, /characters/],
    ];
    for (const [body, expected, message] of cases) {
      const { status, data, errors } = await answerOf(
        await hub.fetch("/graphql", { method: "POST", headers: JSON_TYPE, body }),
      );
      assert.equal(status, expected, body.slice(0, 40));
      assert.equal(data, null);
      assert.match(errors[0].message, message);
      assert.doesNotMatch(errors[0].message, /\.$/);
    }
    const invalid = await hub.fetch("/graphql", {
      method: "POST",
      headers: JSON_TYPE,
      body: Uint8Array.of(123, 255, 125),
    });
    assert.equal(invalid.status, 400);
    assert.match((await invalid.json()).errors[0].message, /UTF-8/);
  });

  await t.step("a body of another type is not read", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed", ""]) {
      const headers = { "content-type": type };
      const response = await hub.fetch("/graphql", { method: "POST", headers, body: new Uint8Array([1]) });
      assert.equal(response.status, 415, type);
      await response.body?.cancel();
    }
  });

  await t.step("an old client that takes anything gets JSON, one that asks for the newer type gets that", async () => {
    for (
      const [accept, expected] of [["*/*", "application/json"], ["text/html", "application/json"], [
        "application/graphql-response+json",
        "application/graphql-response+json",
      ]]
    ) {
      const response = await hub.fetch("/graphql", { method: "POST", headers: { ...JSON_TYPE, accept }, body: QUERY });
      await response.body?.cancel();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type")!.split(";")[0], expected);
    }
  });

  await t.step("the log has a line for each request, and never a key, a query or a variable", async () => {
    const secret = "a-word-that-nobody-logs";
    await hub.graphql("query named($name: String) { organizations(name: $name) { id } }", { name: secret });
    await hub.graphql(`{ organizations(name: "${secret}") { ${secret.replaceAll("-", "")} } }`);
    await (await hub.fetch(`/artifacts/${secret}/settings.json?${secret}`)).body?.cancel();
    const text = JSON.stringify(hub.lines);
    assert.ok(!text.includes(secret) && !text.includes(secret.replaceAll("-", "")));
    for (const key of [hub.key, hub.key.split("_")[2], hub.other.key]) assert.ok(!text.includes(key));
    const line = hub.lines.findLast((line) => line.route === "/graphql")!;
    assert.equal(line.organization, hub.organization.id);
    assert.deepEqual([line.method, line.status], ["POST", 200]);
    assert.ok((line.ms as number) >= 0 && (line.bytes as number) > 0);
    assert.ok(hub.lines.some((line) => line.route === "/artifacts/:id/:file"));
  });

  await t.step("Prometheus is told durations by route, counts of records and jobs, and memory, and no id", async () => {
    await hub.deploy();
    hub.services.metrics.stage("proof", "witness", "done", 1.5);
    const text = await (await hub.fetch("/metrics", {}, null)).text();
    assert.match(text, /zkgrad_hub_request_seconds_count\{route="\/graphql",status="200"\} \d+/);
    assert.match(text, /zkgrad_hub_records\{kind="artifact",status="PENDING"\} 1/);
    assert.match(text, /zkgrad_hub_stage_seconds_sum\{kind="proof",stage="witness",outcome="done"\} 1.5/);
    assert.match(text, /zkgrad_hub_jobs\{state="queued"\} 1/);
    assert.match(text, /zkgrad_hub_process_bytes\{kind="resident"\} [1-9]/);
    assert.doesNotMatch(text, /[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  await t.step("it is alive and ready", async () => {
    assert.equal(await (await hub.fetch("/healthz", {}, null)).text(), "ok\n");
    const ready = await hub.fetch("/readyz", {}, null);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { ready: true, database: true, files: true, serving: true });
  });
});

Deno.test("the key is checked before the body is read", async () => {
  await using hub = await TestHub.start();
  using connection = await RawConnection.open(hub.url);
  await connection.write(
    "POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: wrong\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
  );
  // Nothing of the body was sent, and the answer is there.
  assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1.1 401 /);
});

Deno.test("a request whose Host makes no address is refused with a sentence", async () => {
  await using hub = await TestHub.start();
  for (const host of ["a b", "[::::", "x:99999"]) {
    using connection = await RawConnection.open(hub.url);
    await connection.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.match(await connection.until("}]}"), /^HTTP\/1.1 400 [^]*send a Host header/);
  }
});

Deno.test("a body that says it is too large is refused at once, without its bytes", async (t) => {
  await using hub = await TestHub.start({ maxUpload: 100_000 });
  const start = (headers: string): string =>
    `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\n${headers}\r\n\r\n`;

  await t.step("as JSON and as multipart", async () => {
    for (const type of ["application/json", "multipart/form-data; boundary=x"]) {
      using connection = await RawConnection.open(hub.url);
      await connection.write(start(`Content-Type: ${type}\r\nContent-Length: 100001`));
      assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1.1 413 /);
    }
  });

  await t.step("chunked bodies are counted", async () => {
    for (const type of ["application/json", "multipart/form-data; boundary=x"]) {
      const chunk = new TextEncoder().encode(
        `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${" ".repeat(5000)}`,
      );
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (sent > 10_000_000) return controller.close();
          sent += chunk.length;
          controller.enqueue(sent === chunk.length ? chunk : chunk.fill(32));
        },
      });
      const response = await hub.fetch("/graphql", { method: "POST", headers: { "content-type": type }, body });
      assert.equal(response.status, 413);
      const { errors } = await response.json();
      assert.match(errors[0].message, /more than 100000 bytes/);
      assert.equal(errors[0].extensions.code, "TOO_LARGE");
    }
    assert.deepEqual(await hub.unfinished(), []);
  });
});

Deno.test("a slow body is given up with a sentence", async (t) => {
  await using hub = await TestHub.start({}, { idleMs: 300, bodyMs: 1500 });
  const start = (type: string): string =>
    `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n`;

  await t.step("where it stops", async () => {
    for (const type of ["application/json", "multipart/form-data; boundary=x"]) {
      using connection = await RawConnection.open(hub.url);
      await connection.write(`${start(type)}--x\r\n`);
      const answer = await connection.until("REQUEST_TIMEOUT");
      assert.match(answer, /^HTTP\/1.1 408 /);
      assert.match(answer, /0.3 s without a byte/);
    }
  });

  await t.step("where it trickles", async () => {
    using connection = await RawConnection.open(hub.url);
    await connection.write(start("application/json"));
    let writing = true;
    const trickle = (async () => {
      while (writing) {
        await connection.write(" ").catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const began = performance.now();
    assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1.1 408 /);
    writing = false;
    await trickle;
    const took = performance.now() - began;
    assert.ok(took > 1000 && took < 4000, `${took}`);
  });

  await t.step("others are answered meanwhile", async () => {
    using slow = await RawConnection.open(hub.url);
    await slow.write(start("application/json"));
    const began = performance.now();
    assert.equal((await hub.graphql("{ organizations { id } }")).status, 200);
    // Before the slow one is cut off; a busy machine needs some of it.
    assert.ok(performance.now() - began < 1000);
  });
  assert.deepEqual(await hub.unfinished(), []);
});

Deno.test("a key has so many requests a minute, and an address so many wrong keys", async (t) => {
  await using hub = await TestHub.start({ rate: 5 }, { failedKeys: 3 });

  await t.step("one key's share leaves another's alone", async () => {
    for (let request = 0; request < 5; request++) {
      assert.equal((await hub.graphql("{ organizations { id } }")).status, 200);
    }
    const { status, headers, errors } = await hub.graphql("{ organizations { id } }");
    assert.equal(status, 429);
    const wait = Number(headers.get("retry-after"));
    assert.ok(wait >= 1 && wait <= 60);
    assert.match(errors[0].message, /5 requests within a minute.* in \d+ s/);
    assert.equal(errors[0].extensions.code, "TOO_MANY_REQUESTS");
    assert.equal((await hub.graphql("{ organizations { id } }", {}, hub.other.key)).status, 200);
  });

  await t.step("wrong keys are refused, and good ones from the same address are not", async () => {
    const statuses = [];
    for (let request = 0; request < 5; request++) {
      statuses.push((await hub.graphql("{ organizations { id } }", {}, "zkg_wrong")).status);
    }
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    assert.equal((await hub.graphql("{ organizations { id } }", {}, hub.other.key)).status, 200);
  });

  await t.step("probes are not counted", async () => {
    for (let request = 0; request < 10; request++) {
      const response = await hub.fetch("/healthz", {}, null);
      assert.equal(response.status, 200);
      await response.body?.cancel();
    }
  });
});
