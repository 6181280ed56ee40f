import assert from "node:assert/strict";
import { TestHub } from "./test_hub.ts";

const PREFLIGHT = {
  method: "OPTIONS",
  headers: {
    "origin": "https://page.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "api-key,content-type",
  },
};

Deno.test("with * any page may ask, and reads what it needs", async () => {
  await using hub = await TestHub.start({ cors: ["*"] });
  const preflight = await hub.fetch("/graphql", PREFLIGHT, null);
  assert.deepEqual([preflight.status, await preflight.text()], [204, ""]);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.match(preflight.headers.get("access-control-allow-methods")!, /POST/);
  const taken = preflight.headers.get("access-control-allow-headers")!.toLowerCase();
  for (const name of ["api-key", "authorization", "content-type", "range", "if-none-match", "x-request-id"]) {
    assert.ok(taken.includes(name), name);
  }
  const answer = await hub.fetch("/readyz", { headers: { origin: "https://page.example" } }, null);
  await answer.body?.cancel();
  const exposed = answer.headers.get("access-control-expose-headers")!.toLowerCase();
  for (const name of ["etag", "x-request-id", "content-range", "retry-after", "content-length"]) {
    assert.ok(exposed.includes(name), name);
  }
  assert.equal(answer.headers.get("access-control-allow-credentials"), null);
});

Deno.test("with a list only those pages may ask, and errors are readable to them too", async () => {
  await using hub = await TestHub.start({ cors: ["https://page.example", "http://localhost:5173"] });
  const allowed = await hub.fetch("/graphql", PREFLIGHT, null);
  await allowed.body?.cancel();
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://page.example");
  assert.match(allowed.headers.get("vary")!, /Origin/);
  const refused = await hub.fetch("/graphql", { method: "POST", headers: { origin: "http://localhost:5173" } }, null);
  await refused.body?.cancel();
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("access-control-allow-origin"), "http://localhost:5173");
  for (const origin of ["https://page.example.evil", "null", "https://PAGE.example", "http://page.example"]) {
    for (const init of [{ ...PREFLIGHT, headers: { ...PREFLIGHT.headers, origin } }, { headers: { origin } }]) {
      const response = await hub.fetch("/healthz", init, null);
      await response.body?.cancel();
      assert.equal(response.headers.get("access-control-allow-origin"), null, origin);
      assert.equal(response.headers.get("access-control-allow-headers"), null);
    }
  }
});
