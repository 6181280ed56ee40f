import assert from "node:assert/strict";
import { answerOf, TestHub } from "../http/test_hub.ts";
import { cpuTime } from "../../../cpu_time.ts";

Deno.test("queries that would cost much are refused before they cost anything", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const artifact = await hub.artifact();
  const proof = await hub.proof(artifact);

  const refused = async (query: string, message: RegExp) => {
    const began = cpuTime();
    const { data, errors, status } = await hub.graphql(query);
    assert.ok(cpuTime(began) < 2000);
    assert.ok(data === null || data === undefined, query.slice(0, 80));
    assert.ok(status === 200 || status === 400 || status === 413);
    assert.match(errors[0].message, message);
    assert.match(errors[0].extensions.code, /^[A-Z_]+$/);
  };

  await t.step("deep ones", async () => {
    await refused(`{ getProof(id: "x") { ${"artifact { ".repeat(3)}id${" }".repeat(3)} } }`, /Cannot query field/);
    await refused(`{ a { ${"b { ".repeat(50)}c${" }".repeat(50)} } }`, /depth|cost/i);
    await refused(`{ ${"... { ".repeat(100)}organizations { id }${" }".repeat(100)} }`, /depth|cost/i);
    const nested = "proofs(first: 1) { nodes { artifact { files { name @skip(if: true) } } } }";
    assert.deepEqual((await hub.graphql(`{ ${nested} }`)).errors, []);
  });

  await t.step("fragments in a circle, and fragments of fragments", async () => {
    await refused("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", /spread|depth|cost/i);
    const doubling = Array.from({ length: 30 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    await refused(
      `{ ...F0 } ${doubling.join(" ")} fragment F30 on Query { organizations { id } }`,
      /depth|cost|tokens/i,
    );
  });

  await t.step("many aliases", async () => {
    const fields = Array.from({ length: 16 }, (_, n) => `a${n}: organizations { id }`);
    await refused(`{ ${fields.join(" ")} }`, /alias/i);
    const { errors } = await hub.graphql(`{ ${fields.slice(0, 15).join(" ")} }`);
    assert.deepEqual(errors, []);
  });

  await t.step("many directives", async () => {
    await refused(`{ organizations { id ${"@skip(if: false) ".repeat(30)} } }`, /directive/i);
  });

  await t.step("many tokens", async () => {
    await refused(`{ ${"organizations { id } ".repeat(400)} }`, /token/i);
    await refused("{".repeat(5000), /token|syntax/i);
    await refused(`{ organizations(name: "${"x".repeat(30_000)}") { id } }`, /characters/);
  });

  await t.step("long lists of lists", async () => {
    const fields = Array.from(
      { length: 10 },
      (_, n) => `a${n}: artifacts(first: 100) { nodes { files { name size sha256 url } } }`,
    );
    await refused(`{ ${fields.join(" ")} }`, /cost/i);
  });

  await t.step("several operations at once, in a list or by name", async () => {
    const operation = { query: "{ organizations { id } }" };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(Array(100).fill(operation));
    const { status, errors } = await answerOf(await hub.fetch("/graphql", { method: "POST", headers, body }));
    assert.equal(status, 400);
    assert.match(errors[0].message, /one operation at a time/);
    await refused("query a { organizations { id } } query b { organizations { id } }", /operation/i);
  });

  await t.step("stored files that one answer would read are counted", async () => {
    for (let index = 0; index < 16; index++) await hub.artifact();
    const fields = Array.from({ length: 15 }, (_, n) => `a${n}: artifacts(first: 20) { nodes { settings } }`);
    const { data, errors } = await hub.graphql(`{ ${fields.join(" ")} }`);
    assert.ok(errors.some(({ message }) => /more than 200 files/.test(message)));
    assert.ok(data === null || data.a0.nodes[0].settings !== null);
    assert.equal((await hub.graphql(`{ getProof(id: "${proof.id}") { outputs } }`)).errors.length, 0);
  });

  await t.step("nobody is told the schema, nor names that are close", async () => {
    for (const query of ["{ __schema { types { name } } }", '{ __type(name: "Artifact") { name } }']) {
      const { data, errors } = await hub.graphql(query);
      assert.ok(data === null || data === undefined);
      assert.match(errors[0].message, /introspection/i);
    }
    const { errors } = await hub.graphql("{ organization { id } artefact { id } }");
    assert.ok(errors.every(({ message }) => !/organizations|did you mean/i.test(message)), JSON.stringify(errors));
  });

  await t.step("it is as quick as before", async () => {
    const began = cpuTime();
    assert.equal((await hub.graphql("{ organizations { id } }")).status, 200);
    assert.ok(cpuTime(began) < 1000);
    assert.deepEqual(hub.lines.filter(({ level }) => level === "error"), []);
  });
});

Deno.test("an operator may let clients ask for the schema", async () => {
  await using hub = await TestHub.start({ introspection: true });
  const { data } = await hub.graphql("{ __schema { queryType { fields { name } } } }");
  assert.deepEqual(data.__schema.queryType.fields.map(({ name }: { name: string }) => name), [
    "organizations",
    "artifact",
    "getProof",
    "artifacts",
    "proofs",
    "apiKey",
    "apiKeys",
    "workers",
  ]);
});
